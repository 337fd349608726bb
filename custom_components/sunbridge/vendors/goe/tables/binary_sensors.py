"""Binary sensors of a charger."""

from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ....binary_sensor import SunbridgeBinarySensorDescription
from ....entity import Reading
from ...rows import of, part
from .. import keys
from ..status import Status

# Reference 1.5: charging, waiting for the car, complete with the car still plugged.
_PLUGGED: Final = {2, 3, 4}
_CHARGING: Final = 2
_CAR_KNOWN: Final = {1, 2, 3, 4}
_LOCKED: Final = 3
_LOCK_KNOWN: Final = {1, 2, 3, 4}


def _row(
    key: str,
    reading: Reading[Status, bool],
    device_class: BinarySensorDeviceClass | None = None,
    *,
    diagnostic: bool = True,
    enabled: bool = False,
) -> SunbridgeBinarySensorDescription[Status]:
    return SunbridgeBinarySensorDescription(
        key=key,
        translation_key=key,
        reading=reading,
        device_class=device_class,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
    )


def _phase(
    key: str, index: int, *, enabled: bool
) -> SunbridgeBinarySensorDescription[Status]:
    return _row(
        key,
        part(keys.PHA, lambda flags: flags[index]),
        BinarySensorDeviceClass.POWER,
        enabled=enabled,
    )


BINARY_SENSORS: Final = (
    _row(
        "plug",
        part(keys.CAR, lambda car: car in _PLUGGED if car in _CAR_KNOWN else None),
        BinarySensorDeviceClass.PLUG,
        diagnostic=False,
        enabled=True,
    ),
    _row(
        "charging",
        part(keys.CAR, lambda car: car == _CHARGING if car in _CAR_KNOWN else None),
        BinarySensorDeviceClass.BATTERY_CHARGING,
        diagnostic=False,
        enabled=True,
    ),
    _row("charging_allowed", of(keys.ALW), diagnostic=False, enabled=True),
    _row(
        "problem",
        part(keys.ERR, lambda code: code > 0),
        BinarySensorDeviceClass.PROBLEM,
        enabled=True,
    ),
    _row(
        "cable_unlocked",
        # Of a lock, on is unlocked.
        part(keys.CUS, lambda cus: cus != _LOCKED if cus in _LOCK_KNOWN else None),
        BinarySensorDeviceClass.LOCK,
        enabled=True,
    ),
    _row(
        "lock_problem",
        part(keys.FFB, lambda feedback: feedback > 0),
        BinarySensorDeviceClass.PROBLEM,
    ),
    _phase("phase_l1_on", 0, enabled=False),
    _phase("phase_l2_on", 1, enabled=False),
    _phase("phase_l3_on", 2, enabled=False),
    _phase("phase_l1_present", 3, enabled=False),
    _phase("phase_l2_present", 4, enabled=False),
    _phase("phase_l3_present", 5, enabled=False),
    _row("single_phase", of(keys.FSP), enabled=True),
    _row("adapter", of(keys.ADI), BinarySensorDeviceClass.PLUG),
    _row("test_charge_finished", of(keys.TLF)),
    _row(
        "digital_input",
        part(keys.DIN, lambda inputs: inputs > 0),
    ),
    _row(
        "controller",
        part(
            keys.CTRLS,
            lambda controllers: any(
                isinstance(controller, list)
                and len(controller) > 3
                and controller[3] is True
                for controller in controllers
            ),
        ),
        BinarySensorDeviceClass.CONNECTIVITY,
    ),
    _row("mqtt_connected", of(keys.MCC), BinarySensorDeviceClass.CONNECTIVITY),
    _row("ocpp_accepted", of(keys.OCPPA), BinarySensorDeviceClass.CONNECTIVITY),
    _row("fail_safe", of(keys.FSE)),
    _row("tampered", of(keys.TEN), BinarySensorDeviceClass.TAMPER),
)
