"""Which of an account's devices a user wants: some, or all but some."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

CONF_ADD_NEW: Final = "add_new"
CONF_CHOSEN: Final = "chosen"
CONF_LEFT_OUT: Final = "left_out"


def is_wanted(data: Mapping[str, Any], device: str) -> bool:
    """Tell whether an entry's user wants a device, by its serial number or id."""
    if data.get(CONF_ADD_NEW, True):
        return device not in data.get(CONF_LEFT_OUT, ())
    return device in data[CONF_CHOSEN]


def suggested(
    there: Sequence[str], before: Mapping[str, Any] | None, fleet: int
) -> dict[str, Any]:
    """Return what a form shows: what is set up ``before``, or all of a home's devices.

    Of ``fleet`` devices and more hardly all belong in one Home Assistant.
    """
    if before is None:
        is_home = len(there) < fleet
        return {CONF_CHOSEN: [*there] if is_home else [], CONF_ADD_NEW: is_home}
    return {
        CONF_CHOSEN: [one for one in there if is_wanted(before, one)],
        CONF_ADD_NEW: before[CONF_ADD_NEW],
    }


def to_store(
    there: Sequence[str],
    chosen: Sequence[str],
    before: Mapping[str, Any] | None,
    *,
    add_new: bool,
) -> dict[str, Any]:
    """Return what an entry keeps of a choice among the devices that are there."""
    found = {
        CONF_CHOSEN: [*chosen],
        CONF_LEFT_OUT: [one for one in there if one not in chosen],
    }
    if before is not None:
        # Who isn't listed now may come back, and is what it was.
        for key, devices in found.items():
            devices += [one for one in before[key] if one not in there]
    return {**found, CONF_ADD_NEW: add_new}


def selector(labels: Mapping[str, str], fleet: int) -> SelectSelector:
    """Return a field for a choice among devices, with the labels that tell them apart."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=device, label=label)
                for device, label in labels.items()
            ],
            multiple=True,
            mode=SelectSelectorMode.LIST
            if len(labels) < fleet
            else SelectSelectorMode.DROPDOWN,
        )
    )
