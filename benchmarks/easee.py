"""Easee by AMQP and by SignalR, beside bare consumers that only parse what comes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
import gc
from multiprocessing import get_context
import os
from statistics import median
import time
from typing import Any, override
from unittest.mock import patch

from custom_components.sunbridge.vendors.easee import amqp, connect, hub
from custom_components.sunbridge.vendors.easee.gate import Budget, Gate
from custom_components.sunbridge.vendors.easee.stream import Backoff
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .costs import memory_kib
from .easee_bare import BARE, Bare, Consumer, bare_amqp
from .easee_samples import (
    AMQP,
    ENTITIES,
    FLEETS,
    MANY,
    ONE,
    PASSWORD,
    SIGNALR,
    Sample,
    serials,
)
from .easee_vendor import LIMIT_S, LOOK_EVERY_S, Vendor, started, trusting
from .house import house
from .report import Row, percentile, row

ROUNDS = 3
# More where one costs less.
FLOOD = {AMQP: 20_000, SIGNALR: 100_000}
BACKLOG = 50_000
BACKLOG_GOAL = 0.6
# Messages a second, and how many.
PACES = {1: 10, 100: 500, 1000: 5000}
REST_S = 1.0
MEMORY_REST_S = 15.0


@asynccontextmanager
async def _home(access: dict[str, Any]) -> AsyncIterator[HomeAssistant]:
    """Start Home Assistant, which finds the simulator in place of Easee."""
    os.environ["SUNBRIDGE_EASEE_API_URL"] = access["api"]
    os.environ["SUNBRIDGE_EASEE_STREAMS_URL"] = access["streams"]
    tls = trusting(access)
    with ExitStack() as patches:
        for module, name, value in (
            (connect, "client_context", lambda: tls),
            (connect, "Gate", _roomy),
            (amqp, "Backoff", lambda: Backoff(first_s=0.1, longest_s=0.5)),
        ):
            patches.enter_context(patch.object(module, name, value))
        async with house() as hass:
            yield hass


def _roomy() -> Gate:
    """Return a gate that is never full: the vendor's limits aren't what is measured."""
    window_s = 300.0
    return Gate(all_calls=Budget(10**9, window_s), observations=Budget(10**9, window_s))


async def _add(hass: HomeAssistant, fleet: str, way: str) -> ConfigEntry[Any]:
    flow = hass.config_entries.flow
    result: Any = await flow.async_init("sunbridge", context={"source": "user"})
    choice = {"chosen": serials(fleet), "add_new": False}
    for step in (
        {"next_step_id": "easee"},
        {"username": fleet, "password": PASSWORD},
        choice | ({"transport": way} if fleet == AMQP else {}),
    ):
        result = await flow.async_configure(result["flow_id"], step)
    assert result["type"] == "create_entry", result
    entry: ConfigEntry[Any] = result["result"]
    await _shown(hass, fleet)
    return entry


async def _shown(hass: HomeAssistant, fleet: str) -> None:
    """Wait until all that changes is shown."""
    async with asyncio.timeout(LIMIT_S):
        while not all(
            (state := hass.states.get(entity_id)) is not None
            and state.state not in ("unknown", "unavailable")
            for entity_id in _entity_ids(hass, fleet).values() or [""]
        ):
            await asyncio.sleep(LOOK_EVERY_S)
    await hass.async_block_till_done()
    await asyncio.sleep(REST_S)


def _entity_ids(hass: HomeAssistant, fleet: str) -> dict[tuple[str, int], str]:
    """Return the entities by serial and observation id; none while some are missing."""
    registry = er.async_get(hass)
    found = {
        (serial, number): registry.async_get_entity_id(
            "sensor", "sunbridge", f"easee_{serial}_{name}"
        )
        for serial in serials(fleet)
        for number, name in ENTITIES.items()
    }
    complete = {key: value for key, value in found.items() if value is not None}
    return complete if len(complete) == len(found) else {}


class Ours(Consumer):
    """Sunbridge: what is taken is shown by the states of Home Assistant."""

    def __init__(self, hass: HomeAssistant, vendor: Vendor, way: str) -> None:
        """Take what comes by one of both ways."""
        super().__init__()
        self._hass = hass
        self._vendor = vendor
        self._way = way
        self._entity_ids = _entity_ids(hass, way)
        self._samples: list[Sample] = []
        self._shown_s: dict[tuple[str, str], float] = {}

    @override
    def expect(self, numbers: range) -> None:
        self._samples = list(self._vendor.samples(self._way, numbers))
        module, name = (amqp, "message") if self._way == AMQP else (hub, "observed_in")
        parse = getattr(module, name)

        def first(*arguments: Any) -> Any:
            self.note_begin()
            setattr(module, name, parse)
            return parse(*arguments)

        setattr(module, name, first)

    @override
    async def all_taken(self) -> None:
        """Wait until the states are those of the newest samples."""
        wanted = {
            self._entity_ids[sample.serial, sample.number]: str(sample.value)
            for sample in self._samples
        }
        async with asyncio.timeout(LIMIT_S):
            while not all(
                (state := self._hass.states.get(entity_id)) and state.state == value
                # The last ones first: they are the last to be right.
                for entity_id, value in reversed(wanted.items())
            ):
                await asyncio.sleep(LOOK_EVERY_S)
        self.note_end()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note when each value is shown, which costs too."""
        shown_s = self._shown_s = {}

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            if (state := event.data["new_state"]) is not None:
                shown_s[state.entity_id, state.state] = time.monotonic()

        stop = self._hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
        try:
            yield
        finally:
            stop()

    @override
    def latencies_ms(self, sent_s: list[float]) -> list[float]:
        found = []
        for sample, at_s in zip(self._samples, sent_s, strict=True):
            entity_id = self._entity_ids[sample.serial, sample.number]
            if (shown_s := self._shown_s.get((entity_id, str(sample.value)))) is None:
                continue
            found.append(1e3 * (shown_s - at_s))
        return found


