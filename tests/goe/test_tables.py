"""The tables: each row reads known keys and sets allowed ones."""

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest

from custom_components.sunbridge.const import PLATFORMS
from custom_components.sunbridge.vendors.goe.keys import KEYS
from custom_components.sunbridge.vendors.goe.status import Status
from custom_components.sunbridge.vendors.goe.tables import DESCRIPTIONS
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from simulators.goe.defaults import default_status
from simulators.goe.writable import WRITABLE, WRITE_ONLY

KNOWN = {key.name for key in KEYS}
STATUS = Status.of(KEYS).merge(default_status("012345", "Garage"), 0).status

# Keys that would lock the user out or give secrets away (reference 1.12).
FORBIDDEN = {
    "cae", "cak", "hai", "wifis", "wak", "fcu", "pass", "acl", "oca", "rfb", "hsa",
}  # fmt: skip

# PRO and CORE have it, and the simulated charger is a Gemini.
PHOENIX_ONLY = {"iso2en"}


def rows(*platforms: Platform) -> Iterator[tuple[Platform, Any]]:
    """Yield the rows of some platforms, or of all."""
    for platform in platforms or DESCRIPTIONS:
        for description in DESCRIPTIONS[platform]:
            yield platform, description


def ids(item: Any) -> str:
    """Name a test by its row."""
    return item.key if hasattr(item, "key") else str(item)


def samples(platform: Platform, row: Any) -> list[Any]:
    """Return values that a user could give a row."""
    match platform:
        case Platform.NUMBER:
            high = row.max_fn(STATUS) or row.native_max_value
            return [row.native_min_value, high]
        case Platform.SWITCH:
            return [True, False]
        case Platform.SELECT:
            return list(row.options)
        case Platform.TEXT:
            return ["#00aaff" if row.pattern else "Garage"]
        case Platform.TIME:
            return [time(6, 30), time(23, 59, 59)]
        case Platform.UPDATE:
            return ["60.3"]
    return [None]


COMMANDING = [(platform, row) for platform, row in rows() if hasattr(row, "command_fn")]


def test_platforms() -> None:
    """Each table belongs to a platform that is set up."""
    assert set(DESCRIPTIONS) == set(PLATFORMS)


@pytest.mark.parametrize(("platform", "row"), rows(), ids=ids)
def test_reads_known_keys(platform: Platform, row: Any) -> None:
    """A row reads keys that are decoded, and no others."""
    assert row.reading.keys | row.reading.also <= KNOWN


@pytest.mark.parametrize(
    ("platform", "row"),
    [item for item in rows() if item[0] is not Platform.BUTTON],
    ids=ids,
)
def test_follows_all_that_it_reads(platform: Platform, row: Any) -> None:
    """A row reads only what it said it would, or it would miss changes."""
    needed = row.reading.keys | row.reading.also | {"rbt"}
    body = {
        key: value
        for key, value in default_status("012345", "Garage").items()
        if key in needed
    }
    alone = Status.of(KEYS).merge(body, 0).status
    whole = STATUS
    assert row.reading.fn(alone) == row.reading.fn(whole)


@pytest.mark.parametrize(("platform", "row"), COMMANDING, ids=ids)
def test_commands_are_taken(platform: Platform, row: Any) -> None:
    """Whatever a user can give, the charger takes, and nothing that locks him out."""
    for sample in samples(platform, row):
        command = (
            row.command_fn(STATUS)
            if platform is Platform.BUTTON
            else row.command_fn(STATUS, sample)
        )
        assert command
        for key, value in command.items():
            assert key not in FORBIDDEN
            assert key in WRITABLE
            assert WRITABLE[key](value) is None
            assert key in {*WRITE_ONLY, *PHOENIX_ONLY, *default_status("012345", "")}


@pytest.mark.parametrize(
    ("platform", "row"), rows(Platform.SENSOR, Platform.NUMBER), ids=ids
)
def test_units(platform: Platform, row: Any) -> None:
    """A number that is counted or measured has a unit, and an energy is a total."""
    if row.device_class not in (None, SensorDeviceClass.ENUM, "timestamp"):
        assert row.native_unit_of_measurement
    if platform is Platform.SENSOR and row.device_class is SensorDeviceClass.ENERGY:
        assert row.state_class == "total_increasing"


def test_counts() -> None:
    """What's on by default is what a user would look at: not everything."""
    enabled = [row for _, row in rows() if row.entity_registry_enabled_default]
    assert 60 <= len(enabled) <= 90
    assert len(list(rows())) > 180
