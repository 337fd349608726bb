"""What announces itself in the network may be anything."""

from ipaddress import ip_address
from typing import Any

import orjson
import pytest

from custom_components.sunbridge.vendors.goe import flow_mqtt
from homeassistant.config_entries import SOURCE_MQTT, SOURCE_ZEROCONF
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .conftest import cases, check_log
from .dice import Dice, Rolled, mostly, often, pick
from .seeds import GOE, GOE_SERIAL
from .wild import TEXTS, encoded, gone_wrong, scalar

_LONGEST_NAME = 64


def _text(dice: Dice, *usual: str) -> str:
    if often(dice, 1, 2):
        return pick(dice, usual)
    return pick(dice, TEXTS) if often(dice, 1, 2) else dice.text(12)


async def _end(hass: HomeAssistant, result: Any) -> str:
    """Check what a flow shows, and end it."""
    if result["type"] is FlowResultType.ABORT:
        return str(result["reason"])
    assert result["type"] is FlowResultType.FORM
    name = result["description_placeholders"]["name"]
    assert 0 < len(name) <= _LONGEST_NAME
    assert name.isprintable()
    hass.config_entries.flow.async_abort(result["flow_id"])
    return "form"


async def test_zeroconf(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """No announcement raises, and none shows more than a name."""
    ends = set()
    for seed in cases(60):
        dice = Rolled(seed)
        host = _text(dice, f"go-echarger_{GOE_SERIAL}.local.", "go-echarger.local.")
        properties = {
            mostly(dice, ("serial", "friendly_name", "x")): mostly(
                dice, (GOE_SERIAL, None, "", *TEXTS)
            )
            for _ in range(dice.number(0, 3))
        }
        if often(dice, 1, 2):
            properties["friendly_name"] = _text(dice, "Garage")
        address = ip_address(pick(dice, ("192.0.2.1", "fe80::1", "::ffff:192.0.2.1")))
        info = ZeroconfServiceInfo(
            ip_address=address,
            ip_addresses=[address],
            port=dice.number(0, 65_535),
            hostname=host,
            type="_http._tcp.local.",
            name=f"{host}._http._tcp.local.",
            properties=properties,
        )
        result = await hass.config_entries.flow.async_init(
            "sunbridge", context={"source": SOURCE_ZEROCONF}, data=info
        )
        ends.add(await _end(hass, result))
    check_log(caplog)
    assert ends == {"form", "goe_no_serial"}


async def test_mqtt(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No topic raises, nor what is heard below it."""
    heard: dict[str, Any] = {}

    async def hear(*_: object) -> dict[str, Any]:
        return heard

    async def broker(*_: object) -> None:
        return None

    monkeypatch.setattr(flow_mqtt, "_async_hear", hear)
    monkeypatch.setattr(flow_mqtt, "async_broker", broker)
    ends = set()
    for seed in cases(60):
        dice = Rolled(seed)
        topic = _text(dice, f"go-eCharger/{GOE_SERIAL}/var", f"/x/{GOE_SERIAL}/var")
        base = topic.rpartition("/")[0] + "/"
        heard.clear()
        for name in (base, f"{_text(dice, 'go-eCharger')}/{_text(dice, '1')}/"):
            body = {"fna": scalar(dice), **dict(pick(dice, GOE))}
            if isinstance(body := gone_wrong(dice, [body]), dict):
                try:
                    heard[name] = orjson.loads(encoded(body))
                except orjson.JSONDecodeError:
                    heard[name] = {}
        info = MqttServiceInfo(
            topic=topic, payload=_text(dice, "22"), qos=0, retain=True,
            subscribed_topic="go-eCharger/+/var", timestamp=0.0,
        )  # fmt: skip
        result = await hass.config_entries.flow.async_init(
            "sunbridge", context={"source": SOURCE_MQTT}, data=info
        )
        ends.add(await _end(hass, result))
    check_log(caplog)
    assert ends == {"form", "goe_no_serial"}
