"""Settings that can be reckoned with, whatever somebody has set."""

from dataclasses import Field, fields, replace
from functools import lru_cache
from typing import Any, Final

from .kept import number
from .model import Load

# All of them are spans of time, s. ``finish_at_s`` is a time, and is looked at elsewhere.
_SPANS: Final = frozenset(
    {
        "spacing_s",
        "reply_s",
        "delay_s",
        "switch_pause_s",
        "refresh_s",
        "feed_every_s",
        "manual_s",
        "min_run_s",
        "min_pause_s",
    }
)
_LONGEST_S: Final = 7 * 86_400.0


@lru_cache(maxsize=64)
def sound(load: Load) -> Load:
    """Return a load whose spans of time are finite and not below 0.

    One that isn't gets the default, which is on the safe side: NaN is less than
    nothing, so that a spacing of NaN would be none. Currents are checked where offers
    are made of them (``car.offer``).
    """
    usual: dict[str, Any] = {
        item.name: item.default
        for item in fields(load)
        if item.name in _SPANS and not _is_span(load, item)
    }
    return replace(load, **usual) if usual else load


def _is_span(load: Load, item: Field[Any]) -> bool:
    value = getattr(load, item.name)
    if value is None:
        return item.default is None
    span_s = number(value)
    return span_s is not None and 0 <= span_s <= _LONGEST_S
