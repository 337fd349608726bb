"""Logs and their keys: lenient, and what stands for nothing is nothing."""

import contextlib
from datetime import UTC, datetime
import math
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.weheat import enums, keys
from custom_components.sunbridge.vendors.weheat.errors import WeheatResponseError
from custom_components.sunbridge.vendors.weheat.keys import KEYS, Key
from custom_components.sunbridge.vendors.weheat.rows import Row, row_in, rows_in

from .conftest import PAYLOADS, needs_payloads, payload

# What the vendor's framework has for a time that isn't one.
NEVER = [
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:59.9999999",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T00:00:00Z",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", "1", "-1", "nan", "1e999", *NEVER, "9999-12-31T24:00:00"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
LOGS = st.dictionaries(
    st.sampled_from(sorted({key.wire or key.name for key in KEYS.values()})), JSON
)


def row(**values: Any) -> Row:
    """Return a log with some values."""
    return row_in({"timestamp": "2026-11-20T10:00:05.1234567Z"} | values)


@needs_payloads
@pytest.mark.parametrize("name", sorted(path.name for path in PAYLOADS.glob("*log*")))
def test_payloads(name: str) -> None:
    """All logs of the reference are read, with all of their keys."""
    body = payload(name)
    if "minute" in name or "view" in name or "energy" in name:
        assert isinstance(rows_in(body if isinstance(body, list) else [body]), tuple)
        return
    if isinstance(body, list):
        found = rows_in(body)
        assert len(found) == len(body) == 6
        assert (found[-1].power_out_w or 0) < 0
        assert found[1].at_s - found[0].at_s == pytest.approx(15)
        return
    found_row = row_in(body)
    assert found_row.values == body
    for key in KEYS.values():
        name = key.wire or key.name
        if key.name in body and body[key.name] is not None:
            sentinel = body[name] in (0, -1) and key.unit == "°C"
            assert (found_row[key] is None) == sentinel, key.name


@needs_payloads
def test_what_owners_saw() -> None:
    """The real logs mean what their posters said."""
    cooling = row_in(payload("real_log_latest_2026-08_cooling_partial.json"))
    moment = datetime.fromisoformat("2026-08-13T23:30:23.398772+00:00")
    assert cooling.at_s == pytest.approx(moment.timestamp(), abs=1e-6)
    assert (cooling.power_in_w, cooling.power_out_w) == (868, -4973)
    assert enums.STATE[cooling.state or 0] == "cooling"
    assert keys.COOLING_PHASE.names[cooling[keys.COOLING_PHASE] or 0] == "active"
    assert cooling.interval_s is None
    assert keys.cop(cooling.power_in_w, cooling.power_out_w, cooling.state) == 5.73
    old = row_in(payload("real_log_latest_2024-05_hybrid_partial.json"))
    assert old.interval_s == 5
    assert old[keys.WATER_SETPOINT] is None
    assert old[keys.AIR_IN] == 14.37
    assert (old.state, old.power_in_w) == (None, None)
    without = row_in(payload("schema_log_latest_without_power.json"))
    assert without.power_in_w is None
    assert without[keys.IS_ONLINE] is None
    assert not keys.POWER_IN.is_in(without.values)


@needs_payloads
def test_all_keys_are_known() -> None:
    """Each key that the reference makes an entity of has a row."""
    body = payload("schema_log_latest_all_81_keys.json")
    known = {key.wire or key.name for key in KEYS.values()}
    # Ids, formats, and what nobody has said the meaning of.
    assert set(body) - known == {
        "heatPumpId",
        "hqMessageVersion",
        "temperatureErrorIntegral",
        "thermostatStatus",
        "otBoilerStatus",
        "centralHeatingPwmRequestedDutyCycle",
        "dhwPwmRequestedDutyCycle",
        "tBoard",
        "tInverter",
        "compressorPowerLowAccuracy",
        "valve",
        "inverterInputVoltage",
        "indoorUnitHeaterTemperature",
        "indoorUnitInputCurrent",
        *(f"debugVariable{number}" for number in range(1, 6)),
    }
    assert known <= set(body)
    constants = [key for key in vars(keys).values() if isinstance(key, Key)]
    assert len(KEYS) == len(constants) + len(keys.COOLING_CONDITION)


def test_sentinels() -> None:
    """Numbers that stand for nothing are nothing, and others stay."""
    none = row(
        tRoom=-1,
        tRoomTarget=-1.0,
        dhwTargetTemperature=0,
        tThermostatSetpoint=0,
        centralHeatingFlow=255,
        dhwFlow=0,
        lastCoolingTime="0001-01-01T00:00:00",
        interval=0,
        cmMassPowerIn=None,
    )
    for key in (
        keys.ROOM,
        keys.ROOM_TARGET,
        keys.DHW_TARGET,
        keys.WATER_SETPOINT,
        keys.HEATING_FLOW,
        keys.HEATING_DUTY,
        keys.DHW_FLOW,
        keys.LAST_COOLING,
        keys.POWER_IN,
        keys.POWER_OUT,
    ):
        assert none[key] is None, key
    assert none.interval_s is None
    assert none[keys.DHW_DUTY] == 0
    some = row(tRoom=0, tAirIn=-1, dhwTargetTemperature=55, cmMassPowerIn=0)
    assert some[keys.ROOM] == 0
    assert some[keys.AIR_IN] == -1
    assert some[keys.DHW_TARGET] == 55
    assert some.power_in_w == 0
    assert row(dhwTargetTemperature=-1)[keys.DHW_TARGET] is None


def test_flows() -> None:
    """A duty cycle is a flow between 5 and 75 %."""
    for duty, wanted in (
        (0.9, None),
        (1, 0),
        (5, 0),
        (40, 1.05),
        (75, 2.1),
        (76, None),
        (255, None),
        ("40", 1.05),
        (True, None),
    ):
        assert row(centralHeatingFlow=duty)[keys.HEATING_FLOW] == wanted
        assert row(dhwFlow=duty)[keys.DHW_FLOW] == wanted


def test_bits() -> None:
    """What the unit is asked for has a word each, or else a bit each."""
    asked = (
        keys.WATER_PUMP,
        keys.DHW_VALVE,
        keys.GAS_BOILER,
        keys.ELECTRIC_HEATER,
        keys.WATER_PUMP_2,
    )
    seen = row(controlBridgeStatus=0xFF801013)
    assert [seen[key] for key in asked] == [True, True, False, False, True]
    # As a signed number.
    seen = row(controlBridgeStatus=0xFF801013 - 2**32)
    assert [seen[key] for key in asked] == [True, True, False, False, True]
    seen = row(controlBridgeStatus=1, controlBridgeStatusDecodedWaterPump=False)
    assert seen[keys.WATER_PUMP] is False
    assert all(key.is_in(seen.values) for key in asked)
    assert not any(key.is_in(row().values) for key in asked)
    assert all(row()[key] is None for key in asked)
    conditions = row(coolingStartConditions=2043)
    found = {name: conditions[key] for name, key in keys.COOLING_CONDITION.items()}
    assert len(found) == 11
    assert [name for name, is_set in found.items() if not is_set] == [
        "outside_temperature"
    ]


def test_states() -> None:
    """Known numbers have names, the others keep their number."""
    names = {number: enums.STATE.get(number) for number in range(1200)}
    assert names[84] == names[90] == names[200] == names[239] == "defrosting"
    assert names[130] == names[137] == "cooling"
    assert names[136] == "water_check"
    assert [names[number] for number in (138, 139, 240, 0)] == [None] * 4
    assert row(state=139).state == 139
    assert row(state="warm").state is None
    assert set(enums.COOLING_PHASE) == set(range(130, 138))


def test_what_follows() -> None:
    """Speeds are of the model, and what works has a sign."""
    assert keys.rpm_percent(2400, 0) == pytest.approx(53.3)
    assert keys.rpm_percent(6000, 5) == pytest.approx(111.1)
    assert keys.rpm_percent(2400, None) is None
    assert keys.rpm_percent(2400, 99) is None
    assert keys.rpm_percent(None, 0) is None
    assert keys.cop(1000, 4000, 70) == 4
    assert keys.cop(1000, -4000, 132) == 4
    assert keys.cop(1000, 500, 132) == -0.5
    assert keys.cop(1000, -500, 90) == -0.5
    assert keys.cop(1000, -500, 136) == -0.5
    assert keys.cop(0, 500, 70) is None
    assert keys.cop(None, 500, 70) is None
    assert keys.cop(500, None, 70) is None
    assert keys.cop(1e-300, 1e300, 70) is None


def test_times() -> None:
    """Times have any digits; without a zone they're of UTC."""
    for text in (
        "2026-11-20T10:00:05.1234567Z",
        "2026-11-20T10:00:05.123456",
        "2026-11-20T11:00:05.1234569+01:00",
    ):
        assert keys.epoch_s(text) == pytest.approx(1_795_168_805.123456, abs=1e-6)


@pytest.mark.parametrize("text", NEVER)
def test_no_time(text: str) -> None:
    """A time that was never set, or never comes, isn't one."""
    with pytest.raises(keys.UnknownValueError):
        keys.epoch_s(text)
    assert row(lastCoolingTime=text)[keys.LAST_COOLING] is None


def test_words() -> None:
    """Numbers and booleans may be text."""
    assert row(isOnline=" True ")[keys.IS_ONLINE] is True
    assert row(isOnline="0")[keys.IS_ONLINE] is False
    assert row(isOnline="maybe")[keys.IS_ONLINE] is None
    assert row(onOffThermostatState=1.0)[keys.ON_OFF_THERMOSTAT] is True
    assert row(onOffThermostatState=2)[keys.ON_OFF_THERMOSTAT] is None
    assert row(rpm="2400")[keys.RPM] == 2400
    assert row(rpm=10**400)[keys.RPM] is None


def test_order() -> None:
    """Logs are in order and none comes twice; what isn't one is left out."""
    times = ["2026-11-20T10:00:20Z", "2026-11-20T10:00:05Z", "2026-11-20T10:00:20Z"]
    body = [{"timestamp": text, "state": n} for n, text in enumerate(times)]
    found = rows_in([*body, None, 1, [], {}, {"timestamp": None}, {"timestamp": "x"}])
    assert [one.state for one in found] == [1, 2]
    assert "values" not in repr(found[0])
    with pytest.raises(WeheatResponseError):
        rows_in({"data": []})
    with pytest.raises(WeheatResponseError):
        row_in({"state": 70})


@given(JSON | LOGS | st.lists(LOGS))
def test_any_json(body: Any) -> None:
    """No answer raises anything but our errors."""
    for read in (row_in, rows_in):
        with contextlib.suppress(WeheatResponseError):
            read(body)


@given(LOGS)
def test_any_log(values: dict[str, Any]) -> None:
    """No value of any key is more than unknown."""
    values["timestamp"] = "2026-11-20T10:00:05Z"
    found = row_in(values)
    for key in KEYS.values():
        value = found[key]
        assert not isinstance(value, float) or math.isfinite(value)
        if key.decode is keys.epoch_s and value is not None:
            datetime.fromtimestamp(value, UTC)
    for power in (found.power_in_w, found.power_out_w):
        assert power is None or math.isfinite(power)


@given(JSON, st.sampled_from(list(KEYS.values())))
def test_any_value(value: Any, key: Key[Any]) -> None:
    """A decoder raises nothing but ``ValueError``."""
    with contextlib.suppress(ValueError):
        key.decode(value)
