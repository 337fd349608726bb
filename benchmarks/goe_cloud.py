"""go-e Cloud: chargers at a second each, beside a bare loop with the same requests."""

import asyncio
from collections.abc import Awaitable, Collection
import gc
import itertools
import os
from statistics import fmean, median
import time

import httpx
import orjson

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.httpx_client import get_async_client

from .apart import Peer, started
from .costs import loop_delays_ms, memory_kib
from .goe_server import TOKEN, serials, serve
from .house import house
from .report import Row, percentile, row

FEW, MANY = 1, 25
ENTITIES = 60
ROUNDS = 7
PHASE_S = 4.0
WATCH_S = 10.0
CADENCE_S = 20.0
SLOW_S = 0.9
INTERVAL_S = 1.0
SETTLE_S = 1.5

CPU_GOAL = 1.6
CADENCE_GOAL_S = 1.05

# What changes with each answer, and so has to be among the entities.
CHANGING = {
    *(f"{what}_l{line}" for what in ("power", "current", "voltage") for line in (1, 2, 3)),
    "power",
}  # fmt: skip


# Serial number, query and time of a monotonic clock.
type Asked = tuple[str, str, float]


class Server:
    """The process with the chargers."""

    def __init__(self, peer: Peer) -> None:
        """Talk to it."""
        self._peer = peer
        self.url: str = peer.told

    async def tell(self, command: str, value: float = 0) -> list[Asked]:
        """Send a command; return the requests since the last ``forget``."""
        requests: list[Asked] = await self._peer.ask((command, value))
        return requests


async def run() -> list[Row]:
    """Measure; takes about four minutes."""
    rows: list[Row] = []
    async with started(serve, MANY) as peer:
        server = Server(peer)
        os.environ["SUNBRIDGE_GOE_CLOUD_URL"] = server.url + "/{serial}"
        async with house() as hass:
            await _add(hass, serials(FEW))
            rows += await _cpu(hass, server, FEW)
            few_kib = memory_kib()
            await _add(hass, serials(MANY)[FEW:])
            each_kib = (memory_kib() - few_kib) / (MANY - FEW)
            rows.append(row(_case(MANY), "memory per charger", each_kib, "KiB"))
            rows += await _cpu(hass, server, MANY)
            rows += await _cadence(server, "answers at once")
            await server.tell("delay_s", SLOW_S)
            rows += await _cadence(server, f"answers after {SLOW_S} s")
            await server.tell("delay_s", 0)
            rows += await _bytes(hass, server)
    return rows


def _case(chargers: int) -> str:
    return f"{chargers} charger" if chargers == 1 else f"{chargers} chargers"


async def _add(hass: HomeAssistant, numbers: Collection[str]) -> None:
    """Add chargers by the flow, with as many entities as the benchmark is for."""
    flow = hass.config_entries.flow
    for serial in numbers:
        result = await flow.async_init("sunbridge", context={"source": "user"})
        for step in (
            {"next_step_id": "goe"},
            {"next_step_id": "goe_cloud"},
            {"serial": serial, "token": TOKEN},
        ):
            result = await flow.async_configure(result["flow_id"], step)
        assert result["type"] == "create_entry", result
        await hass.async_block_till_done()
        _keep(hass, result["result"].entry_id)
        await hass.config_entries.async_reload(result["result"].entry_id)
        await hass.async_block_till_done()


def _keep(hass: HomeAssistant, entry_id: str) -> None:
    """Enable all that change, and of the others as many that it's so many."""
    registry = er.async_get(hass)
    others = []
    for entity in er.async_entries_for_config_entry(registry, entry_id):
        if entity.unique_id.split("_", 2)[2] in CHANGING:
            registry.async_update_entity(entity.entity_id, disabled_by=None)
        elif entity.disabled_by is None:
            others.append(entity)
    for entity in others[ENTITIES - len(CHANGING) :]:
        registry.async_update_entity(
            entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )


