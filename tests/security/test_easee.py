"""An Easee account's secrets, by both streams."""

import hashlib
import logging
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import control, rest
from custom_components.sunbridge.vendors.hidden import HIDDEN
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.easee import Account, Car, Charger, Cloud, Publisher
from simulators.easee.charger import RFID
from simulators.rabbitmq import RabbitMQ

from ..easee.conftest import (
    EQUALIZER,
    PASSWORD,
    SERIAL,
    USERNAME,
    account_of,
    amqp_entry,
    authority,
    charger,
    clock,
    cloud,
    equalizer,
    new_entry,
    partner,
    quick,
    rabbit,
    set_up,
    until,
    user,
)
from .conftest import Begin
from .watch import Planted, Watch, remove

__all__ = [
    "amqp_entry", "authority", "charger", "clock", "cloud", "equalizer",
    "partner", "quick", "rabbit", "user",
]  # fmt: skip

# A whole life takes its time where others work too.
pytestmark = pytest.mark.timeout(300)

CHANGED = "marked-new-password"
# Nothing that the simulator plants (site, owner, Wi-Fi, meter, token) is without it.
PERSONS = {
    "serial": SERIAL,
    "equalizer": EQUALIZER,
    "user": USERNAME,
    "tag": RFID,
    "tag reversed": RFID[::-1],
    "any": "marked",
    # As it was told before it had a salt.
    "hash of the tag": hashlib.sha256(f"sunbridge {RFID}".encode()).hexdigest()[:8],
}
DOORS = {
    "password": PASSWORD,
    "changed": CHANGED,
    "token": "marked-signature",
    "salt": "marked-salt",
}
CURRENT = {"entity_id": "number.garage_charging_current", "value": 10}
FAULTS: list[dict[str, Any]] = [
    *({"status": status} for status in (400, 401, 403, 404, 500, 503)),
    *({"garbage": kind} for kind in ("html", "truncated", "list", "null", "not_utf8")),
    {"hang": True},
    {"drop": True},
    {"rest_down": True},
    {"reject_commands": True},
    {"ignore_commands": True, "no_result": True},
    {"status": 429, "retry_after_s": 1},
    {"gateway_403": True},
    {"html_502": True},
]


@pytest.fixture
def entry() -> MockConfigEntry:
    """Return the entry of the account, with a salt that is known."""
    return new_entry(tag_salt=DOORS["salt"])


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing."""
    monkeypatch.setattr(rest, "REQUEST_TIMEOUT_S", 30)
    monkeypatch.setattr(control, "CONFIRM_TIMEOUT_S", 0.4)


async def act(hass: HomeAssistant, watch: Watch) -> None:
    """Send a command; note what comes of it."""
    try:
        await hass.services.async_call("number", "set_value", CURRENT, blocking=True)
    except HomeAssistantError as err:
        watch.hear(err)


async def fail(
    hass: HomeAssistant, watch: Watch, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Let everything go wrong that can, one after the other."""
    coordinator = entry.runtime_data.coordinators[0]
    gate = coordinator._account.api.rest.gate
    for faults in FAULTS:
        for name, value in faults.items():
            setattr(cloud.faults, name, value)
        # Only what hangs isn't waited for: a busy machine answers late.
        timeout_s = 0.3 if "hang" in faults else 30
        with patch.object(rest, "REQUEST_TIMEOUT_S", timeout_s):
            await coordinator.async_refresh()
            watch.hear(coordinator.last_exception)
            await act(hass, watch)
        if "status" in faults or "garbage" in faults:
            cloud.hub.drop_connections()
        await watch.look(entry)
        default = type(cloud.faults)()
        for name in faults:
            setattr(cloud.faults, name, getattr(default, name))
        gate.block.until_s = 0.0
        gate.all_calls._times.clear()
        gate.observations._times.clear()


async def speak(watch: Watch, cloud: Cloud, entry: MockConfigEntry) -> None:
    """Let the hub say what nobody understands."""
    account = account_of(entry)
    for text in (
        "marked-nonsense\x1e",
        '{"marked-name": "marked-value"}\x1e',
        '{"type":1,"target":"ProductUpdate","arguments":["marked-text"]}\x1e',
        '{"type":1,"target":"ProductUpdate","arguments":[{"mid":"marked-serial"}]}\x1e',
        '{"type":3,"invocationId":"0","error":"marked-error"}\x1e',
        '{"type":7,"error":"marked-closed"}\x1e',
    ):
        cloud.hub.send_raw(text)
    await until(lambda: account.counters["EaseeStreamError"] > 0)
    assert len(account.shapes) == 4
    await watch.look(entry)
    await until(lambda: account.is_linked)


