"""A go-e whose car is the bench's, and what is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, override
from urllib.parse import parse_qs

from benchmarks.surplus.protocol import Order
from simulators.goe import Car, Charger, LocalFront

from .plant import Late

NAME = "Carport"
# What the simulator's reaction is beside the way of a command: 2 to 5 s in the bench.
_REACTION_S = 3.0
# The bench's pause of a switch of phases.
_PAUSE_MS = 20_000
_SWITCHING = 23
# Commands may not come faster; a little of that is the way.
_SPACING_S = 4.9


@dataclass
class _ShortCar(Car):
    """A car that takes a little less than it's offered, and never gets full."""

    short_a: float = 0.5
    battery_wh: float = 1e7
    stored_wh: float = 1e6
    ramp_a_per_s: float = 1.5

    @override
    def wanted_a(self, offered_a: float) -> float:
        return max(
            0.0, super().wanted_a(offered_a) - (self.short_a if offered_a else 0)
        )


class GoeLoad:
    """A go-e that is set by its API in the local network."""

    def __init__(self, late: Late, *, fed: bool) -> None:
        """Plug the car in; the charger has its factory's settings, the API on."""
        self.starts = self.switches = 0
        self._late = late
        self.charger = Charger(
            "023456", "", name=NAME, seed=late.seed, reaction_s=_REACTION_S
        )
        self._car = _ShortCar(short_a=late.short_a, start_delay_s=late.start_s())
        self.charger.plug_in(self._car)
        settings = {"hai": True, "ama": 16, "psmd": _PAUSE_MS, "frc": 1}
        if fed:
            settings |= {"frc": 0, "lmo": 4, "fup": True}
        for key, value in settings.items():
            if (answer := self.charger.set(key, value)) is not True:
                raise ValueError(answer)
        self.front = LocalFront(self.charger)
        self._was_offered = False
        self._switched_ms = None

    @property
    def short_a(self) -> float:
        """What the car takes less than it's offered (A)."""
        return self._late.short_a

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What a person enters."""
        return [
            {"next_step_id": "goe"},
            {"next_step_id": "goe_local"},
            {"host": self.front.url.removeprefix("http://")},
        ]

    @property
    def environment(self) -> Mapping[str, str]:
        """What Home Assistant's process has to know."""
        return {}

    def set_offline(self, is_offline: bool) -> None:
        """Cut it off from the network, or bring it back."""
        self.front.faults[self.charger.serial].drop = is_offline

    def step(self) -> float:
        """Let time pass."""
        status = self.charger.status()
        is_offered = bool(status["alw"])
        is_switching = status["modelStatus"] == _SWITCHING
        if is_switching:
            self._car.start_delay_s = 0.0
        elif not is_offered and self._was_offered:
            self._car.start_delay_s = self._late.start_s()
        if is_offered and not self._was_offered:
            self.starts += 1
        if status["lfspt"] != self._switched_ms:
            self._switched_ms = status["lfspt"]
            self.switches += 1
        self._was_offered = is_offered or is_switching
        power_w: float = status["nrg"][11]
        return power_w

    def orders(self, began_s: float) -> tuple[list[tuple[int, Order]], int]:
        """Return the commands by second of the day, and how many break its rules.

        These are currents that no charger has, and what comes sooner than 5 s after
        the last.
        """
        found: list[tuple[int, Order]] = []
        violations = 0
        last_s, amps, phases = -100.0, 0.0, 3
        for request in self.front.requests:
            query = {
                key: value[0] for key, value in parse_qs(request.raw_query).items()
            }
            if not request.path.endswith("/set") or "ids" in query:
                continue
            # What stays as it is isn't told again.
            amps = float(query.get("amp", amps))
            phases = {"1": 1, "2": 3}.get(query.get("psm", ""), phases)
            is_off = query.get("frc") == "1"
            is_known = 6 <= amps <= 16 or is_off
            violations += not is_known or request.at_s - last_s < _SPACING_S
            last_s = request.at_s
            order = Order(0.0 if is_off else amps, phases)
            found.append((round(request.at_s - began_s), order))
        return found, violations

    def asked(self, began_s: float) -> int:
        """Return how many requests came since the day began."""
        return sum(request.at_s >= began_s for request in self.front.requests)
