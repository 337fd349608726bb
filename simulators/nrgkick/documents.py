"""The example of the vendor's document (version 1.4): its keys and its figures."""

import copy
from typing import Any

_VALUES: dict[str, Any] = {
    "inverters": {
        "0": {
            "inv_power_ac_w": 2225,
            "pv_energy_day_wh": 8750,
            "pv_energy_total_wh": 346890,
            "battery_connected": True,
        }
    },
    "energy_meters": {"0": {"grid_power_w": -542}},
    "batteries": {"0": {"bat_power_w": -749, "soc": 78.2, "mode": 0}},
    "smart_loads": {"0": {"sl_power_w": 1241, "temp": 46.8, "mode": 1}},
    "load_power_w": 1683,
}

_INFO: dict[str, Any] = {
    "inverters": {"0": {"max_dc_w": 5500, "max_ac_w": 5000}},
    "energy_meters": {"0": {"location": 1}},
    "batteries": {"0": {"capacity_wh": 4700}},
    "smart_loads": {"0": {}},
}


def sample_values() -> dict[str, Any]:
    """Return a new ``values.json`` with the vendor's figures (W, Wh, %, °C)."""
    return {"device_values": copy.deepcopy(_VALUES)}


def sample_info() -> dict[str, Any]:
    """Return a new ``info.json`` with the vendor's figures and names of our own."""
    return {
        "device_info": {
            category: {
                index: {
                    "name": f"Sample {category}",
                    "model": "Simulated",
                    "serial": f"0{number}",
                    **more,
                }
                for index, more in devices.items()
            }
            for number, (category, devices) in enumerate(_INFO.items())
        }
    }
