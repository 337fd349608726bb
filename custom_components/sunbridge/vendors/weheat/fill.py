"""The action that reads a period's hours anew, for people who want to repair one."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
import time
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ..waits import wait_min
from .api import WeheatApi
from .energy import SERIES, Booked, HourRow, Source, amount, hour_energies
from .energy.books import is_absurd
from .energy.integrate import HOUR_S
from .energy.modes import Kind
from .errors import WeheatError, WeheatWindowError
from .messages import error_key
from .meters import hour_rows
from .sensor_repair import async_spread
from .statistics_writer import RECORDER_ERRORS, async_correct, async_is_ready

if TYPE_CHECKING:
    from .coordinator import WeheatCoordinator

SHORTEST_S: Final = 86_400
MAX_S: Final = 400 * 86_400.0


@dataclass(slots=True)
class Found:
    """What the vendor had of a period, and what was written of it."""

    hours: int = 0
    rejected: int = 0
    written: int = 0
    kwh: dict[Kind, float] = field(default_factory=dict)

    def add(self, booked: Mapping[int, Booked]) -> None:
        """Count energies of hours."""
        self.hours += len(booked)
        for hour in booked.values():
            for kind in Kind:
                if (kwh := amount(hour.kwh, (kind, None))) is not None:
                    self.kwh[kind] = self.kwh.get(kind, 0.0) + kwh


async def async_while_loaded[T](
    hass: HomeAssistant, entry: SunbridgeConfigEntry, filling: Coroutine[Any, Any, T]
) -> T:
    """Return what comes of it; it ends with the entry, whose books and budget it uses.

    Raises ``HomeAssistantError`` then.
    """
    task = entry.async_create_background_task(hass, filling, name="Weheat fill")
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
    if task.cancelled():
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="weheat_unloaded"
        )
    return task.result()


async def async_fill(
    hass: HomeAssistant,
    api: WeheatApi,
    coordinator: WeheatCoordinator,
    from_s: float,
    to_s: float,
    writing: asyncio.Lock,
) -> dict[str, Any]:
    """Read a period's hours and write them; return what was found and written.

    ``writing`` is held while statistics are written, by whoever does. What was written
    before an error stays. Raises ``HomeAssistantError``.
    """
    start = int(from_s // HOUR_S * HOUR_S)
    end = int(min(to_s, time.time()) // HOUR_S * HOUR_S)
    if not start < end or end - start > MAX_S:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="weheat_no_period"
        )
    found = Found()
    try:
        await _async_windows(hass, api, coordinator, start, end, found, writing)
        async with writing:
            if not await async_is_ready(hass):
                raise _no_recorder()
            sensor_hours = await async_spread(hass, coordinator, start, end)
    except RECORDER_ERRORS:
        raise _no_recorder() from None
    return {
        "heat_pump": coordinator.name,
        "from": _iso(start),
        "to": _iso(end),
        "hours_found": found.hours,
        "hours_missing": (end - start) // HOUR_S - found.hours - found.rejected,
        "hours_rejected": found.rejected,
        "hours_written": found.written,
        "sensor_hours_written": sensor_hours,
        **{f"{kind.value}_kwh": round(kwh, 3) for kind, kwh in found.kwh.items()},
    }


async def _async_windows(
    hass: HomeAssistant,
    api: WeheatApi,
    coordinator: WeheatCoordinator,
    start: int,
    end: int,
    found: Found,
    writing: asyncio.Lock,
) -> None:
    """Read and write as much at once as the vendor gives."""
    begin = start
    longest = int(coordinator.ledger.progress.hours_max_s)
    while begin < end:
        until = min(begin + longest, end)
        try:
            rows = await _async_rows(api, coordinator, begin, until)
        except WeheatWindowError as err:
            if until - begin <= SHORTEST_S:
                raise _error(err) from None
            longest = max((until - begin) // 2 // HOUR_S * HOUR_S, SHORTEST_S)
            continue
        except WeheatError as err:
            raise _error(err) from None
        async with writing:
            # What was written of one window is what the next one goes on from.
            if not await async_is_ready(hass):
                raise _no_recorder()
            await _async_write(hass, coordinator, rows, begin, until, found)
        begin = until


async def _async_rows(
    api: WeheatApi, coordinator: WeheatCoordinator, begin: int, until: int
) -> list[HourRow]:
    # A person waits for it: what is asked again and again can wait.
    hours = await api.hours(coordinator.data.pump.id, begin, until)
    return [row for row in hour_rows(hours) if begin <= row.start_s < until]


async def _async_write(
    hass: HomeAssistant,
    coordinator: WeheatCoordinator,
    rows: list[HourRow],
    begin: int,
    until: int,
    found: Found,
) -> None:
    good = [row for row in rows if not is_absurd(row) and not row.start_s % HOUR_S]
    found.rejected += len(rows) - len(good)
    booked = {int(row.start_s): Booked(Source.HOURS, row.kwh) for row in good}
    found.add(booked)
    coordinator.ledger.correct(good)
    energies = {
        series: kwh for series in SERIES if (kwh := hour_energies(booked, series))
    }
    changed = await async_correct(hass, coordinator.data.pump, energies, begin, until)
    found.written += max(changed.values(), default=0)


def _error(err: WeheatError) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders={"minutes": wait_min(err)},
    )


def _no_recorder() -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key="weheat_no_recorder"
    )


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()
