"""Buttons, events, texts, times and the firmware of a charger."""

from datetime import time
from typing import Final

from homeassistant.components.button import ButtonDeviceClass
from homeassistant.components.update import UpdateDeviceClass
from homeassistant.const import EntityCategory

from ....button import SunbridgeButtonDescription
from ....entity import Reading
from ....event import Happening, SunbridgeEventDescription
from ....text import SunbridgeTextDescription
from ....time import SunbridgeTimeDescription
from ....update import Firmware, SunbridgeUpdateDescription
from ...json import JsonValue
from ...rows import derived, of, part
from .. import derive, keys
from ..decode import Key
from ..status import Status
from .common import Command, write

_COLOUR: Final = "#[0-9a-fA-F]{6}"
_CARD_READ: Final = "card_read"


def _button(
    key: str,
    command: Command,
    *needs: Key[object],
    device_class: ButtonDeviceClass | None = None,
    config: bool = True,
    enabled: bool = True,
) -> SunbridgeButtonDescription[Status, Command]:
    return SunbridgeButtonDescription(
        key=key,
        translation_key=key,
        reading=Reading(frozenset(need.name for need in needs), lambda _: None),
        command_fn=lambda _: command,
        device_class=device_class,
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
    )


BUTTONS: Final = (
    _button("restart", {"rst": True}, device_class=ButtonDeviceClass.RESTART),
    _button("authorize", {keys.TRX.name: 0}, keys.TRX, config=False),
    _button("abort_pause", {keys.MCPEA.name: None}, keys.MCPEA, enabled=False),
)


def _card_read(status: Status) -> Happening | None:
    """Return the last card reading, by the charger's own clock."""
    at_ms, card = status[keys.LRR], status[keys.LRC]
    if at_ms is None:
        return None
    return Happening(_CARD_READ, at_ms, (("card", None if card is None else card + 1),))


EVENTS: Final = (
    SunbridgeEventDescription(
        key="card_read",
        translation_key="card_read",
        reading=derived(_card_read, keys.LRR, keys.LRC),
        event_types=[_CARD_READ],
    ),
)


def _text(
    key: str, source: Key[str], *, longest: int = 7, pattern: str | None = _COLOUR
) -> SunbridgeTextDescription[Status, Command]:
    return SunbridgeTextDescription(
        key=key,
        translation_key=key,
        reading=of(source),
        command_fn=write(source, str),
        native_min=0 if pattern is None else longest,
        native_max=longest,
        pattern=pattern,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    )


TEXTS: Final = (
    _text("friendly_name", keys.FNA, longest=64, pattern=None),
    _text("colour_idle", keys.CID),
    _text("colour_waiting", keys.CWC),
    _text("colour_charging", keys.CCH),
    _text("colour_finished", keys.CFI),
)


def _time_of_day(seconds: int) -> time | None:
    """Turn seconds after midnight into a time."""
    if not 0 <= seconds < 86_400:
        return None
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _seconds(value: time) -> JsonValue:
    return value.hour * 3600 + value.minute * 60 + value.second


TIMES: Final = (
    SunbridgeTimeDescription(
        key="next_trip_time",
        translation_key="next_trip_time",
        reading=part(keys.ATT, _time_of_day),
        command_fn=write(keys.ATT, _seconds),
    ),
)


def _firmware(status: Status) -> Firmware | None:
    installed = status[keys.FWV]
    if installed is None:
        return None
    return Firmware(installed, derive.latest_firmware(status))


UPDATES: Final = (
    SunbridgeUpdateDescription(
        key="firmware",
        reading=derived(_firmware, keys.FWV, keys.OCU),
        # The charger takes only a text that stands in its own list.
        command_fn=lambda _, release: {"oct": release},
        device_class=UpdateDeviceClass.FIRMWARE,
        entity_category=EntityCategory.CONFIG,
    ),
)
