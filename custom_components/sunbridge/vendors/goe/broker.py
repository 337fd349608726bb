"""What a broker is to a charger's link: topics to hear and to speak to."""

from collections.abc import Callable, Collection
from typing import Protocol

from .errors import GoeBrokerError

# Topic, payload, and whether the broker had kept the message from before.
type OnMessage = Callable[[str, bytes, bool], None]
type OnLink = Callable[[bool], None]


class Broker(Protocol):
    """A connection to an MQTT broker that keeps itself up.

    ``error`` is why there's none, as far as that's known.
    """

    error: GoeBrokerError | None

    async def start(
        self,
        topics: Collection[str],
        on_message: OnMessage,
        on_link: OnLink,
        *,
        instead: Collection[str] = (),
    ) -> None:
        """Hear these topics from now on, and again after each reconnection.

        ``instead`` are those to hear where the broker is known to refuse all of them.

        ``on_link`` tells of a connection that came up, went down or failed to come up.
        Both are called in the event loop and don't raise.
        """

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send a message that isn't kept. Raises ``GoeBrokerError``."""

    async def stop(self) -> None:
        """Hear nothing any more."""
