"""go-e by MQTT: 60 values by Sunbridge and by others, on one broker.

The others are Home Assistant's own MQTT sensors, and a bare consumer that only parses.
"""

import asyncio
from collections.abc import Callable
import gc
from statistics import median
import time
from typing import Any

from simulators.mosquitto import Mosquitto
from simulators.proxy import Proxy

from .goe_mqtt_consumers import BASE, PER_S, Consumers, values_shown
from .goe_mqtt_flood import Flood
from .house import house
from .mqtt_publisher import Message, Publisher, started
from .report import Row, percentile, row

ROUNDS = 5
BURST = 30_000
PROBES = 300
PROBES_PER_S = 50
REST_S = 0.5
LOOK_S = 0.1
QUIET_LOOKS = 5


def _messages(keys: list[str], count: int) -> list[Message]:
    """Return messages of which each changes the value of its key."""
    return [
        (f"{BASE}{keys[n % len(keys)]}", b"%d" % (6 + n // len(keys) % 5))
        for n in range(count)
    ]


async def _idle() -> None:
    """Wait until this process has nothing to do any more: all that came is taken.

    Beside other work, or on a machine that is shared, one that gets no time for a moment
    isn't idle yet.
    """
    quiet = 0
    while quiet < QUIET_LOOKS:
        before_s, from_s = time.process_time(), time.monotonic()
        await asyncio.sleep(LOOK_S)
        took_s = time.process_time() - before_s
        quiet = quiet + 1 if took_s < 0.1 * (time.monotonic() - from_s) else 0


async def run() -> list[Row]:
    """Measure; takes about four minutes."""
    values = values_shown()
    async with (
        Mosquitto() as broker,
        Proxy(broker.host, broker.port) as proxy,
        started(broker) as publisher,
    ):
        kept = [(f"{BASE}{key}", b"5") for key in values]
        kept.append((f"{BASE}fwv", b'"60.2"'))
        await publisher.send(kept, PER_S, command="keep")
        async with house() as hass:
            consumers = Consumers(hass, broker, publisher, values)
            bench = _Bench(consumers, broker, publisher)
            rows = await bench.run()
            # By a way that can be cut.
            async with consumers.sunbridge("goe_broker", proxy):
                flood = Flood(hass, broker, proxy, publisher, consumers.keys)
                return [*rows, *await flood.run()]


class _Bench:
    """The consumers, one after the other."""

    def __init__(
        self, consumers: Consumers, broker: Mosquitto, publisher: Publisher
    ) -> None:
        self._consumers = consumers
        self._broker = broker
        self._publisher = publisher
        self._keys = consumers.keys

    async def run(self) -> list[Row]:
        """Return all figures."""
        consumers = self._consumers
        cases: dict[str, Callable[[], Any]] = {
            "bare aiomqtt consumer": consumers.bare,
            "HA's MQTT, nothing done": consumers.nobody,
            "core MQTT sensors": consumers.core_sensors,
            "Sunbridge over HA's MQTT": lambda: consumers.sunbridge("goe_mqtt"),
            "Sunbridge with aiomqtt": lambda: consumers.sunbridge(
                "goe_broker", self._broker
            ),
        }
        await consumers.set_up_ha_mqtt()
        rates: dict[str, float] = {}
        latencies_ms: dict[str, list[float]] = {case: [] for case in cases}
        # Forth and back, since a machine is faster at one time than at another.
        for case in (*cases, *reversed(cases)):
            async with cases[case]() as watch:
                latencies_ms[case] += await self._latencies_ms(watch)
                if case not in rates:
                    rates[case] = await self._rate(watch)

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
        return rows

    async def _rate(self, watch: Callable[[], Any]) -> float:
        """Return how many messages a second are taken while more come than can be."""
        rates = []
        for _ in range(ROUNDS):
            with watch():
                await asyncio.sleep(REST_S)
                gc.collect()
                before_s = time.process_time()
                await self._publisher.blast(_messages(self._keys, BURST))
                await _idle()
                cpu_s = time.process_time() - before_s
            rates.append(BURST / cpu_s)
        return median(rates)

    async def _latencies_ms(self, watch: Callable[..., Any]) -> list[float]:
        """Return the times from a publication to what it changes."""
        key = self._keys[0]
        await self._publisher.send([(f"{BASE}{key}", b"1")], PROBES_PER_S)
        await asyncio.sleep(REST_S)
        values = [6 + n % 100 for n in range(PROBES)]
        probes = [(f"{BASE}{key}", b"%d" % value) for value in values]
        with watch(key) as seen:
            sent_s = await self._publisher.send(probes, PROBES_PER_S)
            await asyncio.sleep(REST_S)
        taken_s = seen.taken_s(values)
        return [(b - a) * 1e3 for a, b in zip(sent_s, taken_s, strict=True)]
