"""What a file says that was written before a restart, and may say anything."""

from collections.abc import Callable
from functools import cache
import json
from typing import Any, Final

import orjson

from custom_components.sunbridge.surplus import Controller, Switch
from custom_components.sunbridge.vendors.easee.charger import ChargerState
from custom_components.sunbridge.vendors.easee.state import Observed
from custom_components.sunbridge.vendors.easee.stored import current_of
from custom_components.sunbridge.vendors.easee.tables import CHARGER_DESCRIPTIONS
from custom_components.sunbridge.vendors.weheat.budget import Budget
from custom_components.sunbridge.vendors.weheat.energy import (
    SERIES,
    HourRow,
    Ledger,
    Mode,
    Sample,
    done,
    next_request,
    rewritten,
)
from custom_components.sunbridge.vendors.weheat.energy.modes import METERS
from custom_components.sunbridge.vendors.weheat.pump import Pump
from custom_components.sunbridge.vendors.weheat.state import PumpState
from custom_components.sunbridge.vendors.weheat.tables import DESCRIPTIONS

from ..surplus.world import CHARGER, PUMP, START_S, World
from .dice import Dice, pick
from .seeds import EASEE_OBSERVATIONS, EASEE_SERIAL, NOW_S
from .target import Target, read_all
from .wild import anything, encoded, gone_wrong, scalar

_TURNS: Final = 40
# Those that the vendor has: of defrosts there are two.
_METERS: Final = [meter for meter in METERS if meter[1] is not Mode.DEFROST]


def wrong_file(seeds: Callable[[], list[Any]]) -> Callable[[Dice], bytes]:
    """Return what makes a file: a good one, of which some isn't right."""

    def make(dice: Dice) -> bytes:
        values = pick(dice, (scalar, scalar, anything))
        return encoded(gone_wrong(dice, seeds(), values, most=3))

    return make


def _read(body: bytes) -> Any:
    """Read a file as Home Assistant does."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


@cache
def chargers() -> list[Any]:
    """Return what is kept of a charger of Easee."""
    state = ChargerState()
    for number, (kwh, energy) in enumerate(((100.0, 5.0), (100.0, 6.0), (104.5, 7.0))):
        for key, value in ((124, kwh), (121, energy), (109, 3)):
            at_s = NOW_S - 3000 + 60 * number
            state.take(Observed(EASEE_SERIAL, key, value, at_s), NOW_S)
    current = {"amps": 6.0, "renew_at_s": NOW_S, "until_s": NOW_S + 9, "or_amps": None}
    return [{**state.kept(), "kept": current}, {**state.kept(), "kept": None}]


def _check_charger(body: bytes) -> str:
    kept = _read(body)
    state, told = ChargerState(), "a charger"
    try:
        state.restore(kept)
        current_of(kept["kept"], NOW_S)
    except ValueError:
        told = "not a charger"
    except KeyError:
        told = "no current"
    for number, one in enumerate(EASEE_OBSERVATIONS[::9]):
        state.take(
            Observed(EASEE_SERIAL, one["id"], one["value"], NOW_S + number), NOW_S
        )
    read_all(CHARGER_DESCRIPTIONS, state, state.reports)
    json.dumps(state.kept(), allow_nan=False)
    return told


@cache
def books() -> list[Any]:
    """Return what is kept of a heat pump's energy."""
    ledger = Ledger()
    rows = [Sample(NOW_S - 9000 + 15 * n, 15, 70, 900, 3900) for n in range(200)]
    ledger.add_rows(rows[:90] + rows[120:], NOW_S)
    kwh = dict.fromkeys(_METERS, 0.1)
    ledger.add_total(kwh, NOW_S - 8000)
    hour = NOW_S // 3600 * 3600
    ledger.add_hours(
        [HourRow(hour - 3600 * n, kwh) for n in (2, 3)], hour - 9 * 3600, NOW_S, NOW_S
    )
    for _ in range(6):
        if (request := next_request(ledger, NOW_S)) is not None:
            done(ledger, request, NOW_S)
    ledger.progress.outages.append([NOW_S - 9999, NOW_S - 99])
    return [orjson.loads(orjson.dumps(ledger.as_dict()))]


def _check_books(body: bytes) -> str:
    try:
        ledger = Ledger.from_dict(_read(body))
    except ValueError:
        return "no books"
    rows = [Sample(NOW_S - 15 * n, 15, 70, 900, 3900) for n in range(9)]
    ledger.add_rows(rows, NOW_S)
    kwh = dict.fromkeys(_METERS, 0.2)
    ledger.add_total(kwh, NOW_S)
    ledger.add_hours([HourRow(NOW_S - 7200, kwh)], NOW_S - 86_400, NOW_S, NOW_S)
    state = PumpState(Pump("x", "x"), ledger)
    state.count(NOW_S, NOW_S - 36_000)
    read_all(DESCRIPTIONS, state, state.reports)
    for series in SERIES:
        rewritten(ledger, series, NOW_S - 86_400, NOW_S)
    for turn in range(_TURNS):
        request = next_request(ledger, NOW_S + turn)
        if request is None:
            break
        done(ledger, request, NOW_S + turn)
    else:
        raise AssertionError("it's asked for ever")
    ledger.prune(NOW_S)
    Ledger.from_dict(orjson.loads(orjson.dumps(ledger.as_dict())))
    return "books"


def budgets() -> list[Any]:
    """Return what is kept of an account's budget."""
    return [[0, 0.0, NOW_S - 60, NOW_S - 30], [2, NOW_S + 900, NOW_S - 30], []]


def _check_budget(body: bytes) -> str:
    budget = Budget.from_list(_read(body), NOW_S)
    used, wait_s = budget.used(NOW_S), budget.wait_s(NOW_S)
    assert 0 <= wait_s <= 86_400
    budget.refused(NOW_S)
    orjson.dumps(budget.as_list())
    return f"{used} used"


@cache
def _controllers() -> list[Any]:
    world = World(8800, CHARGER, PUMP)
    world.run(400)
    kept = world.controller.as_dict(world.now_s)
    return [json.loads(json.dumps(kept))]


def _check_controller(body: bytes) -> str:
    kept = _read(body)
    pump, loads = Switch("pump", 1000.0), 0
    for away_s in (0, 90, None):
        controller = Controller.from_dict(kept, START_S, away_s)
        loads += len(controller.as_dict(START_S)["loads"])
        world = World(8800, CHARGER, pump, controller=controller)
        world.run(4)
        json.dumps(world.controller.as_dict(world.now_s), allow_nan=False)
    return f"{loads} loads"


TARGETS: Final = {
    "kept charger": Target(wrong_file(chargers), _check_charger),
    "kept books": Target(wrong_file(books), _check_books),
    "kept budget": Target(wrong_file(budgets), _check_budget),
    "kept controller": Target(wrong_file(_controllers), _check_controller),
}
