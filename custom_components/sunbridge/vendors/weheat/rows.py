"""Logs of a heat pump: ``/logs/latest`` and ``/logs/raw`` (reference 3.1).

The vendor adds and removes keys at will, so that each of them is optional.
"""

from dataclasses import dataclass, field
from typing import Any

from ..json import JsonValue
from . import keys
from .errors import WeheatResponseError
from .keys import Key


@dataclass(frozen=True, slots=True)
class Row:
    """What a heat pump was seen to do.

    ``at_s`` is when the server logged it (epoch seconds), ``interval_s`` how long the
    row stands for. Powers are in W: ``power_in_w`` is the compressor's electricity,
    ``power_out_w`` the heat to the water, negative in cooling and in defrosts. ``state``
    is the vendor's number. ``values`` are all keys as they came.
    """

    at_s: float
    interval_s: float | None = None
    state: int | None = None
    power_in_w: float | None = None
    power_out_w: float | None = None
    values: dict[str, JsonValue] = field(default_factory=dict, repr=False)

    def __getitem__[T](self, key: Key[T]) -> T | None:
        """Return the value of a key, None where it's unknown or absent."""
        return key.read(self.values)


def row_in(body: Any) -> Row:
    """Read one log. Raises ``WeheatResponseError`` for what is none."""
    if (row := _row(body)) is None:
        raise WeheatResponseError("the answer is no log")
    return row


def rows_in(body: Any) -> tuple[Row, ...]:
    """Read logs, by time; of two of the same time the later one in the list counts.

    What isn't a log is left out. Raises ``WeheatResponseError`` for what is no list.
    """
    if not isinstance(body, list):
        raise WeheatResponseError("no list of logs")
    found = {row.at_s: row for item in body if (row := _row(item)) is not None}
    return tuple(found[at_s] for at_s in sorted(found))


def _row(body: Any) -> Row | None:
    if not isinstance(body, dict) or (at_s := keys.AT.read(body)) is None:
        return None
    interval_s = keys.INTERVAL.read(body)
    return Row(
        at_s=at_s,
        interval_s=interval_s if interval_s is not None and interval_s > 0 else None,
        state=keys.STATE.read(body),
        power_in_w=keys.POWER_IN.read(body),
        power_out_w=keys.POWER_OUT.read(body),
        values=body,
    )
