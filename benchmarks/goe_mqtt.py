"""go-e by MQTT: 60 values by Sunbridge and by others, on one broker.

The others are Home Assistant's own MQTT sensors, and a bare consumer that only parses.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
import gc
import json
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
import time
from typing import Any

import aiomqtt
import orjson

from custom_components.sunbridge.vendors.goe.tables import DESCRIPTIONS
from homeassistant.components import mqtt
from homeassistant.const import EVENT_STATE_CHANGED, Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from simulators.goe.defaults import default_status
from simulators.mosquitto import Mosquitto
from simulators.proxy import Proxy

from .house import house
from .mqtt_publisher import publish
from .report import Row, percentile, row

SERIAL = "000001"
BASE = f"go-eCharger/{SERIAL}/"
VALUES = 60
FLOOD = 450
ROUNDS = 5
BURST = 30_000
PER_S = 2_000
PROBES = 300
PROBES_PER_S = 50
REST_S = 0.5

Message = tuple[str, bytes]


class Publisher:
    """The process that publishes."""

    def __init__(self, pipe: Connection) -> None:
        """Talk to it by the pipe."""
        self._pipe = pipe

    async def send(
        self, messages: list[Message], per_s: float, *, command: str = "say"
    ) -> list[float]:
        """Publish; return when each was sent."""
        self._pipe.send((command, messages, per_s))
        times_s: list[float] = await asyncio.to_thread(self._pipe.recv)
        return times_s

    async def blast(self, messages: list[Message]) -> None:
        """Publish as fast as the broker takes it."""
        await self.send(messages, 0, command="blast")


@asynccontextmanager
async def _publisher(broker: Mosquitto) -> AsyncIterator[Publisher]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    access = {
        "hostname": broker.host,
        "port": broker.port,
        "username": broker.username,
        "password": broker.password,
    }
    process = context.Process(target=publish, args=(theirs, access), daemon=True)
    process.start()
    # Else its end would never be noticed.
    theirs.close()
    try:
        await asyncio.to_thread(ours.recv)
        yield Publisher(ours)
        ours.send(("stop", [], 0))
        await asyncio.to_thread(process.join)
    finally:
        process.kill()


def _values() -> dict[str, tuple[Platform, str, float]]:
    """Return 60 API keys that are plain numbers, with the one entity that shows each."""
    status = default_status(SERIAL, "Bench")
    rows: dict[str, list[tuple[Platform, str]]] = {}
    for platform, table in DESCRIPTIONS.items():
        for description in table:
            plain = description.device_class not in ("enum", "timestamp")
            name = description.key if plain else ""
            for key in description.reading.keys:  # type: ignore[attr-defined]
                rows.setdefault(key, []).append((platform, name))
    # What also makes others change isn't a plain value.
    usable = {
        key: (*shown[0], float(status.get(key) or 0))
        for key, shown in rows.items()
        if len(shown) == 1
        and shown[0][1]
        and shown[0][0] in (Platform.SENSOR, Platform.NUMBER)
        and not shown[0][1].startswith(("card_", "phase_", "data_"))
        and (status.get(key) is None or type(status[key]) in (int, float))
        and key not in {"modelStatus", "car", "err", "rbt", "ama", "trx", "dsrc"}
    }
    # Sensors first, as the others are; the rest are numbers that can be set.
    chosen = sorted(usable, key=lambda key: usable[key][0] is not Platform.SENSOR)
    chosen = chosen[:VALUES]
    assert len(chosen) == VALUES, len(chosen)
    return {key: usable[key] for key in chosen}


def _messages(keys: list[str], count: int) -> list[Message]:
    """Return messages of which each changes the value of its key."""
    return [
        (f"{BASE}{keys[n % len(keys)]}", b"%d" % (6 + n // len(keys) % 5))
        for n in range(count)
    ]


@dataclass
class Seen:
    """When values were taken up."""

    times_s: list[float] = field(default_factory=list)

    def note(self) -> None:
        """Note one."""
        self.times_s.append(time.monotonic())


@contextmanager
def _watching(hass: HomeAssistant, entity_id: str | None) -> Iterator[Seen]:
    """Note the changes of an entity's state, or of all."""
    seen = Seen()

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if entity_id is None or event.data["entity_id"] == entity_id:
            seen.note()

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    try:
        yield seen
    finally:
        stop()


