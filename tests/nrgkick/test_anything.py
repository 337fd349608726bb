"""Any house, and sensors that say anything: the document is valid and true, or none.

The truth is reckoned once more here, by fractions and from the facts alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
import operator
from typing import Any

from hypothesis import event, given, settings, strategies as st

from custom_components.sunbridge.meters.samples import Sample
from custom_components.sunbridge.meters.sources import Quantity, Sensors, Source
from custom_components.sunbridge.vendors.nrgkick.document import (
    Part,
    Policy,
    info,
    values,
)
from custom_components.sunbridge.vendors.nrgkick.house import (
    Battery,
    House,
    Inverter,
    Load,
    Location,
    Meter,
    SmartLoad,
)

from .contract import check_info, check_values
from .homes import NOW

IDS = [f"s{number}" for number in range(8)]
FACTORS: Mapping[str, Fraction] = {
    "mW": Fraction(1, 1000), "W": Fraction(1), "kW": Fraction(1000),
    "MW": Fraction(10**6), "Wh": Fraction(1), "kWh": Fraction(1000),
    "J": Fraction(1, 3600), "%": Fraction(1), "°C": Fraction(1),
}  # fmt: skip
POWERS = {"mW", "W", "kW", "MW"}
ENERGIES = {"Wh", "kWh", "J"}

_ONE_WAY = st.sampled_from([False] * 5 + [True])


def sources(one_way: st.SearchStrategy[bool]) -> st.SearchStrategy[Source]:
    """Return any sources."""
    return st.builds(Source, st.sampled_from(IDS), st.booleans(), one_way)


@st.composite
def houses(draw: st.DrawFn, one_way: st.SearchStrategy[bool] = _ONE_WAY) -> House:
    """Return a house that can be served."""
    source = sources(one_way)
    single = source.map(lambda found: Quantity((found,)))
    quantities = single | st.lists(
        source, min_size=1, max_size=3, unique_by=lambda found: found.id
    ).map(lambda found: Quantity(tuple(found)))
    ids = iter(f"d{number}" for number in range(12))

    def names() -> dict[str, Any]:
        return {"id": next(ids), "name": draw(st.text(max_size=3)), "model": ""}

    maybe = st.none() | quantities
    battery = None
    if draw(st.booleans()):
        battery = Battery(
            **names(),
            power=draw(quantities),
            soc=draw(st.none() | single),
            capacity_wh=draw(st.none() | st.integers(0, 99_999)),
        )
    inverters = [
        Inverter(
            **names(),
            power=draw(quantities),
            day_energy=draw(maybe),
            total_energy=draw(maybe),
            battery_connected=draw(st.booleans()),
            max_ac_w=draw(st.none() | st.integers(0, 99_999)),
        )
        for _ in range(draw(st.integers(0, 5)))
    ]
    if battery and inverters and inverters[0].battery_connected:
        inverters[0] = replace(inverters[0], is_pv_only=draw(st.booleans()))
    meters = tuple(
        Meter(
            **names(),
            power=draw(quantities),
            location=draw(st.just(Location.GRID) | st.sampled_from(Location)),
        )
        for _ in range(draw(st.integers(0, 5)))
    )
    rod = None
    if draw(st.booleans()):
        rod = SmartLoad(
            **names(), power=draw(quantities), temperature=draw(st.none() | single)
        )
    has_grid = any(meter.location is Location.GRID for meter in meters)
    load = draw(maybe | st.just(Load.BALANCE if has_grid else None))
    return House(
        inverters=tuple(inverters),
        meters=meters,
        battery=battery,
        smart_load=rod,
        load=load,
    )


_STATES = st.one_of(
    st.integers(-9000, 9000).map(str),
    st.floats(-9000, 9000).map(str),
    st.floats().map(str),
    st.sampled_from(["unknown", "unavailable", "", "nan", "-inf", "0", "-0.0", "1_0"]),
    st.text(max_size=4),
)
_SAMPLES = st.builds(
    Sample,
    _STATES,
    st.sampled_from(["W", "W", "W", "W", *FACTORS, "w", "", None])
    | st.text(max_size=2),
    st.floats(NOW - 70, NOW) | st.just(NOW) | st.floats(),
)
_GOOD = st.builds(
    Sample,
    st.floats(-9000, 9000).map(str),
    st.sampled_from(["W", "W", "kW", "mW"]),
    st.floats(NOW - 59, NOW),
)
_GOOD_WORLDS = st.fixed_dictionaries(dict.fromkeys(IDS, _GOOD))
_BAD = st.dictionaries(st.sampled_from(IDS), _SAMPLES, max_size=2)
_WORLDS = st.one_of(
    st.dictionaries(st.sampled_from(IDS), _SAMPLES),
    _GOOD_WORLDS,
    st.builds(operator.or_, _GOOD_WORLDS, _BAD),
)
_POLICIES = st.none() | st.frozensets(st.sampled_from(Part), max_size=2).map(Policy)


def truth(
    quantity: Quantity, samples: Mapping[str, Sample], units: set[str], limit_s: float
) -> Fraction | None:
    """Return the sum of sensors, None if any of them isn't to be trusted."""
    total = Fraction(0)
    for source in quantity.sources:
        sample = samples.get(source.id)
        if sample is None or sample.unit not in units:
            return None
        try:
            value = Fraction(sample.state) * FACTORS[sample.unit]
        except ValueError, ZeroDivisionError:
            return None
        if "_" in sample.state or "/" in sample.state:
            return None
        is_young = NOW - limit_s <= sample.reported_at_s <= NOW + 2
        if not is_young or abs(value) >= 2**31:
            return None
        if source.is_one_way and value < -20:
            return None
        if source.is_one_way:
            value = max(value, Fraction(0))
        total += -value if source.is_flipped else value
    return total