CONSUMERS = {AMQP: 1, SIGNALR: FLEETS[SIGNALR]}


class _Way:
    """Sunbridge and the bare consumer, in turns, by one of both ways."""

    def __init__(self, hass: HomeAssistant, vendor: Vendor, way: str) -> None:
        self._hass = hass
        self._vendor = vendor
        self._way = way
        # By case and figure, a value a round.
        self._found: dict[tuple[str, str], list[float]] = {}

    async def run(self) -> list[Row]:
        """Return all figures of the way."""
        entries = self._hass.config_entries
        entry = await _add(self._hass, self._way, self._way)
        rows: dict[str, list[Row]] = {"bare consumer": [], "Sunbridge": []}
        for turn in range(ROUNDS):
            await entries.async_unload(entry.entry_id)
            await self._listened(0)
            bare = Bare()
            async with BARE[self._way](self._vendor.access, bare):
                await self._listened(CONSUMERS[self._way])
                if not turn:
                    rows["bare consumer"] += await self._paces("bare consumer", bare)
                await self._flood("bare consumer", bare)
            await self._listened(0)
            if self._way == AMQP:
                await self._bare_backlog()
            await entries.async_setup(entry.entry_id)
            await _shown(self._hass, self._way)
            await self._listened(CONSUMERS[self._way])
            ours = Ours(self._hass, self._vendor, self._way)
            if not turn:
                with ours.watching():
                    rows["Sunbridge"] += await self._paces("Sunbridge", ours)
            await self._flood("Sunbridge", ours)
            if self._way == AMQP:
                await self._our_backlog(ours)
        await entries.async_remove(entry.entry_id)
        await self._hass.async_block_till_done()
        return [*rows["bare consumer"], *rows["Sunbridge"], *self._rows()]

    async def _listened(self, count: int) -> None:
        """Wait until somebody listens to the vendor, or nobody does."""
        await self._vendor.until("listeners", count, self._way)
        await asyncio.sleep(REST_S)

    async def _say(self, consumer: Consumer, numbers: range, per_s: float) -> Any:
        consumer.expect(numbers)
        gc.collect()
        sent_s = await self._vendor.ask("publish", self._way, numbers, per_s)
        await consumer.all_taken()
        if self._way == AMQP:
            await self._vendor.until("depth", 0)
        return sent_s

    async def _paces(self, case: str, consumer: Consumer) -> list[Row]:
        rows = []
        case = self._case(case)
        for per_s, count in PACES.items():
            numbers = self._vendor.next(count)
            sent_s = await self._say(consumer, numbers, per_s)
            times_ms = consumer.latencies_ms(sent_s)
            end = "state" if isinstance(consumer, Ours) else "parsed"
            what = f"publish to {end} at {per_s}/s"
            rows += [
                row(case, f"{what}, p50", percentile(times_ms, 0.5), "ms"),
                row(case, f"{what}, p99", percentile(times_ms, 0.99), "ms"),
            ]
            if isinstance(consumer, Ours):
                share = 100 * len(times_ms) / count
                rows.append(row(case, f"{what}, shown", share, "%"))
        return rows

    async def _flood(self, case: str, consumer: Consumer) -> None:
        await self._say(consumer, self._vendor.next(FLOOD[self._way]), 0)
        self._note("flood", case, FLOOD[self._way], consumer)

    async def _bare_backlog(self) -> None:
        bare, numbers = Bare(), await self._fill()
        bare.expect(numbers)
        async with bare_amqp(self._vendor.access, bare):
            await bare.all_taken()
            await self._vendor.until("depth", 0)
        self._note("backlog", "bare consumer", BACKLOG, bare)

    async def _our_backlog(self, ours: Ours) -> None:
        """Let the stream be lost and come back when many messages wait."""
        await self._vendor.ask("hold")
        await self._listened(0)
        ours.expect(await self._fill())
        await self._vendor.ask("release")
        await ours.all_taken()
        await self._vendor.until("depth", 0)
        self._note("backlog", "Sunbridge", BACKLOG, ours)

    async def _fill(self) -> range:
        numbers = self._vendor.next(BACKLOG)
        await self._vendor.ask("publish", AMQP, numbers, 0)
        await self._vendor.until("depth", BACKLOG)
        gc.collect()
        return numbers

    def _note(self, what: str, case: str, count: int, consumer: Consumer) -> None:
        taken_s, cpu_s = consumer.spent(count)
        for figure, value in (("rate", count / taken_s), ("cpu", cpu_s)):
            self._found.setdefault((what, f"{case} {figure}"), []).append(value)

    def _rows(self) -> list[Row]:
        rows = []
        for what, count in (("flood", FLOOD[self._way]), ("backlog", BACKLOG)):
            found = {
                name: values for (of, name), values in self._found.items() if of == what
            }
            if not found:
                continue
            for case in ("bare consumer", "Sunbridge"):
                rates, cpus = found[f"{case} rate"], found[f"{case} cpu"]
                title = self._case(f"{case}, {what} of {count}")
                rows += [
                    row(title, "observations per second", median(rates), "1/s"),
                    row(title, "CPU per observation", median(cpus) * 1e6, "us"),
                ]
            cpu = _ratio(found["Sunbridge cpu"], found["bare consumer cpu"])
            rate = _ratio(found["Sunbridge rate"], found["bare consumer rate"])
            rows.append(row(title, "CPU per observation / bare", cpu, ""))
            goal = BACKLOG_GOAL if what == "backlog" else None
            rows.append(_at_least(title, "observations per second / bare", rate, goal))
        return rows

    def _case(self, case: str) -> str:
        return f"{ {AMQP: 'AMQP', SIGNALR: 'SignalR'}[self._way] }, {case}"


