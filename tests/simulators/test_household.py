"""The simulated house: its powers balance, and the same seed makes the same house."""

from itertools import islice, pairwise
import math

import pytest

from simulators.household import (
    Battery,
    BatteryTraits,
    CarTraits,
    ChargerState,
    ChargerTraits,
    Fault,
    FaultKind,
    Household,
    LoadTraits,
    SensorTraits,
    Sky,
    Traits,
    load_powers,
    pv_powers,
)
from simulators.household.sky import transmissions

HOUR = 3600
PROMPT = ChargerTraits(dead_time_s=(1, 1), loss=0)


def charging(
    traits: Traits, seed: int = 1, hours: int = 12, **more: object
) -> Household:
    """Return a house that was told something else every now and then."""
    house = Household(traits, seed, **more)  # type: ignore[arg-type]
    orders = [(16, 3), (6, 3), (9, 1), (0, 1), (12, 1)]
    for second in range(hours * HOUR):
        house.step()
        if second % 400 == 0:
            house.command(*orders[second // 400 % len(orders)])
    return house


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("battery", [None, BatteryTraits()])
def test_energy_is_conserved(seed: int, battery: BatteryTraits | None) -> None:
    """What comes in goes out, also through the battery, less its losses."""
    house = charging(Traits(battery=battery), seed)
    energy = house.energy
    sources = energy.pv_wh + energy.import_wh + energy.discharge_wh
    sinks = energy.load_wh + energy.car_wh + energy.export_wh + energy.charge_wh
    assert sources == pytest.approx(sinks, rel=1e-12)
    assert min(energy.pv_wh, energy.load_wh, energy.car_wh, energy.export_wh) > 1000
    assert energy.car_wh == pytest.approx(house.car.charged_wh)
    if battery is None:
        assert (energy.charge_wh, energy.discharge_wh) == (0, 0)
        return
    assert house.battery is not None
    stored_wh = energy.charge_wh * 0.95 - energy.discharge_wh / 0.95
    start_wh = battery.capacity_wh * battery.start_share
    assert house.battery.stored_wh == pytest.approx(start_wh + stored_wh)
    assert 0 <= house.battery.soc <= 1
    assert min(energy.charge_wh, energy.discharge_wh) > 1000


def test_each_second_balances() -> None:
    """The grid has what is left in each second."""
    house = Household(Traits(battery=BatteryTraits()), 3, others=lambda: 500.0)
    alone = Household(Traits(), 3)
    for second in range(HOUR):
        house.step()
        alone.step()
        if second == 60:
            house.command(10, 3)
        assert house.load_w == alone.load_w + 500
        rest_w = house.load_w + house.car_w - house.pv_w - house.battery_w
        assert house.grid_w == pytest.approx(rest_w)
    assert house.car_w > 6000


def test_same_seed_same_house() -> None:
    """All chance comes from the seed; weather and load hear nothing of the charger."""
    traits = Traits(battery=BatteryTraits(), grid_meter=SensorTraits(noise_w=5))
    one, same, other = (charging(traits, seed, hours=2) for seed in (5, 5, 6))
    assert one.energy == same.energy
    assert one.grid_meter.reading == same.grid_meter.reading
    assert one.energy != other.energy
    idle = Household(traits, 5)
    idle.advance(2 * HOUR)
    assert idle.energy.pv_wh == one.energy.pv_wh
    assert idle.energy.load_wh == one.energy.load_wh
    assert idle.energy.car_wh == 0


def test_time_is_the_callers() -> None:
    """Parts of seconds add up; whole ones are what ``step`` does."""
    parts, steps = Household(seed=2), Household(seed=2)
    for _ in range(140):
        parts.advance(0.25)
    for _ in range(35):
        steps.step()
    assert parts.now_s == steps.now_s == 34
    assert parts.grid_w == steps.grid_w


def day_of(sky: Sky, seed: int = 1) -> list[float]:
    """Return a whole day's PV, from midnight."""
    return list(islice(pv_powers(sky, seed, start_s=0), 24 * HOUR))


def test_clear_day() -> None:
    """It's a half sine, and dark at night, also on the next day."""
    powers = day_of(Sky.CLEAR)
    assert max(powers) == pytest.approx(9000, rel=1e-3)
    assert sum(powers) / 3.6e6 == pytest.approx(9 * 12 * 2 / math.pi, rel=1e-3)
    assert set(powers[: 6 * HOUR]) == set(powers[18 * HOUR + 1 :]) == {0.0}
    later = list(islice(pv_powers(Sky.CLEAR, 1, start_s=13 * HOUR), 23 * HOUR))
    assert later[-HOUR] == pytest.approx(powers[11 * HOUR], rel=1e-6)


@pytest.mark.parametrize(
    ("sky", "low", "high"),
    [
        (Sky.CLEAR, 1.0, 1.0),
        (Sky.MIXED, 0.7, 0.86),
        (Sky.BROKEN, 0.7, 0.86),
        (Sky.FAST, 0.6, 0.8),
        (Sky.OVERCAST, 0.29, 0.35),
        (Sky.SNOW, 0.0, 0.0),
    ],
)
def test_skies(sky: Sky, low: float, high: float) -> None:
    """Each kind lets through what its kind does, in the mean of long."""
    shares = list(islice(transmissions(sky, 7), 200 * HOUR))
    assert low <= sum(shares) / len(shares) <= high
    assert min(shares) >= 0
    assert max(shares) <= 1.06
    steepest = max(abs(b - a) for a, b in pairwise(shares))
    # An edge takes five seconds at least.
    assert steepest <= 0.92 / 5


def test_clouds_last_as_long_as_they_should() -> None:
    """A broken sky changes about every 450 seconds twice."""
    shares = list(islice(transmissions(Sky.BROKEN, 3), 500 * HOUR))
    sunny = [share > 0.8 for share in shares]
    changes = sum(a != b for a, b in pairwise(sunny))
    assert len(shares) / (changes / 2) == pytest.approx(450, rel=0.12)


def test_appliances() -> None:
    """A day has what its appliances use; the next one has them at other times."""
    silent = LoadTraits(noise_w=0)
    powers = list(islice(load_powers(1, silent, start_s=0), 48 * HOUR))
    first, second = powers[: 24 * HOUR], powers[24 * HOUR :]
    assert min(powers) == 280
    assert first != second
    for day in (first, second):
        # Base and fridge 7.4 kWh; kettles 0.35 to 0.93, hob 1.2 each, washing 0.7 to 1.1.
        assert 9.5 < sum(day) / 3.6e6 < 12.5
    base = LoadTraits(noise_w=0, fridge=False, kettles=0, hobs=0, washing=False)
    assert set(islice(load_powers(1, base), HOUR)) == {280.0}
    late = islice(load_powers(1, silent, start_s=13 * HOUR), 11 * HOUR)
    assert list(late) == pytest.approx(first[13 * HOUR :])


def test_heat_pump_runs_long_enough() -> None:
    """It runs for 20 minutes at least, from 0.8 to at most 2 kW."""
    only = LoadTraits(280, 0, fridge=False, kettles=0, hobs=0, washing=False)
    heated = LoadTraits(280, 0, False, 0, 0, washing=False, heat_pump=True)
    assert next(load_powers(1, only)) == 280
    extra = [power - 280 for power in islice(load_powers(1, heated, start_s=0), 86400)]
    runs = "".join("1" if power > 1 else "0" for power in extra).split("0")
    lengths = [len(run) for run in runs if run]
    assert len(lengths) > 5
    assert min(lengths) >= 20 * 60
    assert max(extra) <= 2000 + 1e-6
    assert min(power for power in extra if power > 1) == pytest.approx(800)


def test_battery_holds_the_grid() -> None:
    """It follows within some time constants, up to its power and its contents."""
    battery = Battery(BatteryTraits(capacity_wh=10_000, start_share=0.5))
    grid_w = 0.0
    for load_w, expected_w in [(3000, 3000), (-2000, -2000), (9000, 5000)]:
        for _ in range(60):
            battery.step(grid_w)
            grid_w = load_w - battery.power_w
        assert battery.power_w == pytest.approx(expected_w, abs=41)
    for _ in range(2 * HOUR):
        battery.step(9000 - battery.power_w)
    assert battery.stored_wh == pytest.approx(0, abs=1e-6)
    assert battery.power_w == pytest.approx(0, abs=1e-3)
    for _ in range(4 * HOUR):
        battery.step(-9000 - battery.power_w)
    assert battery.soc == pytest.approx(1)
    assert battery.power_w == pytest.approx(0, abs=1e-3)


def test_battery_ignores_little() -> None:
    """Within the dead band it stays as it is."""
    battery = Battery(BatteryTraits(dead_band_w=40))
    for _ in range(100):
        assert battery.step(39.0) == 0
    assert battery.step(41.0) > 0


def test_charger_out_of_reach() -> None:
    """It goes on, hears nothing and says nothing; then all is well again."""
    faults = [Fault(FaultKind.CHARGER_OFFLINE, 200, 100)]
    house = Household(Traits(charger=PROMPT), 1, faults=faults)
    house.advance(10)
    house.command(10, 3)
    house.advance(195)
    reading = house.charger.reading
    assert reading is not None and reading.value is None
    house.command(0, 3)
    house.advance(90)
    assert house.car_w > 6000
    house.advance(20)
    reading = house.charger.reading
    assert reading is not None and reading.value is not None
    assert reading.value.state is ChargerState.CHARGING


def test_car_leaves_in_a_switch() -> None:
    """No car draws nothing, wherever it left; back, it's charged as was said last."""
    faults = [Fault(FaultKind.UNPLUG, 110, 100)]
    house = Household(Traits(charger=PROMPT), 1, faults=faults)
    house.advance(10)
    house.command(10, 3)
    house.advance(95)
    assert house.charger.phases == 3
    house.command(10, 1)
    house.advance(4)
    assert house.charger.switching
    for _ in range(95):
        house.step()
        assert house.car_w == 0 or house.now_s < 110
    reading = house.charger.reading
    assert reading is not None and reading.value is not None
    assert reading.value.state is ChargerState.NO_CAR
    house.advance(60)
    assert house.charger.phases == 1
    assert 2000 < house.car_w < 2300


def test_somebody_else_commands() -> None:
    """A manual change is obeyed once, at once."""
    faults = [Fault(FaultKind.MANUAL, 100, 300, amps=8, phases=1)]
    house = Household(
        Traits(charger=PROMPT, car=CarTraits(short_a=(0, 0))), 1, faults=faults
    )
    house.advance(200)
    assert house.car_w == pytest.approx(230 * 8)
    house.command(6, 1)
    house.advance(20)
    assert house.car_w == pytest.approx(230 * 6)
    assert house.active == {FaultKind.MANUAL}
    house.advance(200)
    assert house.active == frozenset()
