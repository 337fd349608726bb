"""What is shown of a decision."""

from typing import Any, Final

from ...charging import Traits
from ..model import (
    Charger,
    ChargerReport,
    Decision,
    Inputs,
    Load,
    LoadView,
    Mode,
    Reason,
    Report,
)
from .state import (
    HouseState,
    LoadState,
    current_of,
    is_taking,
    shown_kwh,
    shown_w,
    status_of,
)
from .wishes import HouseWishes, LoadWishes

_NOT_FRESH: Final = frozenset({Reason.METER_HOLD, Reason.METER_LOST})


def house_state(wishes: HouseWishes, inputs: Inputs, decision: Decision) -> HouseState:
    """Return what is shown of the house.

    The meter is fresh if it's there, believed, and no load holds because of it.
    """
    return HouseState(
        surplus=shown_w(decision.surplus_w),
        battery_rule=wishes.battery_rule,
        margin=wishes.margin_w,
        meter_fresh=inputs.grid is not None
        and inputs.grid.power_w is not None
        and decision.surplus_w is not None
        and not any(view.reason in _NOT_FRESH for view in decision.loads.values()),
    )


def reason_of(wishes: LoadWishes, load: Load, view: LoadView) -> Reason:
    """Return why a load does what it does.

    One that is to be full by a time is told to be fast for that, see ``finish``.
    """
    is_hurried = load.mode is Mode.FAST and wishes.mode is not Mode.FAST
    return Reason.PLAN if is_hurried and view.reason is Reason.FAST else view.reason


def load_state(
    wishes: LoadWishes,
    load: Load,
    traits: Traits | None,
    report: Report | None,
    view: LoadView,
) -> LoadState:
    """Return what is shown of a load; ``traits`` are those of a charger."""
    reason = reason_of(wishes, load, view)
    power_w = report.power_w if isinstance(report, ChargerReport) else None
    common: dict[str, Any] = {
        "mode": wishes.mode,
        "eagerness": wishes.eagerness,
        "state": status_of(reason, is_taking=is_taking(view, power_w)),
        "reason": reason,
        "available": shown_w(view.available_w),
        "sun_today": shown_kwh(view.day.sun_wh),
        "import_today": shown_kwh(view.day.import_wh),
        "missed_today": shown_kwh(view.day.missed_wh),
        "switches_today": view.day.starts + view.day.switches,
    }
    if traits is None or not isinstance(load, Charger):
        return LoadState(**common)
    return LoadState(
        **common,
        phases=wishes.phases if len(traits.phases) > 1 else None,
        min_current=load.min_a,
        max_current=load.max_a,
        least_a=traits.min_a,
        most_a=traits.max_a,
        target_energy=wishes.target_kwh,
        finish_by=wishes.finish_by,
        finish_at=wishes.finish_at,
        target_current=current_of(view),
    )
