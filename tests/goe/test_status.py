"""The charger's status: merging reports, and what's wrong in them."""

import math
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.goe.decode import (
    Key,
    array,
    boolean,
    integer,
    mapping,
    number,
    optional,
    rounded,
    text,
)
from custom_components.sunbridge.vendors.goe.keys import KEYS
from custom_components.sunbridge.vendors.goe.status import Status

AMP = Key("amp", integer)
FUP = Key("fup", boolean)
WH = Key("wh", rounded(0), live=True)
PARTS = Key(
    "parts",
    array,
    keep=lambda old, new: [n or o for o, n in zip(old, new, strict=True)],
)
STATUS = Status.of((AMP, FUP, WH, PARTS))

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=18) | st.dictionaries(st.text(max_size=8), inner)
    ),
    max_leaves=40,
)


def test_empty() -> None:
    """A charger that has said nothing has nothing."""
    assert STATUS[AMP] is None
    assert not STATUS.reports(["amp"])
    assert STATUS.reports([])
    assert STATUS.time_of(1000) is None


def test_merge() -> None:
    """A report is merged; only what's another value counts as changed."""
    first = STATUS.merge({"amp": 16, "fup": True, "wh": 12.4, "xyz": [1]}, 0)
    assert first.changed == {"amp", "fup", "wh"}
    assert first.grown
    assert first.status[AMP] == 16
    assert first.status[FUP] is True
    assert first.status.raw["xyz"] == [1]

    second = first.status.merge({"amp": 10, "wh": 12.3, "xyz": [2]}, 1)
    assert second.changed == {"amp"}
    assert not second.grown
    assert second.status[AMP] == 10
    assert second.status[FUP] is True
    assert second.status.raw["xyz"] == [2]
    assert first.status[AMP] == 16


def test_null() -> None:
    """Null is unknown, and the charger has the key all the same."""
    update = STATUS.merge({"amp": 16}, 0).status.merge({"amp": None}, 1)
    assert update.changed == {"amp"}
    assert update.status[AMP] is None
    assert update.status.reports(["amp"])
    assert not update.malformed


@pytest.mark.parametrize("value", [True, "16", 16.5, [16], {}, math.inf, math.nan])
def test_wrong_type(value: Any) -> None:
    """A value of another type is unknown and told of; others aren't harmed."""
    update = STATUS.merge({"amp": 16, "fup": False}, 0).status.merge(
        {"amp": value, "fup": True}, 1
    )
    assert update.malformed == {"amp"}
    assert update.status[AMP] is None
    assert update.status[FUP] is True


def test_true_is_not_one() -> None:
    """Python's equality of true and 1 doesn't hide a wrong type."""
    update = STATUS.merge({"amp": 1}, 0).status.merge({"amp": True}, 1)
    assert update.malformed == {"amp"}
    assert update.status[AMP] is None


def test_keep() -> None:
    """A value that lost parts is completed from the last one."""
    update = STATUS.merge({"parts": [1, 2]}, 0).status.merge({"parts": [None, 3]}, 1)
    assert update.status[PARTS] == [1, 3]
    assert update.changed == {"parts"}


def test_boot_time() -> None:
    """The time of the boot stands still until the charger boots."""
    status = STATUS.merge({"rbt": 100_000}, 1000.0).status
    assert status.booted_at_s == 900
    status = status.merge({"rbt": 103_900}, 1002.0).status
    assert status.booted_at_s == 900
    assert status.time_of(5_400) == 905
    assert status.time_of(None) is None
    status = status.merge({"amp": 6}, 1003.0).status
    assert status.booted_at_s == 900
    status = status.merge({"rbt": 2_000}, 2000.0).status
    assert status.booted_at_s == 1998
    assert status.merge({"rbt": "?"}, 2001.0).status.booted_at_s == 1998


@pytest.mark.parametrize(
    ("decode", "good", "bad"),
    [
        (boolean, [(True, True), (False, False)], [0, 1, "true", [], {}]),
        (number, [(1, 1.0), (-2.5, -2.5)], [True, "1", math.nan, math.inf, 10**400]),
        (integer, [(6, 6), (6.0, 6)], [6.5, True, "6", []]),
        (text, [("", ""), ("a", "a")], [1, True, []]),
        (mapping, [({"a": 1}, {"a": 1})], [[], "", 1]),
        (array, [([1], [1])], [{}, "", 1]),
    ],
)
def test_decoders(decode: Any, good: list[tuple[Any, Any]], bad: list[Any]) -> None:
    """Decoders take their type and nothing else."""
    for value, decoded in good:
        assert decode(value) == decoded
        assert type(decode(value)) is type(decoded)
    for value in bad:
        with pytest.raises(ValueError, match="not|large"):
            decode(value)


def test_optional() -> None:
    """A part that is null or broken is unknown."""
    assert optional(number, 1) == 1
    assert optional(number, None) is None
    assert optional(number, "x") is None


@given(st.dictionaries(st.sampled_from([key.name for key in KEYS]), JSON, max_size=30))
def test_any_json(body: dict[str, Any]) -> None:
    """Whatever a charger sends, a status comes of it, twice the same."""
    first = Status.of(KEYS).merge(body, 0)
    assert first.status.raw.keys() == body.keys()
    again = first.status.merge(body, 1)
    assert not again.grown
    for key in KEYS:
        first.status[key]