def power(quantity: Quantity, samples: Mapping[str, Sample]) -> Fraction | None:
    """Return the W of a quantity."""
    return truth(quantity, samples, POWERS, 60)


def agrees(served_w: int | None, true_w: Fraction | None, slack_w: float = 0) -> bool:
    """Tell whether a number is the truth, as far as it's whole."""
    if true_w is not None and abs(true_w) >= 2**31 - 1:
        return served_w is None or abs(served_w - true_w) <= 1
    if served_w is None or true_w is None:
        return served_w is None and true_w is None
    return abs(served_w - true_w) <= Fraction(slack_w) + Fraction("0.501")


def consumption(true_w: Fraction | None) -> Fraction | None:
    """Return what can't be negative, but for noise."""
    if true_w is None or true_w < -20:
        return None
    return max(true_w, Fraction(0))


@settings(max_examples=400)
@given(houses(), _WORLDS, _POLICIES)
def test_anything(
    house: House, samples: dict[str, Sample], policy: Policy | None
) -> None:
    """What is served is true, and what isn't known isn't served."""
    check_info(info(house))
    found = values(house, Sensors().reader(samples.get, NOW), policy)
    event(f"served: {found.document is not None}")
    grid_w = [power(meter.power, samples) for meter in house.grid_meters]
    if found.document is None:
        return
    check_values(found.document)
    if policy is None or Part.GRID in policy.required:
        assert None not in grid_w
    body: Any = found.document["device_values"]
    bat_w = None if house.battery is None else power(house.battery.power, samples)
    entry = body.get("batteries", {}).get("0", {})
    assert agrees(entry.get("bat_power_w"), bat_w)
    for index, meter in enumerate(house.meters):
        entry = body.get("energy_meters", {}).get(str(index), {})
        assert agrees(entry.get("grid_power_w"), power(meter.power, samples))
    inverters_w = []
    for index, inverter in enumerate(house.inverters):
        entry = body.get("inverters", {}).get(str(index), {})
        true_w = power(inverter.power, samples)
        if inverter.is_pv_only:
            true_w = None if true_w is None or bat_w is None else true_w + bat_w
        inverters_w.append(true_w)
        assert agrees(entry.get("inv_power_ac_w"), true_w)
        for key, quantity in (
            ("pv_energy_day_wh", inverter.day_energy),
            ("pv_energy_total_wh", inverter.total_energy),
        ):
            if key in entry:
                assert quantity is not None
                true_wh = truth(quantity, samples, ENERGIES, float("inf"))
                assert agrees(entry[key], true_wh)
    if house.smart_load is not None:
        entry = body.get("smart_loads", {}).get("0", {})
        true_w = consumption(power(house.smart_load.power, samples))
        assert agrees(entry.get("sl_power_w"), true_w)
    load_w = body.get("load_power_w")
    if isinstance(house.load, Quantity):
        assert agrees(load_w, consumption(power(house.load, samples)))
    elif house.load is None:
        assert load_w is None
    else:
        parts = [*inverters_w, *grid_w]
        if house.is_battery_ac_coupled:
            parts.append(bat_w)
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            assert load_w is None
        elif load_w is not None:
            assert agrees(load_w, consumption(sum(known, Fraction(0))), len(parts) / 2)


@given(houses(st.just(False)), _GOOD_WORLDS)
def test_no_sign_is_wrong(house: House, samples: dict[str, Sample]) -> None:
    """When all sensors turn their signs, so do all the powers that have one."""
    turned = {
        id_: replace(sample, state=str(-float(sample.state)))
        for id_, sample in samples.items()
    }
    one, two = (
        values(house, Sensors().reader(of.get, NOW), Policy(frozenset()))
        for of in (samples, turned)
    )
    both: Any = [found.document for found in (one, two)]
    if None in both:
        return
    for kind, key in (
        ("inverters", "inv_power_ac_w"),
        ("energy_meters", "grid_power_w"),
        ("batteries", "bat_power_w"),
    ):
        entries, others = (doc["device_values"].get(kind, {}) for doc in both)
        assert entries.keys() == others.keys()
        for index, entry in entries.items():
            assert entry[key] == -others[index][key]
