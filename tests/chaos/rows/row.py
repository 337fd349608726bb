"""What a vendor is in a run: a simulator, the answers to its flow, and its faults."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
import random
import time
from typing import Any, Final

from ..home import ChaosHome
from ..truth import Watched

# What an HTTP server that has gone wrong answers, as all simulators know it.
GARBAGE: Final[dict[str, dict[str, Any]]] = {
    "answers HTML": {"garbage": "html"},
    "answers half": {"garbage": "truncated"},
    "answers a list": {"garbage": "list"},
    "answers no UTF-8": {"garbage": "not_utf8"},
    "hangs": {"hang": True},
    "hangs up": {"drop": True},
}

LASTS_S: Final = (30.0, 900.0)

type Act = Callable[[], Awaitable[None] | None]


@dataclass(frozen=True)
class Fault:
    """Something that begins and ends; ``kind`` has those together that exclude others.

    ``lasts_s`` are the least and the most simulated seconds.
    """

    name: str
    begin: Act
    end: Act
    kind: str
    lasts_s: tuple[float, float] = LASTS_S


@dataclass
class Row(ABC):
    """A vendor by one of its ways.

    ``recovers_s`` is when, after all faults ended, everything has to be shown again
    (simulated seconds). ``neighbours`` suffer from its faults, too: they have the same
    vendor or broker. ``outages`` counts the faults that it suffered from, ``troubles``
    those of now, ``ill_since_s`` is when the first of them, or of the last ones, began,
    and ``healed_s`` when the last one ended (monotonic clock). ``titles`` are names of
    devices that the log has beside the entry's.
    """

    name: str
    recovers_s: float
    entry_id: str = ""
    outages: int = 0
    troubles: int = 0
    ill_since_s: float = 0.0
    healed_s: float = 0.0
    neighbours: tuple[Row, ...] = ()
    titles: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    watched: list[Watched] = field(default_factory=list)

    @abstractmethod
    async def start(self, stack: AsyncExitStack) -> None:
        """Start the simulator; fill ``environment``, ``before`` and ``watched``."""

    def begin_trouble(self) -> None:
        """Note that something goes wrong."""
        if not self.troubles:
            self.ill_since_s = time.monotonic()
        self.outages += 1
        self.troubles += 1

    def end_trouble(self) -> None:
        """Note that it's over."""
        self.troubles -= 1
        self.healed_s = time.monotonic()

    def calm_s(self) -> float:
        """Return for how long nothing has been wrong (simulated seconds)."""
        return 0.0 if self.troubles else time.monotonic() - self.healed_s

    @property
    @abstractmethod
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""

    @property
    @abstractmethod
    def faults(self) -> list[Fault]:
        """What may go wrong."""

    @property
    def away(self) -> Mapping[str, Fault]:
        """What may be wrong when Home Assistant starts: dead or hanging."""
        return {}

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """The answers to the question for new credentials."""
        return []

    async def prepare(self, home: ChaosHome) -> None:  # noqa: B027
        """Do what is needed before the flow."""

    async def after(self, home: ChaosHome) -> None:  # noqa: B027
        """Do what is needed after the flow."""

    def live(self, chance: random.Random) -> None:  # noqa: B027
        """Let something happen at a device: a car comes, somebody changes a setting."""

    def settle(self) -> None:  # noqa: B027
        """Bring back what people took away: nobody does anything any more."""

    def tick(self) -> None:  # noqa: B027
        """Let the time pass up to now; called each two simulated seconds."""

    def seen(self) -> str:
        """Return how much there was to be looked at, where that isn't plain."""
        return ""

    async def wrong(
        self, home: ChaosHome, states: Mapping[str, Any], *, strict: bool
    ) -> list[str]:
        """Return what is wrong beyond what is watched.

        ``strict``: all faults have ended long ago.
        """
        return []
