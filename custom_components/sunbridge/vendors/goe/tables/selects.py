"""Selects of a charger."""

from collections.abc import Callable, Mapping
from typing import Final

from homeassistant.const import EntityCategory
from homeassistant.exceptions import HomeAssistantError

from ....const import DOMAIN
from ....select import SunbridgeSelectDescription
from ...rows import option
from .. import keys
from ..decode import Key
from ..status import Status
from .common import Command, choose

_FORCE: Final = {0: "neutral", 1: "off", 2: "on"}
_LOGIC_MODE: Final = {3: "default", 4: "eco", 5: "daily_trip"}
_PHASE_MODE: Final = {0: "auto", 1: "one", 2: "three"}
_ACCESS: Final = {0: "open", 1: "wait", 2: "evcms"}
_CABLE_LOCK: Final = {0: "while_plugged", 1: "while_charging", 2: "always"}
_ROUNDING: Final = {0: "prefer_from_grid", 1: "default", 2: "prefer_to_grid"}
_SCHEDULE: Final = {
    0: "off",
    1: "allow",
    2: "block",
    3: "allow_from_grid",
    4: "block_from_grid",
}
_BUTTON: Final = {
    0: "never",
    1: "not_while_plugged",
    2: "not_while_charging",
    3: "always",
}
_BALANCING: Final = {0: "static", 1: "dynamic"}
_PRIORITY: Final = {60: "low", 50: "medium", 40: "high"}
_ISO_15118: Final = {0: "off", 1: "optional", 2: "forced"}


def _row(
    key: str,
    source: Key[int],
    options: Mapping[int, str],
    *,
    command_fn: Callable[[Status, str], Command] | None = None,
    config: bool = True,
    enabled: bool = False,
) -> SunbridgeSelectDescription[Status, Command]:
    return SunbridgeSelectDescription(
        key=key,
        translation_key=key,
        reading=option(source, options),
        command_fn=command_fn or choose(source, options),
        options=list(options.values()),
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
    )


def _schedule(
    key: str, source: Key[int]
) -> SunbridgeSelectDescription[Status, Command]:
    """Describe what a schedule does; its times are written back as they are."""
    numbers = {name: number for number, name in _SCHEDULE.items()}

    def command(status: Status, name: str) -> Command:
        schedule = status.raw[source.name]
        if not isinstance(schedule, dict):
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="goe_schedule_unknown"
            )
        return {source.name: {**schedule, "control": numbers[name]}}

    return _row(key, source, _SCHEDULE, command_fn=command)


SELECTS: Final = (
    _row("force_state", keys.FRC, _FORCE, config=False, enabled=True),
    _row("logic_mode", keys.LMO, _LOGIC_MODE, config=False, enabled=True),
    _row("phase_mode", keys.PSM, _PHASE_MODE, config=False, enabled=True),
    _row("access", keys.ACS, _ACCESS, enabled=True),
    _row("cable_unlock", keys.UST, _CABLE_LOCK, enabled=True),
    _row("rounding", keys.FRM, _ROUNDING, enabled=True),
    _schedule("schedule_weekdays", keys.SCH_WEEK),
    _schedule("schedule_saturday", keys.SCH_SATUR),
    _schedule("schedule_sunday", keys.SCH_SUND),
    _row("button_current", keys.BAC, _BUTTON),
    _row("button_force_state", keys.SDP, _BUTTON),
    _row("button_reset_wifi", keys.BAR, _BUTTON),
    _row("load_balancing_type", keys.LOTY, _BALANCING),
    _row("load_balancing_priority", keys.LOP, _PRIORITY),
    _row("iso_15118", keys.ISO2EN, _ISO_15118),
)
