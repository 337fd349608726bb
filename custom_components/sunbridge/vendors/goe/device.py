"""The charger in Home Assistant's device registry."""

from typing import Final

from homeassistant.helpers.device_registry import DeviceInfo

from ...const import DOMAIN
from ..names import plain
from .keys import FNA, FWV, OEM, SSE, STYP, TYP, VAR
from .status import Status

DEFAULT_NAME: Final = "go-e Charger"

# Reference 1.1: what the firmware calls the families.
_MODELS: Final = {
    "go-eCharger": "go-e Charger HOME",
    "go-eCharger_V4": "go-e Charger Gemini",
    "go-eCharger_V5": "go-e Charger Gemini 2.0",
}
_PHOENIX: Final = ("go-eCharger_Phoenix", "go-eCharger_Pro")


def is_charger(status: Status) -> bool:
    """Tell a charger from what else the API serves (controllers, OEM boxes)."""
    return (status[TYP] or "").startswith("go-eCharger")


def model(status: Status) -> str | None:
    """Return the name that the product is sold under, with its power class."""
    kind = status[TYP]
    if kind is None:
        return None
    name = _MODELS.get(kind, kind)
    if kind in _PHOENIX:
        pro = (status[STYP] or "pro").startswith("pro")
        name = "go-e Charger PRO" if pro else "go-e Charger CORE"
    return name if status[VAR] is None else f"{name} {status[VAR]} kW"


def friendly_name(status: Status) -> str:
    """Return the name that the user gave the charger in the app.

    The factory's name has the serial in it, which would end up in entity ids and
    logs, so that's replaced.
    """
    name = plain(status[FNA] or "")
    serial = (status[SSE] or "").lstrip("0")
    if not name or (serial and serial in name):
        return DEFAULT_NAME
    return name


def device_info(device_id: str, name: str, serial: str, status: Status) -> DeviceInfo:
    """Return the registry's view of a charger."""
    return DeviceInfo(
        identifiers={(DOMAIN, device_id)},
        manufacturer=status[OEM] or "go-e",
        model=model(status),
        model_id=status[TYP],
        name=name,
        serial_number=serial,
        sw_version=status[FWV],
    )
