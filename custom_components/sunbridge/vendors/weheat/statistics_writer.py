"""Write a heat pump's hours into Home Assistant's long-term statistics (4.8, B1).

The hours are series of our own, ``sunbridge:<heat pump>_<kind>``: what was missed while
Home Assistant or the cloud was down is in the hour where it happened.
"""

from datetime import UTC, datetime
import re
from typing import Final

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
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.util.unit_conversion import EnergyConverter

from ...const import DOMAIN
from .energy import SERIES, Ledger, Row, Series, rewritten, series_name
from .pump import Pump

# A sum goes on from the last row before the window; gaps may be long.
LOOK_BACK_S: Final = 31 * 86_400.0
_NO_SLUG: Final = re.compile(r"[^a-z0-9]")

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
    from_s = ledger.dirty_from_s
    if from_s is None or "recorder" not in hass.config.components:
        return 0
    written = 0
    for series in SERIES:
        if ledger.total_kwh(*series) is None:
            continue
        there = await _async_rows(hass, statistic_id(pump, series), from_s)
        rows = rewritten(ledger, series, from_s, now_s, there)
        if rows:
            async_add_external_statistics(
                hass, _metadata(pump, series), [_data(row) for row in rows]
            )
            written += len(rows)
    ledger.written(now_s)
    return written


async def _async_rows(hass: HomeAssistant, statistic: str, from_s: float) -> list[Row]:
    """Return the rows from a time on, and the last one before it."""
    recorder = get_instance(hass)
    begin = datetime.fromtimestamp(from_s - LOOK_BACK_S, UTC)
    found = await recorder.async_add_executor_job(
        lambda: statistics_during_period(
            hass, begin, None, {statistic}, "hour", None, {"state", "sum"}
        )
    )
    rows = found.get(statistic)
    if not rows:
        last = await recorder.async_add_executor_job(
            lambda: get_last_statistics(hass, 1, statistic, False, {"state", "sum"})
        )
        rows = last.get(statistic, [])
    return [
        Row(int(row["start"]), row.get("state") or 0.0, row.get("sum") or 0.0)
        for row in rows
    ]


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
