"""Our controller, beside the others: what is shipped, with settings and nothing else.

The adapter turns a ``View`` into the controller's input and its decision into an
``Order``, and decides nothing by itself. ``KNOB`` is for the picture: the same
controller at other eagerness.
"""

from functools import partial
from typing import Any

from custom_components.sunbridge.surplus import (
    TEMPERS,
    BatterySample,
    Charger,
    ChargerReport,
    Controller,
    Eagerness,
    House,
    Inputs,
    Sample,
    SetCharger,
)
from simulators.household import ChargerState, ChargerTraits

from .protocol import Maker, Order, View

NAME = "Sunbridge"

_LOAD_ID = "charger"


class Ours:
    """The adapter; its clock is the house's."""

    def __init__(
        self,
        charger: ChargerTraits,
        memory: object = None,
        *,
        eagerness: Eagerness = Eagerness.BALANCED,
        tempers: Any = TEMPERS,
    ) -> None:
        """Make one, perhaps from what an earlier one kept."""
        self._house = House(
            (
                Charger(
                    _LOAD_ID,
                    eagerness=eagerness,
                    min_a=charger.min_a,
                    max_a=charger.max_a,
                    step_a=charger.step_a,
                    phases=charger.phases,
                    spacing_s=charger.spacing_s,
                    reply_s=(
                        charger.dead_time_s[1]
                        + charger.report_period_s
                        + charger.report_latency_s
                        + 2
                    ),
                    delay_s=sum(charger.dead_time_s) / 2,
                    switch_pause_s=charger.switch_pause_s,
                ),
            )
        )
        self._memory = memory
        self._tempers = tempers
        self._controller: Controller | None = None
        self._now_s = 0

    def memory(self) -> object:
        """Return the controller's, with the time of it."""
        if self._controller is None:
            return self._memory
        return self._now_s, self._controller.as_dict(self._now_s)

    def step(self, view: View) -> Order | None:
        """Ask the controller."""
        self._now_s = view.now_s
        if self._controller is None:
            self._controller = self._make(view.now_s)
        decision = self._controller.decide(_inputs(view, self._house))
        for command in decision.commands:
            if isinstance(command, SetCharger):
                return Order(command.amps, command.phases)
        return None

    def _make(self, now_s: int) -> Controller:
        match self._memory:
            case (int(then_s), dict(kept)):
                away_s = now_s - then_s
                return Controller.from_dict(kept, now_s, away_s, self._tempers)
        return Controller(self._tempers)


def _inputs(view: View, house: House) -> Inputs:
    report = view.charger
    reports = {}
    if report is not None:
        reports[_LOAD_ID] = ChargerReport(
            view.charger_at_s,
            report.power_w,
            report.current_a,
            report.set_a,
            report.phases,
            is_plugged=report.state is not ChargerState.NO_CAR,
        )
    battery = None
    if view.battery_at_s >= 0:
        soc_percent = None if view.soc is None else 100 * view.soc
        battery = BatterySample(view.battery_w, soc_percent, view.battery_at_s)
    grid = Sample(view.grid_w, view.grid_at_s) if view.grid_at_s >= 0 else None
    return Inputs(view.now_s, house, grid, reports, battery)


make: Maker | None = Ours

KNOB: dict[str, Maker] = {
    f"{NAME}, {eagerness}": partial(Ours, eagerness=eagerness)
    for eagerness in Eagerness
    if eagerness is not Eagerness.BALANCED
}
