"""NRGkick: how fast the answers are, beside servers that do next to nothing."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
import gc
import random
from statistics import median
import time

from aiohttp import web
import orjson

from custom_components.sunbridge.vendors.nrgkick.const import OWN, SHARED, VALUES_PATH
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import HomeAssistantView
from simulators.nrgkick import VendorServer

from . import free_port
from .house import house
from .nrgkick_client import HOST, Answer, Client, Task, started
from .nrgkick_house import GRID, Served, roomy
from .report import Row, percentile, row

# Many short ones: what else the machine does has less to say then.
ROUNDS = 20
PHASE_S = 0.5
AT_ONCE = 4
SETTLE_S = 0.1
IDLE_S = 1.0
GOAL = 0.7

WATCH_S = 8.0
# Writes come at any time, so that requests meet them at any time, too.
WRITE_EVERY_S = (0.0005, 0.008)
BEFORE_S = 0.001

BARE, VENDOR_LIKE = "bare aiohttp handler", "server like the vendor's"
OWN_PORT, VIEW, HA_PORT = "own port", "HA's port, bare view", "HA's port"
ANEW = ", a state before each answer"

FIXED_PATH, WRITING_PATH = "/bench/fixed.json", "/bench/writing.json"

RATE, CPU = "requests per second", "CPU per request"
UNITS = {RATE: "1/s", CPU: "us"}

# Which are compared: ours, by what, and whether that's the goal.
COMPARED = (
    (VENDOR_LIKE, BARE, False),
    (OWN_PORT, BARE, True),
    (OWN_PORT, VENDOR_LIKE, False),
    (OWN_PORT + ANEW, BARE + ANEW, True),
    (VIEW, BARE, False),
    (HA_PORT, BARE, True),
    (HA_PORT, VIEW, False),
    (HA_PORT + ANEW, BARE + ANEW, True),
    (HA_PORT + ANEW, VIEW + ANEW, False),
)


class _View(HomeAssistantView):
    """A path at Home Assistant's port with an answer that is ready."""

    requires_auth = False

    def __init__(self, path: str, answer: Callable[[], web.Response]) -> None:
        """Serve a path."""
        self.url = self.name = path
        self._answer = answer

    async def get(self, _: web.Request) -> web.Response:
        """Answer."""
        return self._answer()


@dataclass(frozen=True)
class _Server:
    """One that is asked; ``transport`` is where the house is to be served then."""

    case: str
    port: int
    path: str
    transport: str | None = None
    is_restless: bool = False


# By figure, a value a round.
type _Found = dict[str, list[float]]


async def run() -> list[Row]:
    """Measure; takes about five minutes."""
    own_port = free_port()
    async with started() as client, house() as hass:
        with roomy():
            served = Served(hass, own_port)
            await served.async_start()
            task = Task(own_port, VALUES_PATH, at_once=1, for_s=0, keeps=True)
            body = (await client.ask(task))[0].body
            rows = [row("5 inverters, 5 meters, …", "body", len(body), "bytes")]
            async with _servers(hass, served, body) as servers:
                rows += _rows(await _rounds(client, served, servers))
            for case, transport in ((OWN_PORT, OWN), (HA_PORT, SHARED)):
                rows += await _age(client, served, case, transport)
            return rows


@asynccontextmanager
async def _servers(
    hass: HomeAssistant, served: Served, body: bytes
) -> AsyncIterator[list[_Server]]:
    """Start those that are compared.

    All are in this process: what else it does is a burden to each.
    """

    def fixed() -> web.Response:
        return web.Response(body=body, content_type="application/json")

    def writing() -> web.Response:
        served.say_elsewhere()
        return fixed()

    app = web.Application()
    for path, answer in ((FIXED_PATH, fixed), (WRITING_PATH, writing)):
        view = _View(path, answer)
        app.router.add_get(path, view.get)
        hass.http.register_view(view)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        bare_port = runner.addresses[0][1]
        own_port, ha_port = served.own_port, int(hass.http.server_port)
        with VendorServer(orjson.loads(body)) as vendor:
            yield [
                _Server(BARE, bare_port, FIXED_PATH),
                _Server(VENDOR_LIKE, vendor.port, VALUES_PATH),
                _Server(OWN_PORT, own_port, VALUES_PATH, OWN),
                _Server(VIEW, ha_port, FIXED_PATH),
                _Server(HA_PORT, ha_port, VALUES_PATH, SHARED),
                _Server(BARE + ANEW, bare_port, WRITING_PATH),
                _Server(OWN_PORT + ANEW, own_port, VALUES_PATH, OWN, True),
                _Server(VIEW + ANEW, ha_port, WRITING_PATH),
                _Server(HA_PORT + ANEW, ha_port, VALUES_PATH, SHARED, True),
            ]
    finally:
        await runner.cleanup()


