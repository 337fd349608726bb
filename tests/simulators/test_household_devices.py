"""What charger, car and meters of the simulated house do, each by itself."""

import random

import pytest

from simulators.household import (
    Car,
    CarTraits,
    Charger,
    ChargerReport,
    ChargerState,
    ChargerTraits,
    FaultKind,
    Reading,
    Sensor,
    SensorTraits,
)

EXACT = CarTraits(short_a=(0, 0), start_delay_s=(10, 10))
PROMPT = ChargerTraits(dead_time_s=(2, 2), loss=0, report_latency_s=0)


class Bench:
    """A charger with a car, and a clock."""

    def __init__(
        self, charger: ChargerTraits = PROMPT, car: CarTraits = EXACT, seed: int = 1
    ) -> None:
        """Switch it on."""
        self.now_s = -1
        self.car = Car(car, random.Random(seed))
        self.charger = Charger(charger, random.Random(seed), self.car)
        self.wait(1)

    def wait(self, seconds: int) -> list[float]:
        """Let time pass; return the powers."""
        powers = []
        for _ in range(seconds):
            self.now_s += 1
            powers.append(self.charger.step(self.now_s))
        return powers

    def tell(self, amps: float, phases: int = 3, seconds: int = 60) -> list[float]:
        """Send a command and wait."""
        self.charger.command(self.now_s, amps, phases)
        return self.wait(seconds)

    @property
    def report(self) -> ChargerReport:
        """Return the newest report."""
        reading = self.charger.reading
        assert reading is not None and reading.value is not None
        return reading.value


def test_start_ramp_and_stop() -> None:
    """Dead time, the car's delay, 1.5 A/s up; dead time and 4 A/s down."""
    bench = Bench()
    powers = bench.tell(12)
    # Sent at 0, offered from 2 on, taken from 12 on; the list begins at 1.
    assert powers[:11] == [0.0] * 11
    assert powers[11:20] == pytest.approx(
        [690 * min(12, 1.5 * step) for step in range(1, 10)]
    )
    assert bench.report == (690 * 12, 12, 12, 3, ChargerState.CHARGING)
    powers = bench.tell(0)
    assert powers[:5] == pytest.approx([8280, 690 * 8, 690 * 4, 0, 0])
    assert bench.report.state is ChargerState.PAUSED
    assert (bench.charger.starts, bench.charger.switches) == (1, 0)


def test_dead_times_and_losses() -> None:
    """Each command takes a time of the range, none overtakes another, some are lost."""
    bench = Bench(ChargerTraits(dead_time_s=(2, 5), loss=0, spacing_s=1))
    bench.tell(10)
    delays = set()
    for amps in [12, 10] * 50:
        powers = bench.tell(amps, seconds=20)
        changed = [at for at, power in enumerate(powers) if power != powers[0]]
        delays.add(changed[0] + 1)
    assert delays == {3, 4, 5}
    for amps in (7, 8, 9, 10, 11):
        bench.tell(amps, seconds=1)
    bench.wait(20)
    assert bench.charger.set_a == 11
    lossy = Bench(ChargerTraits(loss=0.5, spacing_s=1))
    heard = 0
    for amps in [8, 9] * 100:
        lossy.tell(amps, seconds=6)
        heard += lossy.charger.set_a == amps
    assert 70 < heard < 200


@pytest.mark.parametrize(
    ("step_a", "asked_a", "set_a"),
    [(1.0, 7.9, 7.0), (0.1, 7.97, 7.9), (0.1, 6.3, 6.3), (1.0, 20, 16), (1.0, 5.9, 0)],
)
def test_amps_are_rounded_down(step_a: float, asked_a: float, set_a: float) -> None:
    """A charger has steps, a most and a least."""
    bench = Bench(ChargerTraits(step_a=step_a, dead_time_s=(1, 1), loss=0))
    bench.tell(asked_a)
    assert bench.charger.set_a == set_a
    assert bench.charger.power_w == pytest.approx(690 * set_a)


def test_commands_that_nobody_may_send() -> None:
    """Amps below the least or over the most, two phases, and no rest between two."""
    bench = Bench()
    for number, (amps, phases, seconds) in enumerate(
        [(3, 3, 60), (17, 3, 60), (10, 2, 60), (10, 3, 4), (10, 3, 5), (0, 1, 60)], 1
    ):
        bench.tell(amps, phases, seconds)
        assert bench.charger.commands == number
    # The fifth came after four seconds; the last after five.
    assert bench.charger.violations == 4


def test_phases_switch_without_load() -> None:
    """A switch under way pauses for 20 s; in a pause the contactor moves for free."""
    bench = Bench()
    bench.tell(10, 3)
    bench.charger.command(bench.now_s, 10, 1)
    before = 3
    for _ in range(40):
        bench.wait(1)
        if bench.charger.phases != before:
            assert bench.charger.power_w == pytest.approx(230 * 1.5)
            before = bench.charger.phases
    assert before == 1
    assert bench.charger.power_w == pytest.approx(2300)
    assert (bench.charger.starts, bench.charger.switches) == (1, 1)
    bench.tell(0, 1)
    bench.tell(10, 3)
    assert bench.charger.power_w == pytest.approx(6900)
    assert (bench.charger.starts, bench.charger.switches) == (2, 1)


def test_switch_takes_as_long_as_it_says() -> None:
    """From the last offer to the next one it's the pause; the car comes back at once."""
    bench = Bench()
    bench.tell(10, 3)
    powers = bench.tell(10, 1)
    down = next(at for at, power in enumerate(powers) if power < 6900)
    silent = [at for at, power in enumerate(powers) if power == 0]
    assert silent[-1] - down + 1 == PROMPT.switch_pause_s