async def _cpu(hass: HomeAssistant, server: Server, chargers: int) -> list[Row]:
    """Compare polls of the integration with bare requests, in turns.

    What the process costs while nobody asks anything is taken off both.
    """
    ours: list[float] = []
    bare: list[float] = []
    for turn in range(1 + ROUNDS):
        _pause(hass, paused=True)
        idle_s, _ = await _measured(server, asyncio.sleep(PHASE_S))
        _pause(hass, paused=False)
        cpu_s, polls = await _measured(server, asyncio.sleep(PHASE_S))
        poll_s = (cpu_s - idle_s) / len(polls)
        _pause(hass, paused=True)
        cpu_s, requests = await _measured(server, _bare(hass, server, polls))
        if turn > 0:  # the first one warms up
            ours.append(poll_s)
            bare.append((cpu_s - idle_s) / len(requests))
    _pause(hass, paused=False)
    # In a phase of its own, since to look costs too.
    late_ms, states_per_poll = await _watched(hass, server)
    case = _case(chargers)
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    return [
        row(case, "CPU per poll / bare loop", ratio, "", at_most=CPU_GOAL),
        row(case, "CPU per poll", median(ours) * 1e3, "ms"),
        row(case, "CPU per poll of the bare loop", median(bare) * 1e3, "ms"),
        row(case, "states written per poll", states_per_poll, ""),
        row(case, "event loop delay, p99", percentile(late_ms, 0.99), "ms"),
    ]


def _pause(hass: HomeAssistant, *, paused: bool) -> None:
    for entry in hass.config_entries.async_entries("sunbridge"):
        hass.config_entries.async_update_entry(entry, pref_disable_polling=paused)


async def _measured(server: Server, work: Awaitable[None]) -> tuple[float, list[Asked]]:
    """Return the CPU time of the work and the requests in it."""
    await asyncio.sleep(SETTLE_S)
    await server.tell("forget")
    gc.collect()
    before_s = time.process_time()
    await work
    cpu_s = time.process_time() - before_s
    return cpu_s, await server.tell("count")


async def _bare(
    hass: HomeAssistant, server: Server, requests: Collection[Asked]
) -> None:
    """Do requests of the same queries, at the same pace and at the same moments of it.

    The client is the same too, and the bodies are parsed. The shorter of a charger's
    queries is that of most polls; now and then the integration asks for more.
    """
    client = get_async_client(hass)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    start_s = time.monotonic()

    async def loop(serial: str) -> None:
        own = [(query, at_s) for who, query, at_s in requests if who == serial]
        query = min((query for query, _ in own), key=len)
        url = httpx.URL(f"{server.url}/{serial}/api/status?{query}")
        tick_s = start_s + (own[0][1] - start_s) % INTERVAL_S
        while tick_s < start_s + PHASE_S:
            await asyncio.sleep(tick_s - time.monotonic())
            response = await client.get(url, headers=headers)
            orjson.loads(response.content)
            tick_s += INTERVAL_S

    await asyncio.gather(*(loop(serial) for serial in {who for who, _, _ in requests}))


async def _watched(hass: HomeAssistant, server: Server) -> tuple[list[float], float]:
    """Return how late timers of the event loop came (ms), and the states per poll."""
    states = 0

    @callback
    def count(_: Event[EventStateChangedData]) -> None:
        nonlocal states
        states += 1

    await asyncio.sleep(SETTLE_S)
    await server.tell("forget")
    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    late_ms = await loop_delays_ms(WATCH_S)
    stop()
    return late_ms, states / len(await server.tell("count"))


async def _cadence(server: Server, case: str) -> list[Row]:
    """Return the periods between the requests of each charger, as the server saw."""
    await asyncio.sleep(SETTLE_S)
    await server.tell("forget")
    await asyncio.sleep(CADENCE_S)
    requests = await server.tell("count")
    periods: list[float] = []
    for serial in serials(MANY):
        times = [at_s for who, _, at_s in requests if who == serial]
        periods += [b - a for a, b in itertools.pairwise(times)]
    case = f"{_case(MANY)}, {case}"
    return [
        row(case, "period, mean", fmean(periods), "s", at_most=CADENCE_GOAL_S),
        row(case, "period, p99", percentile(periods, 0.99), "s"),
    ]


async def _bytes(hass: HomeAssistant, server: Server) -> list[Row]:
    """Return how long the bodies are with the filter that is used, and without."""
    serial = serials(FEW)[0]
    await server.tell("forget")
    await asyncio.sleep(12 * INTERVAL_S)
    queries = [query for who, query, _ in await server.tell("count") if who == serial]
    client = get_async_client(hass)
    headers = {"Authorization": f"Bearer {TOKEN}"}

    async def length(query: str) -> int:
        url = f"{server.url}/{serial}/api/status?{query}"
        return len((await client.get(url, headers=headers)).content)

    filtered = fmean([await length(query) for query in queries])
    whole = await length("")
    return [
        row("body of a poll", "with filter, mean", filtered, "bytes"),
        row("body of a poll", "without filter", whole, "bytes"),
    ]
