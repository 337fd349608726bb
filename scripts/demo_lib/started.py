"""What the demo knows of a simulator that runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .home import Home


async def _nothing(home: Home) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Started:
    """A simulator that runs.

    ``environment`` is for Home Assistant's process. ``steps`` are what a person
    would enter in the flow, a mapping for each form or menu. ``before`` are the
    integrations that are needed, with their steps; ``after`` is done when it's live.
    """

    steps: list[dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)
    before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    after: Callable[[Home], Awaitable[None]] = _nothing
