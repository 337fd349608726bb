"""What entities do with values, whatever the vendor."""

from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.sunbridge.entity import Reading
from custom_components.sunbridge.event import (
    Happening,
    SunbridgeEvent,
    SunbridgeEventDescription,
)
from custom_components.sunbridge.sensor import (
    SensorValue,
    SunbridgeSensor,
    SunbridgeSensorDescription,
)


def coordinator_of(data: Any) -> Any:
    """Return as much of a coordinator as an entity needs to read its data."""
    return SimpleNamespace(
        data=data,
        device_id="device",
        device_info={},
        available=True,
        source_available=True,
    )


@pytest.mark.parametrize(
    ("value", "shown"), [("s" * 300, "s" * 255), ("short", "short"), (1.5, 1.5)]
)
def test_long_text(value: SensorValue, shown: SensorValue) -> None:
    """A text is cut to what Home Assistant takes as a state."""
    description = SunbridgeSensorDescription[SensorValue](
        key="text", reading=Reading(frozenset(), lambda data: data)
    )
    assert SunbridgeSensor(coordinator_of(value), description).native_value == shown


def test_happening_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes late of a happening, or early of the next, isn't another one."""
    description = SunbridgeEventDescription[Happening](
        key="card",
        reading=Reading(frozenset(), lambda data: data),
        event_types=["card_read"],
    )
    monkeypatch.setattr(SunbridgeEvent, "async_write_ha_state", lambda _: None)
    coordinator = coordinator_of(Happening("card_read", 1.0, (("card", 1),)))
    event = SunbridgeEvent(coordinator, description)
    told = []
    monkeypatch.setattr(
        event, "_trigger_event", lambda kind, attributes: told.append(attributes)
    )
    for at_s, card in ((1.0, 2), (2.0, 2), (2.0, 2), (3.0, 2)):
        coordinator.data = Happening("card_read", at_s, (("card", card),))
        event._handle_coordinator_update()
    assert told == [{"card": 2}, {"card": 2}]
