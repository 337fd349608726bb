"""Put the jump of a live sensor into the hours of an outage (4.8, B2).

After an outage a total jumps by all that was used meanwhile, and Home Assistant books
that in the hour of the return. Our own series have it where it happened.
"""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    get_metadata,
)
from homeassistant.const import Platform, UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import EnergyConverter

from ...const import DOMAIN
from .energy import SERIES, Row, Series, repaired, series_name
from .energy.integrate import HOUR_S
from .statistics_writer import (
    Wanted,
    async_hours,
    async_is_ready,
    async_is_written,
    async_rows,
)

if TYPE_CHECKING:
    from .coordinator import WeheatCoordinator


async def async_repair(
    hass: HomeAssistant, coordinator: WeheatCoordinator, now_s: float
) -> bool:
    """Repair what outages did to a heat pump's sensors; tell whether there were any.

    An outage waits until the vendor's hours of it are written, the counter was read
    after it, and the hour of that is in the statistics.
    """
    progress = coordinator.ledger.progress
    counted_s = coordinator.ledger.counter.at_s
    if not progress.outages or counted_s is None or not await async_is_ready(hass):
        return False
    closed_s = now_s // HOUR_S * HOUR_S
    is_any = False
    for outage in tuple(progress.outages):
        from_s, to_s = outage
        if (progress.hours_until_s or 0) < to_s // HOUR_S * HOUR_S:
            continue
        jumped_s = counted_s if counted_s > to_s else to_s + HOUR_S
        # Two hours later the jump is there, whenever the counter was read since.
        if closed_s < min(_closes_s(jumped_s), _closes_s(to_s + HOUR_S)):
            continue
        await async_spread(hass, coordinator, from_s, to_s)
        progress.outages.remove(outage)
        is_any = True
    return is_any


def _closes_s(at_s: float) -> float:
    """Return when the hour of a time is over."""
    return (at_s // HOUR_S + 1) * HOUR_S


async def async_spread(
    hass: HomeAssistant, coordinator: WeheatCoordinator, from_s: float, to_s: float
) -> int:
    """Repair the sensors' hours of a time without data; return how many were written.

    The recorder has to have written all that it was given. Raises ``RuntimeError`` where
    it couldn't write this.
    """
    written = 0
    wanted: Wanted = {}
    registry = er.async_get(hass)
    for series in SERIES:
        # Users rename entities; the registry knows.
        entity_id = registry.async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{coordinator.device_id}_{series_name(series)}"
        )
        if entity_id is not None:
            rows = await _async_spread(
                hass, coordinator, series, entity_id, from_s, to_s
            )
            written += len(rows)
            wanted[entity_id] = rows[-1:]
    if not await async_is_written(hass, wanted):
        raise RuntimeError("the recorder couldn't write")
    return written


async def _async_spread(
    hass: HomeAssistant,
    coordinator: WeheatCoordinator,
    series: Series,
    entity_id: str,
    from_s: float,
    to_s: float,
) -> list[Row]:
    recorder = get_instance(hass)
    found = await recorder.async_add_executor_job(
        partial(get_metadata, hass, statistic_ids={entity_id})
    )
    if entity_id not in found:
        return []
    # The unit is the user's, and so the rows'.
    metadata = found[entity_id][1]
    unit = metadata["unit_of_measurement"]
    energies = await async_hours(hass, coordinator.data.pump, series, from_s)
    there = await async_rows(hass, entity_id, from_s)
    rows = repaired(there, energies, from_s, to_s)
    if rows:
        async_import_statistics(hass, metadata, [_data(row, unit) for row in rows])
    return rows


def _data(row: Row, unit: str | None) -> StatisticData:
    state, total = (
        EnergyConverter.convert(kwh, UnitOfEnergy.KILO_WATT_HOUR, unit)
        for kwh in (row.state_kwh, row.sum_kwh)
    )
    return StatisticData(
        start=datetime.fromtimestamp(row.start_s, UTC), state=state, sum=total
    )
