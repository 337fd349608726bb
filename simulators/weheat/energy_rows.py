"""The vendor's energies: a row for each hour, day … of the Netherlands, and counters."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .energy import Energy, Mode
from .faults import Faults, Window, within
from .pump import HeatPump
from .wire import timestamp

_ZONE = ZoneInfo("Europe/Amsterdam")
_OUT_MODES = [mode for mode in Mode if mode is not Mode.STANDBY]

INTERVALS = ("Hour", "Day", "Week", "Month", "Year")


def buckets(interval: str, start_s: float, end_s: float) -> Iterator[Window]:
    """Return the buckets (epoch s) that begin from a time until before another.

    Those from the day on begin at midnight in the Netherlands, whatever UTC has.
    """
    if interval == "Hour":
        begin = -(-int(start_s) // 3600) * 3600.0
        while begin < end_s:
            yield begin, begin + 3600
            begin += 3600
        return
    at = datetime.fromtimestamp(start_s, _ZONE)
    at = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match interval:
        case "Week":
            at -= timedelta(days=at.weekday())
        case "Month":
            at = at.replace(day=1)
        case "Year":
            at = at.replace(month=1, day=1)
    while (begin := at.timestamp()) < end_s:
        match interval:
            case "Day":
                at += timedelta(days=1)
            case "Week":
                at += timedelta(days=7)
            case "Month":
                at = (at + timedelta(days=32)).replace(day=1)
            case _:
                at = at.replace(year=at.year + 1)
        if begin >= start_s:
            yield begin, at.timestamp()


def energy_rows(
    pump: HeatPump, interval: str, window: Window, faults: Faults, now_s: float
) -> list[dict[str, Any]]:
    """Return the rows of a time; the running bucket has what is known of it."""
    known_s = now_s - faults.hours_lag_s
    found = []
    for begin_s, end_s in buckets(interval, *window):
        if begin_s >= known_s or end_s <= pump.since_s:
            continue
        if within(begin_s, faults.missing_hours):
            continue
        energy = pump.energy(begin_s, min(end_s, known_s))
        energy.electric[Mode.HEATING] += sum(
            kwh for at_s, kwh in faults.hour_errors.items() if begin_s <= at_s < end_s
        )
        digits = 3 if interval == "Hour" else 2
        hours = (end_s - begin_s) / 3600
        found.append(
            {
                "interval": interval,
                "timeBucket": timestamp(begin_s, 0),
                **_rounded(_outdoor("total", energy), digits),
                **_rounded(_outdoor("averagePower", energy, hours), digits),
                **_rounded(_indoor(pump, energy), digits),
            }
        )
    return found


def total_of(pump: HeatPump, faults: Faults, now_s: float) -> dict[str, Any]:
    """Return the lifetime's counters."""
    known_s = now_s - faults.total_lag_s
    if faults.total_step_s:
        known_s -= known_s % faults.total_step_s
    energy = pump.lifetime(known_s)
    energy.electric[Mode.HEATING] += faults.total_offset_kwh
    return {
        "heatPumpId": pump.id,
        **_outdoor("total", energy),
        **_indoor(pump, energy),
    }


def _outdoor(prefix: str, energy: Energy, over: float = 1.0) -> dict[str, float]:
    found = {f"{prefix}EIn{mode}": energy.electric[mode] / over for mode in Mode}
    return found | {
        f"{prefix}EOut{mode}": energy.heat[mode] / over for mode in _OUT_MODES
    }


def _indoor(pump: HeatPump, energy: Energy) -> dict[str, float]:
    if not pump.traits.indoor_meter:
        return {}
    return {f"totalEInIU{mode}": energy.indoor[mode] for mode in Mode}


def _rounded(values: dict[str, float], digits: int) -> dict[str, float]:
    return {key: round(value, digits) for key, value in values.items()}
