"""The wallbox's own control, in virtual time: its rules, and a closed loop."""

from dataclasses import replace
from itertools import pairwise
import math

import pytest

from simulators.nrgkick import Car, Settings, State, sample_info, sample_values
from simulators.nrgkick.charging import DEAD_TIME_S, Charging
from simulators.nrgkick.surplus import Reading

PERIOD_S = 5.0
ONE_PHASE_W = 6 * 230
THREE_PHASES_W = 3 * ONE_PHASE_W
# A car that takes all that it's offered, so that figures are round.
EXACT = Car(less_a=0.0, battery_wh=math.inf, stored_wh=0.0)


class House:
    """A house whose meter is read every few seconds; ``surplus_w`` is without car."""

    def __init__(
        self, settings: Settings | None = None, car: Car | None = None
    ) -> None:
        """Start at midnight of some day with a car at the cable."""
        self.charging = Charging(settings or Settings(), 0.0)
        self.charging.plug_in(replace(car or EXACT), 0.0)
        self.now_s = 0.0
        self.surplus_w = 0.0
        self.battery_w = 0.0
        self.soc: float | None = None
        self.answers = True
        self.looks = 1

    def read(self) -> None:
        """Let the wallbox read once."""
        grid_w = self.charging.power_w - self.surplus_w - self.battery_w
        reading = Reading(round(grid_w), self.battery_w, self.soc)
        self.charging.hear(reading if self.answers else None, self.now_s)

    def run(self, seconds: float) -> None:
        """Let time pass, with readings."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.read()
            for part in range(1, self.looks + 1):
                self.charging.advance(self.now_s + PERIOD_S * part / self.looks)
            self.now_s += PERIOD_S

    def until(self, state: State, most_s: float = 3600) -> float:
        """Run until a state is reached; return how long (s) that took."""
        start_s = self.now_s
        while self.charging.state is not state:
            assert self.now_s - start_s < most_s
            self.run(PERIOD_S)
        return self.now_s - start_s


def test_follows() -> None:
    """It follows the surplus by steps of 0.1 A, and lets nothing be imported."""
    house = House(Settings(phases=(3,)))
    for watts in (4200, 5000, 9000, 4700, 10_990, 4140):
        house.surplus_w = watts
        house.run(120)
        amps = house.charging.current_a
        assert amps == pytest.approx(math.floor(watts / 69) / 10)
        assert house.charging.power_w == pytest.approx(3 * 230 * amps)
        assert 0 <= watts - house.charging.power_w < 69


def test_limits() -> None:
    """The smallest and the largest current are kept."""
    house = House(Settings(phases=(3,), max_current_a=13.0))
    house.surplus_w = 50_000
    house.run(120)
    assert house.charging.current_a == pytest.approx(13)
    house.surplus_w = 3000
    house.run(30)
    assert house.charging.current_a == pytest.approx(6)


def test_holds_on() -> None:
    """Surplus has to be there for a while, without a break."""
    house = House()
    house.surplus_w = ONE_PHASE_W + 50
    house.run(50)
    house.surplus_w = ONE_PHASE_W - 50
    house.run(PERIOD_S)
    house.surplus_w = ONE_PHASE_W + 50
    assert house.charging.state is State.NO_SURPLUS
    assert house.until(State.OFFERING) == 60 + PERIOD_S


def test_holds_off() -> None:
    """Surplus has to be missing for a while; till then the least is taken."""
    house = House(Settings(phases=(1,)))
    house.surplus_w = 2000
    house.run(120)
    assert house.charging.current_a > 8
    house.surplus_w = 0
    house.run(55)
    assert house.charging.current_a == pytest.approx(6)
    house.surplus_w = 2000
    house.run(PERIOD_S)
    house.surplus_w = 0
    assert house.until(State.NO_SURPLUS) == 60 + PERIOD_S
    house.run(10)
    assert house.charging.power_w == 0


def test_phases() -> None:
    """It begins with the phases that fit, and changes them when nothing flows."""
    house = House()
    house.surplus_w = 5000
    house.run(120)
    assert house.charging.lines == 3
    house.surplus_w = 3000
    house.until(State.SWITCHING)
    house.until(State.OFFERING)
    house.run(60)
    assert house.charging.lines == 1
    assert house.charging.power_w == pytest.approx(3000, abs=23)
    house.surplus_w = 8000
    assert house.until(State.SWITCHING) >= 120
    house.until(State.OFFERING)
    house.run(60)
    assert house.charging.lines == 3
    assert house.charging.power_w == pytest.approx(8000, abs=69)
    assert house.charging.starts == 3


@pytest.mark.parametrize(("phases", "lines"), [(1, 1), (2, 2), (3, 3)])
def test_cars_phases(phases: int, lines: int) -> None:
    """A car with fewer phases gets the surplus on those."""
    house = House(car=replace(EXACT, phases=phases))
    house.surplus_w = 20_000
    house.run(400)
    assert house.charging.lines == lines
    assert house.charging.power_w == pytest.approx(16 * 230 * lines)


def test_fixed_phases() -> None:
    """With three phases only, less than three times 6 A is no surplus."""
    house = House(Settings(phases=(3,)))
    house.surplus_w = THREE_PHASES_W - 20
    house.run(600)
    assert house.charging.state is State.NO_SURPLUS
    house.surplus_w = THREE_PHASES_W
    house.until(State.OFFERING)


@pytest.mark.parametrize("offset_w", [-500, 0, 500])
def test_offset(offset_w: float) -> None:
    """The offset is what comes from the grid when all is quiet."""
    house = House(Settings(grid_offset_w=offset_w, phases=(3,)))
    house.surplus_w = 6000
    house.run(180)
    grid_w = house.charging.power_w - house.surplus_w
    assert 0 <= offset_w - grid_w < 69


def test_battery() -> None:
    """What the battery gives is no surplus; what it takes is one when it's full enough."""
    house = House(Settings(phases=(3,), battery_soc=80.0))
    house.surplus_w, house.battery_w, house.soc = 6000, -1000, 79.0
    house.run(180)
    assert house.charging.power_w == pytest.approx(5000, abs=69)
    house.soc = 80.0
    house.run(60)
    assert house.charging.power_w == pytest.approx(6000, abs=69)
    house.battery_w = 1000
    house.run(60)
    assert house.charging.power_w == pytest.approx(6000, abs=69)
    house.battery_w, house.soc = -1000, None
    house.run(60)
    assert house.charging.power_w == pytest.approx(5000, abs=69)


