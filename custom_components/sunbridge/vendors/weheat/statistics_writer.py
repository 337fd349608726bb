"""Write a heat pump's hours into Home Assistant's long-term statistics (4.8, B1).

The hours are series of our own, ``sunbridge:<heat pump>_<kind>``: what was missed while
Home Assistant or the cloud was down is in the hour where it happened.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
import re
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_last_statistics,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.util.unit_conversion import EnergyConverter

from ...const import DOMAIN
from .energy import (
    SERIES,
    Ledger,
    Row,
    Series,
    corrected,
    history,
    rewritten,
    series_name,
)
from .pump import Pump

# A sum goes on from the last row before the window; gaps may be long.
LOOK_BACK_S: Final = 31 * 86_400.0
READY_TIMEOUT_S: Final = 10.0
# A database that is broken, or not there yet.
RECORDER_ERRORS: Final = (RuntimeError, SQLAlchemyError)
NOTHING_KWH: Final = 1e-6
_UNITS: Final[dict[str, str]] = {
    EnergyConverter.UNIT_CLASS: UnitOfEnergy.KILO_WATT_HOUR
}
_NO_SLUG: Final = re.compile(r"[^a-z0-9]")

type Write = Callable[[HomeAssistant, Pump, Ledger, float], Awaitable[int]]

_NAMES: Final = {
    "electricity_in": "electricity",
    "indoor_unit_in": "indoor unit electricity",
    "heat_out": "heat",
    "cooling_out": "cold",
    "defrost_heat": "heat taken by defrosts",
}


def statistic_id(pump: Pump, series: Series) -> str:
    """Return the id of a series; ids take no dashes."""
    return f"{DOMAIN}:weheat_{_NO_SLUG.sub('', pump.id.lower())}_{series_name(series)}"


async def async_write(
    hass: HomeAssistant, pump: Pump, ledger: Ledger, now_s: float
) -> int:
    """Write the hours that aren't in the statistics as they are; return how many."""
    return await _async_write(hass, pump, ledger, now_s, is_history=False)


async def async_write_history(
    hass: HomeAssistant, pump: Pump, ledger: Ledger, now_s: float
) -> int:
    """Write hours before all others; return how many. Those that are there stay."""
    return await _async_write(hass, pump, ledger, now_s, is_history=True)


async def _async_write(
    hass: HomeAssistant, pump: Pump, ledger: Ledger, now_s: float, *, is_history: bool
) -> int:
    from_s = ledger.dirty_from_s
    # A series begins with the counter.
    if from_s is None or ledger.counter.at_s is None or not await async_is_ready(hass):
        return 0
    hours = ledger.booked(from_s, now_s)
    # What is booked while this is written is for the next time.
    ledger.written(now_s)
    written = 0
    try:
        for series in SERIES:
            if ledger.total_kwh(*series) is None:
                continue
            there = await async_rows(hass, statistic_id(pump, series), from_s)
            if is_history and there:
                rows = history(ledger, series, from_s, there[0], hours)
            else:
                rows = rewritten(ledger, series, from_s, now_s, there, hours=hours)
            written += _write(hass, pump, series, rows)
    except BaseException:
        ledger.soil(from_s)
        raise
    return written


async def async_correct(
    hass: HomeAssistant,
    pump: Pump,
    energies: Mapping[Series, Mapping[int, float]],
    from_s: float,
    to_s: float,
) -> dict[Series, int]:
    """Put energies into hours of a period; return how many hours changed.

    ``energies`` are kWh by hour (epoch seconds). What comes after keeps its energies.
    """
    changed: dict[Series, int] = {}
    for series, wanted in energies.items():
        statistic = statistic_id(pump, series)
        there = await async_rows(hass, statistic, from_s)
        rows, shift_kwh = corrected(there, wanted, from_s, to_s)
        before = {row.start_s: row.state_kwh for row in there}
        changed[series] = sum(
            row.start_s not in before
            or abs(before[row.start_s] - row.state_kwh) > NOTHING_KWH
            for row in rows
        )
        if not changed[series]:
            continue
        _write(hass, pump, series, rows)
        if shift_kwh:
            after = datetime.fromtimestamp(rows[-1].start_s + 3600, UTC)
            get_instance(hass).async_adjust_statistics(
                statistic, after, shift_kwh, UnitOfEnergy.KILO_WATT_HOUR
            )
    return changed


async def async_hours(
    hass: HomeAssistant, pump: Pump, series: Series, from_s: float
) -> dict[int, float]:
    """Return the energies (kWh) of the hours that are written, from a time on."""
    there = await async_rows(hass, statistic_id(pump, series), from_s)
    return {row.start_s: row.state_kwh for row in there}


async def async_is_ready(hass: HomeAssistant) -> bool:
    """Tell whether the recorder has written all that it was given.

    What is read of it is then what was written. While it migrates its database, or
    isn't there, nothing can be written.
    """
    if "recorder" not in hass.config.components:
        return False
    written = hass.loop.create_future()
    get_instance(hass).queue_task(SynchronizeTask(written))
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await written
    except TimeoutError:
        return False
    return True


def _write(hass: HomeAssistant, pump: Pump, series: Series, rows: list[Row]) -> int:
    if rows:
        async_add_external_statistics(
            hass, _metadata(pump, series), [_data(row) for row in rows]
        )
    return len(rows)


async def async_rows(hass: HomeAssistant, statistic: str, from_s: float) -> list[Row]:
    """Return a statistic's rows (kWh) from a time on, and the last one before it."""
    begin = datetime.fromtimestamp(from_s - LOOK_BACK_S, UTC)

    def read() -> list[Row]:
        # There may be a year of them, which the event loop needn't see one by one.
        rows = statistics_during_period(
            hass, begin, None, {statistic}, "hour", _UNITS, {"state", "sum"}
        ).get(statistic)
        if not rows:
            rows = get_last_statistics(hass, 1, statistic, True, {"state", "sum"}).get(
                statistic, []
            )
        return [
            Row(int(row["start"]), row.get("state") or 0.0, row.get("sum") or 0.0)
            for row in rows
        ]

    return await get_instance(hass).async_add_executor_job(read)


def _metadata(pump: Pump, series: Series) -> StatisticMetaData:
    kind, mode = series
    name = f"{pump.name} {_NAMES[kind.value]}"
    if mode is not None:
        name += f" ({mode.value.replace('_', ' ')})"
    return StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=name,
        source=DOMAIN,
        statistic_id=statistic_id(pump, series),
        unit_class=EnergyConverter.UNIT_CLASS,
        unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    )


def _data(row: Row) -> StatisticData:
    return StatisticData(
        start=datetime.fromtimestamp(row.start_s, UTC),
        state=row.state_kwh,
        sum=row.sum_kwh,
    )
