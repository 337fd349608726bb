"""What the runs with faults look for is found when it's there, and only then."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.sunbridge.entity import Reading, SunbridgeEntityDescription
from homeassistant.const import Platform

from .counts import least, more
from .guard import Guard, Moment
from .log import bugs_in, lines_of, too_many
from .rows.easee import wrong_total
from .rows.surplus import retry_s, wrong_house
from .rows.weheat import wrong_hours
from .truth import Watched

type Raw = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Row(SunbridgeEntityDescription[Raw, Any]):
    """A row whose value is the raw one."""

    native_unit_of_measurement: str | None = None
    device_class: str | None = None


def _row(key: str) -> _Row:
    return _Row(key=key, reading=Reading(frozenset({key}), lambda raw: raw[key]))


class Device:
    """A device with a number and a word, and what Home Assistant shows of them."""

    def __init__(self, time: FrozenDateTimeFactory) -> None:
        """Begin with what is right."""
        self.time = time
        self.raw: dict[str, Any] = {"watts": 100.0, "mode": "a", "online": True}
        self.shown = {"watts": "100.0", "mode": "a"}
        self.watched = Watched(
            "x",
            {Platform.SENSOR: (_row("watts"), _row("mode"))},
            lambda: dict(self.raw),
            lambda raw, _: raw,
            40.0,
            is_online=lambda raw: raw["online"],
        )
        self.watched.note()

    def live(self, seconds: int, **changed: Any) -> None:
        """Change something, and let time pass."""
        self.raw |= changed
        for _ in range(0, seconds, 2):
            self.watched.note()
            self.time.tick(2)

    def wrong(self, *, has_to_be_there: bool = True) -> list[str]:
        """Return what is found."""
        self.watched.note(at_once=True)
        return self.watched.wrong(
            {"x_watts": "sensor.watts", "x_mode": "sensor.mode"},
            {
                f"sensor.{key}": {"state": state, "attributes": {}}
                for key, state in self.shown.items()
            },
            has_to_be_there=has_to_be_there,
        )


@pytest.fixture(name="device")
def device_fixture() -> Any:
    """Return a device in a time that stands still."""
    with freeze_time("2026-10-25") as time:
        assert isinstance(time, FrozenDateTimeFactory)
        yield Device(time)


def test_right(device: Device) -> None:
    """What is so, and what was so a moment ago, is right."""
    assert device.wrong() == []
    device.live(20, watts=5000.0, mode="b")
    assert device.wrong() == []
    device.shown = {"watts": "5001", "mode": "b"}
    assert device.wrong() == []


def test_newer_than_the_last_sample(device: Device) -> None:
    """What came true since the last sample may be shown already."""
    device.raw |= {"watts": 5000.0, "mode": "b"}
    device.shown = {"watts": "5000.0", "mode": "b"}
    assert device.wrong() == []


def test_frozen_value(device: Device) -> None:
    """A value that isn't the device's any more is found once the horizon has passed."""
    device.live(38, watts=5000.0, mode="b")
    assert device.wrong() == []
    device.live(8)
    assert len(device.wrong()) == 2


def test_calm(device: Device) -> None:
    """When all is well a value may be less old, where that's said."""
    device.watched.calm_horizon_s = 10.0
    device.live(14, watts=5000.0, mode="b")
    assert device.wrong(has_to_be_there=False) == []
    assert len(device.wrong()) == 2
    device.shown = {"watts": "5000", "mode": "b"}
    assert device.wrong() == []


def test_value_of_nobody(device: Device) -> None:
    """So is one that never was, and one that was forgotten."""
    device.shown = {"watts": "170.0", "mode": "c"}
    assert len(device.wrong()) == 2
    device.shown = {"watts": "unknown", "mode": "unknown"}
    assert len(device.wrong()) == 2


def test_unavailable(device: Device) -> None:
    """That's right, but when all has been well for long."""
    device.shown = {"watts": "unavailable", "mode": "a"}
    assert device.wrong(has_to_be_there=False) == []
    assert device.wrong() == ["sensor.watts is unavailable"]


