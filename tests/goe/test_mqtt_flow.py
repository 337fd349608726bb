"""Adding a go-e charger over a real broker."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulators.goe import Charger, MqttFront
from simulators.mosquitto import Mosquitto

from ..conftest import SERIAL, TOKEN
from .flows import BASE, access, choices, enter, finish, short
from .test_config_flow import start

__all__ = ["short"]


async def test_add_over_a_broker(
    hass: HomeAssistant, broker: Mosquitto, on_broker: MqttFront
) -> None:
    """The chargers that are heard are listed, and one is added."""
    flow_id = await start(hass, "goe_broker")
    result = await enter(hass, flow_id, access(broker))
    (choice,) = choices(result)
    assert choice == f"go-e Charger ({SERIAL}, 60.2)"
    result = await enter(hass, flow_id, {"charger": choice})
    entry = await finish(hass, result)
    assert entry.data == {
        "vendor": "goe",
        "transport": "broker",
        "serial": SERIAL,
        "base_topic": BASE,
        **access(broker),
    }
    assert entry.unique_id == f"goe_{SERIAL}"


async def test_twice(
    hass: HomeAssistant, broker: Mosquitto, on_broker: MqttFront
) -> None:
    """A charger that is heard by two topics can be chosen by either."""
    other = f"/go-eCharger/{SERIAL}/"
    await on_broker.publish(f"{other}fwv", b'"60.2"', retain=True)
    flow_id = await start(hass, "goe_broker")
    result = await enter(hass, flow_id, access(broker))
    assert sorted(choices(result)) == sorted([BASE, other])
    entry = await finish(hass, await enter(hass, flow_id, {"charger": other}))
    assert entry.data["base_topic"] == other


async def test_add_over_home_assistant(
    hass: HomeAssistant, ha_mqtt: None, on_broker: MqttFront
) -> None:
    """Where Home Assistant has a broker, it's a way to the charger, too."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    result = await enter(hass, result["flow_id"], {"next_step_id": "goe"})
    menu: Any = result["menu_options"]
    assert menu == ["goe_local", "goe_cloud", "goe_mqtt", "goe_broker"]
    result = await enter(hass, result["flow_id"], {"next_step_id": "goe_mqtt"})
    assert len(choices(result)) == 1
    result = await enter(hass, result["flow_id"], {"charger": BASE})
    entry = await finish(hass, result)
    assert entry.data["transport"] == "mqtt"
    assert "password" not in entry.data


async def test_no_mqtt_integration(hass: HomeAssistant) -> None:
    """Without Home Assistant's MQTT that way isn't offered."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    result = await enter(hass, result["flow_id"], {"next_step_id": "goe"})
    menu: Any = result["menu_options"]
    assert menu == ["goe_local", "goe_cloud", "goe_broker"]


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [
        ("12345", "go-eCharger/"),
        ("12345", "/go-eCharger/"),
        (f" house/cellar/{SERIAL} ", "house/cellar/"),
        (f"/go-eCharger/{SERIAL}/", "/go-eCharger/"),
    ],
)
async def test_typed(
    hass: HomeAssistant, broker: Mosquitto, charger: Charger, typed: str, prefix: str
) -> None:
    """A serial number, or a topic of one's own, can be typed."""
    front = MqttFront(
        charger,
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        prefix=prefix,
        tick_s=0.05,
    )
    async with front:
        flow_id = await start(hass, "goe_broker")
        await enter(hass, flow_id, access(broker))
        result = await enter(hass, flow_id, {"charger": typed})
        entry = await finish(hass, result)
    assert entry.data["base_topic"] == f"{prefix}{SERIAL}/"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ("999999", {"charger": "goe_mqtt_silent"}),
        ("house/999999", {"charger": "goe_mqtt_silent"}),
        ("garage", {"charger": "goe_invalid_topic"}),
        ("+/012345", {"charger": "goe_invalid_topic"}),
        ("#", {"charger": "goe_invalid_topic"}),
        ("/", {"charger": "goe_invalid_topic"}),
    ],
)
async def test_typed_wrong(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    typed: str,
    errors: dict[str, str],
) -> None:
    """What isn't heard or can't be a topic is told, and can be corrected."""
    flow_id = await start(hass, "goe_broker")
    await enter(hass, flow_id, access(broker))
    result = await enter(hass, flow_id, {"charger": typed})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    await finish(hass, await enter(hass, flow_id, {"charger": SERIAL}))


async def test_already_set_up(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    entry: MockConfigEntry,
) -> None:
    """A charger that is set up by another way isn't added again."""
    entry.add_to_hass(hass)
    flow_id = await start(hass, "goe_broker")
    await enter(hass, flow_id, access(broker))
    result = await enter(hass, flow_id, {"charger": BASE})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "goe_other_transport"


async def test_several(
    hass: HomeAssistant, broker: Mosquitto, on_broker: MqttFront
) -> None:
    """All that are heard are listed, and what else is there isn't."""
    front = MqttFront(
        Charger("023456", TOKEN, name="Carport"),
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        prefix="/go-eCharger/",
        tick_s=0.05,
    )
    async with front:
        await on_broker.publish("go-eCharger/garage/amp", b"16", retain=True)
        await on_broker.publish("go-eCharger/777777/amp", b"half", retain=True)
        flow_id = await start(hass, "goe_broker")
        result = await enter(hass, flow_id, access(broker))
    assert [choice.split(",")[0] for choice in choices(result)] == [
        "go-e Charger (023456",
        f"go-e Charger ({SERIAL}",
    ]
    hass.config_entries.flow.async_abort(flow_id)
