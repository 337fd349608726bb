"""The broker that Home Assistant's own MQTT integration is connected to."""

from collections.abc import Callable, Collection

from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .broker import OnLink, OnMessage
from .errors import GoeBrokerError


class HaBroker:
    """Implements ``Broker``; the connection is Home Assistant's."""

    error: GoeBrokerError | None = None

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; nothing is subscribed yet."""
        self._hass = hass
        self._unsubscribe: list[Callable[[], None]] = []

    async def start(
        self,
        topics: Collection[str],
        on_message: OnMessage,
        on_link: OnLink,
        *,
        instead: Collection[str] = (),
    ) -> None:
        """Subscribe; Home Assistant does it again after each reconnection.

        It doesn't tell what the broker refuses, so that there's never an ``instead``.
        """
        # Its own way to wait gives a future away that whoever is cancelled cancels for
        # all who wait. Who starts this tries again.
        if not self._hass.config_entries.async_loaded_entries(mqtt.DOMAIN):
            self.error = GoeBrokerError("Home Assistant's MQTT isn't set up")
            return

        @callback
        def received(message: mqtt.ReceiveMessage) -> None:
            if isinstance(message.payload, bytes):
                on_message(message.topic, message.payload, message.retain)

        # Without the mark it would be called in a thread.
        @callback
        def link_changed(up: bool) -> None:
            on_link(up)

        self._unsubscribe.append(
            mqtt.async_subscribe_connection_status(self._hass, link_changed)
        )
        try:
            for topic in topics:
                # One by one: when one fails, those before it are still to be ended.
                self._unsubscribe.append(
                    await mqtt.async_subscribe(
                        self._hass, topic, received, qos=0, encoding=None
                    )
                )
        except HomeAssistantError:
            self.error = GoeBrokerError("Home Assistant's MQTT isn't set up")
            return
        if mqtt.is_connected(self._hass):
            on_link(True)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send a message. Raises ``GoeBrokerError``."""
        try:
            if not mqtt.is_connected(self._hass):
                raise GoeBrokerError("not connected")
            await mqtt.async_publish(self._hass, topic, payload)
        except (HomeAssistantError, KeyError) as err:
            raise GoeBrokerError(type(err).__name__) from None

    async def stop(self) -> None:
        """Unsubscribe."""
        while self._unsubscribe:
            self._unsubscribe.pop()()
