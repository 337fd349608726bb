"""The rivals do what is published of those they stand for (reference surplus 1, 3.7)."""

from dataclasses import dataclass, field, replace
from itertools import repeat

import pytest

from benchmarks.surplus.blueprint import Blueprint
from benchmarks.surplus.controllers import RIVALS, all_makers, makers
from benchmarks.surplus.days import Day
from benchmarks.surplus.play import play
from benchmarks.surplus.protocol import Controller, Order, View
from benchmarks.surplus.rule_10s import Rule10s
from benchmarks.surplus.rule_30s import Rule30s
from simulators.household import GOE, NRGKICK, ChargerReport, ChargerState, Traits


@dataclass
class Table:
    """A house without lateness: what is ordered is drawn, the next second."""

    controller: Controller
    surplus_w: float | None = 0.0
    amps: float = 0.0
    phases: int = 3
    now_s: int = -1
    battery_w: float | None = None
    car: bool = True
    orders: list[tuple[int, Order]] = field(default_factory=list)

    def wait(self, seconds: int, surplus_w: float | None) -> Order:
        """Let seconds pass with a surplus; return what holds then."""
        for _ in range(seconds):
            self.now_s += 1
            power_w = 230 * self.phases * self.amps
            state = ChargerState.CHARGING if self.amps else ChargerState.PAUSED
            if not self.car:
                state = ChargerState.NO_CAR
            report = ChargerReport(power_w, self.amps, self.amps, self.phases, state)
            grid_w = None if surplus_w is None else power_w - surplus_w
            view = View(self.now_s, grid_w, self.now_s, report, self.now_s)
            if self.battery_w is not None:
                assert grid_w is not None
                view = replace(
                    view, grid_w=grid_w - self.battery_w, battery_w=self.battery_w
                )
            if order := self.controller.step(view):
                self.orders.append((self.now_s, order))
                self.amps, self.phases = order
        return Order(self.amps, self.phases)


def test_30s_starts_and_follows() -> None:
    """Enough for 60 s at the ticks, then at the least, then by whole amps."""
    table = Table(Rule30s(GOE))
    assert table.wait(60, 5000) == (0, 3)
    assert table.wait(1, 5000) == (6, 3)
    assert table.wait(30, 5000) == (7, 3)
    assert table.wait(30, 8999) == (13, 3)
    assert table.wait(30, 8200) == (11, 3)
    assert [at for at, _ in table.orders] == [60, 90, 120, 150]


def test_30s_is_reset_by_one_sample() -> None:
    """A condition that breaks once starts anew."""
    table = Table(Rule30s(GOE))
    table.wait(60, 5000)
    table.wait(1, 0)
    assert table.wait(89, 5000).amps == 0
    assert table.wait(1, 5000).amps == 6


def test_30s_holds_before_it_stops() -> None:
    """For 180 s it stays at the least and imports; one sun ray, and it's 180 s more."""
    table = Table(Rule30s(GOE))
    table.wait(121, 9000)
    assert table.wait(30 + 179, 200) == (6, 3)
    assert table.wait(1, 200).amps == 0
    table = Table(Rule30s(GOE))
    table.wait(121, 9000)
    table.wait(120, 200)
    table.wait(30, 9000)
    assert table.wait(30 + 179, 200) == (6, 3)
    assert table.wait(1, 200).amps == 0


def test_30s_switches_phases() -> None:
    """Up after 60 s with more than one phase can carry; down after 180 s."""
    table = Table(Rule30s(GOE))
    table.wait(91, 2000)
    assert table.phases == 1 and table.amps >= 6
    table.wait(210, 3600)
    assert table.phases == 1
    table.wait(30 + 120, 4500)
    assert table.phases == 3
    table.wait(150, 3000)
    assert (table.amps, table.phases) == (6, 3)
    table.wait(120, 3000)
    assert table.phases == 1


def test_30s_keeps_its_set_point_without_a_meter() -> None:
    """Nothing is changed while the meter has no value."""
    table = Table(Rule30s(GOE))
    table.wait(151, 8000)
    before = Order(table.amps, table.phases)
    assert before.amps > 6
    assert table.wait(900, None) == before