def test_discharging_battery_feeds_no_car() -> None:
    """A battery that holds the grid at zero isn't emptied into the car."""
    house = House(Settings(phases=(3,)))
    house.battery_w, house.soc = 6000, 100.0
    house.run(600)
    assert house.charging.session_wh == 0


def test_meter_settings() -> None:
    """A meter that doesn't see the wallbox, and one that is turned round."""
    reading = Reading(-3000)
    assert reading.surplus_w(1000, Settings()) == 4000
    assert reading.surplus_w(1000, Settings(meter_sees_wallbox=False)) == 3000
    assert Reading(3000).surplus_w(1000, Settings(meter_inverted=True)) == 4000


def test_reading() -> None:
    """The vendor's example says a surplus of 542 W; meters elsewhere don't count."""
    values, info = sample_values(), sample_info()
    assert Reading.of(values) == Reading(-542, -749, 78.2)
    meters = values["device_values"]["energy_meters"]
    meters["1"] = {"grid_power_w": 100}
    there = info["device_info"]["energy_meters"]
    there["1"] = there["0"] | {"location": 1}
    assert Reading.of(values, info) == Reading(-442, -749, 78.2)
    there["1"]["location"] = 2
    assert Reading.of(values, info) == Reading(-542, -749, 78.2)
    there["0"]["location"] = 2
    assert Reading.of(values, info) is None
    del values["device_values"]["batteries"]
    assert Reading.of(values) == Reading(-442)


def test_grace() -> None:
    """It charges on for a while without answers, and then waits as at the start."""
    house = House()
    house.surplus_w = 5000
    house.run(200)
    house.answers = False
    house.run(20)
    assert house.charging.power_w == pytest.approx(5000, abs=69)
    house.answers = True
    house.run(20)
    house.answers = False
    house.run(30 + PERIOD_S + DEAD_TIME_S + 10)
    assert (house.charging.power_w, house.charging.state) == (0, State.NO_VALUES)
    house.answers = True
    assert house.until(State.OFFERING) == 60 + PERIOD_S


