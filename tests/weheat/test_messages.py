"""Each error has its text, and waits are told in minutes."""

import json
from pathlib import Path

import pytest

from custom_components.sunbridge.vendors.waits import wait_min
from custom_components.sunbridge.vendors.weheat import errors
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatBudgetError,
    WeheatError,
    WeheatNoCredentialsError,
    WeheatRateLimitError,
    WeheatServerError,
)
from custom_components.sunbridge.vendors.weheat.messages import error_key

TEXTS = Path(errors.__file__).parents[2] / "translations"
WAITING = (WeheatBudgetError, WeheatRateLimitError)
ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, WeheatError) and kind != WeheatError
]


@pytest.mark.parametrize("language", ["en", "de", "nl"])
@pytest.mark.parametrize("kind", ERRORS)
def test_texts(kind: type[WeheatError], language: str) -> None:
    """A flow and an exception say the same, and how long to wait where that's known."""
    err = kind(90.0) if issubclass(kind, WAITING) else kind("x")
    texts = json.loads((TEXTS / f"{language}.json").read_text())
    key = error_key(err)
    text = texts["exceptions"][key]["message"]
    assert ("{minutes}" in text) == issubclass(kind, WAITING)
    if kind is WeheatNoCredentialsError:
        # A flow has its client at hand.
        return
    for part in ("error", "abort"):
        assert texts["config"][part][key] == text


def test_keys() -> None:
    """What the vendor wants and what we do are told apart."""
    assert error_key(WeheatBudgetError(1)) == "weheat_budget"
    assert error_key(WeheatRateLimitError(1)) == "weheat_rate_limited"
    assert error_key(WeheatNoCredentialsError("x")) == "weheat_no_credentials"


@pytest.mark.parametrize(
    ("err", "minutes"),
    [
        (WeheatBudgetError(0.5), "1"),
        (WeheatRateLimitError(600), "10"),
        (WeheatServerError("x"), "1"),
    ],
)
def test_minutes(err: WeheatError, minutes: str) -> None:
    """A wait is at least a minute."""
    assert wait_min(err) == minutes
