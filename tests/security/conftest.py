"""Fixtures of those who look for secrets."""

from collections.abc import Awaitable, Callable

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant

from .watch import Planted, Watch

type Begin = Callable[[Planted], Awaitable[Watch]]


@pytest.fixture
def watch(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    hass_client: ClientSessionGenerator,
    socket_enabled: None,
) -> Begin:
    """Return what begins to watch for what is planted."""

    async def begin(planted: Planted) -> Watch:
        found = Watch(hass, caplog, hass_client, planted)
        await found.begin()
        return found

    return begin