def test_start_at_six_amps_can_be_slow() -> None:
    """Some chargers wait five minutes for it; 7 A are at once, also on the way."""
    slow = ChargerTraits(dead_time_s=(1, 1), loss=0, slow_start_s=300)
    bench = Bench(slow)
    assert not any(bench.tell(6, seconds=300))
    assert bench.wait(30)[-1] > 0
    bench = Bench(slow)
    assert bench.tell(7)[-1] > 0
    bench = Bench(slow)
    bench.tell(6)
    assert bench.tell(7)[-1] > 0


def test_time_to_live() -> None:
    """Without commands it falls back."""
    bench = Bench(ChargerTraits(dead_time_s=(1, 1), loss=0, ttl_s=100, fallback_a=6))
    bench.tell(16, seconds=100)
    assert bench.charger.set_a == 16
    bench.wait(10)
    assert bench.charger.set_a == 6


def test_reports_are_late() -> None:
    """A report comes each period, after the latency, as of then."""
    bench = Bench(ChargerTraits(report_period_s=10, report_latency_s=3, loss=0))
    bench.tell(10, seconds=58)
    assert bench.now_s == 58
    reading = bench.charger.reading
    assert reading is not None and reading.reported_at_s == 53
    bench.wait(5)
    reading = bench.charger.reading
    assert reading is not None and reading.reported_at_s == 63


def test_cars_differ() -> None:
    """By the seed a car takes 0.3 to 1 A less, and starts after 8 to 30 s."""
    shorts, delays = [], []
    for seed in range(30):
        bench = Bench(car=CarTraits(), seed=seed)
        powers = bench.tell(10)
        shorts.append(10 - powers[-1] / 690)
        delays.append(next(at for at, power in enumerate(powers) if power) - 1)
    assert min(shorts) >= 0.3
    assert max(shorts) <= 1
    assert max(shorts) - min(shorts) > 0.4
    assert min(delays) >= 8
    assert max(delays) <= 31
    assert max(delays) - min(delays) > 12


def test_car_with_one_phase() -> None:
    """It takes one, whatever is offered."""
    bench = Bench(car=CarTraits(phases=1, short_a=(0, 0)))
    assert bench.tell(10, 3)[-1] == pytest.approx(2300)


def test_car_gets_full() -> None:
    """It tapers from 80 %, and stops."""
    traits = CarTraits(short_a=(0, 0), capacity_wh=2000, start_share=0.7)
    bench = Bench(car=traits)
    powers = bench.tell(16, 3, 3600)
    socs = bench.car.soc
    assert socs == pytest.approx(1)
    assert max(powers) == pytest.approx(11040)
    assert powers[-1] == 0
    assert bench.report.state is ChargerState.WAITING
    assert sum(powers) / 3600 == pytest.approx(600, rel=0.01)
    falling = powers[powers.index(max(powers)) :]
    assert falling == sorted(falling, reverse=True)


def test_car_that_does_not_come_back() -> None:
    """After a switch it may need a pause; after many pauses it may refuse."""
    bench = Bench(car=CarTraits(switch_failure=1.0))
    bench.tell(10, 3)
    assert bench.tell(10, 1, 300)[-1] == 0
    bench.tell(0, 1)
    assert bench.tell(10, 1)[-1] > 0
    bench = Bench(car=CarTraits(max_pauses=2))
    taken = []
    for _ in range(4):
        taken.append(bench.tell(10)[-1] > 0)
        bench.tell(0, seconds=120)
    assert taken == [True, True, True, False]
    bench.car.unplug()
    assert bench.tell(10)[-1] > 0


def measured(traits: SensorTraits, seconds: int = 100) -> list[Reading[float] | None]:
    """Return what is known each second of a power that is its second."""
    sensor = Sensor(traits, random.Random(1))
    found = []
    for second in range(seconds):
        sensor.step(second, float(second))
        found.append(sensor.reading)
    return found


def test_sensor_is_late_and_coarse() -> None:
    """What is known is from the last sample that has had time to arrive."""
    found = measured(SensorTraits(period_s=10, latency_s=4, quantum_w=20))
    assert found[3] is None
    assert found[14:24] == [(20 * round(10 / 20), 14)] * 10
    assert found[99] == (80, 94)
    assert measured(SensorTraits())[99] == (97, 99)


def test_sensor_is_noisy_and_lossy() -> None:
    """Noise has its width; lost samples leave gaps."""
    noisy = [reading for reading in measured(SensorTraits(1, 0, 10), 5000) if reading]
    errors = [(reading.value or 0) - reading.reported_at_s for reading in noisy]
    assert sum(error**2 for error in errors) / len(errors) == pytest.approx(
        100, rel=0.1
    )
    lossy = measured(SensorTraits(1, 0, loss=0.3), 5000)
    assert len(set(lossy)) == pytest.approx(3500, rel=0.05)


@pytest.mark.parametrize(
    ("fault", "during"),
    [
        (FaultKind.METER_SILENT, (47, 49)),
        (FaultKind.METER_STUCK, (47, 80)),
        (FaultKind.METER_UNAVAILABLE, (None, 80)),
    ],
)
def test_sensor_faults(fault: FaultKind, during: tuple[float | None, int]) -> None:
    """Silent is old, stuck looks fresh, unavailable is nothing; then it's back."""
    sensor = Sensor(SensorTraits(), random.Random(1))
    for second in range(50):
        sensor.step(second, float(second))
    sensor.fault = fault
    for second in range(50, 81):
        sensor.step(second, float(second))
    assert sensor.reading == during
    sensor.fault = None
    sensor.step(81, 81.0)
    assert sensor.reading == (79, 81)
