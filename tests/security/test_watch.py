"""The watch sees what it's there for: a leak at any place is found."""

from collections.abc import Callable
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge import diagnostics
from custom_components.sunbridge.vendors.goe.http import HttpTransport
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulators.goe import CloudFront

from ..conftest import SERIAL, TOKEN
from .conftest import Begin
from .watch import Planted, Watch, nothing_left

PLANTED = Planted(doors={"token": TOKEN}, persons={"serial": SERIAL})
OURS = logging.getLogger("custom_components.sunbridge")
OTHERS = logging.getLogger("httpx")


async def live(
    hass: HomeAssistant, watch: Begin, entry: MockConfigEntry, cloud: CloudFront
) -> Watch:
    """Set a charger up, and look at it."""
    seen = await watch(PLANTED)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await seen.look(entry)
    seen.urls = [f"{request.path}?{request.raw_query}" for request in cloud.requests]
    return seen


async def test_nothing(
    hass: HomeAssistant, watch: Begin, entry: MockConfigEntry, cloud: CloudFront
) -> None:
    """Without a leak there's nothing to see."""
    seen = await live(hass, watch, entry, cloud)
    seen.check(in_urls={"serial"})


def _in_log(level: int, logger: logging.Logger) -> Callable[..., None]:
    def leak(_: HomeAssistant, entry: MockConfigEntry, __: Watch) -> None:
        logger.log(level, "Asking with %s", entry.data["token"])

    return leak


def _in_traceback(_: HomeAssistant, entry: MockConfigEntry, __: Watch) -> None:
    try:
        int(entry.data["token"])
    except ValueError:
        OURS.debug("That's odd", exc_info=True)


def _in_state(hass: HomeAssistant, entry: MockConfigEntry, __: Watch) -> None:
    hass.states.async_set("sensor.x", "1", {"serial": entry.data["serial"]})


def _in_issue(hass: HomeAssistant, entry: MockConfigEntry, __: Watch) -> None:
    ir.async_create_issue(
        hass,
        "sunbridge",
        "x",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="x",
        translation_placeholders={"name": entry.data["serial"]},
    )


def _in_device(hass: HomeAssistant, entry: MockConfigEntry, __: Watch) -> None:
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("sunbridge", "x")},
        name=f"Garage {SERIAL}",
    )


def _in_reason(_: HomeAssistant, entry: MockConfigEntry, __: Watch) -> None:
    object.__setattr__(entry, "reason", f"{SERIAL} doesn't answer")


def _find(token: str) -> int:
    try:
        return int(token)
    except ValueError:
        raise LookupError("no such thing") from None


def _in_error(_: HomeAssistant, __: MockConfigEntry, seen: Watch) -> None:
    try:
        _find(TOKEN)
    except LookupError as err:
        seen.hear(err)


def _in_url(_: HomeAssistant, __: MockConfigEntry, seen: Watch) -> None:
    seen.urls.append(f"/api/status?token={TOKEN}")


@pytest.mark.parametrize(
    ("leak", "where"),
    [
        (_in_log(logging.DEBUG, OURS), "our log"),
        (_in_log(logging.WARNING, OTHERS), "others' log"),
        (_in_log(logging.DEBUG, logging.getLogger("asyncio")), "asyncio"),
        (_in_traceback, "our log"),
        (_in_state, "states"),
        (_in_issue, "issues"),
        (_in_device, "flows and errors"),
        (_in_reason, "flows and errors"),
        (_in_error, "flows and errors"),
        (_in_url, "urls"),
    ],
)
async def test_leak(
    hass: HomeAssistant,
    watch: Begin,
    entry: MockConfigEntry,
    cloud: CloudFront,
    leak: Callable[[HomeAssistant, MockConfigEntry, Watch], None],
    where: str,
) -> None:
    """Each kind of leak is found, and where it is."""
    seen = await live(hass, watch, entry, cloud)
    leak(hass, entry, seen)
    await hass.async_block_till_done()
    await seen.look(entry)
    with pytest.raises(AssertionError, match=where):
        seen.check(in_urls={"serial"})


async def test_leak_in_diagnostics(
    hass: HomeAssistant,
    watch: Begin,
    entry: MockConfigEntry,
    cloud: CloudFront,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A setting that nobody redacts is found."""
    monkeypatch.setattr(diagnostics, "TO_REDACT", diagnostics.TO_REDACT - {"token"})
    seen = await live(hass, watch, entry, cloud)
    with pytest.raises(AssertionError, match="diagnostics"):
        seen.check(in_urls={"serial"})


async def test_leak_in_what_is_asked(
    hass: HomeAssistant,
    watch: Begin,
    entry: MockConfigEntry,
    cloud: CloudFront,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token in an address is found at the server that was asked."""
    get: Any = HttpTransport._get

    async def leaky(self: Any, url: Any) -> Any:
        return await get(self, url.copy_merge_params({"token": TOKEN}))

    monkeypatch.setattr(HttpTransport, "_get", leaky)
    seen = await live(hass, watch, entry, cloud)
    with pytest.raises(AssertionError, match="urls"):
        seen.check(in_urls={"serial"})


async def test_what_is_left(
    hass: HomeAssistant,
    watch: Begin,
    entry: MockConfigEntry,
    cloud: CloudFront,
    hass_storage: dict[str, Any],
) -> None:
    """A removed entry's settings and files are missed where they stay."""
    await live(hass, watch, entry, cloud)
    with pytest.raises(AssertionError, match="token"):
        await nothing_left(hass, hass_storage, PLANTED)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await nothing_left(hass, hass_storage, PLANTED)
    hass_storage["sunbridge.goe.x"] = {"data": {}}
    with pytest.raises(AssertionError, match=r"sunbridge\.goe"):
        await nothing_left(hass, hass_storage, PLANTED)
