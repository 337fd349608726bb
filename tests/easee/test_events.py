"""An Easee charger's firmware, sessions and tags: offered, and told as events."""

import math

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee.state import Observed
from homeassistant.core import HomeAssistant
from simulators.clock import Clock
from simulators.easee import Account, Car, Charger, Cloud, Id

from .commands import call, sent
from .conftest import SERIAL, set_up, state, until


async def test_firmware(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """An update is offered, started, and seen to end."""
    await set_up(hass, entry)
    update = "update.garage_firmware"
    await until(lambda: state(hass, update) == "on")
    await call(hass, "install", update)
    assert sent(cloud, "update_firmware") == [None]
    charger.observe(Id.FIRMWARE, charger.latest_firmware)
    await until(lambda: state(hass, update) == "off")


async def test_firmware_of_another(
    hass: HomeAssistant,
    cloud: Cloud,
    user: Account,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """A charger of whose firmware nothing is told keeps none from the others."""
    user.chargers.insert(0, Charger("EH000001", name="Untold", clock=clock))
    cloud.faults.only_paths, cloud.faults.status = "/firmware/EH000001", 404
    await set_up(hass, entry)
    await until(lambda: state(hass, "update.garage_firmware") == "on")


async def test_session_events(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """The beginning and the end of a session are events, and tags stay unknown."""
    charger.plug_in(Car())
    await set_up(hass, entry)
    event = "event.garage_charging_session"
    assert state(hass, event) == "unknown"
    clock.advance(60)
    charger.unplug()
    await until(lambda: state(hass, event) != "unknown")
    found = hass.states.get(event)
    assert found is not None
    assert found.attributes["event_type"] == "finished"
    assert found.attributes["energy_kwh"] >= 0
    assert len(found.attributes["tag"]) == 8
    clock.advance(60)
    charger.plug_in(Car())
    await until(
        lambda: (
            (s := hass.states.get(event)) is not None
            and s.attributes["event_type"] == "started"
        )
    )


@pytest.mark.parametrize(
    ("number", "kind"), [(Id.SESSION_START, "started"), (Id.SESSION, "finished")]
)
async def test_session_is_told_once(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
    number: int,
    kind: str,
) -> None:
    """The stream has whole seconds; the same with a fraction is no other session."""
    charger.plug_in(Car())
    await set_up(hass, entry)
    event = "event.garage_charging_session"
    clock.advance(60)
    charger.unplug()
    if kind == "started":
        clock.advance(60)
        charger.plug_in(Car())
    await until(
        lambda: (
            (s := hass.states.get(event)) is not None
            and s.attributes.get("event_type") == kind
        )
    )
    told = state(hass, event)
    (coordinator,) = (
        one for one in entry.runtime_data.coordinators if one.product.serial == SERIAL
    )
    seen = charger.observations[number]
    at_s = math.floor(seen.at_s) + 0.4
    again = Observed(SERIAL, number, seen.value, at_s)
    coordinator.take_state([again], hass.loop.time())
    assert coordinator.data.at_s(coordinator.data.keys[number]) == at_s
    charger.set_online(False)
    await until(lambda: state(hass, event) == "unavailable")
    charger.set_online(True)
    await until(lambda: state(hass, event) != "unavailable")
    assert state(hass, event) == told


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_tag_event(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """A tag is told from others without being told."""
    charger.scan("marked-1")
    await set_up(hass, entry)
    charger.scan("marked-2")
    event = "event.garage_tag"
    await until(lambda: state(hass, event) not in ("unknown", None))
    found = hass.states.get(event)
    assert found is not None
    assert found.attributes["event_type"] == "scanned"
    assert "marked" not in str(found)
    assert SERIAL not in str(found)

    # Another one in the same second, perhaps, which is how exact its times are.
    charger.scan("marked-3")
    await until(
        lambda: (
            (another := hass.states.get(event)) is not None
            and another.attributes["tag"] != found.attributes["tag"]
        )
    )
