"""The vendor's raw logs: what is known of a heat pump at a moment."""

from collections.abc import Iterator
import math
from typing import Any

from .energy import Load, Mode, Segment
from .plan import COOLING_ACTIVE, LEGIONELLA
from .pump import HeatPump
from .traits import FLINT, Kind
from .wire import timestamp

# Upper bits are set in reality, and nobody has said what they mean.
_UPPER_BITS = 0xFF801000
_WATER_PUMP, _DHW_VALVE, _GAS_BOILER, _HEATER, _WATER_PUMP_2 = 1, 2, 4, 8, 16
_FLOW_W_PER_K = 1163.0

_ALL_CONDITIONS, _OUTSIDE_AIR, _DEMAND = 2047, 4, 64

# What installers see and owners don't: absent for these, not null.
STAFF_KEYS = [
    "currentControlMethod",
    "signalStrength",
    "rpmLimiter",
    "rpmLimiterType",
    "pCompressorIn",
    "pCompressorOut",
    "pCompressorInTarget",
    "tCompressorIn",
    "tCompressorOut",
    "tCompressorInTransient",
    "tCompressorOutTransient",
    "deltaTCompressorInSuperheat",
    "fan",
    "fanPower",
    "temperatureErrorIntegral",
    "thermostatStatus",
    "otBoilerStatus",
    "centralHeatingPwmRequestedDutyCycle",
    "dhwPwmRequestedDutyCycle",
    "sinr",
    "error",
    "errorDecodedDtcNone",
    "errorDecodedDtcContinue",
    "errorDecodedDtcCompressorOff",
    "errorDecodedDtcDefrostForbidden",
    "errorDecodedDtcRequestService",
    "errorDecodedDtcUseHeatingCurve",
    "errorDecodedDtcDhwForbidden",
    "errorDecodedDtcError",
    "errorDecodedDtcInactive",
    "tBoard",
    "tInverter",
    "compressorPowerLowAccuracy",
    "valve",
    "inverterInputVoltage",
    "indoorUnitHeaterTemperature",
    "indoorUnitInputCurrent",
    "coolingStatus",
    "debugVariable1",
    "debugVariable2",
    "debugVariable3",
    "debugVariable4",
    "debugVariable5",
]

_COOLING_KEYS = (
    "coolingExponentialBackoff",
    "coolingStartConditions",
    "coolingPauseReason",
    "coolingStopReason",
    "lastCoolingTime",
)
POWER_KEYS = ("cmMassPowerIn", "cmMassPowerOut")


