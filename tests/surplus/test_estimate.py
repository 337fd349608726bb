"""The surplus behind a meter that sees the car late, and the trust in a meter."""

import random

import pytest

from custom_components.sunbridge.surplus.estimate import LAGS_S, Estimate, LoadPower
from custom_components.sunbridge.surplus.meter import Meter, Trust


@pytest.mark.parametrize("late_s", [0, 1, 2, 3, 4, -1, -2, -4, -6, -8])
@pytest.mark.parametrize("noise_w", [0.0, 15.0])
def test_lag_is_learned(late_s: int, noise_w: float) -> None:
    """After some changes of the car the surplus doesn't show them any more.

    Below 0 it's the charger that is behind the meter.
    """
    noise = random.Random(3).gauss
    load, estimate = LoadPower(), Estimate()
    car_w = [1400.0 + 690 * (second // 17 % 9) for second in range(900)]
    meter_s, load_s = max(late_s, 0), max(-late_s, 0)
    worst_w = 0.0
    for second in range(abs(late_s), 900):
        load.see(car_w[second - load_s], second)
        grid_w = car_w[second - meter_s] - 6000 + noise(0, noise_w)
        estimate.see(-grid_w, second, [load], [(0.0, 0.0)])
        assert estimate.surplus_w is not None
        if second > 400:
            worst_w = max(worst_w, abs(estimate.surplus_w - 6000))
    assert LAGS_S[load.lag] == late_s
    assert worst_w < 6 * noise_w + 1


@pytest.mark.parametrize("late_s", [4, -4])
def test_lag_of_a_quick_meter(late_s: int) -> None:
    """Ten samples a second don't drive out what the lag is learned by."""
    load, estimate = LoadPower(), Estimate()
    worst_w = 0.0
    for number in range(4000):
        at_s = number / 10
        car_w, seen_w = (
            1400.0 + 690 * (max(int(at_s) - behind_s, 0) // 17 % 9)
            for behind_s in (max(-late_s, 0), max(late_s, 0))
        )
        if number % 10 == 0:
            load.see(car_w, at_s)
        estimate.see(6000 - seen_w, at_s, [load], [(0.0, 0.0)])
        assert estimate.surplus_w is not None
        if at_s > 300:
            worst_w = max(worst_w, abs(estimate.surplus_w - 6000))
    assert LAGS_S[load.lag] == late_s
    assert worst_w < 1


def test_a_late_load_at_rest() -> None:
    """One that takes nothing, or with a slow meter, makes nothing later."""
    number = LAGS_S.index(-8.0)
    load, estimate = LoadPower(lag=number), Estimate()
    for second in range(60):
        load.see(0.0, second)
        estimate.see(1000.0 * second, second, [load], [(0.0, 0.0)])
        assert estimate.surplus_w == 1000.0 * second
    load, estimate = LoadPower(lag=number), Estimate()
    for second in range(600):
        load.see(3000.0, second)
        if second % 30 == 0:
            estimate.see(1000.0 * second, second, [load], [(0.0, 0.0)])
            assert estimate.surplus_w == 1000.0 * second + 3000


def test_two_cars() -> None:
    """Each has a lag of its own."""
    loads, estimate = [LoadPower(), LoadPower()], Estimate()
    powers_w = [
        [1400.0 + 690 * (second // 17 % 9) for second in range(1500)],
        [4000.0 + 460 * (second // 23 % 5) for second in range(1500)],
    ]
    for second in range(3, 1500):
        for load, power_w in zip(loads, powers_w, strict=True):
            load.see(power_w[second], second)
        taken_w = powers_w[0][second - 1] + powers_w[1][second - 3]
        estimate.see(9000 - taken_w, second, loads, [(0.0, 0.0)] * 2)
    assert [LAGS_S[load.lag] for load in loads] == [1, 3]
    assert estimate.surplus_w == pytest.approx(9000)


def test_a_load_that_reports_seldom() -> None:
    """Its newest report is the truth at once."""
    load, estimate = LoadPower(), Estimate()
    for second, power_w in ((0, 2000), (10, 3000), (20, 4000)):
        load.see(power_w, second)
        estimate.see(6000 - power_w, second, [load], [(0.0, 0.0)])
        assert estimate.surplus_w == 6000


def test_doubt() -> None:
    """While a load's power isn't known the surplus stays next to what it was."""
    load, estimate = LoadPower(), Estimate()
    load.see(4000, 0)
    estimate.see(1000, 1, [load], [(0.0, 0.0)])
    assert estimate.surplus_w == 5000
    # It was told to take 1 kW less, and may do so or not.
    for rest_w, expected_w in ((1000, 5000), (1500, 5000), (2000, 5000), (2600, 5600)):
        estimate.see(rest_w, 2, [load], [(-1000.0, 0.0)])
        assert estimate.surplus_w == expected_w
    # Now it surely does.
    estimate.see(2000, 3, [load], [(-1000.0, -1000.0)])
    assert estimate.surplus_w == 5000


@pytest.mark.parametrize("late_s", [0, 1, 2])
def test_a_lag_is_never_exact(late_s: int) -> None:
    """A second more or less doesn't make a load's own change one of the surplus."""
    # So much was seen before that one change more teaches nothing.
    load, estimate = LoadPower(rough=[1e9] * len(LAGS_S)), Estimate()
    for second in range(2, 20):
        load.see(3000.0 if second < 10 else 0.0, second)
        grid_w = (3000.0 if second - late_s < 10 else 0.0) - 6000
        estimate.see(-grid_w, second, [load], [(0.0, 0.0)])
        assert estimate.surplus_w == 6000


def test_slope() -> None:
    """A cloud's edge is one, a kettle isn't, and a slow meter can't tell."""
    for step_s, jump_w, edge_w, expected in (
        (1, 0, -200, -200),
        (1, -2000, 0, 0),
        (60, 0, -200, 0),
    ):
        estimate = Estimate()
        for number in range(8):
            rest_w = 5000.0 + edge_w * number + (jump_w if number > 5 else 0)
            estimate.see(rest_w, number * step_s, [], [])
        assert estimate.slope_w_per_s() == expected


def test_meter_learns_its_habits() -> None:
    """How long silence is trouble depends on how often it speaks."""
    for step_s, lost_s in ((1, 80), (10, 80), (60, 230)):
        meter = Meter()
        for number in range(10):
            meter.see(100.0 + number, number * step_s, 0)
        last_s = 9 * step_s
        assert meter.trust(last_s) is Trust.GOOD
        assert meter.trust(last_s + 3 * step_s) is Trust.GOOD
        assert meter.trust(last_s + lost_s) is not Trust.LOST
        assert meter.trust(last_s + lost_s + 1) is Trust.LOST


@pytest.mark.parametrize("step_s", [1, 10])
def test_one_silence_is_no_habit(step_s: int) -> None:
    """A meter that was silent once isn't believed for much longer the next time."""
    meter = Meter()
    for number in range(60):
        meter.see(100.0 + number, number * step_s, 0)
    now_s = 59 * step_s + 290
    for number in range(2):
        meter.see(200.0 + number, now_s + number * step_s, 0)
    assert meter.trust(now_s + step_s + 111) is Trust.LOST


def test_another_habit() -> None:
    """A meter that is slower from now on is known after a few reports."""
    meter = Meter()
    for number in range(60):
        meter.see(100.0 + number, number, 0)
    for number in range(1, 4):
        meter.see(200.0 + number, 59 + 60 * number, 0)
    assert meter.trust(59 + 60 * 4) is Trust.GOOD


def test_a_still_meter_isnt_frozen() -> None:
    """One that often says the same for half a minute is believed then, too."""
    meter = Meter()
    for second in range(600):
        meter.see(second // 40 * 10.0, second, 0)
        if second > 120:
            assert meter.trust(second) is Trust.GOOD


def test_next() -> None:
    """It says when its trust changes by itself."""
    meter = Meter()
    for second in range(100):
        meter.see(float(second), second, 0)
    now_s, seen = 99.0, [Trust.GOOD]
    while seen[-1] is not Trust.LOST:
        now_s = meter.next_s(now_s) + 0.01
        seen.append(meter.trust(now_s))
    assert set(seen) == set(Trust)
    assert len(seen) <= 8


def test_old_reports_are_none() -> None:
    """A report that comes again, or late, isn't a new one."""
    meter = Meter()
    assert meter.see(5.0, 10, 0)
    assert not meter.see(7.0, 10, 0)
    assert not meter.see(7.0, 9, 0)
    assert meter.power_w == 5.0
