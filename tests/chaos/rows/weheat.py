"""Weheat: a heat pump whose hours have to be in the statistics as they were."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
import time
from typing import Any, Final, override

from custom_components.sunbridge.vendors.weheat.energy import Ledger
from custom_components.sunbridge.vendors.weheat.energy.modes import (
    Flow,
    Kind,
    Mode,
    amount,
)
from custom_components.sunbridge.vendors.weheat.pump import Pump
from custom_components.sunbridge.vendors.weheat.rows import row_in
from custom_components.sunbridge.vendors.weheat.state import (
    COP_ALL,
    COP_TODAY,
    ENERGY,
    HISTORY,
    PumpState,
)
from custom_components.sunbridge.vendors.weheat.tables import DESCRIPTIONS
from simulators import weheat
from simulators.weheat.energy import Energy
from simulators.weheat.log_rows import row
from simulators.weheat.rest import ONLINE_S

from ..home import ChaosHome
from ..truth import UNAVAILABLE, Watched
from .row import GARBAGE, Fault, Row

HOUR_S: Final = 3600
# Three missed reads of the night are shown at the most, and a row's time.
HORIZON_S: Final = 900.0 + 60.0
# The counter is read each half an hour, and rows add only the compressor meanwhile.
COUNTED_S: Final = 2400.0
NOTHING_KWH: Final = 0.02
_KINDS: Final = (Kind.ELECTRICITY_IN, Kind.INDOOR_UNIT_IN, Kind.HEAT_OUT)

_API: Final[dict[str, dict[str, Any]]] = {
    "answers 500": {"status": 500},
    "answers 503": {"status": 503},
    "answers 429": {"status": 429},
    "is behind a proxy that refuses": {"nginx_403": True},
    **GARBAGE,
    "answers nothing": {"garbage": "empty"},
    "answers null": {"garbage": "null"},
    "has a log-in that answers 503": {"status": 503, "only_paths": "openid-connect"},
    "has a log-in that hangs": {"hang": True, "only_paths": "openid-connect"},
    "has a log-in that answers HTML": {
        "garbage": "html",
        "only_paths": "openid-connect",
    },
    "sends duplicates": {"duplicate_rows": True},
    "sends late": {"late_rows_s": 45.0},
}


class WeheatRow(Row):
    """An account with a heat pump."""

    def __init__(self) -> None:
        """Make the heat pump, which has a past of days."""
        super().__init__("weheat", recovers_s=4500.0)
        self.pump = weheat.HeatPump(cooling=True, name="Heat pump", history_days=3)
        self._account = weheat.Account("home@example.com", "demo", pumps=[self.pump])
        self.watched = [
            Watched(
                f"weheat_{self.pump.id}",
                DESCRIPTIONS,
                self._newest,
                self._state_of,
                HORIZON_S,
                skipped=_own(),
            )
        ]

    @override
    async def start(self, stack: AsyncExitStack) -> None:
        """Start the cloud."""
        self.cloud = await stack.enter_async_context(weheat.Cloud([self._account]))
        self.environment = {
            "SUNBRIDGE_WEHEAT_API_URL": self.cloud.url,
            "SUNBRIDGE_WEHEAT_AUTH_URL": self.cloud.auth_url,
        }

    @property
    @override
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""
        return [{"next_step_id": "weheat"}, *self.credentials]

    @property
    @override
    def credentials(self) -> list[dict[str, Any]]:
        """The log-in by password."""
        return [
            {"next_step_id": "weheat_password"},
            {"username": self._account.username, "password": "demo"},
        ]

    @property
    @override
    def faults(self) -> list[Fault]:
        """What may go wrong in the cloud and on the way to it."""
        found = [
            Fault(name, partial(self._set, change), partial(self._set, {}), "cloud")
            for name, change in _API.items()
        ]
        return [
            *found,
            Fault("misses rows", self._lose, self._find, "rows", (120.0, 5400.0)),
            Fault(
                "lets tokens expire", self.cloud.expire_tokens, lambda: None, "tokens"
            ),
            Fault(
                "ends all sessions", self.cloud.revoke_sessions, lambda: None, "tokens"
            ),
        ]

    @property
    @override
    def away(self) -> Mapping[str, Fault]:
        """The cloud is dead, or hangs."""
        return {
            "dead": Fault("is gone", self.cloud.stop, self.cloud.start, "cloud"),
            "hanging": Fault(
                "hangs",
                partial(self._set, {"hang": True}),
                partial(self._set, {}),
                "cloud",
            ),
        }

    @override
    async def wrong(self, home: ChaosHome, states: Any, *, strict: bool) -> list[str]:
        """Compare totals, and with ``strict`` all hours of the statistics."""
        found = []
        now_s = time.time()
        for kind in _KINDS:
            unique_id = f"{self.watched[0].device_id}_{kind.value}"
            state = states.get(unique_id)
            shown = None if state is None else state["state"]
            if shown in {None, UNAVAILABLE, "unknown"}:
                if strict:
                    found.append(f"{kind.value} is {shown}")
                continue
            most = _kwh(self.pump.lifetime(now_s), kind)
            least = _kwh(self.pump.lifetime(now_s - COUNTED_S), kind)
            if not least - 0.1 <= float(shown) <= most + 0.1 and strict:
                found.append(f"{kind.value} is {shown}, not {least:.3f} to {most:.3f}")
        return [*found, *await self._wrong_hours(home)] if strict else found

    async def _wrong_hours(self, home: ChaosHome) -> list[str]:
        """Return the hours whose energy or sum isn't right, to the last but one."""
        found = []
        until_s = time.time() // HOUR_S * HOUR_S - HOUR_S
        pump_id = self.pump.id.replace("-", "").lower()
        for kind in _KINDS:
            name = f"sunbridge:weheat_{pump_id}_{kind.value}"
            answer = await home.ask(
                "recorder/statistics_during_period",
                start_time=datetime.fromtimestamp(self.pump.since_s, UTC).isoformat(),
                statistic_ids=[name],
                period="hour",
                types=["state", "sum"],
            )
            rows = {row["start"] / 1000: row for row in answer.get(name, [])}
            hours = self.pump.hours(min(rows), until_s) if rows else {}
            found += wrong_hours(
                kind.value,
                rows,
                {at_s: max(_kwh(energy, kind), 0.0) for at_s, energy in hours.items()},
            )
        return found

    def _set(self, change: dict[str, Any]) -> None:
        faults = self.cloud.faults
        outages = faults.outages
        # The API has the same object.
        for key, value in vars(weheat.Faults(**change)).items():
            setattr(faults, key, value)
        faults.outages = outages

    def _lose(self) -> None:
        self.cloud.faults.outages.append((time.time(), float("inf")))

    def _find(self) -> None:
        outages = self.cloud.faults.outages
        outages[-1] = (outages[-1][0], time.time())

    def _newest(self) -> dict[str, Any]:
        """Return the newest log that the cloud could have."""
        now_s = time.time()
        at_s, logged_s, segment = list(self.pump.samples(now_s - 31, now_s))[-1]
        found = row(self.pump, at_s, logged_s, segment, staff=False)
        # The cloud takes one for offline of which it has had no rows for long.
        is_lost = any(
            begin_s + ONLINE_S <= now_s < end_s
            for begin_s, end_s in self.cloud.faults.outages
        )
        return found | {"isOnline": not is_lost}

    def _state_of(self, raw: dict[str, Any], _: float) -> PumpState:
        item = {
            "id": self.pump.id,
            "name": self.pump.name,
            "model": self.pump.traits.model,
            "dhwType": 1,
            "boilerType": self.pump.traits.boiler_type,
            "serialNumber": self.pump.serial,
        }
        known = Pump.from_json(item)
        assert known is not None
        state = PumpState(known, Ledger())
        state.take(row_in(raw))
        return state


