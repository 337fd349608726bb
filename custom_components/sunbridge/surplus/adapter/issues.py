"""Repair issues of surplus: raised while something is so, and withdrawn when it's over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ...issues import issues_of
from ..model import Decision, Issue, Reason
from .const import (
    BATTERY_UNKNOWN_ISSUE,
    CHARGER_GONE_ISSUE,
    METER_FROZEN_ISSUE,
    METER_LOST_ISSUE,
    NOT_OBEYING_ISSUE,
    SOURCE_ISSUE,
    TWO_WRITERS_ISSUE,
    VENDOR,
)
from .loads import Port

# A setting that keeps a charger from following may be on its way already.
PROBLEM_S: Final = 60.0

_OF_HOUSE: Final[Mapping[Issue, str]] = {
    Issue.METER_LOST: METER_LOST_ISSUE,
    Issue.METER_FROZEN: METER_FROZEN_ISSUE,
    Issue.BATTERY_UNKNOWN: BATTERY_UNKNOWN_ISSUE,
}


@dataclass(frozen=True, slots=True)
class Found:
    """An issue: the key of its text, whose it is, and the problem that can be mended."""

    key: str
    owner_id: str
    name: str
    problem: str | None = None


class Issues:
    """The issues of an entry that are raised now."""

    def __init__(self, hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
        """Take those over that were raised before the entry was loaded again."""
        self._hass = hass
        self._entry = entry
        self._raised: dict[str, Found | None] = dict.fromkeys(
            issues_of(hass, entry.entry_id)
        )

    @callback
    def async_sync(self, found: Iterable[Found]) -> None:
        """Raise what is found, and withdraw what isn't any more."""
        wanted = {f"{one.key}_{one.owner_id}": one for one in found}
        for issue_id in self._raised.keys() - wanted.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue_id, one in wanted.items():
            # One that the user has just mended may be there again.
            is_there = ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)
            if self._raised.get(issue_id) != one or is_there is None:
                self._raise(issue_id, one)
        self._raised = dict(wanted)

    def _raise(self, issue_id: str, one: Found) -> None:
        data: dict[str, str | int | float | None] = {"entry_id": self._entry.entry_id}
        if one.problem is not None:
            data |= {"load_id": one.owner_id, "problem": one.problem, "name": one.name}
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data=data,
            is_fixable=one.problem is not None,
            severity=ir.IssueSeverity.WARNING,
            translation_key=one.key,
            translation_placeholders={"name": one.name},
        )


class Problems:
    """What keeps a charger of Sunbridge from following, and since when."""

    def __init__(self) -> None:
        """Begin without any."""
        self._since_s: dict[str, float] = {}

    def lasting(
        self, port: Port, now_s: float, *, is_fed: bool | None
    ) -> frozenset[str]:
        """Return what has been so for a while; ``is_fed`` None is that it rests.

        While the charger is away nobody knows, so that it stays as it was.
        """
        if is_fed is None:
            self._since_s.clear()
        elif (charging := port.charging) is not None:
            found = charging.problems(is_fed=is_fed)
            self._since_s = {
                problem: self._since_s.get(problem, now_s) for problem in found
            }
        return frozenset(
            problem
            for problem, since_s in self._since_s.items()
            if now_s - since_s >= PROBLEM_S
        )


def of_decision(
    entry: SunbridgeConfigEntry, decision: Decision, ports: Iterable[Port]
) -> Iterator[Found]:
    """Yield what the controller wants to be looked at."""
    for issue, key in _OF_HOUSE.items():
        if issue in decision.issues:
            yield Found(key, entry.entry_id, entry.title)
    for port in ports:
        load_id = port.setup.load_id
        view = decision.loads.get(load_id)
        if view is not None and view.reason is Reason.NOT_OBEYING:
            yield of_load(NOT_OBEYING_ISSUE, port)
        if load_id in decision.two_writers:
            yield of_load(TWO_WRITERS_ISSUE, port)


def of_port(port: Port) -> Iterator[Found]:
    """Yield what is wrong with what a load is made of."""
    if port.is_gone:
        yield of_load(CHARGER_GONE_ISSUE, port)
    if port.is_missing:
        yield of_load(SOURCE_ISSUE, port)


def of_load(key: str, port: Port) -> Found:
    """Return an issue of a load."""
    return Found(key, port.setup.load_id, port.setup.title)


def of_problem(problem: str, port: Port) -> Found:
    """Return an issue that a charger's own setting is."""
    setup = port.setup
    return Found(f"{VENDOR}_{problem}", setup.load_id, setup.title, problem)
