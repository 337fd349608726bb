"""The simulated heat pump is the same each time, and its energies are exact."""

from itertools import pairwise
import json
from pathlib import Path
from typing import Any

import pytest

from simulators.clock import Clock
from simulators.weheat import Energy, HeatPump, Kind, Mode
from simulators.weheat.energy import measured
from simulators.weheat.log_rows import rows

PAYLOADS = Path(__file__).parents[3] / "shared/reference/payloads/weheat"
HOUR = 3600.0
DAY = 86400.0
# Wednesday, 2026-01-14, and Wednesday, 2026-07-15, both at midnight of UTC.
WINTER = 1_768_348_800.0
SUMMER = 1_784_073_600.0


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands in a winter's night."""
    return at(WINTER)


def at(now_s: float) -> Clock:
    """Return a clock that is at a time, also of the past."""
    clock = Clock()
    clock.advance(now_s - clock.time())
    return clock


def payload(name: str) -> Any:
    """Return one of the payloads of the reference."""
    return json.loads((PAYLOADS / name).read_text())


def integral(logs: list[tuple[float, dict[str, Any]]], key: str) -> float:
    """Return kWh of logs by the plainest rule there is: each until the next."""
    pairs = pairwise(logs)
    joules = [float(one[key]) * (end - start) for (start, one), (end, _) in pairs]
    return sum(joules) / 3.6e6


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("now_s", [WINTER, SUMMER])
def test_logs_have_the_energy(kind: Kind, now_s: float) -> None:
    """The power of a day's logs makes the day's energy, but for what isn't in it."""
    pump = HeatPump(at(now_s), kind=kind, cooling=True, history_days=40)
    days = 8
    start_s = now_s - days * DAY
    truth = pump.energy(start_s, now_s)
    logs = list(rows(pump, start_s, now_s))
    assert len(logs) == pytest.approx(days * DAY / 15, abs=2)
    # Jumps between logs are what the rest is: some Wh each, with either sign.
    spare = 0.005 * truth.compressor_kwh + 0.02
    assert abs(integral(logs, "cmMassPowerIn") - truth.compressor_kwh) < spare
    assert abs(integral(logs, "cmMassPowerOut") - truth.heat_kwh) < 4 * spare
    if now_s == WINTER:
        assert truth.compressor_kwh > 40
    # Fan, electronics and the indoor unit are in no log.
    hours = days * 24
    assert truth.compressor_kwh + 0.005 * hours - 1e-6 <= truth.electric_kwh
    assert truth.electric_kwh <= truth.compressor_kwh + 0.045 * hours + 1e-6
    assert truth.indoor_kwh >= 0.012 * hours - 1e-6


def test_hours_make_days_and_lifetimes(clock: Clock) -> None:
    """However a time is cut, its parts make the whole."""
    pump = HeatPump(clock, history_days=30)
    now_s = WINTER - 1234.5
    whole = pump.energy(WINTER - 9 * DAY - 777, now_s)
    parts = Energy()
    cuts = [WINTER - 9 * DAY - 777, WINTER - 5.3 * DAY, WINTER - 2 * DAY, now_s]
    for start_s, end_s in pairwise(cuts):
        parts.add(pump.energy(start_s, end_s))
    plain = measured(pump.segments(cuts[0], now_s), cuts[0], now_s)
    for mode in Mode:
        for name in ("electric", "compressor", "heat", "indoor"):
            kwh = getattr(whole, name)[mode]
            assert getattr(parts, name)[mode] == pytest.approx(kwh, abs=1e-9)
            assert getattr(plain, name)[mode] == pytest.approx(kwh, abs=1e-9)
    hours = pump.hours(WINTER - DAY, WINTER)
    assert list(hours) == [WINTER - DAY + n * HOUR for n in range(24)]
    day = pump.energy(WINTER - DAY, WINTER)
    total = sum(energy.heat_kwh for energy in hours.values())
    assert total == pytest.approx(day.heat_kwh)
    gained = pump.lifetime(now_s).electric_kwh - pump.lifetime(cuts[0]).electric_kwh
    assert gained == pytest.approx(whole.electric_kwh)


def test_same_seed_same_past(clock: Clock) -> None:
    """Nothing depends on what was asked before, or when."""
    pump, same, other = (HeatPump(clock, seed=seed) for seed in (7, 7, 8))
    list(rows(pump, WINTER - 3 * DAY, WINTER))
    window = (WINTER - 5 * HOUR, WINTER - HOUR)
    logs = list(rows(same, *window))
    assert list(rows(pump, *window)) == logs
    assert list(rows(other, *window)) != logs
    early = list(rows(pump, window[0], window[0] + HOUR))
    late = list(rows(pump, window[0] + HOUR, window[1]))
    assert early + late == logs
    assert len({log["timestamp"] for _, log in logs}) == len(logs)