def wrong_hours(
    name: str, rows: Mapping[float, Mapping[str, float]], hours: Mapping[int, float]
) -> list[str]:
    """Return the hours (epoch s) whose energy isn't ``hours``' (kWh), or whose sum is off."""
    if not rows:
        return [f"{name} has no hours"]
    found = []
    first = rows[min(rows)]
    base = first["sum"] - first["state"]
    for start_s, kwh in hours.items():
        at = datetime.fromtimestamp(start_s, UTC).isoformat()
        if (there := rows.get(float(start_s))) is None:
            found.append(f"{name} of {at} is missing")
            continue
        base += there["state"]
        if abs(there["state"] - kwh) > NOTHING_KWH:
            found.append(f"{name} of {at} is {there['state']}, not {kwh:.3f}")
        if abs(there["sum"] - base) > 0.001:
            found.append(f"{name}'s sum of {at} is off")
            base = there["sum"]
    return found


def _own() -> frozenset[str]:
    """Return the rows that read what Sunbridge itself works out."""
    own = {key.name for key in (*ENERGY.values(), COP_TODAY, COP_ALL, HISTORY)}
    return frozenset(
        item.key
        for items in DESCRIPTIONS.values()
        for item in items
        if any(name.startswith("_") for name in item.reading.keys)  # type: ignore[attr-defined]
        or own & item.reading.keys  # type: ignore[attr-defined]
    )


def _kwh(energy: Energy, kind: Kind) -> float:
    flows = {
        Flow.ELECTRIC: energy.electric,
        Flow.INDOOR: energy.indoor,
        Flow.HEAT: energy.heat,
    }
    meters = {
        (flow, Mode[mode.name]): kwh
        for flow, modes in flows.items()
        for mode, kwh in modes.items()
    }
    return amount(meters, (kind, None)) or 0.0