def test_offline(device: Device) -> None:
    """Of a device that is offline nothing is shown."""
    device.live(60, online=False)
    assert len(device.wrong()) == 2
    device.shown = dict.fromkeys(device.shown, "unavailable")
    assert device.wrong() == []


_LOG = """\
2026-10-25 01:00:00.000 WARNING (MainThread) [custom_components.sunbridge] Garage: no answer
2026-10-25 01:00:01.000 INFO (MainThread) [custom_components.sunbridge] Garage: it's back
2026-10-25 01:00:02.000 WARNING (MainThread) [homeassistant.core] Garage: no answer
"""
_POLLS = """\
2026-10-25 01:00:00.000 INFO (MainThread) [custom_components.sunbridge.x] Bay 2: 7 ms
2026-10-25 01:00:05.000 INFO (MainThread) [custom_components.sunbridge.x] Bay 2: 12.5 ms
2026-10-25 01:00:05.000 INFO (MainThread) [custom_components.sunbridge.x] Bay 1: 12 ms
"""
_BUGS = (
    """\
2026-10-25 01:00:00.000 ERROR (MainThread) [homeassistant] Error doing job
Traceback (most recent call last):
  File "custom_components/sunbridge/entity.py", line 1, in x
ValueError
""",
    """\
2026-10-25 01:00:00.000 ERROR (MainThread) [asyncio] Task was destroyed but it is pending!
task: <Task coro=<x() running at custom_components/sunbridge/entity.py:1>>
""",
)


def _logged(folder: Path, text: str) -> list[Path]:
    log = folder / "home.log"
    log.write_text(text)
    return [log]


def test_log(tmp_path: Path) -> None:
    """A line an outage is allowed, and others' lines aren't ours."""
    lines = lines_of(_logged(tmp_path, _LOG))
    assert too_many(lines, [(("Garage",), 1)]) == []
    assert len(too_many(lines, [(("Garage",), 0)])) == 2
    assert bugs_in(_logged(tmp_path, _LOG)) == []


def test_log_of_each_poll(tmp_path: Path) -> None:
    """Lines are found that differ by a number only; names may have numbers."""
    lines = lines_of(_logged(tmp_path, _POLLS))
    found = too_many(lines, [(("Site", "Bay 1", "Bay 2"), 1)])
    assert len(found) == 1
    assert found[0].startswith("2 times with 1 outages")
    assert too_many(lines, [(("Site", "Bay 1", "Bay 2"), 2)]) == []


def test_log_of_nobody(tmp_path: Path) -> None:
    """A line that names no entry is one too many."""
    lines = lines_of(_logged(tmp_path, _LOG))
    assert len(too_many(lines, [(("Carport",), 9)])) == 2


@pytest.mark.parametrize("text", _BUGS)
def test_bugs(tmp_path: Path, text: str) -> None:
    """A traceback through our code is found, and a task that was left alone."""
    assert len(bugs_in(_logged(tmp_path, text))) == 1
    others = text.replace("sunbridge", "another")
    assert bugs_in(_logged(tmp_path, others)) == []


def test_counts() -> None:
    """What is left behind by each reload is found, and what comes and goes isn't."""
    before = least([{"poll": 4, "beat": 1}, {"poll": 5, "beat": 1}])
    assert before == {"poll": 4, "beat": 1}
    after = least([{"poll": 9, "beat": 1, "once": 1}, {"poll": 6, "beat": 1}])
    assert more(before, after, 50) == {}
    assert more(before, Counter(after) + Counter(poll=50), 50) == {"poll": 52}


def test_total() -> None:
    """A total may be late amid faults, and is neither ahead nor lost."""
    assert wrong_total("bay", 100.0, 100.3, is_calm=True) == []
    assert wrong_total("bay", 100.0, 107.0, is_calm=False) == []
    assert wrong_total("bay", 100.0, 101.0, is_calm=True)
    assert wrong_total("bay", 100.2, 100.0, is_calm=False)


