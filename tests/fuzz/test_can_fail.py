"""Each target fails when a guard is taken out: what never fails proves nothing.

A guard is an exception that a module takes, a function that refuses values, or a bound.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module
import re
from typing import Any, Final

import pytest

from custom_components.sunbridge.vendors.nrgkick import server

from .dice import Rolled
from .nrgkick import raw_requests, serving
from .targets import TARGETS

_PRODUCT: Final = "custom_components.sunbridge"
_CASES: Final = 1500


class _NobodysError(Exception):
    """What nobody raises."""


class _Unguarded:
    """A module that has another one's names, but for an exception."""

    def __init__(self, module: Any, name: str) -> None:
        self._module = module
        setattr(self, name, _NobodysError)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def same(value: Any, *_: object, **__: object) -> Any:
    """Take any value as it is."""
    return value


# By target: the module, the name of the guard in it, and what stands there instead. An
# exception is replaced by one that nobody raises.
MUTATIONS: Final[dict[str, tuple[str, str, Any]]] = {
    "goe status": ("vendors.goe.http", "orjson.JSONDecodeError", None),
    "goe values": ("vendors.goe.status", "ValueError", None),
    "goe http": ("vendors.goe.redact", "ValueError", None),
    "goe mqtt": ("vendors.goe.mqtt", "orjson.JSONDecodeError", None),
    "goe mqtt flow": ("vendors.goe.mqtt", "orjson.JSONDecodeError", None),
    "easee amqp": ("vendors.easee.parse", "zlib.error", None),
    "easee observed": ("vendors.easee.state", "ValueError", None),
    "easee times": ("vendors.easee.times", "ValueError", None),
    "easee hub": ("vendors.easee.hub", "orjson.JSONDecodeError", None),
    "easee rest": ("vendors.easee.rest", "orjson.JSONDecodeError", None),
    "easee details": ("vendors.easee.api", "ValueError", None),
    "weheat books": ("vendors.weheat.keys", "ValueError", None),
    "weheat logs": ("vendors.weheat.keys", "ValueError", None),
    "weheat pumps": ("vendors.weheat.pump", "plain", same),
    "weheat rest": ("vendors.weheat.rest", "orjson.JSONDecodeError", None),
    "weheat log-in": ("vendors.weheat.keycloak", "orjson.JSONDecodeError", None),
    "nrgkick addresses": ("vendors.nrgkick.access", "ValueError", None),
    "nrgkick states": ("meters.samples", "_NUMBER", re.compile(r"(?s).*")),
    "kept charger": ("vendors.easee.energy", "real", same),
    "kept books": ("vendors.weheat.energy.totals", "real", same),
    "kept budget": ("vendors.weheat.budget", "_is_number", lambda _: True),
    "kept controller": ("surplus.kept", "_value", lambda _, __, kept, ___: kept),
}


def take_out(
    monkeypatch: pytest.MonkeyPatch, module: str, guard: str, instead: Any
) -> None:
    """Put something else in a guard's place."""
    found: Any = import_module(f"{_PRODUCT}.{module}")
    name, _, part = guard.partition(".")
    if part:
        instead = _Unguarded(getattr(found, name), part)
    elif instead is None:
        # It's a builtin, which a module's own name hides.
        monkeypatch.setattr(found, name, _NobodysError, raising=False)
        return
    monkeypatch.setattr(found, name, instead)


def failed(name: str) -> int | None:
    """Return the first seed that fails, if one does."""
    target = TARGETS[name]
    with asyncio.Runner() as runner:
        for seed in range(_CASES):
            try:
                target.run(target.make(Rolled(seed)), runner)
            except Exception:  # noqa: BLE001
                return seed
    return None


def test_all() -> None:
    """There's a mutation for each target."""
    assert MUTATIONS.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", MUTATIONS)
def test_target(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard that is missing is missed."""
    take_out(monkeypatch, *MUTATIONS[name])
    assert failed(name) is not None


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        # What isn't HTTP is a traceback in somebody's log.
        ("_GARBAGE", ()),
        # A header that nobody may send.
        ("_response", lambda _: None),
    ],
)
async def test_port(
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    instead: tuple[()] | Callable[..., None],
) -> None:
    """So it is at NRGkick's port."""
    monkeypatch.setattr(server, name, instead)

    async def ask() -> None:
        async with serving() as port:
            for seed in range(60):
                await port.check(raw_requests(Rolled(seed)))

    with pytest.raises(AssertionError):
        await ask()
