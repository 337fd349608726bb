"""What the demo knows of a simulator that runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .home import Home


async def _nothing(home: Home) -> None:
    """Do nothing."""


async def _nothing_after(home: Home, entry_id: str) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Started:
    """A simulator that runs.

    ``environment`` is for Home Assistant's process. ``steps`` are what a person
    would enter in the flow, a mapping for each form or menu. ``before`` are the
    integrations that are needed, with their steps. ``prepare`` is done before the flow,
    ``after`` with the new entry's id.
    """

    steps: list[dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)
    before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    prepare: Callable[[Home], Awaitable[None]] = _nothing
    after: Callable[[Home, str], Awaitable[None]] = _nothing_after
