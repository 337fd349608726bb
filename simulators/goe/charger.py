"""A go-e charger: its keys, its physics, and what it does with what is set.

Time is the caller's: the model moves on whenever it's asked, in steps of a second at
the most, so that a test can let hours pass by turning the clock.
"""

from collections import deque
from collections.abc import Callable
import copy
from datetime import UTC, datetime
import random
import time
from typing import Any

from .car import Car
from .defaults import default_status
from .logic import (
    PHASE_SWITCH as REASON_PHASE_SWITCH,
    VOLTAGE_V,
    Decision,
    Surplus,
    decide,
    effective_a,
    limits_a,
)
from .writable import WRITABLE, WRITE_ONLY

# Reference 1.10: readable for about ten seconds.
FEED_FORGOTTEN_AFTER_S = 10.0
# Reference 1.11: the effect of a write shows after about a second.
REACTION_S = 1.0
REBOOT_S = 5.0
AMBIENT_C = 22.0


class Charger:
    """One charger. ``clock`` counts seconds, ``wall_clock`` is epoch seconds."""

    def __init__(
        self,
        serial: str,
        token: str,
        *,
        name: str = "",
        dump: dict[str, Any] | None = None,
        seed: int = 0,
        reaction_s: float = REACTION_S,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Switch a charger on, with the status of a real one if there's a dump.

        Then it reports the dump's keys and no others; what the model needs besides
        is a default's.
        """
        self.serial = serial
        self.token = token
        self._clock = clock
        self._wall_clock = wall_clock
        self._reaction_s = reaction_s
        self._random = random.Random(seed)
        self._values = default_status(serial, name)
        # Keys in their order, as a dict for its speed.
        self._reported = dict.fromkeys(self._values)
        if dump is not None:
            self._values |= copy.deepcopy(dump) | {"sse": serial}
            self._reported = dict.fromkeys([*dump, "sse"])
        self._car: Car | None = None
        self._eto_wh = float(self._values.get("eto") or 0)
        self._wh = 0.0
        self._current_a = 0.0
        self._phases = 3
        self._allowed_since: float | None = None
        self._phase_pause_until = 0.0
        self._surplus = Surplus()
        self._fed_at: float | None = None
        self._pending: deque[tuple[float, str, Any]] = deque()
        self._unplugging_until = 0.0
        self._power_30s: deque[float] = deque(maxlen=30)
        self._offline_until = 0.0
        self._update_to: str | None = None
        self._last = clock()
        # A charger has been on for some time.
        self._booted_at = self._last - 100_000 - float(self._random.randrange(100_000))
        if dump is not None and isinstance(dump.get("rbt"), (int, float)):
            self._booted_at = self._last - dump["rbt"] / 1000

    @property
    def online(self) -> bool:
        """Tell whether the charger is up; not while it reboots."""
        return self._clock() >= self._offline_until

    @property
    def reported_at(self) -> float:
        """The wall clock's time of the last report to the cloud, once a second."""
        now = self._wall_clock()
        return now - self._clock() % 1.0 if self.online else now - REBOOT_S

    def plug_in(self, car: Car | None = None) -> None:
        """Plug a car in; the session's energy starts from nothing."""
        self._advance()
        self._car = car or Car()
        self._wh = 0.0
        self._values["cbl"] = self._values["cbl"] or 32
        self._values["lccfi"] = self._uptime_ms()
        self._advance(force=True)

    def unplug(self) -> None:
        """Pull the cable out."""
        self._advance()
        self._car = None
        self._values["cbl"] = None
        self._values["trx"] = None
        self._advance(force=True)

    def inject_error(self, code: int) -> None:
        """Let the charger find an error, 0 for none."""
        self._advance()
        self._values["err"] = code
        self._advance(force=True)

    def status(self) -> dict[str, Any]:
        """Return all keys as of now."""
        self._advance()
        return copy.deepcopy({key: self._values[key] for key in self._reported})

    def set(self, key: str, value: Any) -> bool | str:
        """Set a key; return True or the charger's text for why it doesn't."""
        self._advance()
        known = key in self._reported
        if not known and key not in WRITE_ONLY:
            return f"{key}: api key is unknown"
        if (check := WRITABLE.get(key)) is None:
            return f"{key}: api key is read only"
        if (reason := check(value)) is not None:
            return f"{key}: {reason}"
        if key == "oct" and value not in self._values.get("ocu", []):
            return "oct: not in the list"
        self._pending.append((self._clock() + self._reaction_s, key, value))
        return True

    def _apply(self, key: str, value: Any) -> None:
        match key:
            case "ids":
                self._fed_at = self._last
                for ours, theirs in (
                    ("pgrid", "pGrid"),
                    ("ppv", "pPv"),
                    ("pakku", "pAkku"),
                ):
                    self._values[ours] = value.get(theirs)
            case "rst":
                self._reboot()
            case "oct":
                self._update_to = value
                self._reboot()
            case "cak":
                self.token = f"{self._random.getrandbits(128):032x}"
            case "su":
                self._values["su"] = value
                self._unplugging_until = self._last + self._values["sumd"] / 1000
                if value:
                    self._wh = 0.0
            case "trx" | "mcpea":
                self._values[key] = value
            case _:
                self._values[key] = value
                if key == "ust":
                    self._values["lck"] = value

    def _reboot(self) -> None:
        self._offline_until = self._clock() + REBOOT_S
        self._booted_at = self._offline_until
        self._values["rbc"] += 1
        self._current_a = 0.0
        if self._update_to is not None:
            self._values["fwv"], self._update_to = self._update_to, None

    def _uptime_ms(self) -> int:
        return max(0, int((self._last - self._booted_at) * 1000))

    def _advance(self, *, force: bool = False) -> None:
        """Let the time since the last call pass."""
        now = self._clock()
        left_s = now - self._last
        # A step a second is the truth; days at once are taken in larger steps.
        step_s = max(1.0, left_s / 20_000)
        while left_s > 0:
            dt_s = min(step_s, left_s)
            self._last += dt_s
            left_s -= dt_s
            while self._pending and self._pending[0][0] <= self._last:
                _, key, value = self._pending.popleft()
                self._apply(key, value)
            self._step(dt_s)
        if force:
            self._step(0.0)
        self._last = now

    def _step(self, dt_s: float) -> None:
        values = self._values
        self._average_feed(dt_s)
        if values["su"] and self._last >= self._unplugging_until:
            values["su"] = False
        limits = limits_a(values, values["amt"])
        limit_a = effective_a(limits)
        decision = decide(values, limit_a, self._surplus, self._last)
        self._switch_phases(decision)
        pausing = self._last < self._phase_pause_until
        if values["fup"] and values["lmo"] != 3:
            limits["pvSurplus"] = decision.current_a
        values["cll"] = limits
        allowed = decision.allowed and not pausing and self.online
        reason = REASON_PHASE_SWITCH if pausing else decision.reason
        self._note_change("modelStatus", reason, "lmsc")
        self._note_change("alw", allowed and self._car is not None, "alwt")
        self._charge(dt_s, decision.current_a if allowed else 0.0)
        self._measure()
        self._tick()

    def _note_change(self, key: str, value: Any, stamp: str) -> None:
        if self._values[key] != value:
            self._values[key] = value
            self._values[stamp] = self._uptime_ms()

    def _average_feed(self, dt_s: float) -> None:
        """Average what is fed, and the own power with it; forget an old feed."""
        values, surplus = self._values, self._surplus
        weight = min(1.0, dt_s / 5.0)
        surplus.power_w += weight * (self._power_w() - surplus.power_w)
        if self._fed_at is None:
            return
        if self._last - self._fed_at > FEED_FORGOTTEN_AFTER_S:
            # The averages keep their last value (reference 1.10).
            values["pgrid"] = values["ppv"] = values["pakku"] = None
            self._fed_at = None
            return
        for live, average in (
            ("pgrid", "pvopt_averagePGrid"),
            ("ppv", "pvopt_averagePPv"),
            ("pakku", "pvopt_averagePAkku"),
        ):
            values[average] += weight * ((values[live] or 0) - values[average])

    def _switch_phases(self, decision: Decision) -> None:
        if decision.phases == self._phases:
            return
        if decision.allowed and self._current_a > 0:
            self._phase_pause_until = self._last + self._values["psmd"] / 1000
            self._values["lfspt"] = self._uptime_ms()
        self._phases = decision.phases
        self._values["fsp"] = self._phases == 1

    def _charge(self, dt_s: float, offered_a: float) -> None:
        """Let the car follow the offer, and count the energy."""
        values, car = self._values, self._car
        if car is None:
            self._current_a = 0.0
            self._allowed_since = None
            self._note_change("car", 1, "lccfi")
            values["acu"] = None
            values["cus"] = 1
            return
        values["acu"] = int(offered_a) if offered_a else None
        values["cus"] = 3
        if not offered_a:
            self._allowed_since = None
        elif self._allowed_since is None:
            self._allowed_since = self._last
        ready = (
            self._allowed_since is not None
            and self._last - self._allowed_since >= car.start_delay_s
        )
        target_a = car.wanted_a(offered_a) if ready else 0.0
        if target_a < self._current_a:
            # A car has to leave off at once, and does within a second or two.
            self._current_a = max(target_a, self._current_a - 20.0 * dt_s)
        else:
            self._current_a = min(target_a, self._current_a + car.ramp_a_per_s * dt_s)
        energy_wh = self._power_w() * dt_s / 3600
        self._eto_wh += energy_wh
        self._wh += energy_wh
        car.stored_wh = min(car.battery_wh, car.stored_wh + energy_wh)
        charging = self._current_a > 0
        idle = 4 if car.full or self._wh > 0 else 3
        if charging and values["car"] != 2:
            values["lcctc"] = self._uptime_ms()
        self._note_change("car", 2 if charging else idle, "lccfc")

    def _lines(self) -> int:
        """Return on how many phases current flows."""
        car_phases = self._car.phases if self._car else 3
        return min(self._phases, car_phases)

    def _power_w(self) -> float:
        return self._current_a * VOLTAGE_V * self._lines()

    def _measure(self) -> None:
        values, jitter = self._values, self._random.uniform
        on = [self._current_a if line < self._lines() else 0.0 for line in range(3)]
        volts = [VOLTAGE_V + jitter(-1.5, 1.5) - 0.1 * amperes for amperes in on]
        # The energy is counted at the nominal voltage, and so is the power shown.
        watts = [amperes * VOLTAGE_V for amperes in on]
        factors = [99.7 + jitter(-0.2, 0.2) if amperes else 0.0 for amperes in on]
        values["nrg"] = [
            *(round(volt, 2) for volt in volts), round(jitter(0.5, 3.0), 2),
            *(round(amperes, 3) for amperes in on),
            *(round(watt, 2) for watt in watts), 0,
            round(sum(watts), 2),
            *(round(factor, 2) for factor in factors), 0,
        ]  # fmt: skip
        self._power_30s.append(sum(watts))
        values["tpa"] = round(sum(self._power_30s) / len(self._power_30s), 1)
        values["mmp"] = max(values["mmp"] or 0, sum(watts))
        values["eto"] = int(self._eto_wh)
        values["wh"] = self._wh
        values["pha"] = [amperes > 0 for amperes in on] + [True] * 3
        values["pnp"] = self._phases
        values["fhz"] = round(50 + jitter(-0.03, 0.03), 3)
        values["rssi"] = -58 + round(jitter(-2, 2))
        heat_c = sum(amperes**2 for amperes in on) / 60
        values["tma"] = [
            round(
                old + 0.01 * (AMBIENT_C + warm * heat_c - old) + jitter(-0.02, 0.02), 2
            )
            for old, warm in zip(values["tma"], (1.0, 0.6), strict=False)
        ]

    def _tick(self) -> None:
        values = self._values
        now = datetime.fromtimestamp(self._wall_clock(), UTC)
        values["rbt"] = self._uptime_ms()
        values["utc"] = now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        values["loc"] = values["utc"] + " +00:00"
        values["tab"] = int(self._wall_clock() * 1000) - values["rbt"]