async def reauth(
    hass: HomeAssistant, watch: Watch, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Let somebody change the password, who then tells it."""
    cloud.accounts[0].password = CHANGED
    cloud.expire_tokens()
    cloud.revoke_refresh()
    cloud.hub.drop_connections()
    await entry.runtime_data.coordinators[0].async_refresh()
    await hass.async_block_till_done()
    await until(lambda: any(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))
    (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    await watch.look(entry)
    for password in ("marked-guess", CHANGED):
        result = await hass.config_entries.flow.async_configure(
            flow["flow_id"], {"password": password}
        )
        watch.hear([result.get(key) for key in ("errors", "reason", "title")])
        watch.hear(result.get("description_placeholders"))
    await hass.async_block_till_done()
    assert entry.data["password"] == CHANGED


async def reconfigure(
    hass: HomeAssistant, watch: Watch, entry: MockConfigEntry
) -> None:
    """Choose the products anew, with the password that is stored."""
    result = await entry.start_reconfigure_flow(hass)
    for given in (
        {"password": "marked-guess"},
        {"password": HIDDEN},
        {"chosen": [SERIAL], "add_new": False},
    ):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], given
        )
        watch.hear([result.get(key) for key in ("errors", "reason", "title")])
        watch.hear(result.get("description_placeholders"))
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["password"] == CHANGED
    await watch.look(entry)


def planted(*more: tuple[str, str]) -> Planted:
    """Return what is planted."""
    return Planted({**DOORS, **dict(more)}, PERSONS)


async def end(
    hass: HomeAssistant,
    watch: Watch,
    cloud: Cloud,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Remove the entry, and take the addresses that were asked for."""
    await remove(hass, watch, entry, hass_storage)
    watch.urls = [f"{request.path}?{request.query}" for request in cloud.requests]
    assert not any("access_token" in request.query for request in cloud.requests)


async def test_live_stream(
    hass: HomeAssistant,
    watch: Begin,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Tokens are in headers, the password in bodies; serial numbers are in paths."""
    seen = await watch(planted())
    await set_up(hass, entry)
    charger.scan()
    charger.plug_in(Car())
    await act(hass, seen)
    await seen.look(entry)
    await speak(seen, cloud, entry)
    await fail(hass, seen, cloud, entry)
    await reauth(hass, seen, cloud, entry)
    await reconfigure(hass, seen, entry)
    await end(hass, seen, cloud, entry, hass_storage)
    seen.check(in_urls={"serial", "equalizer"})
    sent = [request for request in cloud.requests if PASSWORD in request.body]
    assert {request.path for request in sent} == {"/api/accounts/login"}


async def test_queue(
    hass: HomeAssistant,
    watch: Begin,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    user: Account,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Nor are the queue's name, user and password anywhere."""
    queue = {
        "queue": rabbit.queue,
        "queue's user": rabbit.username,
        "queue's password": rabbit.password,
    }
    seen = await watch(planted(*queue.items()))
    await set_up(hass, amqp_entry)
    charger.scan()
    await partner.poison()
    await partner.flush()
    await act(hass, seen)
    await seen.look(amqp_entry)
    await fail(hass, seen, cloud, amqp_entry)
    await rabbit.stop()
    await until(lambda: not account_of(amqp_entry).is_linked)
    await seen.look(amqp_entry)
    await rabbit.start()
    await until(lambda: account_of(amqp_entry).is_linked)
    await reauth(hass, seen, cloud, amqp_entry)
    await end(hass, seen, cloud, amqp_entry, hass_storage)
    # At debug level the library says what it consumes from; never the password.
    seen.check(in_urls={"serial", "equalizer"}, not_of={"aiormq", "aio_pika"})
    for record in seen.caplog.records:
        assert rabbit.password not in record.getMessage()
        if record.levelno > logging.DEBUG:
            assert rabbit.queue not in record.getMessage()
