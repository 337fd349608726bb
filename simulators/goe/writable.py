"""Which keys a charger lets set, and what it says of values that it doesn't take.

The texts are like those that people have quoted; the firmware has no list of them.
"""

from collections.abc import Callable, Collection
import re
from typing import Any

# Takes a value and returns why it's refused, or None.
type Check = Callable[[Any], str | None]


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else f"value must be boolean {value}"


def _between(
    low: float, high: float, *, whole: bool = True, null: bool = False
) -> Check:
    def check(value: Any) -> str | None:
        if value is None:
            return None if null else "value must be number null"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"value must be number {value}"
        if whole and int(value) != value:
            return f"value must be integer {value}"
        if not low <= value <= high:
            return f"value out of range {value}"
        return None

    return check


def _one_of(values: Collection[int]) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"value must be integer {value}"
        return None if value in values else f"value not allowed {value}"

    return check


def _text(longest: int, pattern: str = ".*") -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return f"value must be string {value}"
        if len(value) > longest or not re.fullmatch(pattern, value):
            return f"string not allowed {len(value)}"
        return None

    return check


def _object(*members: str) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "value must be object"
        missing = [member for member in members if member not in value]
        return f"missing {missing[0]}" if missing else None

    return check


def _anything(_value: Any) -> str | None:
    return None


def _each(check: Check, keys: str) -> dict[str, Check]:
    return dict.fromkeys(keys.split(), check)


_CURRENT = _between(6, 32)
_MILLISECONDS = _between(0, 86_400_000)
_WATTS = _between(-50_000, 50_000, whole=False)
_COLOUR = _text(7, "#[0-9A-Fa-f]{6}")

WRITABLE: dict[str, Check] = {
    **_each(
        _flag,
        "fup awe acp su sua fzf csd ara loe lse upo nmo rde die dii di1 cwe hai mce mcr"
        " men ocppe esk cae mhe",
    ),
    **_each(_CURRENT, "amp ama mca la1 la3"),
    **_each(_MILLISECONDS, "fmt mpwst mptwt psmd mci mcpd sumd emx"),
    **_each(_WATTS, "fst spl3 psh sh po pgt zfo"),
    **_each(_between(0, 1800), "rdbs rdes rdbf rdef rdre rdpl"),
    **_each(_one_of(range(4)), "bac sdp bar"),
    **_each(_COLOUR, "cid cwc cch cfi"),
    **_each(_object("control", "ranges"), "sch_week sch_satur sch_sund"),
    "tcl": _between(0, 32, null=True),
    "dwo": _between(1, 10_000_000, whole=False, null=True),
    "frc": _one_of((0, 1, 2)),
    "lmo": _one_of((3, 4, 5)),
    "psm": _one_of((0, 1, 2)),
    "acs": _one_of((0, 1, 2)),
    "ust": _one_of((0, 1, 2)),
    "frm": _one_of((0, 1, 2)),
    "iso2en": _one_of((0, 1, 2)),
    "loty": _one_of((0, 1)),
    "lop": _between(0, 100),
    "lof": _between(0, 32),
    "lot": _object("amp", "dyn", "sta", "ts"),
    "lbr": _between(0, 255),
    "awp": _between(-1000, 1000, whole=False),
    "ate": _between(0, 1_000_000, whole=False),
    "att": _between(0, 86_399),
    "cco": _between(0, 1000, whole=False),
    "trx": _between(0, 10, null=True),
    "mcpea": _between(0, 2**53, null=True),
    "fna": _text(64),
    "ct": _text(64),
    "mcu": _text(256),
    "mtp": _text(64),
    "ids": _object("pGrid"),
    "oct": _text(32),
    "rst": _anything,
    "cak": _anything,
}

# They do something and don't show up in the status.
WRITE_ONLY = frozenset({"ids", "oct", "rst", "cak"})
