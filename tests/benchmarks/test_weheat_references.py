"""The ways that Weheat's benchmark compares with do what they're said to do."""

from itertools import pairwise
import random

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_purge_done,
    async_wait_recording_done,
    do_adhoc_statistics,
)

from benchmarks.weheat_references import (
    DAY_S,
    HOUR_S,
    PERIOD_S,
    PURGED_S,
    CoreCounter,
    GapFiller,
    SensorStatistics,
)
from benchmarks.weheat_trial import CORE, FILLER, OURS, TRUTHS, Outage, Trial, judged
from benchmarks.weheat_world import LOOK_S, TooManyRequestsError, Vendor, VirtualClock
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatNotAllowedError,
    WeheatWindowError,
)
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulators.weheat import HeatPump

# Midnight of UTC, 2026-01-14.
START_S = 1_768_348_800
SENSOR = "sensor.energy"


class Recorded:
    """A sensor in Home Assistant's recorder, and what the reference makes of it."""

    def __init__(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, state_class: str
    ) -> None:
        """Start without a state."""
        self.model = SensorStatistics(increasing=state_class == "total_increasing")
        self._hass = hass
        self._freezer = freezer
        self._attributes = {
            "device_class": "energy",
            "state_class": state_class,
            "unit_of_measurement": "kWh",
        }

    async def set_up(self) -> None:
        """Let the recorder make statistics of sensors."""
        assert await async_setup_component(self._hass, "sensor", {})
        await async_wait_recording_done(self._hass)

    async def period(self, start_s: float, states: list[float | None]) -> None:
        """Let five minutes pass with some states."""
        for place, state in enumerate(states):
            self._freezer.move_to(dt_util.utc_from_timestamp(start_s + 40 * place + 7))
            text = "unavailable" if state is None else str(state)
            self._hass.states.async_set(SENSOR, text, self._attributes)
            self.model.show(state)
            await self._hass.async_block_till_done()
        self._freezer.move_to(dt_util.utc_from_timestamp(start_s + PERIOD_S + 10))
        await async_wait_recording_done(self._hass)
        do_adhoc_statistics(self._hass, start=dt_util.utc_from_timestamp(start_s))
        await async_wait_recording_done(self._hass)
        self.model.compile(start_s + PERIOD_S)

    async def sums(self) -> dict[int, float]:
        """Return the recorder's sums by hour."""
        begin = dt_util.utc_from_timestamp(START_S)
        found = await get_instance(self._hass).async_add_executor_job(
            lambda: statistics_during_period(
                self._hass, begin, None, {SENSOR}, "hour", None, {"sum"}
            )
        )
        return {int(row["start"]): row["sum"] or 0.0 for row in found[SENSOR]}


@pytest.fixture
def winter(freezer: FrozenDateTimeFactory) -> None:
    """Begin in winter, before the recorder does."""
    freezer.move_to(dt_util.utc_from_timestamp(START_S))


@pytest.mark.parametrize("state_class", ["total_increasing", "total"])
async def test_sums_are_the_recorders(
    winter: None,
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    state_class: str,
) -> None:
    """Jumps, falls and silence give the sums that Home Assistant's recorder has."""
    chance = random.Random(7)
    recorded = Recorded(hass, freezer, state_class)
    await recorded.set_up()
    kwh = 100.0
    for start_s in range(START_S, START_S + 5 * HOUR_S, PERIOD_S):
        states: list[float | None] = []
        for _ in range(chance.randrange(3)):
            # A silence, a fall by little or much, a rise.
            factor = chance.choice((None, 0.97, 0.5, 1.001, 1.01))
            kwh = round(kwh * (factor or 1.02), 3)
            states.append(None if factor is None else kwh)
        if START_S + HOUR_S <= start_s < START_S + 3.2 * HOUR_S:
            states = [None]
        await recorded.period(start_s, states)
    sums = await recorded.sums()
    assert START_S + 2 * HOUR_S not in sums
    assert recorded.model.sums_kwh == pytest.approx(sums)


