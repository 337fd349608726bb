"""When the charger lets the car charge, and how much: the firmware's decisions."""

from dataclasses import dataclass
from typing import Any

VOLTAGE_V = 230.0

# Vendor's list of modelStatus.
ACCESS_CONTROL = 2
FORCED_ON = 3
FORCED_OFF = 4
ENERGY_LIMIT = 6
PRICE_LOW = 7
PV_SURPLUS = 12
FALLBACK_DEFAULT = 15
FALLBACK_PRICE = 17
PAUSE_NOT_ALLOWED = 20
SIMULATED_UNPLUG = 22
PHASE_SWITCH = 23
ERROR = 26


@dataclass(frozen=True)
class Decision:
    """Whether the car may charge, why, with how much and on how many phases."""

    allowed: bool
    reason: int
    current_a: float
    phases: int


@dataclass
class Surplus:
    """What the surplus logic remembers.

    ``power_w`` is the charger's own power, averaged as the feed's powers are, so that
    what the car takes and what the grid shows of it are of the same time.
    """

    charging_since_s: float | None = None
    phases: int = 1
    power_w: float = 0.0
    wish_since_s: float | None = None
    switched_at_s: float = float("-inf")

    def switch_phases(self, status: dict[str, Any], wish: int, now_s: float) -> None:
        """Take another number of phases once it's wished for long enough."""
        if wish == self.phases:
            self.wish_since_s = None
            return
        if self.wish_since_s is None:
            self.wish_since_s = now_s
        waited = now_s - self.wish_since_s >= status["mpwst"] / 1000
        rested = now_s - self.switched_at_s >= status["mptwt"] / 1000
        if self.charging_since_s is None or (waited and rested):
            self.phases, self.wish_since_s, self.switched_at_s = wish, None, now_s


def limits_a(status: dict[str, Any], temperature_limit_a: float) -> dict[str, float]:
    """Return the current limits by source, as ``cll`` has them."""
    limits: dict[str, float] = {
        "currentLimitMax": min(status["ama"], 16 if status["var"] == 11 else 32),
        "requestedCurrent": status["amp"],
        "temperatureCurrentLimit": temperature_limit_a,
        "minChargingCurrent": status["mca"],
    }
    if status["cbl"] is not None:
        limits["cableCurrentLimit"] = status["cbl"]
    if status["adi"]:
        limits["adapterCurrentLimit"] = status["la1" if status["fsp"] else "la3"]
    if status["tcl"] is not None:
        limits["loadLimit"] = status["tcl"]
    return limits


def effective_a(limits: dict[str, float]) -> float:
    """Return the lowest limit; the minimum isn't one."""
    return min(value for key, value in limits.items() if key != "minChargingCurrent")


def decide(
    status: dict[str, Any],
    limit_a: float,
    surplus: Surplus,
    now_s: float,
) -> Decision:
    """Decide as the firmware does, the strongest reason first."""
    phases = {1: 1, 2: 3}.get(status["psm"], 3)

    def no(reason: int) -> Decision:
        surplus.charging_since_s = None
        return Decision(False, reason, 0.0, phases)

    def yes(reason: int, current_a: float = limit_a, on: int = phases) -> Decision:
        return Decision(True, reason, current_a, on)

    if status["err"]:
        return no(ERROR)
    if status["acs"] == 1 and status["trx"] is None:
        return no(ACCESS_CONTROL)
    if status["su"]:
        return no(SIMULATED_UNPLUG)
    if status["frc"] == 1:
        return no(FORCED_OFF)
    if status["dwo"] is not None and status["wh"] >= status["dwo"]:
        return no(ENERGY_LIMIT)
    if status["frc"] == 2:
        return yes(FORCED_ON)
    if status["lmo"] == 3:
        return yes(FALLBACK_DEFAULT)
    if status["awe"] and status["awcp"]["marketprice"] <= status["awp"]:
        return yes(PRICE_LOW)
    if status["fup"]:
        decision = _by_surplus(status, limit_a, surplus, now_s)
        if decision is not None:
            return decision
    if not status["acp"] and status["wh"] > 0:
        return yes(PAUSE_NOT_ALLOWED, status["mca"])
    return no(FALLBACK_PRICE)


def _by_surplus(
    status: dict[str, Any],
    limit_a: float,
    surplus: Surplus,
    now_s: float,
) -> Decision | None:
    """Follow the surplus: start power, stop hysteresis and minimum charge time."""
    if status["pgrid"] is None:
        available_w = 0.0
    else:
        available_w = surplus.power_w - status["pvopt_averagePGrid"] + status["pgt"]
    charging = surplus.charging_since_s is not None
    threshold_w = status["fst"] - (status["sh"] if charging else 0)
    if available_w < threshold_w:
        held = (
            surplus.charging_since_s is not None
            and now_s - surplus.charging_since_s < status["fmt"] / 1000
        )
        if not held:
            surplus.charging_since_s = None
            return None
    if status["psm"]:
        surplus.phases = 1 if status["psm"] == 1 else 3
    elif available_w >= status["spl3"]:
        surplus.switch_phases(status, 3, now_s)
    elif available_w < status["spl3"] - status["psh"]:
        surplus.switch_phases(status, 1, now_s)
    else:
        surplus.switch_phases(status, surplus.phases, now_s)
    if surplus.charging_since_s is None:
        surplus.charging_since_s = now_s
    wanted_a = available_w / (VOLTAGE_V * surplus.phases)
    current_a = float(int(max(status["mca"], min(limit_a, wanted_a))))
    return Decision(True, PV_SURPLUS, current_a, surplus.phases)
