"""Values that are more than a number: composites, and what follows from several."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.confirm import matches
from custom_components.sunbridge.vendors.goe import derive, keys
from custom_components.sunbridge.vendors.goe.decode import Key
from custom_components.sunbridge.vendors.goe.device import (
    friendly_name,
    is_charger,
    model,
)
from custom_components.sunbridge.vendors.goe.errors import (
    GoeAuthError,
    GoeConnectionError,
    GoeError,
    GoeForbiddenError,
    GoeOfflineError,
    GoeRateLimitError,
    GoeServerError,
)
from custom_components.sunbridge.vendors.goe.keys import KEYS
from custom_components.sunbridge.vendors.goe.redact import redacted
from custom_components.sunbridge.vendors.goe.status import Status
from custom_components.sunbridge.vendors.goe.trouble import Trouble
from simulators.goe.defaults import default_status


def status(**body: Any) -> Status:
    """Return the status of a charger that reported this, booted at 1000 s."""
    return Status.of(KEYS).merge({"rbt": 1000, **body}, 1001).status


def value(key: Key[Any], *reports: Any) -> Any:
    """Return the decoded value after these reports."""
    found = Status.of(KEYS)
    for number, report in enumerate(reports):
        found = found.merge({key.name: report}, number).status
    return found[key]


# The reference's sample of a charging V3.
NRG = [
    227.54, 225.99, 226.61, 2.79, 15.314, 15.39, 15.466, 3484.561, 3471.439, 3503.163,
    0, 10459.16, 100, 99.81176, 99.95472, 100,
]  # fmt: skip


def test_measurements() -> None:
    """The array of the meter is rounded to what means something."""
    nrg = value(keys.NRG, NRG)
    assert nrg.voltage_v == (227.5, 226.0, 226.6, 2.8)
    assert nrg.current_a == (15.31, 15.39, 15.47)
    assert nrg.power_w == (3485, 3471, 3503, 0)
    assert nrg.power_total_w == 10459
    assert nrg.power_factor_pct == (100, 100, 100, 100)


def test_measurements_with_holes() -> None:
    """A broken number is unknown, and takes no other with it."""
    nrg = value(keys.NRG, [None, "x", *NRG[2:12]])
    assert nrg.voltage_v[:3] == (None, None, 226.6)
    assert nrg.power_total_w == 10459
    assert nrg.power_factor_pct == (None,) * 4


@pytest.mark.parametrize("report", [[], NRG[:11], {}, 7])
def test_measurements_too_short(report: Any) -> None:
    """What isn't the meter's array is unknown, and not 0."""
    assert value(keys.NRG, report) is None


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        # The reference's sequence of firmware 055.5: garbage and short arrays.
        (([36, 30], [-16843.01], [36, 30]), (36, 30)),
        (([36, 30], [39]), (39, 30)),
        (([36, 30], [-16843.01]), (36, 30)),
        ((["n/a", 22.25],), (None, 22.2)),
        (([25], [25, 22.5]), (25, 22.5)),
    ],
)
def test_temperatures(reports: Any, expected: Any) -> None:
    """A reading's holes are filled from the one before."""
    assert value(keys.TMA, *reports) == expected


@pytest.mark.parametrize(
    ("key", "report", "expected"),
    [
        (keys.CDI, {"type": 1, "value": 61_500}, 62),
        (keys.CDI, {"type": 0, "value": 61_500}, None),
        (keys.AWCP, {"start": 0, "end": 3600, "marketprice": 9.3123}, 9.312),
        (keys.CLL, {"requestedCurrent": 16, "odd": None}, {"requestedCurrent": 16}),
        (keys.PHA, [True] * 6, (True,) * 6),
        (keys.PHA, [True] * 5, None),
        (keys.PHA, [1] * 6, None),
        (keys.SCH_WEEK, {"control": 2, "ranges": []}, 2),
        (keys.SCH_WEEK, {"ranges": []}, None),
        (keys.CID, "#00aaFF", "#00AAFF"),
        (keys.CID, "blue", None),
        (keys.BAC, True, 3),
        (keys.BAC, False, 0),
        (keys.BAC, 2, 2),
        (keys.OCU, ["55.7", "60.2", "60.4 BETA", "V 54.0 OUTDATED", 5], "60.2"),
        (keys.OCU, [], None),
        (keys.FHZ, 10**400, None),
    ],
)
def test_composites(key: Key[Any], report: Any, expected: Any) -> None:
    """Composite values are taken apart, and are unknown when they're something else."""
    assert value(key, report) == expected


