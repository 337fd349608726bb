"""What's wrong with the entities that somebody chose for a load."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from homeassistant.components.number import ATTR_MIN
from homeassistant.components.select import ATTR_OPTIONS
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    Platform,
    UnitOfElectricCurrent,
)
from homeassistant.core import HomeAssistant, callback, split_entity_id
from homeassistant.helpers import entity_registry as er

from ...meters.forms import wrong_powers, wrong_source
from ...meters.sensors import entity_id_of
from ...meters.settings import CONF_POWER
from ...meters.units import Measure
from .const import (
    ANY_CHARGER,
    CONF_CONNECTED_PHASES,
    CONF_CURRENT,
    CONF_DEVICE,
    CONF_MEASURED_CURRENT,
    CONF_ONE_PHASE,
    CONF_PHASES_ENTITY,
    CONF_SESSION_ENERGY,
    CONF_SWITCH,
    CONF_THREE_PHASES,
)
from .forms import SINGLE

# What a load is commanded by; two loads with the same one would fight.
_COMMANDED: Final = (CONF_CURRENT, CONF_SWITCH, CONF_PHASES_ENTITY)

# What was entered, with entity ids.
type _Chosen = Mapping[str, Any]
type _Check = Callable[[HomeAssistant, _Chosen], bool]


@callback
def load_errors(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: str,
    chosen: _Chosen,
    own_id: str | None,
) -> dict[str, str]:
    """Return the errors of a load's form, one a field.

    ``own_id`` is the subentry that is changed, None for a new one.
    """
    errors: dict[str, str] = {}
    for field, error in (
        *_chosen_twice(chosen),
        *_taken(hass, entry, chosen, own_id),
        *_wrong_sources(hass, chosen),
    ):
        errors.setdefault(field, error)
    if kind == ANY_CHARGER:
        for field, error, is_wrong in _CHARGER_CHECKS:
            if is_wrong(hass, chosen):
                errors.setdefault(field, error)
    return errors


@callback
def options_of(hass: HomeAssistant, entity_id: str | None) -> list[str] | None:
    """Return what a select offers, None if it isn't a select."""
    if entity_id is None or split_entity_id(entity_id)[0] != Platform.SELECT:
        return None
    return [*(_attribute(hass, entity_id, ATTR_OPTIONS) or ())]


def guessed(options: Iterable[str]) -> dict[str, str]:
    """Return which options are one phase and three, by their digits if those are clear.

    Home Assistant would propose the first option for either.
    """
    found: dict[str, str] = {}
    for key, sign, other in ((CONF_ONE_PHASE, "1", "3"), (CONF_THREE_PHASES, "3", "1")):
        fitting = [text for text in options if sign in text and other not in text]
        if len(fitting) == 1:
            found[key] = fitting[0]
    return found


@callback
def taken_devices(
    hass: HomeAssistant, entry: ConfigEntry, own_id: str | None
) -> set[str]:
    """Return the devices that are other loads, or whose entities command some."""
    entity_ids, device_ids = _commanded(hass, entry, own_id)
    registry = er.async_get(hass)
    for entity_id in entity_ids:
        registered = None if entity_id is None else registry.async_get(entity_id)
        if registered is not None and registered.device_id is not None:
            device_ids.add(registered.device_id)
    return device_ids


def _commanded(
    hass: HomeAssistant, entry: ConfigEntry, own_id: str | None
) -> tuple[set[str | None], set[str]]:
    """Return the entities that command other loads, and the devices that are loads."""
    others = [
        one.data for one in entry.subentries.values() if one.subentry_id != own_id
    ]
    entity_ids = {
        entity_id_of(hass, stored)
        for data in others
        for key in _COMMANDED
        if (stored := data.get(key)) is not None
    }
    return entity_ids, {data[CONF_DEVICE] for data in others if CONF_DEVICE in data}


def _chosen_twice(chosen: _Chosen) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for field in (*SINGLE, CONF_POWER):
        found = chosen.get(field) or []
        entity_ids = [found] if isinstance(found, str) else found
        if len({*entity_ids}) < len(entity_ids) or not seen.isdisjoint(entity_ids):
            yield field, "surplus_same_entity"
        seen.update(entity_ids)


def _taken(
    hass: HomeAssistant, entry: ConfigEntry, chosen: _Chosen, own_id: str | None
) -> Iterator[tuple[str, str]]:
    """Yield the fields whose entity commands another load, or is of its device."""
    entity_ids, device_ids = _commanded(hass, entry, own_id)
    registry = er.async_get(hass)
    for field in _COMMANDED:
        if (entity_id := chosen.get(field)) is None:
            continue
        registered = registry.async_get(entity_id)
        if entity_id in entity_ids or (
            registered and registered.device_id in device_ids
        ):
            yield field, "surplus_taken"


def _wrong_sources(hass: HomeAssistant, chosen: _Chosen) -> Iterator[tuple[str, str]]:
    if error := wrong_powers(hass, chosen.get(CONF_POWER) or ()):
        yield CONF_POWER, error
    energy = chosen.get(CONF_SESSION_ENERGY)
    if energy and (error := wrong_source(hass, energy, Measure.ENERGY)):
        yield CONF_SESSION_ENERGY, error


def _attribute(hass: HomeAssistant, entity_id: str, name: str) -> Any:
    state = hass.states.get(entity_id)
    return None if state is None else state.attributes.get(name)


def _is_not_in_amperes(hass: HomeAssistant, chosen: _Chosen, field: str) -> bool:
    if (entity_id := chosen.get(field)) is None:
        return False
    unit = _attribute(hass, entity_id, ATTR_UNIT_OF_MEASUREMENT)
    return bool(unit != UnitOfElectricCurrent.AMPERE)


def _cannot_pause(hass: HomeAssistant, chosen: _Chosen) -> bool:
    """Tell whether nothing makes a pause."""
    least_a = _attribute(hass, chosen[CONF_CURRENT], ATTR_MIN)
    return not chosen.get(CONF_SWITCH) and (least_a is None or least_a > 0)


def _is_not_measured(_: HomeAssistant, chosen: _Chosen) -> bool:
    return not chosen.get(CONF_POWER) and not chosen.get(CONF_MEASURED_CURRENT)


def _has_one_phase(_: HomeAssistant, chosen: _Chosen) -> bool:
    """Tell whether phases are to be switched that aren't connected."""
    return bool(chosen.get(CONF_PHASES_ENTITY)) and chosen[CONF_CONNECTED_PHASES] == "1"


def _has_no_options(hass: HomeAssistant, chosen: _Chosen) -> bool:
    options = options_of(hass, chosen.get(CONF_PHASES_ENTITY))
    return options is not None and len(options) < 2


_CHARGER_CHECKS: Final[tuple[tuple[str, str, _Check], ...]] = (
    (
        CONF_CURRENT,
        "surplus_not_amperes",
        lambda hass, chosen: _is_not_in_amperes(hass, chosen, CONF_CURRENT),
    ),
    (CONF_SWITCH, "surplus_no_pause", _cannot_pause),
    (CONF_POWER, "surplus_not_measured", _is_not_measured),
    (
        CONF_MEASURED_CURRENT,
        "surplus_not_amperes",
        lambda hass, chosen: _is_not_in_amperes(hass, chosen, CONF_MEASURED_CURRENT),
    ),
    (CONF_PHASES_ENTITY, "surplus_one_phase_only", _has_one_phase),
    (CONF_PHASES_ENTITY, "surplus_no_options", _has_no_options),
)
