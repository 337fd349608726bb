"""Set up an account of Weheat."""

import asyncio
from typing import Final

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ..devices import TAKEN, async_remove_left_out
from ..issues import async_clear, async_raise
from ..waits import wait_min
from .account import WeheatAccount
from .connect import async_api_of_entry, async_forget, async_noted_calls
from .const import CONF_USER_ID, COUNTER, NOT_ALLOWED
from .coordinator import WeheatCoordinator
from .errors import (
    WeheatConnectionError,
    WeheatError,
    WeheatNoCredentialsError,
    WeheatNotAllowedError,
    WeheatSessionError,
    WeheatTokenError,
)
from .messages import error_key
from .refusals import REFUSALS
from .repairs import async_forget_other, async_watch_other
from .stored import Stored

# While Home Assistant starts, a cloud that doesn't answer must not hold it up; the
# set-up is tried again by itself a few seconds later.
STARTING_TIMEOUT_S: Final = 0.8
SETUP_TIMEOUT_S: Final = 45.0

# What else goes wrong with a heat pump's log is that heat pump's trouble.
_OF_ALL: Final = (
    WeheatConnectionError,
    WeheatNotAllowedError,
    WeheatSessionError,
    WeheatTokenError,
)


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[WeheatCoordinator, ...]:
    """Return a coordinator for each heat pump that the user wants."""
    async_remove_left_out(hass, entry)
    async_watch_other(hass, entry)
    if (refusal := REFUSALS.of(entry.entry_id, hass.loop.time())) is not None:
        raise _not_ready(refusal)
    stored = Stored(hass, entry.entry_id)
    await stored.async_load()
    budget = stored.budget()
    budget.add(async_noted_calls(entry.data[CONF_USER_ID]))
    try:
        api = await async_api_of_entry(hass, entry, budget)
    except WeheatNoCredentialsError as err:
        raise _not_ready(err) from None
    account = WeheatAccount(hass, entry, api, budget, stored)
    try:
        await _async_begin(hass, account)
    except WeheatError as err:
        # The next try has to know of these calls.
        await account.async_save()
        if isinstance(err, (WeheatSessionError, WeheatTokenError)):
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=error_key(err)
            ) from None
        if isinstance(err, WeheatNotAllowedError):
            REFUSALS.note(entry.entry_id, hass.loop.time())
            async_raise(hass, entry, NOT_ALLOWED)
        raise _not_ready(err) from None
    async_clear(hass, entry.entry_id, NOT_ALLOWED)
    account.async_run()
    return tuple(account.pumps.values())


async def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    REFUSALS.forget(entry.entry_id)
    async_forget(entry.entry_id)
    async_forget_other(hass, entry)
    async_clear(hass, entry.entry_id, COUNTER, NOT_ALLOWED, TAKEN)
    await Stored(hass, entry.entry_id).async_remove()


async def _async_begin(hass: HomeAssistant, account: WeheatAccount) -> None:
    """Find the heat pumps, and read each of them once.

    Raises ``WeheatError``, but not for what is wrong with one of them.
    """
    is_starting = hass.state is not CoreState.running
    try:
        async with asyncio.timeout(
            STARTING_TIMEOUT_S if is_starting else SETUP_TIMEOUT_S
        ):
            account.async_start(await account.api.pumps())
            for coordinator in account.pumps.values():
                try:
                    await account.async_latest(coordinator)
                except _OF_ALL:
                    raise
                except WeheatError as err:
                    # Without room in the budget nothing is sent for the others.
                    coordinator.counters[type(err).__name__] += 1
    except TimeoutError:
        raise WeheatConnectionError("no answer in time") from None


def _not_ready(err: WeheatError) -> ConfigEntryNotReady:
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders={"minutes": wait_min(err)},
    )