@pytest.mark.parametrize(
    ("firmware", "code", "expected"),
    [
        ("055.7", 0, "none"),
        ("055.7", 3, "phase"),
        ("055.7", 13, "over_temperature"),
        ("60.2", 13, "lock_stuck_locked"),
        ("60.2", 16, "over_temperature"),
        ("60.2", 99, None),
        (None, 16, "lock_stuck_locked"),
    ],
)
def test_error(firmware: str | None, code: int, expected: str | None) -> None:
    """The same code has another meaning since firmware 59."""
    assert derive.error(status(err=code, fwv=firmware)) == expected


def test_error_unknown() -> None:
    """No code is no error's absence."""
    assert derive.error(status(err=None)) is None


@pytest.mark.parametrize(
    ("limits", "name", "amperes"),
    [
        ({"requestedCurrent": 10, "cableCurrentLimit": 20}, "requested_current", 10),
        ({"minChargingCurrent": 6, "currentLimitMax": 16}, "maximum_current", 16),
        ({"newLimit": 4, "currentLimitMax": 16}, "maximum_current", 4),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_limits(limits: Any, name: str | None, amperes: float | None) -> None:
    """The lowest limit is the effective one; the minimum isn't a limit."""
    found = status(cll=limits)
    assert derive.limiting_factor(found) == name
    assert derive.effective_limit_a(found) == amperes


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"var": 11}, 16),
        ({"var": 22}, 32),
        ({"var": 22, "ama": 20}, 20),
        ({"ama": 16}, 16),
        ({}, 32),
    ],
)
def test_greatest_current(body: dict[str, Any], expected: float) -> None:
    """The model and the configured maximum bound the current."""
    assert derive.current_max_a(status(**body)) == expected


@pytest.mark.parametrize(
    ("trx", "expected"),
    [
        (None, "none"),
        (0, "without_card"),
        (3, "card_3"),
        (10, "card_10"),
        (11, None),
        (-1, None),
        ("x", None),
    ],
)
def test_card(trx: Any, expected: str | None) -> None:
    """A session runs with a card, without, or there's none."""
    assert derive.card(status(trx=trx)) == expected


def test_card_energy() -> None:
    """Old firmware lists cards, new firmware has a key each."""
    old = status(cards=[{"name": "Ann", "energy": 1000, "cardId": True}])
    assert derive.card_energy_wh(old, 0, keys.CARD_ENERGIES[0]) == 1000
    assert derive.card_energy_wh(old, 1, keys.CARD_ENERGIES[1]) is None
    new = status(c1e=5000)
    assert derive.card_energy_wh(new, 1, keys.CARD_ENERGIES[1]) == 5000
    assert derive.card_energy_wh(new, 0, keys.CARD_ENERGIES[0]) is None


def test_moments() -> None:
    """The charger's own clock counts from its boot, which stands still."""
    found = status(lmsc=500)
    assert derive.booted_at(found) == datetime.fromtimestamp(1000, UTC)
    assert derive.moment(found, keys.LMSC) == datetime.fromtimestamp(1000, UTC)
    assert derive.moment(status(lmsc=None), keys.LMSC) is None
    assert derive.booted_at(Status.of(KEYS)) is None
    later = found.merge({"rbt": 61_900}, 1061).status
    assert later.booted_at_s == found.booted_at_s
    rebooted = found.merge({"rbt": 3000}, 2000).status
    assert rebooted.booted_at_s == 1997


@pytest.mark.parametrize(
    ("running", "offered", "expected"),
    [
        ("60.2", ["60.2", "60.3"], "60.3"),
        ("60.2", ["V 55.8 OUTDATED", "59.4"], "60.2"),
        ("60.5 BETA", ["60.3"], "60.5 BETA"),
        ("35.6-1-ga0d44e5", ["055.8"], "055.8"),
        ("self-made", ["60.3"], "60.3"),
        ("60.2", None, "60.2"),
        (None, ["60.3"], None),
    ],
)
def test_latest_firmware(
    running: str | None, offered: Any, expected: str | None
) -> None:
    """The newest release is offered, never an older one."""
    assert derive.latest_firmware(status(fwv=running, ocu=offered)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"typ": "go-eCharger", "var": 11}, "go-e Charger HOME 11 kW"),
        ({"typ": "go-eCharger_V4", "var": 22}, "go-e Charger Gemini 22 kW"),
        ({"typ": "go-eCharger_Phoenix", "styp": "pro_x"}, "go-e Charger PRO"),
        ({"typ": "go-eCharger_Phoenix", "styp": "core_x"}, "go-e Charger CORE"),
        ({"typ": "go-eCharger_V9"}, "go-eCharger_V9"),
        ({}, None),
    ],
)
def test_model(body: dict[str, Any], expected: str | None) -> None:
    """The registry shows the name that the product is sold under."""
    assert model(status(**body)) == expected
    assert is_charger(status(**body)) is (expected is not None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Garage", "Garage"),
        ("  ", "go-e Charger"),
        (None, "go-e Charger"),
        ("go-eCharger_012345", "go-e Charger"),
        ("go-e 12345", "go-e Charger"),
    ],
)
def test_friendly_name(name: Any, expected: str) -> None:
    """A name with the serial number in it isn't taken into entity ids."""
    assert friendly_name(status(fna=name, sse="012345")) == expected