async def run() -> list[Row]:
    """Measure; takes about four minutes."""
    values = _values()
    async with (
        Mosquitto() as broker,
        Proxy(broker.host, broker.port) as proxy,
        _publisher(broker) as publisher,
    ):
        kept = [(f"{BASE}{key}", b"5") for key in values]
        kept.append((f"{BASE}fwv", b'"60.2"'))
        await publisher.send(kept, PER_S, command="keep")
        async with house() as hass:
            bench = _Bench(hass, broker, proxy, publisher, values)
            return await bench.run()


class _Bench:
    """The four consumers, one after the other."""

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Mosquitto,
        proxy: Proxy,
        publisher: Publisher,
        values: dict[str, tuple[Platform, str, float]],
    ) -> None:
        self._hass = hass
        self._broker = broker
        self._proxy = proxy
        self._publisher = publisher
        self._values = values
        self._keys = list(values)

    async def run(self) -> list[Row]:
        """Return all figures."""
        cases: dict[str, Callable[[], Any]] = {
            "bare aiomqtt consumer": self._bare,
            "HA's MQTT, nothing done": self._nobody,
            "core MQTT sensors": self._core_sensors,
            "Sunbridge over HA's MQTT": lambda: self._sunbridge("goe_mqtt"),
            "Sunbridge with aiomqtt": lambda: self._sunbridge(
                "goe_broker", self._broker
            ),
        }
        await self._set_up_ha_mqtt()
        rates: dict[str, float] = {}
        latencies_ms: dict[str, list[float]] = {case: [] for case in cases}
        # Forth and back, since a machine is faster at one time than at another.
        for case in (*cases, *reversed(cases)):
            async with cases[case]() as watch:
                latencies_ms[case] += await self._latencies_ms(watch)
                if case not in rates:
                    rates[case] = await self._rate(watch)
        # By a way that can be cut.
        async with self._sunbridge("goe_broker", self._proxy):
            flood = await self._flood()

        rows = []
        for case, times_ms in latencies_ms.items():
            core_ms = percentile(latencies_ms["core MQTT sensors"], 0.5)
            ours = case.startswith("Sunbridge")
            rows += [
                row(
                    case,
                    "publish to state, p50",
                    percentile(times_ms, 0.5),
                    "ms",
                    at_most=core_ms if ours else None,
                ),
                row(case, "publish to state, p99", percentile(times_ms, 0.99), "ms"),
                row(case, "messages per second of one core", rates[case], "1/s"),
            ]
            if ours:
                ratio = rates["core MQTT sensors"] / rates[case]
                rows.append(
                    row(case, "CPU per message / core's", ratio, "", at_most=0.5)
                )
        return [*rows, *flood]

    async def _rate(self, watch: Callable[[], Any]) -> float:
        """Return how many messages a second are taken while more come than can be."""
        rates = []
        for _ in range(ROUNDS):
            with watch():
                await asyncio.sleep(REST_S)
                gc.collect()
                before_s, from_s = time.process_time(), time.monotonic()
                await self._publisher.blast(_messages(self._keys, BURST))
                # Taken when the process has nothing to do any more.
                while time.process_time() - before_s > 0.5 * (
                    time.monotonic() - from_s
                ):
                    await asyncio.sleep(0.02)
                cpu_s = time.process_time() - before_s
            rates.append(BURST / cpu_s)
        return median(rates)

    async def _latencies_ms(self, watch: Callable[..., Any]) -> list[float]:
        """Return the times from a publication to what it changes."""
        key = self._keys[0]
        await self._publisher.send([(f"{BASE}{key}", b"1")], PROBES_PER_S)
        await asyncio.sleep(REST_S)
        probes = [(f"{BASE}{key}", b"%d" % (6 + n % 5)) for n in range(PROBES)]
        with watch(key) as seen:
            sent_s = await self._publisher.send(probes, PROBES_PER_S)
            await asyncio.sleep(REST_S)
        assert len(seen.times_s) == PROBES, len(seen.times_s)
        return [(b - a) * 1e3 for a, b in zip(sent_s, seen.times_s, strict=True)]

    @asynccontextmanager
    async def _bare(self) -> AsyncIterator[Callable[..., Any]]:
        """Parse what comes, and do nothing with it."""
        current: list[Seen] = []

        async def consume() -> None:
            async with aiomqtt.Client(
                self._broker.host,
                self._broker.port,
                username=self._broker.username,
                password=self._broker.password,
            ) as client:
                await client.subscribe(f"{BASE}+")
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    orjson.loads(message.payload)
                    for seen in current:
                        seen.note()

        @contextmanager
        def watch(key: str | None = None) -> Iterator[Seen]:
            seen = Seen()
            if key is not None:
                current.append(seen)
            yield seen
            current.clear()

        task = asyncio.create_task(consume())
        await asyncio.sleep(1)
        yield watch
        task.cancel()
        await asyncio.wait({task})

    @asynccontextmanager
    async def _nobody(self) -> AsyncIterator[Callable[..., Any]]:
        """Subscribe by Home Assistant's MQTT, and do nothing with what comes."""
        current: list[Seen] = []

        @callback
        def received(_: mqtt.ReceiveMessage) -> None:
            for seen in current:
                seen.note()

        @contextmanager
        def watch(key: str | None = None) -> Iterator[Seen]:
            seen = Seen()
            if key is not None:
                current.append(seen)
            yield seen
            current.clear()

        stop = await mqtt.async_subscribe(
            self._hass, f"{BASE}+", received, encoding=None
        )
        await asyncio.sleep(2)
        yield watch
        stop()
        await asyncio.sleep(1)

    async def _set_up_ha_mqtt(self) -> None:
        await self._add(
            "mqtt",
            {
                "broker": self._broker.host,
                "port": self._broker.port,
                "username": self._broker.username,
                "password": self._broker.password,
                "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
            },
        )

    @asynccontextmanager
    async def _core_sensors(self) -> AsyncIterator[Callable[..., Any]]:
        """Make a sensor of Home Assistant's MQTT integration of each value."""
        configs = {
            key: {
                "name": f"Core {key}",
                "unique_id": f"core_{key}",
                "state_topic": f"{BASE}{key}",
                "state_class": "measurement",
            }
            for key in self._keys
        }
        topics = {
            key: f"homeassistant/sensor/core_{key.lower()}/config" for key in configs
        }
        await self._publisher.send(
            [(topics[k], json.dumps(config).encode()) for k, config in configs.items()],
            PER_S,
            command="keep",
        )
        await self._settled("mqtt", VALUES)
        yield self._watch("mqtt", {key: f"core_{key}" for key in self._keys})
        await self._publisher.send(
            [(topic, b"") for topic in topics.values()], PER_S, command="keep"
        )
        await asyncio.sleep(3)

    @asynccontextmanager
    async def _sunbridge(
        self, way: str, broker: Mosquitto | Proxy | None = None
    ) -> AsyncIterator[Callable[..., Any]]:
        """Add the charger, with an entity for each value and no others."""
        steps: list[dict[str, Any]] = [{"next_step_id": "goe"}, {"next_step_id": way}]
        if broker is not None:
            steps.append(
                {
                    "host": broker.host,
                    "port": broker.port,
                    "username": self._broker.username,
                    "password": self._broker.password,
                    "tls": False,
                }
            )
        steps.append({"charger": SERIAL})
        entry = await self._add("sunbridge", *steps)
        wanted = {
            f"goe_{SERIAL}_{name}": key for key, (_, name, _) in self._values.items()
        }
        registry = er.async_get(self._hass)
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
            registry.async_update_entity(
                entity.entity_id,
                disabled_by=None
                if entity.unique_id in wanted
                else er.RegistryEntryDisabler.USER,
            )
        await self._hass.config_entries.async_reload(entry.entry_id)
        await self._settled("sunbridge", VALUES)
        yield self._watch("sunbridge", {key: name for name, key in wanted.items()})
        await self._hass.config_entries.async_remove(entry.entry_id)
        await self._hass.async_block_till_done()

    def _watch(
        self, integration: str, unique_ids: dict[str, str]
    ) -> Callable[..., Any]:
        registry = er.async_get(self._hass)
        by_id = {
            entity.unique_id: entity.entity_id
            for entity in registry.entities.values()
            if entity.platform == integration
        }

        @contextmanager
        def watch(key: str | None = None) -> Iterator[Seen]:
            # To count costs too, so it's done only where it's about latency.
            if key is None:
                yield Seen()
                return
            with _watching(self._hass, by_id[unique_ids[key]]) as seen:
                yield seen

        return watch

    async def _settled(self, integration: str, count: int) -> None:
        """Wait until so many entities show a value."""
        registry = er.async_get(self._hass)
        shown = 0
        for _ in range(100):
            await self._publisher.send(
                [(f"{BASE}{key}", b"7") for key in self._keys], PER_S
            )
            await self._hass.async_block_till_done()
            shown = sum(
                (state := self._hass.states.get(entity.entity_id)) is not None
                and state.state not in ("unknown", "unavailable")
                for entity in registry.entities.values()
                if entity.platform == integration and entity.disabled_by is None
            )
            if shown == count:
                return
            await asyncio.sleep(0.2)
        raise AssertionError(f"{shown} of {count} are shown")

    async def _add(self, integration: str, *steps: dict[str, Any]) -> Any:
        flow = self._hass.config_entries.flow
        result: Any = await flow.async_init(integration, context={"source": "user"})
        for step in steps:
            # A charger that says nothing isn't heard.
            if "charger" in step:
                await self._publisher.send([(f"{BASE}amp", b"7")], PER_S)
            result = await flow.async_configure(result["flow_id"], step)
        assert result["type"] == "create_entry", result
        await self._hass.async_block_till_done()
        return result["result"]

    async def _flood(self) -> list[Row]:
        """Compare what a reconnection to 450 kept topics takes.

        The bare consumer's time runs until the last is parsed, ours until the last
        state is written.
        """
        fill = [f"x{n}" for n in range(FLOOD - VALUES - 1)]
        (entry,) = self._hass.config_entries.async_entries("sunbridge")
        coordinator = entry.runtime_data.coordinators[0]
        ours_s: list[float] = []
        bare_s: list[float] = []
        written = []
        for turn in range(2 * ROUNDS):
            value = b"%d" % (6 + turn % 5)
            kept = [(f"{BASE}{key}", value) for key in (*self._keys, *fill)]
            self._proxy.cut()
            await self._publisher.send(kept, PER_S, command="keep")
            bare_s.append(await self._bare_flood())
            taken_s, states = await self._our_flood(coordinator)
            ours_s.append(taken_s)
            written.append(states)
        write_s = self._write_s()
        limit_s = 1.5 * median(bare_s) + median(written) * write_s
        case = f"flood of {FLOOD} kept topics"
        return [
            row(case, "bare consumer", median(bare_s) * 1e3, "ms"),
            row(case, "states written", median(written), ""),
            row(case, "one state write", write_s * 1e3, "ms"),
            row(
                case,
                "shown by Sunbridge with aiomqtt",
                median(ours_s) * 1e3,
                "ms",
                at_most=limit_s * 1e3,
            ),
        ]

    async def _bare_flood(self) -> float:
        async with aiomqtt.Client(
            self._proxy.host,
            self._proxy.port,
            username=self._broker.username,
            password=self._broker.password,
        ) as client:
            await client.subscribe([("+/000001/+", 0), ("/+/000001/+", 0)])
            start_s, count = time.monotonic(), 0
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                orjson.loads(message.payload)
                count += 1
                if count == FLOOD:
                    break
            return time.monotonic() - start_s

    async def _our_flood(self, coordinator: Any) -> tuple[float, int]:
        """Wait for the reconnection; return the time, and the states written."""
        linked_s = 0.0
        done = asyncio.get_running_loop().create_future()

        def linked(up: bool) -> None:
            nonlocal linked_s
            linked_s = time.monotonic()
            type(coordinator).linked(coordinator, up)

        def heard(values: Any) -> None:
            type(coordinator).heard(coordinator, values)
            # Shown is what's live too.
            coordinator.alive()
            if len(values) >= VALUES and not done.done():
                done.set_result(time.monotonic())

        coordinator.linked, coordinator.heard = linked, heard
        try:
            with _watching(self._hass, None) as seen:
                async with asyncio.timeout(90):
                    shown_s = await done
        finally:
            del coordinator.linked, coordinator.heard
        return shown_s - linked_s, len(seen.times_s)

    def _write_s(self) -> float:
        """Return what it takes to write a state that changed."""
        states = self._hass.states
        found = [s for s in states.async_all("sensor") if s.state.isdecimal()]
        start_s = time.monotonic()
        for state in found:
            states.async_set(state.entity_id, "1", state.attributes)
        taken_s = time.monotonic() - start_s
        return taken_s / len(found)
