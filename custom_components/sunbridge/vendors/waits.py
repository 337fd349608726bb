"""For how long somebody has to wait: as servers ask for it, and as texts say it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
import time


def wait_min(err: Exception) -> str:
    """Return after how many minutes it may be tried again, one at least.

    That's in the ``wait_s`` of errors that know it.
    """
    return str(max(1, round(getattr(err, "wait_s", 0.0) / 60)))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the wait that is asked for: seconds, or a date by the server's clock."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    if (until_s := http_date(value)) is None:
        return None
    served_s = http_date(headers.get("date"))
    return max(0.0, until_s - (time.time() if served_s is None else served_s))


# Each answer of a charger has two, and those of all are of the same few seconds.
@lru_cache(maxsize=16)
def http_date(value: str | None) -> float | None:
    """Parse an HTTP date, or ISO 8601, to epoch seconds."""
    if not value:
        return None
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    return None