def test_silence_needs_no_poll() -> None:
    """It stops also where nobody even asks any more."""
    house = House()
    house.surplus_w = 5000
    house.run(200)
    house.charging.advance(house.now_s + 3600)
    assert (house.charging.power_w, house.charging.state) == (0, State.NO_VALUES)


def test_frozen_values_go_unnoticed() -> None:
    """Nothing tells old values from new (reference 1.1): the car is charged on."""
    house = House(Settings(phases=(3,)))
    house.surplus_w = 5000
    house.run(200)
    stale = Reading(round(house.charging.power_w - house.surplus_w))
    for _ in range(120):
        house.charging.hear(stale, house.now_s)
        house.now_s += PERIOD_S
    assert house.charging.power_w > 4900


def test_car_waits_and_ramps() -> None:
    """The offer comes after the dead time; then a car waits, and ramps."""
    slow = replace(EXACT, start_delay_s=20, up_a_per_s=1)
    house = House(Settings(phases=(3,), grace_s=1000), slow)
    house.surplus_w = 11_040
    house.until(State.OFFERING)
    started_s = house.now_s - PERIOD_S
    seen = []
    for second in range(60):
        house.charging.advance(started_s + second)
        seen.append(house.charging.current_a)
    assert seen == sorted(seen)
    first = next(index for index, amps in enumerate(seen) if amps)
    assert first >= DEAD_TIME_S + 20 - PERIOD_S
    assert max(b - a for a, b in pairwise(seen)) <= 1


def test_car_gets_full() -> None:
    """Near the end the car takes less, and then nothing; the energy is right."""
    car = Car(battery_wh=10_000, stored_wh=7000)
    house = House(car=car)
    house.surplus_w = 20_000
    house.run(300)
    full_w = house.charging.power_w
    house.run(900)
    assert house.charging.power_w < full_w
    house.run(3600)
    assert house.charging.power_w == 0
    assert house.charging.session_wh == pytest.approx(3000, abs=20)


def test_sessions() -> None:
    """A session's energy starts anew with each car; the sum goes on."""
    house = House()
    house.surplus_w = 5000
    house.run(600)
    first_wh = house.charging.session_wh
    house.charging.unplug(house.now_s)
    assert (house.charging.power_w, house.charging.state) == (0, State.NO_CAR)
    house.run(600)
    assert house.charging.session_wh == first_wh
    house.charging.plug_in(replace(EXACT), house.now_s)
    assert house.charging.session_wh == 0
    house.run(600)
    total_wh = first_wh + house.charging.session_wh
    assert house.charging.total_wh == pytest.approx(total_wh)


def sun(now_s: float) -> float:
    """Return the surplus (W) of a day with clouds, that starts at midnight."""
    hour = now_s / 3600
    bell = max(0.0, math.sin(math.pi * (hour - 6) / 12))
    cloud = 0.5 if int(hour * 4) % 3 == 0 else 1.0
    return 9000 * bell * cloud - 400


def test_day() -> None:
    """Over a day most of the surplus is in the car, and little is imported."""
    house = House()
    surplus_wh = imported_wh = 0.0
    while house.now_s < 86_400:
        house.surplus_w = sun(house.now_s)
        house.run(PERIOD_S)
        share_h = PERIOD_S / 3600
        usable_w = house.surplus_w if house.surplus_w >= ONE_PHASE_W else 0.0
        surplus_wh += usable_w * share_h
        over_w = house.charging.power_w - max(house.surplus_w, 0.0)
        imported_wh += max(over_w, 0.0) * share_h
    taken_wh = house.charging.session_wh
    assert 0.85 * surplus_wh < taken_wh - imported_wh <= surplus_wh
    assert imported_wh < 0.03 * taken_wh


def test_same_in_large_steps() -> None:
    """How often it's looked at changes nothing."""

    def taken_wh(looks: int) -> float:
        house = House()
        house.surplus_w = 6000
        house.looks = looks
        house.run(1000)
        return house.charging.session_wh

    assert taken_wh(5) == taken_wh(1)
    assert taken_wh(50) == pytest.approx(taken_wh(1), rel=0.005)