async def _rounds(
    client: Client, served: Served, servers: list[_Server]
) -> dict[str, _Found]:
    """Ask all servers in turns, in one order and in the other."""
    found: dict[str, _Found] = {server.case: {} for server in servers}
    for turn in range(1 + ROUNDS):
        idle_share = await _idle_share()
        for server in servers[:: 1 if turn % 2 else -1]:
            figures = await _round(client, served, server, idle_share)
            if turn > 0:  # the first one warms up
                for figure, value in figures.items():
                    found[server.case].setdefault(figure, []).append(value)
    return found


async def _idle_share() -> float:
    """Return how much of a processor this process takes when nobody asks."""
    before_s = time.process_time()
    await asyncio.sleep(IDLE_S)
    return (time.process_time() - before_s) / IDLE_S


async def _round(
    client: Client, served: Served, server: _Server, idle_share: float
) -> dict[str, float]:
    """Return the figures of one server."""
    if server.transport is not None:
        await served.async_serve(server.transport)
    served.say_all()
    await asyncio.sleep(SETTLE_S)
    gc.collect()
    with served.restless() if server.is_restless else nullcontext():
        one = await client.ask(Task(server.port, server.path, 1, PHASE_S))
        cpu_s, start_s = time.process_time(), time.monotonic()
        many = await client.ask(Task(server.port, server.path, AT_ONCE, PHASE_S))
        cpu_s = time.process_time() - cpu_s
        cpu_s -= idle_share * (time.monotonic() - start_s)
    one_ms = _times_ms(one)
    return {
        RATE: len(many) / (many[-1].ended_s - many[0].asked_s),
        CPU: 1e6 * cpu_s / len(many),
        "one at a time, p50": percentile(one_ms, 0.5),
        "one at a time, p99": percentile(one_ms, 0.99),
        f"{AT_ONCE} at a time, p99": percentile(_times_ms(many), 0.99),
    }


def _times_ms(answers: list[Answer]) -> list[float]:
    return [1e3 * (answer.ended_s - answer.asked_s) for answer in answers]


def _rows(found: dict[str, _Found]) -> list[Row]:
    rows = [
        row(case, figure, median(values), UNITS.get(figure, "ms"))
        for case, figures in found.items()
        for figure, values in figures.items()
    ]
    for case, other, is_goal in COMPARED:
        ours, others = found[case], found[other]
        # CPU the other way round is how many a core can do.
        of_core = _ratio(others[CPU], ours[CPU])
        goal = (f">= {GOAL}", of_core >= GOAL) if is_goal else ()
        name = other.removesuffix(ANEW)
        rows += [
            row(case, f"{RATE} / {name}", _ratio(ours[RATE], others[RATE]), ""),
            Row(case, f"{RATE} of one core / {name}", of_core, "", *goal),
        ]
    return rows


def _ratio(ours: list[float], others: list[float]) -> float:
    return median(a / b for a, b in zip(ours, others, strict=True))


async def _age(client: Client, served: Served, case: str, transport: str) -> list[Row]:
    """Write a state again and again while it's asked for, and see what is shown."""
    port = await served.async_serve(transport)
    served.say_all()
    await asyncio.sleep(SETTLE_S)
    task = Task(port, VALUES_PATH, at_once=1, for_s=WATCH_S, keeps=True)
    asking = asyncio.create_task(client.ask(task))
    chance = random.Random(1)
    written_s: list[float] = []
    while not asking.done():
        # Counted before it's written: an answer can't show it earlier.
        written_s.append(time.monotonic())
        served.say(GRID, len(written_s))
        await asyncio.sleep(chance.uniform(*WRITE_EVERY_S))
    answers = [answer for answer in await asking if answer.asked_s > written_s[0]]
    right = 0
    replaced_ms = []
    for answer in answers:
        shown = _shown(answer)
        right += shown >= bisect_right(written_s, answer.asked_s - BEFORE_S)
        # Since when there's a newer one, as the answer is there.
        newer_s = written_s[shown] if shown < len(written_s) else answer.ended_s
        replaced_ms.append(max(0.0, 1e3 * (answer.ended_s - newer_s)))
    share = 100 * right / len(answers)
    return [
        Row(case, "shows a state of 1 ms before", share, "%", ">= 100", share >= 100),
        row(case, "outdated on arrival, p99", percentile(replaced_ms, 0.99), "ms"),
        row(case, "outdated on arrival, max", max(replaced_ms), "ms"),
    ]


def _shown(answer: Answer) -> int:
    """Return the number of the write that an answer shows."""
    meters = orjson.loads(answer.body)["device_values"]["energy_meters"]
    return int(meters["0"]["grid_power_w"])
