"""Set up an account of Weheat."""

import asyncio
from typing import Final

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from .account import Stored, WeheatAccount
from .connect import api_of_entry
from .coordinator import WeheatCoordinator
from .errors import (
    WeheatBudgetError,
    WeheatConnectionError,
    WeheatError,
    WeheatSessionError,
)
from .messages import error_key, wait_min

# While Home Assistant starts, a cloud that doesn't answer must not hold it up; the
# set-up is tried again by itself a few seconds later.
STARTING_TIMEOUT_S: Final = 1.0
SETUP_TIMEOUT_S: Final = 45.0


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[WeheatCoordinator, ...]:
    """Return a coordinator for each heat pump that the user wants."""
    stored = Stored(hass, entry.entry_id)
    await stored.async_load()
    budget = stored.budget()
    api = api_of_entry(hass, entry, budget)
    account = WeheatAccount(hass, entry, api, budget, stored)
    is_starting = hass.state is not CoreState.running
    try:
        async with asyncio.timeout(
            STARTING_TIMEOUT_S if is_starting else SETUP_TIMEOUT_S
        ):
            pumps = await api.pumps()
            await account.async_start(pump for pump in pumps if account.wants(pump.id))
            for coordinator in account.pumps.values():
                try:
                    await account.async_latest(coordinator)
                except WeheatBudgetError:
                    break  # the rest is read when there's room
    except TimeoutError:
        raise _not_ready(WeheatConnectionError("no answer in time")) from None
    except WeheatSessionError as err:
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key=error_key(err)
        ) from None
    except WeheatError as err:
        raise _not_ready(err) from None
    account.async_run()
    return tuple(account.pumps.values())


@callback
def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    hass.async_create_task(Stored(hass, entry.entry_id).store.async_remove())


def _not_ready(err: WeheatError) -> ConfigEntryNotReady:
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders={"minutes": wait_min(err)},
    )
