"""Set up an account of Easee."""

import asyncio
from secrets import token_hex
from typing import Final

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady

from ...const import CONF_TRANSPORT, DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ..devices import TAKEN, async_remove_left_out, async_tell_taken, is_taken
from ..issues import async_clear
from ..waits import wait_min
from .account import EaseeAccount, store_of
from .charger import TAG_SALT_BYTES
from .connect import api_of_entry, async_forget, async_stream
from .const import AMQP, CONF_TAG_SALT, QUEUE, SHARED_QUEUE, VENDOR
from .coordinator import EaseeCoordinator
from .errors import EaseeConnectionError, EaseeCredentialsError, EaseeError
from .messages import error_key

# While Home Assistant starts, a cloud that doesn't answer must not hold it up; the
# set-up is tried again by itself a few seconds later.
STARTING_TIMEOUT_S: Final = 0.8
SETUP_TIMEOUT_S: Final = 30.0
# Entities come when their values do; most of them soon enough to be waited for.
FIRST_READS_TIMEOUT_S: Final = 5.0


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[EaseeCoordinator, ...]:
    """Return a coordinator for each product that the user wants."""
    if CONF_TAG_SALT not in entry.data:
        # Kept with the settings: automations go by the fingerprints that it makes.
        salt = {CONF_TAG_SALT: token_hex(TAG_SALT_BYTES)}
        hass.config_entries.async_update_entry(entry, data={**entry.data, **salt})
    async_remove_left_out(hass, entry)
    is_starting = hass.state is not CoreState.running
    api = api_of_entry(hass, entry)
    try:
        async with asyncio.timeout(
            STARTING_TIMEOUT_S if is_starting else SETUP_TIMEOUT_S
        ):
            products = await api.products()
    except TimeoutError:
        raise _not_ready(EaseeConnectionError("no answer in time")) from None
    except EaseeCredentialsError as err:
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key=error_key(err)
        ) from None
    except EaseeError as err:
        raise _not_ready(err) from None
    if entry.data[CONF_TRANSPORT] != AMQP:
        # Who has changed the stream shares no queue any more.
        async_clear(hass, entry.entry_id, SHARED_QUEUE)
    account = EaseeAccount(hass, entry, api)
    wanted = [product for product in products if account.wants(product.serial)]
    free = [
        product
        for product in wanted
        if not is_taken(hass, entry, f"{VENDOR}_{product.serial}")
    ]
    async_tell_taken(hass, entry, len(wanted), len(free))
    await account.async_start(free, await async_stream(hass, entry, api, account))
    if free:
        try:
            async with asyncio.timeout(
                STARTING_TIMEOUT_S if is_starting else FIRST_READS_TIMEOUT_S
            ):
                await account.async_first_reads()
        except TimeoutError:
            pass  # the rest comes later
    return tuple(account.products.values())


async def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    async_forget(entry.entry_id)
    async_clear(hass, entry.entry_id, QUEUE, SHARED_QUEUE, TAKEN)
    await store_of(hass, entry.entry_id).async_remove()


def _not_ready(err: EaseeError) -> ConfigEntryNotReady:
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders={"minutes": wait_min(err)},
    )
