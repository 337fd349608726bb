"""What Weheat's API is asked for (reference 2.2)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import math
from typing import Any, Final
from urllib.parse import quote

from .. import lenient
from . import enums
from .errors import WeheatResponseError, WeheatWindowError
from .hours import Energy, HourEnergy, hours_in, total_in
from .pump import Pump
from .rest import WeheatRest
from .rows import Row, row_in, rows_in

# The vendor's own clients ask for so many.
PAGE_SIZE: Final = 1000
MAX_PAGES: Final = 20
# What raw logs may be asked for at once.
RAW_LONGEST_S: Final = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class User:
    """Who the account is of; ``role`` is the vendor's number, 7 for a consumer."""

    id: str
    email: str | None = field(default=None, repr=False)
    role: int | None = None


class WeheatApi:
    """Reads an account's heat pumps.

    Each method is one request (``pumps`` is one a page), and leaves ``keep_free`` calls
    of the budget for what is more urgent. All raise ``WeheatError``.
    """

    def __init__(self, rest: WeheatRest) -> None:
        """Use the account's requests."""
        self.rest = rest

    async def me(self, *, keep_free: int = 0) -> User:
        """Return who is logged in."""
        body = await self.rest.get("/users/me", keep_free=keep_free)
        user_id = body.get("id") if isinstance(body, dict) else None
        if not isinstance(user_id, str) or not user_id:
            raise WeheatResponseError("no user")
        email = body.get("email")
        try:
            role = lenient.integer(body.get("role"))
        except ValueError:
            role = None
        return User(user_id, email if isinstance(email, str) else None, role)

    async def pumps(self, *, keep_free: int = 0) -> tuple[Pump, ...]:
        """Return the heat pumps that are active.

        The installer makes them so; until then there are none (reference 2.6).
        """
        found: dict[str, Pump] = {}
        for page in range(1, MAX_PAGES + 1):
            params = {
                "page": str(page),
                "pageSize": str(PAGE_SIZE),
                "State": str(enums.ACTIVE),
            }
            body = await self.rest.get("/heat-pumps", params, keep_free=keep_free)
            data = body.get("data") if isinstance(body, dict) else None
            if not isinstance(data, list):
                raise WeheatResponseError("no list of heat pumps")
            before = len(found)
            for item in data:
                if (pump := Pump.from_json(item)) is not None:
                    found.setdefault(pump.id, pump)
            # A server that always says the same isn't asked for all of the budget.
            if len(found) == before or page >= _pages(body):
                break
        return tuple(found.values())

    async def latest(self, pump_id: str, *, keep_free: int = 0) -> Row:
        """Return the newest log; only this one tells whether the pump is online."""
        path = f"{_pump(pump_id)}/logs/latest"
        return row_in(await self.rest.get(path, keep_free=keep_free))

    async def raw(
        self, pump_id: str, from_s: float, to_s: float, *, keep_free: int = 0
    ) -> tuple[Row, ...]:
        """Return all logs between two times (epoch seconds), both rounded down.

        Raises ``WeheatWindowError`` for more than 4 hours, without a request.
        """
        # Rounding down both never makes it longer than 4 hours.
        params = _window(from_s, to_s)
        if to_s - from_s > RAW_LONGEST_S:
            raise WeheatWindowError("the time is too long")
        path = f"{_pump(pump_id)}/logs/raw"
        return rows_in(
            await self.rest.get(path, params, windowed=True, keep_free=keep_free)
        )

    async def hours(
        self, pump_id: str, from_s: float, to_s: float, *, keep_free: int = 0
    ) -> tuple[HourEnergy, ...]:
        """Return the energies of the hours between two times (epoch seconds).

        How long may be asked for isn't documented; 28 days are thought to work.
        Raises ``WeheatWindowError`` when it's refused: shorter times may do. The hour
        that runs may be there, unfinished.
        """
        params = _window(from_s, to_s) | {"interval": "Hour"}
        return hours_in(
            await self.rest.get(
                _energies(pump_id), params, windowed=True, keep_free=keep_free
            )
        )

    async def total(self, pump_id: str, *, keep_free: int = 0) -> Energy:
        """Return the lifetime's energies; these counters are the vendor's."""
        path = f"{_energies(pump_id)}/total"
        return total_in(await self.rest.get(path, keep_free=keep_free))


def _pump(pump_id: str) -> str:
    return f"/heat-pumps/{quote(pump_id, safe='')}"


def _energies(pump_id: str) -> str:
    return f"/energy-logs/{quote(pump_id, safe='')}"


def _window(from_s: float, to_s: float) -> dict[str, str]:
    """Return the parameters of a time. Raises ``WeheatWindowError`` for what is none."""
    if not from_s <= to_s:
        raise WeheatWindowError("the time ends before it begins")
    return {"startTime": _zulu(from_s), "endTime": _zulu(to_s)}


def _zulu(at_s: float) -> str:
    try:
        moment = datetime.fromtimestamp(math.floor(at_s), UTC)
    except OSError, OverflowError, ValueError:
        raise WeheatWindowError("not a time") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _pages(body: dict[str, Any]) -> int:
    """Return how many pages there are, one where the answer doesn't say."""
    metadata: Any = body.get("metadata")
    try:
        return lenient.integer(metadata.get("totalPages"))
    except AttributeError, ValueError:
        return 1
