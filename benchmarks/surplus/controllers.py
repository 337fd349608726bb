"""Who plays, by name; processes find them here."""

from functools import partial

from . import ours
from .blueprint import Blueprint
from .protocol import Maker
from .rule_10s import Rule10s
from .rule_30s import Rule30s

YARDSTICK = "30-s rule"

RIVALS: dict[str, Maker] = {
    YARDSTICK: Rule30s,
    "10-s rule": Rule10s,
    "blueprint": Blueprint,
}

# For the picture: what the yardstick does with other settings.
VARIANTS: dict[str, Maker] = {
    "30-s rule, tick 10 s": partial(Rule30s, tick_s=10),
    "30-s rule, tick 60 s": partial(Rule30s, tick_s=60),
    "30-s rule, stops after 30 s": partial(Rule30s, disable_s=30),
    "30-s rule, stops after 600 s": partial(Rule30s, disable_s=600),
}


def makers() -> dict[str, Maker]:
    """Return those of the tables: our controller, when there is one, and its rivals."""
    mine = {ours.NAME: ours.make} if ours.make else {}
    return mine | RIVALS


def all_makers() -> dict[str, Maker]:
    """Return those of the picture too."""
    return makers() | ours.KNOB | VARIANTS
