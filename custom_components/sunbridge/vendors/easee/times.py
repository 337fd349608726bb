"""Times as Easee's clouds write them (reference 2.4)."""

from datetime import UTC, datetime
from typing import Any, Final

# .NET counts 100 ns from the year 1.
_TICKS_FROM: Final = 6e17
_TICKS_PER_S: Final = 10_000_000
_TICKS_AT_EPOCH: Final = 621_355_968_000_000_000
_MILLISECONDS_FROM: Final = 1e11
# The ticks of the year 9999.
_LARGEST: Final = 3.2e18


def epoch_s(value: Any) -> float | None:
    """Return a time as epoch seconds, None for what isn't one.

    Takes ISO 8601 (without a zone it's UTC, with up to seven digits of fraction),
    seconds or milliseconds since 1970, .NET ticks, all of them also as text or bytes,
    and datetimes. 0 is no time: it stands for now.
    """
    if isinstance(value, datetime):
        return _of_datetime(value)
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        try:
            return _of_datetime(datetime.fromisoformat(value.strip()))
        except ValueError:
            pass
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _of_number(value)
    return None


def _of_datetime(moment: datetime) -> float | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        at_s = moment.timestamp()
    except OverflowError, ValueError:
        return None
    # Also what .NET has for a time that was never set: the first day of the year 1.
    return at_s if at_s > 0 else None


def _of_number(value: float) -> float | None:
    # NaN fails every comparison.
    if not 0 < value < _LARGEST:
        return None
    if value >= _TICKS_FROM:
        return (value - _TICKS_AT_EPOCH) / _TICKS_PER_S
    if value >= _MILLISECONDS_FROM:
        return value / 1000
    return float(value)
