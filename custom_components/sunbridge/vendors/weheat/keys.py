"""What a log of a heat pump says (reference 3.1), and what follows from it.

Owners get about half of the keys, the others are absent for them. A decoder takes any
JSON but null and returns the value or raises ``ValueError``, never anything else. Where
the value says that there is none it's ``UnknownValueError``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from ..json import JsonValue
from ..lenient import boolean, integer, number
from . import enums

_NO_NAMES: Final[enums.Names] = MappingProxyType({})

# The last moment that there is would be rounded to the next, which can't be shown.
_NEVER_S: Final = datetime(9999, 12, 31, tzinfo=UTC).timestamp()

# A circulation pump says its speed as a duty cycle in % (reference 3.6).
_PWM_STOPPED: Final = 5.0
_PWM_MAX: Final = 75.0
_FLOW_MAX_M3H: Final = 2.1
_COP_MAX: Final = 1000.0


class UnknownValueError(ValueError):
    """The value stands for none."""


@dataclass(frozen=True, slots=True)
class Key[T]:
    """One value of a log.

    ``name`` is the vendor's, or our own where ``wire`` is what the vendor calls the
    value that it's a part of. ``unit`` is what numbers are in and ``names`` what they
    stand for; ``fallback`` says the same where this one isn't there.
    """

    name: str
    decode: Callable[[JsonValue], T]
    unit: str | None = None
    names: Mapping[int, str] = field(default_factory=lambda: _NO_NAMES, repr=False)
    wire: str = ""
    fallback: Key[T] | None = field(default=None, repr=False)

    def read(self, values: Mapping[str, JsonValue]) -> T | None:
        """Return the value, None where it's unknown, malformed or absent."""
        value = values.get(self.wire or self.name)
        if value is not None:
            try:
                return self.decode(value)
            except ValueError:
                pass
        return None if self.fallback is None else self.fallback.read(values)

    def is_in(self, values: Mapping[str, JsonValue]) -> bool:
        """Tell whether a log has it, even as null."""
        if (self.wire or self.name) in values:
            return True
        return self.fallback is not None and self.fallback.is_in(values)


def rounded(digits: int, *none: float) -> Callable[[JsonValue], float]:
    """Decode a number to so many digits; some numbers stand for no value."""

    def decode(value: JsonValue) -> float:
        result = round(number(value), digits)
        if result in none:
            raise UnknownValueError
        return result

    return decode


def bit(mask: int) -> Callable[[JsonValue], bool]:
    """Decode whether a bit of a number is set."""
    return lambda value: bool(integer(value) & mask)


def duty(value: JsonValue) -> float:
    """Decode a duty cycle in %; 255 stands for none."""
    result = number(value)
    if not 0 <= result <= 100:
        raise UnknownValueError
    return result


def flow(value: JsonValue) -> float:
    """Decode a circulation pump's duty cycle to m³/h."""
    result = number(value)
    if not 1 <= result <= _PWM_MAX:
        raise UnknownValueError
    part = max(0.0, result - _PWM_STOPPED) / (_PWM_MAX - _PWM_STOPPED)
    return round(part * _FLOW_MAX_M3H, 3)


