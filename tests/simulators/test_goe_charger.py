"""The simulated charger obeys physics, and its owner."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulators.clock import Clock
from simulators.goe import Car, Charger

PAYLOADS = Path(__file__).parents[3] / "shared/reference/payloads/goe"


@pytest.fixture
def clock() -> Clock:
    """Return a clock to turn."""
    return Clock()


@pytest.fixture
def charger(clock: Clock) -> Charger:
    """Return a charger on that clock."""
    return make(clock)


def make(clock: Clock, **kwargs: Any) -> Charger:
    """Return a charger on a clock, which takes what is set at once."""
    return Charger(
        "012345",
        "token",
        reaction_s=0,
        clock=clock.monotonic,
        wall_clock=clock.time,
        **kwargs,
    )


def power_w(charger: Charger) -> float:
    """Return the power that the charger reports."""
    return float(charger.status()["nrg"][11])


def settle(clock: Clock, seconds: float = 30) -> None:
    """Let a car ramp up or down."""
    clock.advance(seconds)


def test_no_car_no_power(charger: Charger, clock: Clock) -> None:
    """Without a car nothing flows and nothing is counted."""
    before = charger.status()["eto"]
    clock.advance(3600)
    status = charger.status()
    assert (status["car"], status["alw"], status["eto"]) == (1, False, before)
    assert power_w(charger) == 0


def test_energy_is_the_integral_of_power(charger: Charger, clock: Clock) -> None:
    """An hour at 16 A on three phases is 11 kWh, on both counters."""
    charger.plug_in()
    settle(clock)
    start = charger.status()
    assert power_w(charger) == pytest.approx(3 * 230 * 16)
    clock.advance(3600)
    end = charger.status()
    expected_wh = 3 * 230 * 16
    assert end["eto"] - start["eto"] == pytest.approx(expected_wh, abs=2)
    assert end["wh"] - start["wh"] == pytest.approx(expected_wh, abs=1)


def test_ramp(charger: Charger, clock: Clock) -> None:
    """A car waits, and then takes more from second to second."""
    charger.plug_in(Car(start_delay_s=5, ramp_a_per_s=2))
    clock.advance(4)
    assert power_w(charger) == 0
    seen = []
    for _ in range(5):
        clock.advance(2)
        seen.append(power_w(charger))
    assert seen == sorted(seen)
    assert 0 < seen[1] < seen[-1]


@pytest.mark.parametrize(
    ("settings", "amperes"),
    [
        ({"amp": 10}, 10),
        ({"amp": 32, "ama": 12}, 12),
        ({"amp": 32}, 32),
        ({"amp": 16, "tcl": 8}, 8),
    ],
)
def test_lowest_limit_counts(
    charger: Charger, clock: Clock, settings: dict[str, Any], amperes: int
) -> None:
    """The current is the lowest of all limits."""
    charger.plug_in(Car(max_current_a=32))
    for key, value in settings.items():
        assert charger.set(key, value) is True
    settle(clock)
    assert charger.status()["nrg"][4] == pytest.approx(amperes)
    assert charger.status()["acu"] == amperes


def test_phases(charger: Charger, clock: Clock) -> None:
    """On one phase the others carry nothing, and the car pauses for the switch."""
    charger.plug_in()
    settle(clock)
    charger.set("psm", 1)
    clock.advance(2)
    assert (power_w(charger), charger.status()["modelStatus"]) == (0, 23)
    settle(clock)
    nrg = charger.status()["nrg"]
    assert nrg[4] == pytest.approx(16)
    assert nrg[5:7] == [0, 0]
    assert charger.status()["pha"][:3] == [True, False, False]
    assert charger.status()["fsp"] is True


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"frc": 1}, 4), ({"acs": 1}, 2), ({"lmo": 4}, 17), ({"dwo": 1}, 6)],
)
def test_reasons_not_to_charge(
    charger: Charger, clock: Clock, settings: dict[str, Any], reason: int
) -> None:
    """A reason not to charge stops the car and is told."""
    charger.plug_in()
    settle(clock)
    for key, value in settings.items():
        assert charger.set(key, value) is True
    settle(clock)
    assert power_w(charger) == 0
    assert charger.status()["modelStatus"] == reason


def test_full_car(charger: Charger, clock: Clock) -> None:
    """A full car takes nothing, and the session is complete."""
    charger.plug_in(Car(battery_wh=10_000, stored_wh=9_000))
    clock.advance(3600)
    status = charger.status()
    assert power_w(charger) == 0
    assert status["car"] == 4
    assert status["wh"] == pytest.approx(1000, abs=5)
    charger.unplug()
    assert charger.status()["car"] == 1


def test_error_stops(charger: Charger, clock: Clock) -> None:
    """A charger with an error doesn't charge."""
    charger.plug_in()
    settle(clock)
    charger.inject_error(3)
    settle(clock)
    assert (power_w(charger), charger.status()["modelStatus"]) == (0, 26)
    charger.inject_error(0)
    settle(clock)
    assert power_w(charger) > 0


