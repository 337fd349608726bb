"""What a house tells its wallbox, and what a stranger tells us, is nobody else's."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.nrgkick import VALUES_PATH

from ..fuzz.nrgkick import talk
from ..nrgkick_house.conftest import (
    WHOLE,
    free_port,
    house,
    new_entry,
    register,
    set_up,
)
from .conftest import Begin
from .watch import Planted, remove

__all__ = ["house"]

PLANTED = Planted(
    doors={"token": "marked-token", "cookie": "marked-cookie"},
    persons={
        "name": "marked-name",
        "model": "marked-model",
        "path": "marked-path",
        "agent": "marked-agent",
        "garbage": "marked-garbage",
        "meter's own id": "marked-grid",
        "stranger": "192.0.2.66",
    },
)
REQUESTS = (
    f"GET {VALUES_PATH}?token=marked-token HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /marked-path HTTP/1.1\r\nHost: x\r\nUser-Agent: marked-agent\r\n\r\n",
    f"POST {VALUES_PATH} HTTP/1.1\r\nHost: x\r\nCookie: marked-cookie\r\n"
    "Content-Length: 12\r\n\r\nmarked-token",
    "marked-garbage\r\n\r\n",
    f"GET {VALUES_PATH} HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
    "Transfer-Encoding: chunked\r\n\r\ne\r\nmarked-garbage\r\n0\r\n\r\n",
)


@pytest.mark.usefixtures("house")
async def test_house(
    hass: HomeAssistant, watch: Begin, hass_storage: dict[str, Any]
) -> None:
    """Names are the user's and the wallbox's; what strangers send is kept nowhere."""
    seen = await watch(PLANTED)
    register(hass, "sensor.grid")
    parts = [
        (kind, {**part, "name": f"marked-name-{kind}", "model": f"marked-model-{kind}"})
        for kind, part in WHOLE
    ]
    port = free_port()
    entry = new_entry(hass, parts, transport="own", port=port)
    coordinator = await set_up(hass, entry)
    for request in REQUESTS:
        await talk(port, [request.encode()])
    good = await talk(
        port, [f"GET {VALUES_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode()], 5
    )
    assert good.startswith(b"HTTP/1.1 200 ")
    assert coordinator.answers == {200: 3, 400: 2, 404: 1, 500: 1}
    await seen.look(entry)
    # Too much for the wallbox: the house can't be served.
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "load": "balance", "load_power": []}
    )
    await hass.async_block_till_done()
    await seen.look(entry)
    for domain, service in (("switch", "turn_off"), ("switch", "turn_on")):
        for entity_id in hass.states.async_entity_ids(domain):
            try:
                await hass.services.async_call(
                    domain, service, {"entity_id": entity_id}, blocking=True
                )
            except HomeAssistantError as err:
                seen.hear(err)
    await remove(hass, seen, entry, hass_storage)
    # Nothing is asked for here: it's us who are asked.
    seen.urls = ["none"]
    seen.check()


@pytest.mark.usefixtures("house")
async def test_stranger(hass: HomeAssistant, watch: Begin) -> None:
    """An address that asked is for its user's eyes: in the repair, and in diagnostics."""
    seen = await watch(PLANTED)
    entry = new_entry(hass, allowed=[])
    coordinator = await set_up(hass, entry)
    assert coordinator.reply("GET", VALUES_PATH, "192.0.2.66").status == 403
    await hass.async_block_till_done()
    await seen.look(entry)
    assert "192.0.2.66" in str(seen.issues)
    assert "192.0.2.66" in str(seen.diagnostics)
    assert "192.0.2.66" not in seen.logs(ours=True)
    assert "192.0.2.66" not in str(seen.states)