def epoch_s(value: JsonValue) -> float:
    """Decode a time to epoch seconds: ISO 8601 with any digits, UTC without a zone.

    The vendor's framework has the first day of the year 1 for a time that was never
    set, and the last one of the year 9999 for one that never comes.
    """
    if not isinstance(value, str):
        raise ValueError("not a time")  # noqa: TRY004
    moment = datetime.fromisoformat(value.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    result = moment.timestamp()
    if not 0 < result < _NEVER_S:
        raise UnknownValueError
    return result


def rpm_percent(rpm: float | None, model: int | None) -> float | None:
    """Return a compressor's speed in % of its model's nominal one; may exceed 100."""
    nominal = None if model is None else enums.NOMINAL_RPM.get(model)
    return None if rpm is None or nominal is None else round(rpm / nominal * 100, 1)


def cop(in_w: float | None, out_w: float | None, state: int | None) -> float | None:
    """Return the heat or cold by electricity of a moment (reference 3.7).

    Cold is positive while it's cooling. Where heat goes the wrong way, as in a defrost,
    it's negative. Without electricity there is none, and next to none of it tells
    nothing.
    """
    if in_w is None or out_w is None or in_w <= 0:
        return None
    result = out_w / in_w
    if not -_COP_MAX <= result <= _COP_MAX:
        return None
    return round(-result if state in enums.COOLING_STATES else result, 2)


_C: Final = "°C"

AT = Key("timestamp", epoch_s)
INTERVAL = Key("interval", number, "s")
IS_ONLINE = Key("isOnline", boolean)
STATE = Key("state", integer, names=enums.STATE)
COOLING_PHASE = Key("coolingPhase", integer, names=enums.COOLING_PHASE, wire="state")
POWER_IN = Key("cmMassPowerIn", number, "W")
# Negative in cooling and in defrosts.
POWER_OUT = Key("cmMassPowerOut", number, "W")
RPM = Key("rpm", number, "rpm")

_BRIDGE: Final = "controlBridgeStatus"
_DECODED: Final = f"{_BRIDGE}Decoded"


def _asked(name: str, mask: int) -> Key[bool]:
    """Return the key of what the indoor unit is asked for, also by its bit."""
    by_bit = Key(f"{_BRIDGE}{name}", bit(mask), wire=_BRIDGE)
    return Key(f"{_DECODED}{name}", boolean, fallback=by_bit)


WATER_PUMP = _asked("WaterPump", 0x01)
DHW_VALVE = _asked("DhwValve", 0x02)
GAS_BOILER = _asked("GasBoiler", 0x04)
ELECTRIC_HEATER = _asked("ElectricHeater", 0x08)
WATER_PUMP_2 = _asked("WaterPump2", 0x10)
CONTROL_BRIDGE = Key(_BRIDGE, integer)
INPUT_STATUS = Key("inputStatus", integer)
ON_OFF_THERMOSTAT = Key("onOffThermostatState", boolean)

TANK_TOP = Key("t1", rounded(2), _C)
TANK_BOTTOM = Key("t2", rounded(2), _C)
AIR_IN = Key("tAirIn", rounded(2), _C)
AIR_OUT = Key("tAirOut", rounded(2), _C)
WATER_IN = Key("tWaterIn", rounded(2), _C)
WATER_OUT = Key("tWaterOut", rounded(2), _C)
WATER_HOUSE_IN = Key("tWaterHouseIn", rounded(2), _C)
ROOM = Key("tRoom", rounded(2, -1), _C)
ROOM_TARGET = Key("tRoomTarget", rounded(2, -1), _C)
# No water is wanted that cold: 0 was seen in summer.
WATER_SETPOINT = Key("tThermostatSetpoint", rounded(2, 0, -1), _C)
BOILER_FEED = Key("otBoilerFeedTemperature", rounded(2), _C)
BOILER_RETURN = Key("otBoilerReturnTemperature", rounded(2), _C)

HEATING_FLOW = Key("heatingFlow", flow, "m³/h", wire="centralHeatingFlow")
DHW_FLOW = Key("hotWaterFlow", flow, "m³/h", wire="dhwFlow")
HEATING_DUTY = Key("centralHeatingFlow", duty, "%")
DHW_DUTY = Key("dhwFlow", duty, "%")

DHW_CONTROL_METHOD = Key("dhwControlMethod", integer, names=enums.DHW_CONTROL_METHOD)
# 0: nobody controls it.
DHW_TARGET = Key("dhwTargetTemperature", rounded(2, 0, -1), _C)

COOLING_CONDITIONS = Key("coolingStartConditions", integer)
COOLING_CONDITION: Final[Mapping[str, Key[bool]]] = MappingProxyType(
    {
        name: Key(f"coolingCondition.{name}", bit(mask), wire="coolingStartConditions")
        for mask, name in enums.COOLING_CONDITION.items()
    }
)
COOLING_PAUSE_REASON = Key(
    "coolingPauseReason", integer, names=enums.COOLING_PAUSE_REASON
)
COOLING_STOP_REASON = Key("coolingStopReason", integer, names=enums.COOLING_STOP_REASON)
COOLING_BACKOFF = Key("coolingExponentialBackoff", number, "min")
# Epoch seconds.
LAST_COOLING = Key("lastCoolingTime", epoch_s)

# From here on what owners weren't seen to get.
COOLING_STATUS = Key("coolingStatus", integer, names=enums.COOLING_STATUS)
CONTROL_METHOD = Key("currentControlMethod", integer, names=enums.CONTROL_METHOD)
SIGNAL_STRENGTH = Key("signalStrength", number)
SINR = Key("sinr", number)
RPM_LIMITER = Key("rpmLimiter", number, "rpm")
RPM_LIMITER_TYPE = Key("rpmLimiterType", integer)
# The unit of pressures isn't documented.
COMPRESSOR_IN_PRESSURE = Key("pCompressorIn", rounded(3))
COMPRESSOR_OUT_PRESSURE = Key("pCompressorOut", rounded(3))
COMPRESSOR_IN_PRESSURE_TARGET = Key("pCompressorInTarget", rounded(3))
COMPRESSOR_IN = Key("tCompressorIn", rounded(2), _C)
COMPRESSOR_OUT = Key("tCompressorOut", rounded(2), _C)
COMPRESSOR_IN_TRANSIENT = Key("tCompressorInTransient", rounded(2), _C)
COMPRESSOR_OUT_TRANSIENT = Key("tCompressorOutTransient", rounded(2), _C)
SUPERHEAT = Key("deltaTCompressorInSuperheat", rounded(2), "K")
FAN = Key("fan", number, "%")
FAN_POWER = Key("fanPower", number, "W")
ERROR = Key("error", integer)
_DTC: Final = "errorDecodedDtc"
DTC_NONE = Key(f"{_DTC}None", boolean)
DTC_CONTINUE = Key(f"{_DTC}Continue", boolean)
DTC_COMPRESSOR_OFF = Key(f"{_DTC}CompressorOff", boolean)
DTC_DEFROST_FORBIDDEN = Key(f"{_DTC}DefrostForbidden", boolean)
DTC_REQUEST_SERVICE = Key(f"{_DTC}RequestService", boolean)
DTC_USE_HEATING_CURVE = Key(f"{_DTC}UseHeatingCurve", boolean)
DTC_DHW_FORBIDDEN = Key(f"{_DTC}DhwForbidden", boolean)
DTC_ERROR = Key(f"{_DTC}Error", boolean)
DTC_INACTIVE = Key(f"{_DTC}Inactive", boolean)

KEYS: Final[Mapping[str, Key[Any]]] = MappingProxyType(
    {
        key.name: key
        for key in (*tuple(vars().values()), *COOLING_CONDITION.values())
        if isinstance(key, Key)
    }
)
