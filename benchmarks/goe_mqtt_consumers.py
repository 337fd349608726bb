"""Who takes the values of a go-e by MQTT: Sunbridge, Home Assistant, and nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
import json
import math
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

from .mqtt_publisher import Publisher

SERIAL = "000001"
BASE = f"go-eCharger/{SERIAL}/"
VALUES = 60
PER_S = 2_000


def values_shown() -> dict[str, tuple[Platform, str, float]]:
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


@dataclass
class Seen:
    """Which values were taken up, and when."""

    times_s: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def note(self, value: float) -> None:
        """Note one."""
        self.times_s.append(time.monotonic())
        self.values.append(value)

    def taken_s(self, values: Sequence[float]) -> list[float]:
        """Return when each of the values was taken up, or a later one in its place.

        On a busy machine several come at once, of which only the newest is shown. Raises
        ``RuntimeError`` where one never came.
        """
        found: list[float] = []
        for time_s, value in zip(self.times_s, self.values, strict=True):
            if value in values[len(found) :]:
                newest = values.index(value, len(found))
                found += [time_s] * (newest + 1 - len(found))
        if len(found) < len(values):
            raise RuntimeError("not all values were taken up")
        return found


class Watchers:
    """Who wants to know when a value is taken that nobody shows."""

    def __init__(self) -> None:
        """Begin without any."""
        self._current: list[Seen] = []

    def note(self, value: float) -> None:
        """Note a value."""
        for seen in self._current:
            seen.note(value)

    def note_bytes(self, payload: str | bytes | bytearray) -> None:
        """Note a value that nobody has parsed."""
        if self._current:
            self.note(float(payload))

    @contextmanager
    def watch(self, key: str | None = None) -> Iterator[Seen]:
        """Note the values meanwhile; without a key nobody wants to know."""
        seen = Seen()
        if key is not None:
            self._current.append(seen)
        yield seen
        self._current.clear()


@contextmanager
def watching(hass: HomeAssistant, entity_id: str | None) -> Iterator[Seen]:
    """Note the changes of an entity's state, or of all."""
    seen = Seen()

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if entity_id is None:
            seen.note(math.nan)
        elif event.data["entity_id"] == entity_id and event.data["new_state"]:
            seen.note(float(event.data["new_state"].state))

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    try:
        yield seen
    finally:
        stop()


class Consumers:
    """Each of them is a context, in which values are taken up.

    It gives what watches: with a key it notes when the key's values are taken. ``keys``
    are the API keys of the values.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Mosquitto,
        publisher: Publisher,
        values: dict[str, tuple[Platform, str, float]],
    ) -> None:
        """Take the values on a broker, in Home Assistant where that's part of it."""
        self._hass = hass
        self._broker = broker
        self._publisher = publisher
        self._values = values
        self.keys = list(values)

    @asynccontextmanager
    async def bare(self) -> AsyncIterator[Callable[..., Any]]:
        """Parse what comes, and do nothing with it."""
        watchers = Watchers()

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
                    watchers.note(orjson.loads(message.payload))

        task = asyncio.create_task(consume())
        await asyncio.sleep(1)
        yield watchers.watch
        task.cancel()
        await asyncio.wait({task})

    @asynccontextmanager
    async def nobody(self) -> AsyncIterator[Callable[..., Any]]:
        """Subscribe by Home Assistant's MQTT, and do nothing with what comes."""
        watchers = Watchers()

        @callback
        def received(message: mqtt.ReceiveMessage) -> None:
            watchers.note_bytes(message.payload)

        stop = await mqtt.async_subscribe(
            self._hass, f"{BASE}+", received, encoding=None
        )
        await asyncio.sleep(2)
        yield watchers.watch
        stop()
        await asyncio.sleep(1)

    async def set_up_ha_mqtt(self) -> None:
        """Add Home Assistant's MQTT integration."""
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
    async def core_sensors(self) -> AsyncIterator[Callable[..., Any]]:
        """Make a sensor of Home Assistant's MQTT integration of each value."""
        configs = {
            key: {
                "name": f"Core {key}",
                "unique_id": f"core_{key}",
                "state_topic": f"{BASE}{key}",
                "state_class": "measurement",
            }
            for key in self.keys
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
        yield self._watch("mqtt", {key: f"core_{key}" for key in self.keys})
        await self._publisher.send(
            [(topic, b"") for topic in topics.values()], PER_S, command="keep"
        )
        await asyncio.sleep(3)

    @asynccontextmanager
    async def sunbridge(
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
            with watching(self._hass, by_id[unique_ids[key]]) as seen:
                yield seen

        return watch

    async def _settled(self, integration: str, count: int) -> None:
        """Wait until so many entities show a value."""
        registry = er.async_get(self._hass)
        shown = 0
        for _ in range(100):
            await self._publisher.send(
                [(f"{BASE}{key}", b"7") for key in self.keys], PER_S
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
