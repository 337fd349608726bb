"""Weheat: its log-in, its API, and the books that are kept of what it says."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
import json
import math
from typing import Any, Final

import httpx
import orjson

from custom_components.sunbridge.vendors.waits import wait_min
from custom_components.sunbridge.vendors.weheat.api import User, WeheatApi
from custom_components.sunbridge.vendors.weheat.budget import Budget
from custom_components.sunbridge.vendors.weheat.energy import (
    SERIES,
    Ledger,
    Sample,
    next_request,
    rewritten,
)
from custom_components.sunbridge.vendors.weheat.errors import WeheatError
from custom_components.sunbridge.vendors.weheat.hours import hours_in, total_in
from custom_components.sunbridge.vendors.weheat.keycloak import Keycloak, KeycloakTokens
from custom_components.sunbridge.vendors.weheat.messages import error_key
from custom_components.sunbridge.vendors.weheat.meters import hour_rows, meters_of
from custom_components.sunbridge.vendors.weheat.pump import Pump
from custom_components.sunbridge.vendors.weheat.redact import known_values, other_names
from custom_components.sunbridge.vendors.weheat.rest import WeheatRest
from custom_components.sunbridge.vendors.weheat.rows import Row, row_in, rows_in
from custom_components.sunbridge.vendors.weheat.state import PumpState
from custom_components.sunbridge.vendors.weheat.tables import DESCRIPTIONS
from custom_components.sunbridge.vendors.weheat.tokens import Tokens

from .dice import Dice, often, pick
from .seeds import (
    NOW_S,
    WEHEAT_ANSWERS,
    WEHEAT_HOUR,
    WEHEAT_LOG,
    WEHEAT_PUMP,
    WEHEAT_TOKENS,
    WEHEAT_TOTAL,
)
from .target import Answer, Server, Target, answer_of, read_all
from .wild import anything, body_of, encoded, gone_wrong, scalar

_ID: Final = str(WEHEAT_LOG["heatPumpId"])
_PASSWORD: Final = "marked-password"
_TOKEN: Final = "marked-token"
_HOUR_S: Final = 3600
_MOST_REQUESTS: Final = 45


def _at(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()


def _wrong(dice: Dice, value: dict[str, Any]) -> dict[str, Any]:
    """Give some of an object's keys other values."""
    found = dict(value)
    while often(dice, 1, 2):
        key = pick(dice, list(found))
        found[key] = scalar(dice) if often(dice, 4, 5) else anything(dice, 2)
    return found


def _log(dice: Dice, now_s: float) -> dict[str, Any]:
    at_s = now_s - dice.number(-900, 7200)
    return {**_wrong(dice, WEHEAT_LOG), "timestamp": _at(at_s)}


def _hour(dice: Dice, now_s: float) -> dict[str, Any]:
    at_s = now_s // _HOUR_S * _HOUR_S - _HOUR_S * dice.number(-1, 60)
    return {**_wrong(dice, WEHEAT_HOUR), "timeBucket": _at(at_s)}


def make_steps(dice: Dice, now_s: float = NOW_S) -> list[tuple[int, Any]]:
    """Return what comes of a heat pump, in any order."""
    found: list[tuple[int, Any]] = []
    for _ in range(dice.number(1, 5)):
        match dice.number(0, 2):
            case 0:
                found.append((0, [_log(dice, now_s) for _ in range(dice.number(1, 6))]))
            case 1:
                found.append(
                    (1, [_hour(dice, now_s) for _ in range(dice.number(1, 4))])
                )
            case _:
                found.append((2, _wrong(dice, WEHEAT_TOTAL)))
    return found


def _read(rows: tuple[Row, ...], state: PumpState, ledger: Ledger) -> None:
    for row in rows:
        assert math.isfinite(row.at_s)
        state.take(row)
    samples = [
        Sample(row.at_s, row.interval_s, row.state, row.power_in_w, row.power_out_w)
        for row in rows
    ]
    ledger.add_rows(samples, NOW_S)


def _check_steps(steps: list[tuple[int, Any]]) -> str:
    """Keep books of all of it, look at them, and keep them over a restart."""
    pump = Pump.from_json(WEHEAT_PUMP)
    assert pump is not None
    ledger = Ledger()
    state = PumpState(pump, ledger)
    told = 0
    for kind, body in steps:
        before = dict(ledger.totals.shown)
        try:
            content = orjson.loads(encoded(body))
            if kind == 0:
                _read(rows_in(content), state, ledger)
            elif kind == 1:
                hours = hour_rows(hours_in(content))
                ledger.add_hours(hours, NOW_S - 48 * _HOUR_S, NOW_S, NOW_S)
            else:
                ledger.add_total(meters_of(total_in(content)), NOW_S + told)
        except WeheatError, orjson.JSONDecodeError:
            continue
        told += 1
        for name, kwh in before.items():
            assert ledger.totals.shown[name] >= kwh
    state.count(NOW_S, NOW_S - 36_000)
    read_all(DESCRIPTIONS, state, state.reports)
    assert all(math.isfinite(kwh) for kwh in ledger.totals.shown.values())
    for series in SERIES:
        rows = rewritten(ledger, series, NOW_S - 48 * _HOUR_S, NOW_S)
        assert all(math.isfinite(row.sum_kwh) for row in rows)
    json.dumps([known_values(state.values), other_names(state.values), state.own])
    next_request(ledger, NOW_S)
    ledger.prune(NOW_S)
    kept = orjson.loads(orjson.dumps(ledger.as_dict()))
    assert Ledger.from_dict(kept).as_dict() == kept
    return f"{told} taken"