def test_runs_of_a_year() -> None:
    """A year has all there is: heat, hot water, defrosts, cold."""
    pump = HeatPump(at(SUMMER), cooling=True, history_days=365)
    energy = pump.energy(pump.since_s, SUMMER)
    assert all(kwh > 0 for kwh in energy.electric.values())
    assert all(kwh > 0 for kwh in energy.indoor.values())
    assert energy.heat[Mode.COOLING] < 0
    assert energy.heat[Mode.HEATING_DEFROST] < 0
    assert energy.heat[Mode.DHW_DEFROST] < 0
    assert energy.heat[Mode.STANDBY] == 0
    # The element's run is booked as a defrost's.
    assert energy.indoor[Mode.DHW_DEFROST] > energy.indoor[Mode.HEATING_DEFROST]
    cop = energy.heat[Mode.HEATING] / energy.electric[Mode.HEATING]
    assert 2.5 < cop < 5
    states = {item.state for item in pump.segments(pump.since_s, SUMMER)}
    assert states == {40, 70, 84, 90, 100, 131, 132, 133, 136, 150, 160}
    for one, two in pairwise(pump.segments(pump.since_s, SUMMER)):
        assert one.end_s == two.start_s


def test_scripted_run(clock: Clock) -> None:
    """A run that a test asks for takes exactly what it says."""
    pump = HeatPump(clock)
    begin_s = WINTER - DAY - 1800
    pump.run(begin_s, begin_s + HOUR, Mode.HEATING, compressor_w=1000, heat_w=4000)
    energy = pump.energy(begin_s, begin_s + HOUR)
    assert energy.compressor[Mode.HEATING] == pytest.approx(1)
    assert energy.heat_kwh == pytest.approx(4)
    assert energy.electric_kwh == pytest.approx(1.045)
    assert pump.energy(begin_s, begin_s + 1800).heat_kwh == pytest.approx(2)
    logs = list(rows(pump, begin_s + 1, begin_s + HOUR - 1))
    assert {log["cmMassPowerIn"] for _, log in logs} == {1000}
    assert {log["state"] for _, log in logs} == {70}
    around = list(pump.segments(begin_s - HOUR, begin_s + 2 * HOUR))
    assert all(one.end_s == two.start_s for one, two in pairwise(around))


def test_log_has_the_owners_keys(clock: Clock) -> None:
    """Owners get 37 keys, installers 80, with the types of the reference."""
    owner, staff = (
        payload("schema_logs_raw.json")[0],
        payload("schema_log_latest_all_81_keys.json"),
    )
    pump = HeatPump(clock, cooling=True)
    (_, log), *_ = rows(pump, WINTER - 60, WINTER)
    assert log.keys() == owner.keys()
    nullable = {"lastCoolingTime", "otBoilerFeedTemperature"}
    nullable |= {"otBoilerReturnTemperature"}
    for key in owner.keys() - nullable:
        number = isinstance(owner[key], float)
        kind: Any = (int, float) if number else type(owner[key])
        assert isinstance(log[key], kind), key
    (_, log), *_ = rows(pump, WINTER - 60, WINTER, staff=True)
    assert log.keys() == staff.keys() - {"isOnline"}
    assert len(log["timestamp"]) == len("2026-11-20T10:00:05.1234567Z")


def test_kinds_have_what_they_have(clock: Clock) -> None:
    """Null is what a kind has no sensor for; older firmware lacks the keys."""

    def log_of(**traits: Any) -> dict[str, Any]:
        (_, log), *_ = rows(HeatPump(clock, **traits), WINTER - 60, WINTER)
        return log

    electric = log_of()
    assert electric["t1"] > electric["t2"]
    assert electric["otBoilerFeedTemperature"] is None
    assert electric["coolingPauseReason"] is None
    hybrid = log_of(kind=Kind.HYBRID, thermostat=False, model=5)
    assert (hybrid["t1"], hybrid["t2"], hybrid["tAirOut"]) == (None, None, None)
    assert hybrid["otBoilerFeedTemperature"] is not None
    assert (hybrid["tRoom"], hybrid["dhwTargetTemperature"]) == (-1, -1)
    on_off = log_of(kind=Kind.HYBRID, boiler_type=2)
    assert on_off["otBoilerFeedTemperature"] is None
    old = log_of(old_firmware=True, interval_s=5)
    assert electric.keys() - old.keys() == {
        "cmMassPowerIn",
        "cmMassPowerOut",
        "hqMessageVersion",
        "coolingExponentialBackoff",
        "coolingStartConditions",
        "coolingPauseReason",
        "coolingStopReason",
        "lastCoolingTime",
    }
    assert old["interval"] == 5
    slow = HeatPump(clock, interval_s=15, cadence_s=16)
    assert len(list(rows(slow, WINTER - HOUR, WINTER))) == 225
    assert log_of(cadence_s=16)["interval"] == 15


def test_cooling_of_a_hot_day() -> None:
    """A run of cooling checks the water, starts with heat the wrong way, and ends."""
    pump = HeatPump(at(SUMMER), cooling=True, history_days=40)
    segments = pump.segments(SUMMER - 40 * DAY, SUMMER)
    runs = [item for item in segments if item.mode is Mode.COOLING]
    assert runs
    start = next(item for item in runs if item.state == 131)
    assert start.a.heat_w > 0
    during_s = start.end_s + 600
    (_, log), *_ = rows(pump, during_s, during_s + 60)
    assert log["state"] == 132
    assert log["cmMassPowerOut"] < 0 < log["cmMassPowerIn"]
    assert log["tWaterOut"] < log["tWaterIn"]
    ended = next(item for item in runs if item.state == 133 and item.end_s > during_s)
    before, after = ended.end_s - 30, ended.end_s + 30
    assert pump.last_cooling_s(before) != pump.last_cooling_s(after) == ended.end_s