def _ratio(ours: list[float], bare: list[float]) -> float:
    return median(a / b for a, b in zip(ours, bare, strict=True))


def _at_least(case: str, figure: str, value: float, goal: float | None) -> Row:
    if goal is None:
        return row(case, figure, value, "")
    return Row(case, figure, value, "", f">= {goal:g}", value >= goal)


async def _memory(access: dict[str, Any]) -> list[Row]:
    rows = []
    async with _home(access) as hass:
        for fleet in (ONE, MANY):
            await asyncio.sleep(REST_S)
            before_kib = memory_kib()
            entry = await _add(hass, fleet, SIGNALR)
            # What Home Assistant stores meanwhile takes memory too, for a moment.
            await asyncio.sleep(MEMORY_REST_S)
            kib = memory_kib() - before_kib
            count = FLEETS[fleet]
            case = f"SignalR, {count} charger{'s' if count > 1 else ''}"
            registry = er.async_get(hass)
            entities = er.async_entries_for_config_entry(registry, entry.entry_id)
            shown = sum(entity.disabled_by is None for entity in entities)
            rows += [
                row(case, "memory", kib, "KiB"),
                row(case, "memory per charger", kib / count, "KiB"),
                row(case, "entities per charger", len(entities) / count, ""),
                row(case, "enabled entities per charger", shown / count, ""),
            ]
    return rows


def memory(access: dict[str, Any]) -> list[Row]:
    """Measure in a process that has done nothing else."""
    return asyncio.run(_memory(access))


async def run() -> list[Row]:
    """Measure; takes about five minutes."""
    async with started() as vendor:
        context = get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            work = asyncio.get_running_loop().run_in_executor(
                pool, memory, vendor.access
            )
            rows = await work
        async with _home(vendor.access) as hass:
            for way in (AMQP, SIGNALR):
                rows += await _Way(hass, vendor, way).run()
    return rows