def _make_logs(dice: Dice) -> bytes:
    return body_of(dice, WEHEAT_ANSWERS)


def _one_row(content: Any) -> tuple[Row, ...]:
    return (row_in(content),)


def _check_logs(body: bytes) -> str:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "no JSON"
    told = "nothing"
    for read in (_one_row, rows_in):
        try:
            rows = read(content)
        except WeheatError:
            continue
        pump = Pump("x", "x")
        _read(rows, PumpState(pump, Ledger()), Ledger())
        told = "rows" if rows else told
    for energies in (hours_in, total_in):
        try:
            energies(content)
            told = "energies"
        except WeheatError:
            continue
    if (found := Pump.from_json(content)) is not None:
        assert len(found.name) <= 64
        told = "pump"
    return told


type _Asked = tuple[int, tuple[Answer, ...]]
_CALLS: Final[tuple[Callable[[WeheatApi], Awaitable[Any]], ...]] = (
    lambda api: api.me(),
    lambda api: api.pumps(),
    lambda api: api.latest(_ID),
    lambda api: api.raw(_ID, NOW_S - 60, NOW_S),
    lambda api: api.hours(_ID, NOW_S - 86_400, NOW_S),
    lambda api: api.total(_ID),
)


def _make_answers(dice: Dice) -> _Asked:
    answers = [
        answer_of(
            dice,
            body_of(dice, WEHEAT_ANSWERS if often(dice, 5, 6) else WEHEAT_TOKENS),
        )
        for _ in range(dice.number(1, 4))
    ]
    return dice.number(0, len(_CALLS) - 1), tuple(answers)


async def _check_answers(case: _Asked) -> str:
    number, answers = case
    server, budget = Server(*answers), Budget()
    async with httpx.AsyncClient(transport=server) as client:
        keycloak = Keycloak(
            client, "https://example.invalid/token", user_agent="test",
            now_s=lambda: NOW_S,
        )  # fmt: skip
        tokens = Tokens(_TOKEN, "marked-refresh", NOW_S + 900)
        source = KeycloakTokens(keycloak, tokens, now_s=lambda: NOW_S)
        rest = WeheatRest(
            client, "https://example.invalid/api", source, user_agent="test",
            budget=budget, now_s=lambda: NOW_S,
        )  # fmt: skip
        try:
            found = await _CALLS[number](WeheatApi(rest))
        except WeheatError as err:
            _told(err)
            return type(err).__name__
        finally:
            assert len(server.requests) <= _MOST_REQUESTS
            assert all("marked" not in str(one.url) for one in server.requests)
            again = Budget.from_list(
                orjson.loads(orjson.dumps(budget.as_list())), NOW_S
            )
            assert again.used(NOW_S) == budget.used(NOW_S)
    if isinstance(found, User):
        assert "@" not in repr(found).replace(found.id, "")
    return f"call {number}"


def _told(err: WeheatError) -> None:
    error_key(err)
    assert int(wait_min(err)) <= 1441
    assert "marked" not in str(err)


def _make_tokens(dice: Dice) -> _Asked:
    answers = [answer_of(dice, body_of(dice, WEHEAT_TOKENS)) for _ in range(2)]
    return dice.number(0, 2), tuple(answers)


async def _check_tokens(case: _Asked) -> str:
    number, answers = case
    server = Server(*answers)
    async with httpx.AsyncClient(transport=server) as client:
        keycloak = Keycloak(client, user_agent="test", now_s=lambda: NOW_S)
        try:
            match number:
                case 0:
                    tokens = await keycloak.password("user", _PASSWORD)
                case 1:
                    tokens = await keycloak.refresh("marked-refresh")
                case _:
                    tokens = await keycloak.code("marked", "marked", "https://x")
        except WeheatError as err:
            _told(err)
            return type(err).__name__
    assert Tokens.from_dict(orjson.loads(orjson.dumps(tokens.as_dict()))) == tokens
    # What is sent with it is a header.
    httpx.Request("GET", "https://x", headers={"Authorization": tokens.access})
    return "tokens"


def _make_pumps(dice: Dice) -> bytes:
    return encoded(gone_wrong(dice, [WEHEAT_PUMP], most=3))


TARGETS: Final = {
    "weheat books": Target(make_steps, _check_steps),
    "weheat logs": Target(_make_logs, _check_logs),
    "weheat pumps": Target(_make_pumps, _check_logs),
    "weheat rest": Target(_make_answers, _check_answers),
    "weheat log-in": Target(_make_tokens, _check_tokens),
}
