"""Write a heat pump's hours into Home Assistant's long-term statistics (4.8, B1).

The hours are series of our own, ``sunbridge:<heat pump>_<kind>``: what was missed while
Home Assistant or the cloud was down is in the hour where it happened.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
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
    StatisticsRow,
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
    hour_energies,
    rewritten,
    series_name,
)
from .pump import Pump

# A sum goes on from the last row before the window; gaps may be long.
LOOK_BACK_S: Final = 31 * 86_400.0
READY_TIMEOUT_S: Final = 60.0
# A database that is broken, or not there yet.
RECORDER_ERRORS: Final = (RuntimeError, SQLAlchemyError)
NOTHING_KWH: Final = 1e-6
_UNITS: Final[dict[str, str]] = {
    EnergyConverter.UNIT_CLASS: UnitOfEnergy.KILO_WATT_HOUR
}
_NO_SLUG: Final = re.compile(r"[^a-z0-9]")

# Rows that statistics have to have, by their ids.
type Wanted = dict[str, list[Row]]

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
) -> None:
    """Write the hours that aren't in the statistics as they are, up to now.

    They count as written when they were read back: what the recorder can't write, since
    the disk is full, it drops.
    """
    from_s = ledger.dirty_from_s
    # A series begins with the counter.
    if from_s is None or ledger.counter.at_s is None or not await async_is_ready(hass):
        return
    from_s = ledger.writing() or from_s
    hours = ledger.booked(from_s, now_s)
    wanted: Wanted = {}
    for series in SERIES:
        if ledger.total_kwh(*series) is None:
            continue
        statistic = statistic_id(pump, series)
        there = await async_rows(hass, statistic, from_s)
        rows = rewritten(ledger, series, from_s, now_s, there, hours=hours)
        _write(hass, pump, series, rows)
        wanted[statistic] = news(rows, there)
    if await async_is_written(hass, wanted):
        ledger.written(now_s)


async def async_write_part(
    hass: HomeAssistant, pump: Pump, ledger: Ledger, from_s: float, to_s: float
) -> bool:
    """Write the hours of a part of the past; tell whether all of them are written.

    What comes before and after keeps its energies. A series without any row is left to
    ``async_write``, which knows where its sums begin.
    """
    if ledger.counter.at_s is None or not await async_is_ready(hass):
        return False
    hours = ledger.booked(from_s, to_s)
    is_all = True
    wanted: Wanted = {}
    for series in SERIES:
        if ledger.total_kwh(*series) is None:
            continue
        statistic = statistic_id(pump, series)
        there = await async_rows(hass, statistic, from_s)
        if not there:
            is_all = False
            continue
        energies = hour_energies(hours, series)
        _, wanted[statistic] = _correct(
            hass, pump, series, there, energies, (from_s, to_s)
        )
    return await async_is_written(hass, wanted) and is_all


async def async_correct(
    hass: HomeAssistant,
    pump: Pump,
    energies: Mapping[Series, Mapping[int, float]],
    from_s: float,
    to_s: float,
) -> dict[Series, int]:
    """Put energies into hours of a period; return how many hours changed.

    ``energies`` are kWh by hour (epoch seconds). What comes after keeps its energies.
    Raises ``RuntimeError`` where the recorder couldn't write it.
    """
    changed: dict[Series, int] = {}
    wanted: Wanted = {}
    for series, kwh in energies.items():
        statistic = statistic_id(pump, series)
        there = await async_rows(hass, statistic, from_s)
        changed[series], wanted[statistic] = _correct(
            hass, pump, series, there, kwh, (from_s, to_s)
        )
    if not await async_is_written(hass, wanted):
        raise RuntimeError("the recorder couldn't write")
    return changed


def _correct(
    hass: HomeAssistant,
    pump: Pump,
    series: Series,
    there: list[Row],
    energies: Mapping[int, float],
    period_s: tuple[float, float],
) -> tuple[int, list[Row]]:
    """Write hours of a period and shift what comes after.

    Returns how many changed, and rows that are there when all is written.
    """
    rows, shift_kwh = corrected(there, energies, *period_s)
    wanted = news(rows, there)
    before = {row.start_s: row.state_kwh for row in there}
    changed = sum(
        row.start_s not in before
        or abs(before[row.start_s] - row.state_kwh) > NOTHING_KWH
        for row in rows
    )
    if not changed:
        return 0, []
    _write(hass, pump, series, rows)
    if shift_kwh:
        last = there[-1]
        wanted.append(replace(last, sum_kwh=last.sum_kwh + shift_kwh))
        after = datetime.fromtimestamp(rows[-1].start_s + 3600, UTC)
        get_instance(hass).async_adjust_statistics(
            statistic_id(pump, series),
            after,
            shift_kwh,
            UnitOfEnergy.KILO_WATT_HOUR,
        )
    return changed, wanted


def news(rows: Iterable[Row], there: Iterable[Row]) -> list[Row]:
    """Return the last row that isn't there as it is; all are written or none."""
    before = {row.start_s: row for row in there}
    return [row for row in rows if not _is_same(row, before.get(row.start_s))][-1:]


async def async_is_written(hass: HomeAssistant, wanted: Wanted) -> bool:
    """Tell whether statistics have some rows; the recorder is waited for."""
    rows = {(name, row.start_s): row for name, some in wanted.items() for row in some}
    if not rows:
        return True
    if not await async_is_ready(hass):
        return False
    begin = datetime.fromtimestamp(min(start_s for _, start_s in rows), UTC)

    def read() -> dict[tuple[str, int], Row]:
        found = statistics_during_period(
            hass,
            begin,
            None,
            {name for name, _ in rows},
            "hour",
            _UNITS,
            {"state", "sum"},
        )
        return {
            (name, row.start_s): row
            for name, some in found.items()
            for row in map(_row, some)
        }

    there = await get_instance(hass).async_add_executor_job(read)
    return all(_is_same(row, there.get(key)) for key, row in rows.items())


def _is_same(row: Row, other: Row | None) -> bool:
    return (
        other is not None
        and abs(row.state_kwh - other.state_kwh) < NOTHING_KWH
        and abs(row.sum_kwh - other.sum_kwh) < NOTHING_KWH
    )


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


def _write(hass: HomeAssistant, pump: Pump, series: Series, rows: list[Row]) -> None:
    if rows:
        async_add_external_statistics(
            hass, _metadata(pump, series), [_data(row) for row in rows]
        )


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
        return [_row(row) for row in rows]

    return await get_instance(hass).async_add_executor_job(read)


def _row(row: StatisticsRow) -> Row:
    return Row(int(row["start"]), row.get("state") or 0.0, row.get("sum") or 0.0)


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
