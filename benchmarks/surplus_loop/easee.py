"""An Easee whose car is as late as the bench's, by the cloud's API and its SignalR hub."""

from collections.abc import Mapping
import json
from typing import Any, Final

from benchmarks.surplus.protocol import Order
from simulators import easee
from simulators.easee import Id

from .plant import Late

_NAME: Final = "Annex"
# The bench's commands take 3 to 10 s, of which the way is a part.
_REACTION_S: Final = 6.0
_CHARGING, _SLEEPING = 3, 6


class EaseeLoad:
    """An Easee in an account; its car takes all that it's offered, and has no ramp.

    ``short_a`` is therefore 0. A switch of phases is seen in the phases that it charges
    by; the model has no pause for one.
    """

    short_a = 0.0

    def __init__(self, late: Late) -> None:
        """Plug the car in, with the charger paused."""
        self.starts = self.switches = 0
        self._late = late
        self.charger = easee.Charger("EH200001", name=_NAME)
        self.charger.reaction_s = _REACTION_S
        self.charger.command(48, {"amps": 0, "minutes": 0})
        self.charger.plug_in(easee.Car(takes=False))
        account = easee.Account("home@example.com", "demo", chargers=[self.charger])
        self.front = easee.Cloud([account])
        self._steps: list[dict[str, Any]] = [
            {"next_step_id": "easee"},
            {"username": account.username, "password": account.password},
            {"chosen": [self.charger.serial], "add_new": True},
        ]
        self._waits_s: float | None = None
        self._phases = 0

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What a person enters."""
        return self._steps

    @property
    def environment(self) -> Mapping[str, str]:
        """What Home Assistant's process has to know."""
        return {
            "SUNBRIDGE_EASEE_API_URL": self.front.url,
            "SUNBRIDGE_EASEE_STREAMS_URL": self.front.streams_url,
        }

    def step(self) -> float:
        """Let time pass; a car that is offered current wakes late."""
        charger = self.charger
        charger.tick()
        mode = charger.mode()
        if mode == _SLEEPING:
            if self._waits_s is None:
                self.starts += 1
                self._waits_s = self._late.start_s()
            self._waits_s -= 1
            if self._waits_s <= 0:
                charger.wake()
        elif mode == _CHARGING:
            phases = charger.value(Id.OUTPUT_PHASE) // 10
            self.switches += bool(self._phases) and phases != self._phases
            self._phases = phases
        else:
            self._waits_s, self._phases = None, 0
            charger.wake(takes=False)
        return 1000 * charger.power_kw

    def set_offline(self, is_offline: bool) -> None:
        """Cut the cloud off, or bring it back."""
        self.front.faults.rest_down = self.front.faults.hub_down = is_offline
        if is_offline:
            self.front.hub.drop_connections()

    def orders(self, began_s: float) -> tuple[list[tuple[int, Order]], int]:
        """Return the currents that were told, and how many break the rules.

        These are currents that no car takes, and what is kept in flash memory.
        """
        found: list[tuple[int, Order]] = []
        violations = self.charger.flash_writes
        for request in self.front.requests:
            if request.method != "POST" or request.at_s < began_s:
                continue
            body = json.loads(request.body or "{}")
            if isinstance(body, dict) and "amps" in body:
                amps = float(body["amps"])
                violations += 0 < amps < 6
                found.append((round(request.at_s - began_s), Order(amps, 0)))
        return found, violations

    def asked(self, began_s: float) -> int:
        """Return how many requests came since the day began."""
        return sum(request.at_s >= began_s for request in self.front.requests)
