"""Entities may say anything, in any unit, at any time: what is answered is true."""

import operator
import time
from typing import Any

from hypothesis import event, given, settings, strategies as st
import pytest

from custom_components.sunbridge.vendors.nrgkick.access import Rate
from homeassistant.core import HomeAssistant
from simulators.nrgkick import INFO_PATH, VALUES_PATH, check_both, check_info
from simulators.nrgkick.contract import check_values, parse_json

from .conftest import HOST, WHOLE, new_entry, set_up
from .truth import Truth, check

pytestmark = pytest.mark.usefixtures("house")

# All that can be added up, turned around and metered apart.
LARGE: list[tuple[str, dict[str, Any]]] = [
    (
        "inverter",
        {
            "name": "Hybrid",
            "power": ["sensor.a"],
            "battery_connected": True,
            "pv_only": True,
            "day_energy": "sensor.e",
        },
    ),
    (
        "inverter",
        {
            "name": "Turned",
            "inverted": True,
            "power": ["sensor.b", "sensor.c"],
            "battery_connected": False,
            "pv_only": False,
            "total_energy": "sensor.f",
        },
    ),
    (
        "energy_meter",
        {
            "name": "Two ways",
            "power": ["sensor.g"],
            "reverse": ["sensor.h"],
            "location": "grid",
        },
    ),
    (
        "energy_meter",
        {
            "name": "Turned",
            "inverted": True,
            "power": ["sensor.i"],
            "reverse": ["sensor.j"],
            "location": "grid",
        },
    ),
    ("energy_meter", {"name": "Shed", "power": ["sensor.k"], "location": "sub_device"}),
    (
        "battery",
        {
            "name": "Cellar",
            "inverted": True,
            "power": ["sensor.l", "sensor.m"],
            "soc": "sensor.n",
        },
    ),
    ("smart_load", {"name": "Rod", "power": ["sensor.o"], "temperature": "sensor.p"}),
]
HOUSES: dict[str, tuple[Any, Any]] = {
    "large": (LARGE, "balance"),
    "sample": (list(WHOLE), ["sensor.load"]),
    "grid": (LARGE[3:5], ["sensor.a", "sensor.b"]),
}
UNITS = {
    "day_energy": "kWh",
    "total_energy": "Wh",
    "soc": "%",
    "temperature": "°C",
}

_STATES = st.one_of(
    st.integers(-9000, 9000).map(str),
    st.floats(-9000, 9000).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["unknown", "unavailable", "", "nan", "-inf", "-0.0", "1_0", "-19.9", "1e999"]
    ),
    st.text(max_size=8),
    st.text(min_size=250, max_size=255),
)
_UNITS = st.sampled_from(
    [
        "W",
        "W",
        "W",
        "kW",
        "mW",
        "MW",
        "Wh",
        "kWh",
        "MWh",
        "kJ",
        "%",
        "°C",
        "w",
        "",
        None,
    ]
) | st.text(max_size=3)
_AGES_S = st.one_of(
    st.floats(0, 59), st.floats(0, 59), st.floats(-100, 2000), st.floats(-1e6, 1e6)
)
_SAID = st.tuples(_STATES, _UNITS, _AGES_S, st.sampled_from([False] * 9 + [True]))


_COUNTS = st.floats(0, 9000).map(lambda value: f"{value:.1f}")
_SMALL = st.floats(0, 100).map(lambda value: f"{value:.1f}")
_GOOD = {"W": _COUNTS, "Wh": _COUNTS, "kWh": _COUNTS, "%": _SMALL, "°C": _SMALL}


def entities_of(parts: Any, load: Any) -> dict[str, str]:
    """Return the entities of a house, with a unit that fits."""
    found = {} if load == "balance" else dict.fromkeys(load, "W")
    for _, part in parts:
        for entity_id in (*part["power"], *part.get("reverse", ())):
            found[entity_id] = "W"
        found |= {part[key]: unit for key, unit in UNITS.items() if key in part}
    return found


@pytest.mark.parametrize("house_name", HOUSES)
async def test_anything(hass: HomeAssistant, house_name: str) -> None:
    """No state of whatever entity makes an invalid document, a wrong sign or a 500."""
    parts, load = HOUSES[house_name]
    units = entities_of(parts, load)
    entry = new_entry(
        hass,
        parts,
        load="balance" if load == "balance" else "sensor",
        load_power=[] if load == "balance" else load,
    )
    coordinator = await set_up(hass, entry)
    coordinator.access.rate = Rate(burst=1_000_000)
    info = parse_json(coordinator.reply("GET", INFO_PATH, HOST).body)
    assert not check_info(info).violations
    good = st.fixed_dictionaries({name: _GOOD[unit] for name, unit in units.items()})
    names = st.sampled_from(sorted(units))
    # Only the sign is unusual, so that all else is told.
    signed = st.dictionaries(names, st.integers(-9000, 9000).map(str), max_size=3)
    bad = st.dictionaries(names, st.none() | _SAID, max_size=4)

    @settings(max_examples=400)
    @given(st.builds(operator.or_, good, signed), st.just({}) | bad)
    def ask(good: dict[str, str], bad: dict[str, Any]) -> None:
        now_s = time.time()
        for entity_id, unit in units.items():
            said = bad.get(entity_id, (good[entity_id], unit, 1.0, False))
            if said is None:
                hass.states.async_remove(entity_id)
                continue
            state, unit, age_s, is_restored = said
            attributes = {"unit_of_measurement": unit, "restored": is_restored}
            hass.states.async_set(entity_id, state, attributes, timestamp=now_s - age_s)
        reply = coordinator.reply("GET", VALUES_PATH, HOST)
        event(str(reply.status))
        assert reply.status in {200, 503}
        document = None
        if reply.status == 200:
            document = parse_json(reply.body)
            assert not check_values(document).violations
            assert not check_both(info, document).violations
        else:
            assert reply.body == b""
        check(Truth(hass, now_s), parts, load, document)

    ask()
    answers = coordinator.answers
    assert answers[200] > 50
    assert answers[503] > 5
