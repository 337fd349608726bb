"""The tables of all vendors: each row has its texts, its icon and a key of its own."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.sunbridge.surplus.adapter import tables as surplus
from custom_components.sunbridge.vendors.easee import tables as easee
from custom_components.sunbridge.vendors.goe import tables as goe
from custom_components.sunbridge.vendors.nrgkick import tables as nrgkick
from custom_components.sunbridge.vendors.weheat import tables as weheat
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "sunbridge"
LANGUAGES = ("en", "de", "nl")
PRODUCTS = {
    f"{vendor} {name}".strip(): descriptions
    for vendor, tables in (
        ("goe", goe),
        ("easee", easee),
        ("weheat", weheat),
        ("nrgkick", nrgkick),
        ("surplus", surplus),
    )
    for name, descriptions in tables.PRODUCTS.items()
}
# Of these only one exists, by the kind of the grid.
EITHER_OR = {"voltage_l1_l2", "voltage_l1_l3", "voltage_l2_l3"}


def rows() -> Iterator[tuple[str, Platform, Any]]:
    """Yield all rows, with their product and platform."""
    for product, descriptions in PRODUCTS.items():
        for platform, table in descriptions.items():
            for row in table:
                yield product, platform, row


ROWS = [
    pytest.param(platform, row, id=f"{product}-{platform}-{row.key}")
    for product, platform, row in rows()
]
NAMED = [
    pytest.param(platform, row, id=f"{product}-{platform}-{row.key}")
    for product, platform, row in rows()
    if row.translation_key
]


def texts(language: str) -> dict[str, Any]:
    """Return the texts of the entities."""
    file = INTEGRATION / "translations" / f"{language}.json"
    found: dict[str, Any] = json.loads(file.read_text())["entity"]
    return found


def test_named() -> None:
    """A row without a name of its own has that of its device class."""
    unnamed = [row for _, _, row in rows() if not row.translation_key]
    assert {row.key for row in unnamed} == {"firmware"}
    assert all(row.device_class for row in unnamed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("platform", "row"), NAMED)
def test_texts(platform: Platform, row: Any, language: str) -> None:
    """Each row has a name, and each of its states and events a text."""
    text = texts(language)[platform][row.translation_key]
    assert text["name"]
    states = text.get("state", {}).keys()
    if options := getattr(row, "options", None):
        assert states == set(options)
    if events := getattr(row, "event_types", None):
        attribute = text["state_attributes"]["event_type"]["state"]
        assert attribute.keys() == set(events)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("product", PRODUCTS)
def test_names_differ(product: str, language: str) -> None:
    """No two entities of a device's platform have one name."""
    for platform, table in PRODUCTS[product].items():
        names = [
            texts(language)[platform][row.translation_key]["name"]
            for row in {row.key: row for row in table}.values()
            if row.translation_key
        ]
        assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_without_a_row(language: str) -> None:
    """Texts of entities that are gone are gone too."""
    named: dict[str, set[str]] = {}
    for _, platform, row in rows():
        if row.translation_key:
            named.setdefault(platform, set()).add(row.translation_key)
    found = {platform: set(keys) for platform, keys in texts(language).items()}
    assert found == named


@pytest.mark.parametrize("product", PRODUCTS)
def test_keys_differ(product: str) -> None:
    """The keys are the unique ids, so they have to be unique."""
    for table in PRODUCTS[product].values():
        keys = [row.key for row in table]
        assert {key for key in keys if keys.count(key) > 1} <= EITHER_OR


@pytest.mark.parametrize(("platform", "row"), ROWS)
def test_icons(platform: Platform, row: Any) -> None:
    """A row without a device class has an icon."""
    icons = json.loads((INTEGRATION / "icons.json").read_text())["entity"]
    silent = row.device_class in (None, SensorDeviceClass.ENUM)
    # A number without a class looks like one by its unit.
    assert not silent or row.translation_key in icons[platform]
