"""The vendor's contract, strictly: what may be in the documents and what may not.

It's written from the facts (reference 1.2 to 1.4) and shares nothing with the code.
"""

from collections.abc import Callable
import json
import math
from typing import Any

INT32 = 2**31 - 1

type Check = Callable[[Any], bool]


def _whole(low: int, high: int = INT32) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _decimal(low: float, high: float) -> Check:
    def check(value: Any) -> bool:
        if type(value) is not float or not math.isfinite(value):
            return False
        if math.copysign(1, value) < 0 and value == 0:
            return False
        return low <= value <= high and round(value, 1) == value

    return check


def _truth(value: Any) -> bool:
    return type(value) is bool


def _text(value: Any) -> bool:
    return type(value) is str


ANY = _whole(-INT32 - 1)
COUNT = _whole(0)

# Key by key in the vendor's order: its check, and whether a device needs it.
type Keys = dict[str, tuple[Check, bool]]

VALUES: dict[str, tuple[int, Keys]] = {
    "inverters": (
        5,
        {
            "inv_power_ac_w": (ANY, True),
            "pv_energy_day_wh": (COUNT, False),
            "pv_energy_total_wh": (COUNT, False),
            "battery_connected": (_truth, True),
        },
    ),
    "energy_meters": (5, {"grid_power_w": (ANY, True)}),
    "batteries": (
        1,
        {
            "bat_power_w": (ANY, True),
            "soc": (_decimal(0, 100), False),
            "mode": (_whole(0, 0), True),
        },
    ),
    "smart_loads": (
        1,
        {
            "sl_power_w": (COUNT, True),
            "temp": (_decimal(-100, 1000), False),
            "mode": (_whole(1, 1), True),
        },
    ),
}

_NAMES: Keys = {"name": (_text, True), "model": (_text, True), "serial": (_text, True)}
INFO: dict[str, tuple[int, Keys]] = {
    "inverters": (
        5,
        {**_NAMES, "max_dc_w": (COUNT, False), "max_ac_w": (COUNT, False)},
    ),
    "energy_meters": (5, {**_NAMES, "location": (_whole(0, 5), True)}),
    "batteries": (1, {**_NAMES, "capacity_wh": (COUNT, False)}),
    "smart_loads": (1, _NAMES),
}


def check_values(document: Any) -> None:
    """Fail if this isn't a document of live values."""
    _check(document, "device_values", VALUES, {"load_power_w": COUNT})
    assert document["device_values"], "nothing in it"


def check_info(document: Any) -> None:
    """Fail if this isn't a document of master data, with indices from 0 on."""
    _check(document, "device_info", INFO, {})
    for kind, devices in document["device_info"].items():
        assert list(devices) == [str(index) for index in range(len(devices))], kind


def _check(
    document: Any,
    root: str,
    kinds: dict[str, tuple[int, Keys]],
    more: dict[str, Check],
) -> None:
    # What JSON has no word for (NaN, sets) fails here, and what it changes (1: "1").
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document) == [root]
    body = document[root]
    assert list(body) == [key for key in (*kinds, *more) if key in body]
    for key, check in more.items():
        assert key not in body or check(body[key]), key
    for kind, (limit, keys) in kinds.items():
        devices = body.get(kind)
        if devices is None:
            continue
        assert devices, f"{kind} is empty"
        assert list(devices) == sorted(devices)
        assert set(devices) <= {str(index) for index in range(limit)}
        for entry in devices.values():
            assert list(entry) == [key for key in keys if key in entry]
            for key, (check, is_needed) in keys.items():
                assert key in entry or not is_needed, key
                assert key not in entry or check(entry[key]), (key, entry[key])