def rows(
    pump: HeatPump, start_s: float, end_s: float, *, staff: bool = False
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Return the logs between two times (epoch s), each after its time."""
    for at_s, logged_s, segment in pump.samples(start_s, end_s):
        yield logged_s, row(pump, at_s, logged_s, segment, staff=staff)


def row(
    pump: HeatPump, at_s: float, logged_s: float, segment: Segment, *, staff: bool
) -> dict[str, Any]:
    """Return a log with what was measured at a time and logged at another."""
    load = segment.at(at_s)
    traits = pump.traits
    bits = _bits(pump, segment, load, at_s)
    found: dict[str, Any] = {
        "heatPumpId": pump.id,
        "timestamp": timestamp(logged_s, pump.digits),
        "state": segment.state,
        "controlBridgeStatus": _UPPER_BITS | bits,
        "controlBridgeStatusDecodedWaterPump": bool(bits & _WATER_PUMP),
        "controlBridgeStatusDecodedDhwValve": bool(bits & _DHW_VALVE),
        "controlBridgeStatusDecodedGasBoiler": bool(bits & _GAS_BOILER),
        "controlBridgeStatusDecodedElectricHeater": bool(bits & _HEATER),
        "controlBridgeStatusDecodedWaterPump2": bool(bits & _WATER_PUMP_2),
        "inputStatus": 29,
        **temperatures(pump, at_s, segment, load),
        "rpm": round(load.rpm),
        "cmMassPowerIn": round(load.compressor_w),
        "cmMassPowerOut": round(load.heat_w),
        "onOffThermostatState": int(segment.mode is Mode.HEATING),
        "centralHeatingFlow": 40 if bits & _WATER_PUMP else 2,
        "dhwFlow": (40 if bits & _DHW_VALVE else 2) if traits.dhw else 255,
        "interval": pump.interval_s,
        "hqMessageVersion": 1,
        "dhwControlMethod": 1 if traits.dhw else 0,
        "dhwTargetTemperature": 52 if traits.dhw else -1,
        **dict.fromkeys(_COOLING_KEYS),
    }
    if traits.cooling:
        found |= _cooling(pump, segment, at_s)
    if staff:
        found |= dict.fromkeys(STAFF_KEYS) | {
            "coolingStatus": 2 if segment.state == COOLING_ACTIVE else 0,
            "fan": 60.0 if load.rpm else 0.0,
            "fanPower": 40.0 if load.rpm else 0.0,
            "signalStrength": 17,
        }
    if traits.old_firmware:
        for key in (*POWER_KEYS, *_COOLING_KEYS, "hqMessageVersion"):
            del found[key]
    return found


def temperatures(
    pump: HeatPump, at_s: float, segment: Segment, load: Load
) -> dict[str, float | None]:
    """Return all temperatures of a log in °C."""
    traits = pump.traits
    outside = pump.outside_c(at_s)
    hours = at_s / 3600
    warm = segment.mode in {Mode.DHW, Mode.DHW_DEFROST}
    if warm:
        water_in = load.tank_c - 4
    elif segment.mode is Mode.COOLING:
        water_in = 22.0
    else:
        water_in = 26.0 + max(0.0, 15 - outside) * 0.5
    water_out = water_in + load.heat_w / _FLOW_W_PER_K
    room = 20.5 + 0.4 * math.sin(hours / 5)
    if segment.mode is Mode.COOLING:
        setpoint = 18.0
    else:
        setpoint = 0.0 if outside > 18 else round(31 + max(0.0, 15 - outside) * 0.5, 1)
    boiler = traits.kind is Kind.HYBRID and traits.boiler_type == 3
    return {
        "t1": round(load.tank_c, 1) if traits.dhw else None,
        "t2": round(load.tank_c - 3.4, 1) if traits.dhw else None,
        "tAirIn": round(outside, 1),
        "tAirOut": None
        if traits.model == FLINT
        else round(outside - load.heat_w / 1500, 1),
        "tWaterIn": round(water_in, 1),
        "tWaterOut": round(water_out, 1),
        "tWaterHouseIn": round(water_out - 0.4, 1),
        "tRoom": round(room, 1) if traits.thermostat else -1,
        "tRoomTarget": 20.5 if traits.thermostat else -1,
        "tThermostatSetpoint": setpoint,
        "otBoilerFeedTemperature": round(water_out, 1) if boiler else None,
        "otBoilerReturnTemperature": round(water_in, 1) if boiler else None,
    }


def _bits(pump: HeatPump, segment: Segment, load: Load, at_s: float) -> int:
    warm = segment.mode in {Mode.DHW, Mode.DHW_DEFROST}
    bits = 0 if segment.mode is Mode.STANDBY else _WATER_PUMP
    if warm:
        bits |= _DHW_VALVE
    if segment.state == LEGIONELLA or load.indoor_w > 200:
        bits |= _HEATER
    cold = segment.mode is Mode.HEATING and pump.outside_c(at_s) < -1
    if pump.traits.kind is Kind.HYBRID and cold:
        bits |= _GAS_BOILER
    return bits


def _cooling(pump: HeatPump, segment: Segment, at_s: float) -> dict[str, Any]:
    last_s = pump.last_cooling_s(at_s)
    warm = pump.outside_c(at_s) > 20
    cooling = segment.mode is Mode.COOLING
    missing = 0 if warm else _OUTSIDE_AIR | _DEMAND
    return {
        "coolingExponentialBackoff": 180,
        "coolingStartConditions": _ALL_CONDITIONS & ~missing,
        "coolingPauseReason": 0 if warm else 2,
        "coolingStopReason": 0 if cooling or last_s is None else 4,
        "lastCoolingTime": None if last_s is None else timestamp(last_s, 0),
    }