async def test_sum_starts_anew_after_ten_days(
    winter: None,
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A sensor that was silent for longer than statistics are kept loses its sum."""
    recorded = Recorded(hass, freezer, "total_increasing")
    await recorded.set_up()
    last_of_hour_s = START_S + HOUR_S - PERIOD_S
    await recorded.period(last_of_hour_s - PERIOD_S, [100.0])
    await recorded.period(last_of_hour_s, [103.0, None])
    night_s = START_S + 11 * DAY_S + PURGED_S
    freezer.move_to(dt_util.utc_from_timestamp(night_s))
    await hass.services.async_call(
        "recorder", "purge", {"keep_days": 10}, blocking=True
    )
    await async_wait_purge_done(hass)
    recorded.model.compile(night_s)
    later_s = START_S + 12 * DAY_S + HOUR_S - PERIOD_S
    await recorded.period(later_s, [150.0])
    sums = await recorded.sums()
    assert list(sums.values()) == [3.0, 0.0]
    assert recorded.model.sums_kwh == sums


def test_counter_books_an_outage_at_once() -> None:
    """The hour of the return has all that was used; in sum nothing is lost."""
    clock = VirtualClock(START_S)
    pump = HeatPump(clock, history_days=2)
    down = (START_S + 2 * HOUR_S, START_S + 7 * HOUR_S)
    core = CoreCounter(Vendor(clock, limit=None, down=[down]), pump)
    core.start()
    while clock.at_s <= START_S + 10 * HOUR_S:
        core.look()
        clock.at_s += LOOK_S
    hours = core.electricity.hours()
    returned = START_S + 7 * HOUR_S
    assert not set(hours) & set(range(down[0] + HOUR_S, returned, HOUR_S))
    assert hours[returned] > 4 * hours[returned + HOUR_S]
    used = pump.energy(START_S, START_S + 9.5 * HOUR_S).electric_kwh
    assert sum(hours.values()) == pytest.approx(used, rel=0.06)


@pytest.mark.parametrize(
    ("minutes", "is_filled"), [(3, True), (100, True), (121, False), (300, False)]
)
def test_gap_filler_knows_two_hours(minutes: int, is_filled: bool) -> None:
    """What it missed is there ten minutes later, unless it stood for two hours."""
    clock = VirtualClock(START_S)
    pump = HeatPump(clock, history_days=2)
    filler = GapFiller(Vendor(clock, limit=None), pump)
    stop_s = START_S + 2.2 * HOUR_S
    start_s = stop_s + minutes * 60
    filler.start()
    is_stopped = False
    while clock.at_s < start_s + 2 * HOUR_S:
        if not stop_s <= clock.at_s < start_s:
            if is_stopped:
                filler.start()
                is_stopped = False
            filler.look()
        else:
            is_stopped = True
        clock.at_s += LOOK_S
    hours, _ = filler.hours()
    first, last = START_S + HOUR_S, int(clock.at_s // HOUR_S) * HOUR_S
    used = pump.energy(first, last).compressor_kwh
    found = sum(kwh for hour, kwh in hours.items() if first <= hour < last)
    assert (abs(found / used - 1) < 0.01) == is_filled


def test_gap_filler_ends_after_failures() -> None:
    """After a quarter of an hour without answers it's started anew, and goes on."""
    clock = VirtualClock(START_S)
    pump = HeatPump(clock, history_days=2)
    down = (START_S + 3 * HOUR_S, START_S + 8 * HOUR_S)
    vendor = Vendor(clock, limit=None, down=[down])
    filler = GapFiller(vendor, pump)
    filler.start()
    while clock.at_s < START_S + 11 * HOUR_S:
        filler.look()
        clock.at_s += LOOK_S
    failed = [at_s for at_s, _ in vendor.asked if down[0] <= at_s < down[1]]
    waits = [b - a for a, b in pairwise(failed)]
    assert waits[:4] == [30.0, 120.0, 270.0, 480.0]
    assert max(waits) == 480.0
    hours, _ = filler.hours()
    # Only the rows since its last start are asked for, which was in the last hour.
    assert not set(range(START_S + 3 * HOUR_S, START_S + 7 * HOUR_S, HOUR_S)) & set(
        hours
    )
    last = START_S + 10 * HOUR_S
    used = pump.energy(last - HOUR_S, last).compressor_kwh
    assert hours[last - HOUR_S] == pytest.approx(used, rel=0.01)


def test_closed_and_limited_vendor() -> None:
    """The cloud counts each account's requests, and closes what it's told to."""
    clock = VirtualClock(START_S)
    vendor = Vendor(clock, limit=3, closed=["hours"])
    pump = HeatPump(clock, history_days=2)
    assert vendor.latest(pump).at_s == pytest.approx(START_S, abs=16)
    assert len(vendor.raw(pump, START_S - 600, START_S)) == 40
    assert vendor.total(pump).electric_kwh == pytest.approx(
        pump.lifetime(START_S).electric_kwh
    )
    assert [kind for _, kind in vendor.asked] == ["latest", "rows", "counter"]
    with pytest.raises(TooManyRequestsError):
        vendor.pumps()
    clock.at_s += HOUR_S
    vendor.pumps()
    with pytest.raises(WeheatNotAllowedError):
        vendor.hours(pump, START_S - DAY_S, START_S)
    with pytest.raises(WeheatWindowError):
        vendor.raw(pump, START_S - 5 * HOUR_S, START_S)


def test_trial_tells_them_apart() -> None:
    """Of a night without Home Assistant the three have what they're known for."""
    start_s = START_S - DAY_S
    pump = HeatPump(VirtualClock(START_S), history_days=40)
    outage = Outage.of("HA down", START_S - 8 * HOUR_S + 600.0, 5 * HOUR_S)
    trial = Trial(pump, start_s, outage)
    assert trial.settle() < 20
    errors = judged(trial.all(), trial.truth(trial.end_s), TRUTHS)
    assert errors[OURS, "electricity"].is_good
    assert errors[OURS, "heat"].is_good
    # All in one hour, but all of it; nothing where nobody listened.
    assert errors[CORE, "electricity"].worst > 300
    assert errors[CORE, "electricity"].total < 5
    assert errors[FILLER, "electricity"].worst == 100
    assert errors[FILLER, "electricity"].total > 10