def test_30s_takes_the_battery_for_surplus() -> None:
    """What charges the battery is the car's if it wants it."""
    table = Table(Rule30s(GOE), battery_w=-3000)
    assert table.wait(90, 5000).amps >= 6


def test_30s_pauses_without_a_car() -> None:
    """Who leaves ends the charge."""
    table = Table(Rule30s(GOE))
    table.wait(121, 8000)
    assert table.amps
    table.car = False
    assert table.wait(30, 8000).amps == 0


def test_30s_has_tenths_where_the_charger_has_them() -> None:
    """They're rounded down, too."""
    table = Table(Rule30s(NRGKICK))
    table.wait(121, 5000)
    assert table.amps == 7.2


def test_10s_starts_stops_and_gives_up_a_meter() -> None:
    """1.5 kW for 30 s; import at the least for 60 s; no value for 60 s is an import."""
    table = Table(Rule10s(GOE), phases=1)
    assert table.wait(31, 1400).amps == 0
    assert table.wait(10, 2000).amps == 0
    assert table.wait(30, 2000) == (6, 1)
    assert table.wait(60, 2500).amps in {10, 11}
    assert table.wait(60, None).amps >= 10
    assert table.wait(120, None).amps == 0
    table = Table(Rule10s(GOE), phases=1)
    table.wait(100, 2000)
    table.wait(10, 300)
    assert table.wait(50, 300).amps >= 6
    assert table.wait(30, 300).amps == 0


def test_10s_leaves_its_band_alone() -> None:
    """Up to 230 W of import change nothing."""
    table = Table(Rule10s(GOE), phases=1)
    table.wait(100, 2600)
    amps = table.amps
    count = len(table.orders)
    assert table.wait(300, 230 * amps - 100).amps == amps
    assert len(table.orders) == count


def test_10s_switches_phases_rarely() -> None:
    """Up when one phase is used up; not down again for seven minutes."""
    table = Table(Rule10s(GOE), phases=1)
    table.wait(60, 3000)
    assert table.phases == 1
    table.wait(120, 6000)
    assert table.phases == 3 and table.amps >= 6
    switched_s = next(at for at, order in table.orders if order.phases == 3)
    table.wait(switched_s + 400 - table.now_s, 5000)
    table.wait(120, 3000)
    assert (table.amps, table.phases) == (13, 1)


def test_blueprint_acts_on_a_mean() -> None:
    """Two minutes' mean, each minute; without a value the grid is at 0 W."""
    table = Table(Blueprint(GOE), phases=1)
    assert table.wait(121, 5000) == (7, 3)
    assert table.wait(60, 0) == (10, 1)
    assert table.wait(60, 0).amps == 0
    table.wait(180, 5000)
    before = table.amps
    assert before >= 6
    assert table.wait(300, None).amps == before


def flat_day(surplus_w: float, length_s: int = 1800) -> Day:
    """Return a day with always the same."""
    return Day(
        1, tuple(repeat(surplus_w + 300, length_s)), tuple(repeat(300.0, length_s))
    )


@pytest.mark.parametrize("name", RIVALS)
@pytest.mark.parametrize("surplus_w", [-500.0, 1000.0, 2500.0, 6000.0, 15000.0])
def test_rivals_settle_in_the_house(name: str, surplus_w: float) -> None:
    """With an even surplus each ends near it, and keeps to the charger's rules."""
    record = play(flat_day(surplus_w), Traits(), RIVALS[name])
    assert record.violations == 0
    powers = record.car_w[-200:]
    assert powers.max() <= max(0, surplus_w) + 240
    if surplus_w >= 2500:
        # A step is left, and what the car takes less; or it's at its most.
        assert powers.min() >= min(surplus_w - 2 * 690, 690 * 15)
    else:
        assert powers.max() == 0


def test_names_are_of_nobody_else() -> None:
    """No rival bears the name of what it was written after."""
    assert set(makers()) <= set(all_makers())
    for name in all_makers():
        assert not any(word in name.lower() for word in ("evcc", "openwb"))