def test_redaction() -> None:
    """Nothing that identifies somebody or opens a door is left, by marked values."""
    secret = {
        "cak", "fna", "sse", "host", "wifis", "ccw", "scan", "mcu", "mtp", "ocppu",
        "ocppck", "cards", "lri", "tsi", "c0n", "c5n", "c9i", "loc", "data", "wsm",
    }  # fmt: skip
    raw = {
        **default_status("012345", "x"),
        **{key: f"marked {key}" for key in secret},
        "err": 0,
        "wsl": None,
    }
    shown = redacted(raw)
    assert "marked" not in str(shown)
    assert "012345" not in str(shown)
    assert shown.keys() == raw.keys()
    # What helps to find an error stays, and null stays null.
    assert (shown["err"], shown["amp"], shown["wsl"]) == (0, 16, None)


@pytest.mark.parametrize(
    ("wanted", "reported", "expected"),
    [
        (10, 10, True),
        (10, 10.0, True),
        (0.1, 0.10000000149, True),
        (10, 11, False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        (None, None, True),
        (None, 0, False),
        ("a", "a", True),
        ({"control": 1}, {"control": 1, "ranges": []}, True),
        ({"control": 1}, {"control": 2, "ranges": []}, False),
        ({"control": 1}, None, False),
    ],
)
def test_confirmation(wanted: Any, reported: Any, expected: bool) -> None:
    """A command is confirmed by the value that it asked for and no other."""
    assert matches(wanted, reported) is expected


@pytest.mark.parametrize(
    ("err", "longest_s"),
    [
        (GoeConnectionError("x"), 60),
        (GoeServerError("x"), 60),
        (GoeOfflineError(), 15),
        (GoeForbiddenError("x"), 15),
        (GoeRateLimitError(), 60),
    ],
)
def test_backoff(err: GoeError, longest_s: float) -> None:
    """Waits grow up to a bound, with jitter below it."""
    trouble = Trouble()
    waits = []
    for _ in range(20):
        trouble.add(err, 0)
        waits.append(trouble.retry_in_s(err))
    assert waits[0] <= 1
    assert waits[3] > waits[0]
    assert 0.8 * longest_s <= waits[-1] <= longest_s
    assert len(set(waits[-10:])) > 1


def test_retry_after() -> None:
    """The server's own wish counts when it's longer, up to an hour."""
    trouble = Trouble(failures=1)
    assert trouble.retry_in_s(GoeRateLimitError(90)) == 90
    assert trouble.retry_in_s(GoeRateLimitError(10**6)) == 3600


def test_sure_of_an_invalid_token() -> None:
    """Three refusals over two seconds are sure; fewer or faster ones aren't."""
    trouble = Trouble()
    for now_s in (0.0, 0.1, 0.2):
        trouble.add(GoeAuthError("x"), now_s)
    assert not trouble.surely_unauthorized(0.3)
    assert trouble.surely_unauthorized(2.1)
    assert not Trouble(auth_failures=2).surely_unauthorized(100)


def test_long_forbidden() -> None:
    """Minutes of 403 without another answer between are a switched-off API."""
    trouble = Trouble()
    trouble.add(GoeForbiddenError("x"), 0)
    assert not trouble.long_forbidden(299)
    assert trouble.long_forbidden(300)
    trouble.add(GoeServerError("x"), 301)
    assert not trouble.long_forbidden(700)


@given(
    st.dictionaries(
        st.sampled_from([key.name for key in KEYS]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    )
)
def test_derived_never_raise(body: dict[str, Any]) -> None:
    """Whatever the keys say, what follows from them is a value or unknown."""
    found = Status.of(KEYS).merge(body, 0).status
    for fn in (
        derive.error, derive.phases_in_use, derive.limiting_factor,
        derive.effective_limit_a, derive.current_max_a, derive.card,
        derive.booted_at, derive.latest_firmware, model, friendly_name, is_charger,
    ):  # fmt: skip
        fn(found)
    for key in keys.CARD_ENERGIES:
        derive.card_energy_wh(found, 0, key)
    derive.moment(found, keys.LMSC)
