"""The vendor's averaged logs: what raw rows were in each minute or longer time."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from .energy import Mode, Segment
from .energy_rows import buckets
from .faults import Window
from .log_rows import row
from .plan import DHW, LEGIONELLA
from .pump import HeatPump
from .view_keys import OWNER_KEYS, STAFF_KEYS
from .wire import timestamp

_DAY_S = 86400.0
# The longest time that may be asked for, by interval, in seconds.
LONGEST_S = {
    "Minute": 2 * _DAY_S,
    "FiveMinute": 7 * _DAY_S,
    "FifteenMinute": 28 * _DAY_S,
    "Hour": 28 * _DAY_S,
    "Day": 366 * _DAY_S,
    "Week": 2 * 366 * _DAY_S,
    "Month": 5 * 366 * _DAY_S,
    "Year": 100 * 366 * _DAY_S,
}
_SHORT_S = {"Minute": 60, "FiveMinute": 300, "FifteenMinute": 900}
# More of a long bucket's rows would change its averages no more.
_MOST_SAMPLES = 240

_AVERAGED = [
    "t1",
    "t2",
    "tAirIn",
    "tAirOut",
    "tWaterIn",
    "tWaterOut",
    "tWaterHouseIn",
    "tRoom",
    "tRoomTarget",
    "tThermostatSetpoint",
    "otBoilerFeedTemperature",
    "otBoilerReturnTemperature",
]
_FLAGS = ("WaterPump", "GasBoiler", "ElectricHeater", "WaterPump2", "DhwValve")


def view_rows(
    pump: HeatPump,
    interval: str,
    window: Window,
    seen: Callable[[float], bool],
    *,
    staff: bool = False,
) -> list[dict[str, Any]]:
    """Return a row for each bucket of which the cloud has logs.

    ``seen`` says of a log's time whether the cloud has it.
    """
    found = []
    for begin_s, end_s in _buckets(interval, window):
        every = max(1, int((end_s - begin_s) / pump.cadence_s / _MOST_SAMPLES))
        samples = [
            (segment, row(pump, at_s, logged_s, segment, staff=staff))
            for at_s, logged_s, segment in pump.samples(begin_s, end_s, every)
            if logged_s < end_s and seen(logged_s)
        ]
        if samples:
            found.append(_view(interval, (begin_s, end_s), samples, every, staff))
    return found


def _buckets(interval: str, window: Window) -> list[Window]:
    if (step_s := _SHORT_S.get(interval)) is None:
        return list(buckets(interval, *window))
    first = -(-int(window[0]) // step_s) * step_s
    last = -(-int(window[1]) // step_s) * step_s
    return [(float(at), float(at + step_s)) for at in range(first, last, step_s)]


def _view(
    interval: str,
    bucket: Window,
    samples: list[tuple[Segment, dict[str, Any]]],
    every: int,
    staff: bool,
) -> dict[str, Any]:
    length_s = bucket[1] - bucket[0]
    stood_for_s = samples[0][1]["interval"] * every
    seconds = min(length_s / len(samples), stood_for_s)
    found: dict[str, Any] = dict.fromkeys(OWNER_KEYS)
    if staff:
        found |= dict.fromkeys(STAFF_KEYS)

    states = Counter(segment.state for segment, _ in samples)
    modes = Counter(segment.mode for segment, _ in samples)
    logs = [log for _, log in samples]
    contact = sum(log["onOffThermostatState"] for log in logs)
    counts = {f"heatPumpState{mode}": modes[mode] for mode in Mode} | {
        "timeCoveredInInterval": len(logs),
        "heatPumpStateDhw": states[DHW],
        "heatPumpStateLegionella": states[LEGIONELLA],
        "heatPumpStateManualControl": 0,
        "thermostatStateOn": contact,
        "thermostatStateOff": len(logs) - contact,
    }
    for flag in _FLAGS:
        key = f"controlBridgeStatusDecoded{flag}"
        counts[f"controlBridgeStatus{flag}"] = sum(log[key] for log in logs)
    found |= {"timeBucket": timestamp(bucket[0], 0), "interval": interval}
    found |= {key: round(seconds * count) for key, count in counts.items()}
    for key in _AVERAGED:
        found |= _averaged(key, [log[key] for log in logs])
    if staff:
        found |= _averaged("rpm", [log["rpm"] for log in logs])
        for mode in Mode:
            for way in ("In", "Out"):
                powers = [
                    log.get(f"cmMassPower{way}")
                    for segment, log in samples
                    if segment.mode is mode
                ]
                found |= _averaged(f"cmMassPower{way}{mode}", powers)
    return found


def _averaged(key: str, values: list[Any]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    if not known:
        return dict.fromkeys(f"{key}{part}" for part in ("Average", "Min", "Max"))
    return {
        f"{key}Average": sum(known) / len(known),
        f"{key}Min": min(known),
        f"{key}Max": max(known),
    }