def test_surplus(charger: Charger, clock: Clock) -> None:
    """Fed with an export the charger takes it up; forgotten feed stops it."""
    charger.plug_in(Car(max_current_a=32))
    for key, value in {"lmo": 4, "fup": True, "fmt": 0}.items():
        charger.set(key, value)
    settle(clock)
    assert power_w(charger) == 0
    for _ in range(60):
        # The house exports 7 kW but for what the car takes.
        charger.set("ids", {"pGrid": power_w(charger) - 7000, "pPv": 7500})
        clock.advance(2)
    # It starts on one phase and goes to three when it has wished for that long enough.
    assert charger.status()["fsp"] is True
    assert power_w(charger) == pytest.approx(230 * 16)
    for _ in range(300):
        charger.set("ids", {"pGrid": power_w(charger) - 7000, "pPv": 7500})
        clock.advance(2)
    assert power_w(charger) == pytest.approx(7000, abs=690)
    assert charger.status()["fsp"] is False
    assert charger.status()["modelStatus"] == 12
    clock.advance(30)
    assert charger.status()["pgrid"] is None
    clock.advance(30)
    assert power_w(charger) == 0


def test_reaction(clock: Clock) -> None:
    """What is set shows after the charger's reaction time, not before."""
    charger = make(clock)
    charger._reaction_s = 1.0
    assert charger.set("amp", 8) is True
    assert charger.status()["amp"] == 16
    clock.advance(1.1)
    assert charger.status()["amp"] == 8


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("amp", 99, "out of range"),
        ("amp", "10", "must be number"),
        ("amp", 10.5, "must be integer"),
        ("amp", True, "must be number"),
        ("fup", 1, "must be boolean"),
        ("frc", 7, "not allowed"),
        ("frc", "1", "must be integer"),
        ("cid", "blue", "not allowed"),
        ("fna", 5, "must be string"),
        ("sch_week", {"control": 1}, "missing ranges"),
        ("sch_week", 1, "must be object"),
        ("tcl", 40, "out of range"),
        ("eto", 0, "read only"),
        ("nonsense", 0, "unknown"),
        ("oct", "1.0", "not in the list"),
    ],
)
def test_refusals(charger: Charger, key: str, value: Any, reason: str) -> None:
    """A value that the charger doesn't take is told, and changes nothing."""
    before = charger.status().get(key)
    answer = charger.set(key, value)
    assert isinstance(answer, str)
    assert answer.startswith(f"{key}: ")
    assert reason in answer
    assert charger.status().get(key) == before


def test_reboot(charger: Charger, clock: Clock) -> None:
    """A restarted charger is away for some seconds and counts its uptime anew."""
    before = charger.status()
    charger.set("rst", True)
    charger.status()
    assert not charger.online
    clock.advance(10)
    after = charger.status()
    assert charger.online
    assert after["rbc"] == before["rbc"] + 1
    assert after["rbt"] < 10_000 < before["rbt"]


def test_update(charger: Charger, clock: Clock) -> None:
    """A release of the list is installed at the reboot."""
    assert charger.set("oct", "60.3") is True
    charger.status()
    clock.advance(10)
    assert charger.status()["fwv"] == "60.3"


def test_new_token(charger: Charger) -> None:
    """A new token makes the old one worthless."""
    old = charger.token
    assert charger.set("cak", True) is True
    charger.status()
    assert charger.token != old


def test_simulated_unplugging(charger: Charger, clock: Clock) -> None:
    """The pilot is interrupted for the set time, and the session starts anew."""
    charger.plug_in()
    settle(clock)
    charger.set("su", True)
    assert charger.status()["modelStatus"] == 22
    clock.advance(11)
    assert charger.status()["su"] is False
    settle(clock)
    assert power_w(charger) > 0


def test_days(charger: Charger, clock: Clock) -> None:
    """Days pass in an instant."""
    charger.plug_in(Car(battery_wh=1e9, stored_wh=0))
    clock.advance(5 * 86_400)
    assert charger.status()["wh"] == pytest.approx(5 * 24 * 11_040, rel=0.01)


def test_real_dump(clock: Clock) -> None:
    """The status of a real charger is reported with its keys, and comes alive."""
    file = PAYLOADS / "01_gemini_v4_11kw_fw055.7_http_status.json"
    dump = json.loads(file.read_text())
    charger = make(clock, dump=dump)
    status = charger.status()
    assert status.keys() == dump.keys()
    assert status["fwv"] == "055.7"
    assert status["amp"] == dump["amp"]
    assert charger.set("csd", True) == "csd: api key is unknown"
    # In eco mode with no surplus it has the reason that the real one had.
    assert dump["modelStatus"] == 17
    charger.plug_in()
    settle(clock)
    assert charger.status()["modelStatus"] == 17
    assert power_w(charger) == 0
    charger.set("frc", 2)
    settle(clock)
    assert charger.status()["nrg"][4] == pytest.approx(16)
