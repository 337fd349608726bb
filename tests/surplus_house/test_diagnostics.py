"""What diagnostics say of the surplus: numbers and words of our own, no names."""

from typing import Any

import orjson
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from ..nrgkick_house.conftest import register, say
from .conftest import BATTERY
from .fakes import FakeRoom, fake_fixture  # noqa: F401
from .house import BOX, PUMP, House, house_fixture, set_up, surplus_entry  # noqa: F401


async def test_diagnostics(
    hass: HomeAssistant,
    house: House,
    fake: FakeRoom,
    hass_client: ClientSessionGenerator,
) -> None:
    """The last decision with what it's made of is there, and nobody's names are."""
    say(hass, "sensor.battery", -500)
    say(hass, "sensor.soc", 55, "%")
    say(hass, "sensor.roof", 5000)
    await fake.async_load()
    registry = er.async_get(hass)
    meter = register(hass, "sensor.grid").id
    box = {**BOX, "name": "marked-box"}
    entry = surplus_entry(
        hass,
        ("any_charger", box),
        fake.load,
        ("switched_load", {**PUMP, "name": "marked-pump"}),
        grid={"power": [meter], "reverse": [], "inverted": False},
        pv={"power": ["sensor.roof"]},
        battery=BATTERY,
        options={"max_import_w": 9000, "band_low": 40, "band_high": 90},
    )
    await set_up(hass, entry)
    await house.run(60)
    assert registry.async_get("sensor.grid") is not None
    assert await async_setup_component(hass, "diagnostics", {})
    await hass.async_block_till_done()
    client = await hass_client()
    response = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert response.status == 200
    found: Any = (await response.json())["data"]
    shown, *loads = found["coordinators"]
    assert isinstance(shown["grid"]["power_w"], float)
    assert shown["battery"] == {
        "power_w": -500.0,
        "soc_percent": 55.0,
        "at_s": shown["battery"]["at_s"],
    }
    assert shown["pv_w"] == 5000.0
    assert shown["wishes"] == {"battery_rule": "car_first", "margin_w": 0.0}
    assert shown["counters"]["decisions"] > 50
    assert shown["controller"]["loads"].keys() == {"00", "01", "02"}
    assert [load["kind"] for load in loads] == [
        "any_charger",
        "charger",
        "switched_load",
    ]
    assert loads[0]["commands"]["sent"] >= 1
    assert loads[0]["report"]["is_plugged"] is True
    assert loads[0]["view"]["reason"]
    assert loads[1]["settings"]["feed_every_s"] == 5.0
    assert loads[2]["settings"]["power_w"] == 1000.0
    coordinators = orjson.dumps(found["coordinators"]).decode()
    for secret in ("marked", "Garage", "sensor.", "switch.", fake.device.id, meter):
        assert secret not in coordinators


async def test_before_anything_is_known(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """They can be asked for at any time."""
    fake.is_up = False
    house.meter = lambda _: None
    hass.states.async_remove("sensor.grid")
    entry = surplus_entry(hass, fake.load)
    await set_up(hass, entry)
    shown, load = (one.diagnostics() for one in entry.runtime_data.coordinators)
    assert shown["grid"]["power_w"] is None
    assert shown["battery"] is None
    assert load["report"] is None
    assert load["view"]["reason"] == "offline"