def _rows(*energies_kwh: float) -> dict[float, dict[str, float]]:
    """Return an hour's row each, from the epoch on."""
    return {
        3600.0 * place: {"state": kwh, "sum": 10 + sum(energies_kwh[: place + 1])}
        for place, kwh in enumerate(energies_kwh)
    }


def test_hours() -> None:
    """An hour that is lost, wrong or counted twice is found."""
    hours = {0: 1.0, 3600: 2.0, 7200: 0.5}
    right = _rows(1.0, 2.0, 0.5)
    assert wrong_hours("heat", right, hours) == []
    assert wrong_hours("heat", {}, hours) == ["heat has no hours"]
    lost = {at_s: row for at_s, row in right.items() if at_s != 3600}
    assert len(wrong_hours("heat", lost, hours)) == 2
    assert len(wrong_hours("heat", _rows(1.0, 2.1, 0.5), hours)) == 1
    twice = right | {7200.0: {"state": 0.5, "sum": 14.0}}
    assert wrong_hours("heat", twice, hours) == [
        "heat's sum of 1970-01-01T02:00:00+00:00 is off"
    ]


_CALM = Moment(
    at_s=0.0,
    free_w=8000.0,
    taken_w={"barn": 7000.0, "shed": 0.0},
    blind_s=3.0,
    reached=("barn", "shed"),
    is_calm=True,
)


def _guarded(seconds: int, **changed: Any) -> Guard:
    """Return a guard that has looked for so long at what was so."""
    guard = Guard()
    for second in range(0, seconds, 2):
        guard.see(replace(_CALM, **changed, at_s=float(second)))
    return guard


def test_regulated() -> None:
    """A load that takes the sun is right, however long."""
    guard = _guarded(3600)
    assert guard.wrong() == []
    assert guard.calm_for_s == 3598


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"taken_w": {"barn": 0.0, "shed": 0.0}}, "nothing takes"),
        ({"free_w": 500.0}, "a load takes"),
        ({"blind_s": 130.0}, "barn took"),
    ],
)
def test_not_regulated(changed: dict[str, Any], what: str) -> None:
    """Sun that is left, sun that isn't there, and a meter that is gone."""
    guard = _guarded(600, **changed)
    (found,) = guard.wrong()
    assert found.startswith(what)
    assert guard.wrong() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"taken_w": {"barn": 0.0}, "is_calm": False},
        {"free_w": 500.0, "is_calm": False},
        {"blind_s": 130.0, "reached": ("shed",)},
        {"blind_s": 110.0},
    ],
)
def test_nobody_could(changed: dict[str, Any]) -> None:
    """What nobody could have done better isn't wrong."""
    assert _guarded(600, **changed).wrong() == []


def test_away_at_the_start() -> None:
    """Who is away when Home Assistant starts is tried ever more seldom."""
    assert retry_s(100, 150, 900) == 600
    assert retry_s(100, 150, 250) == 100
    # It was there at the start, or has been since.
    assert retry_s(200, 150, 900) == 0
    assert retry_s(100, 950, 900) == 0


def test_house() -> None:
    """The surplus is the sun's of a moment ago, and unknown without a meter."""
    right = {
        "surplus_house_meter_fresh": "on",
        "surplus_house_surplus": "5000",
    }
    assert wrong_house(right, [4000.0, 9000.0], 5.0, is_calm=True) == []
    assert wrong_house(right, [9000.0, 9900.0], 5.0, is_calm=True)
    hidden_w = 4000.0
    assert not wrong_house(right, [9000.0], 5.0, is_calm=True, hidden_w=hidden_w)
    assert wrong_house(right, [1000.0], 5.0, is_calm=True, hidden_w=hidden_w)
    assert len(wrong_house(right, [4000.0], 130.0, is_calm=False)) == 2
    lost = {
        "surplus_house_meter_fresh": "off",
        "surplus_house_surplus": "unknown",
    }
    assert wrong_house(lost, [4000.0], 130.0, is_calm=False) == []
    assert wrong_house(lost, [4000.0], 5.0, is_calm=False) == []
    assert len(wrong_house(lost, [4000.0], 5.0, is_calm=True)) == 2
