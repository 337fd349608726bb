"""The observation tables cover what the vendor lists."""

from pathlib import Path
import re

import pytest

from custom_components.sunbridge.vendors.easee import (
    charger_keys,
    enums,
    equalizer_keys,
)
from custom_components.sunbridge.vendors.easee.tables import (
    CHARGER_DESCRIPTIONS,
    EQUALIZER_DESCRIPTIONS,
)

SHARED = Path(__file__).parents[3] / "shared"
AMQP_LIST = SHARED / "seeds" / "004_155e02136cb9a83f.txt"
REFERENCE = SHARED / "reference" / "easee.md"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the vendors' documents aren't here"
)


@needs_shared
def test_vendors_amqp_list_is_covered() -> None:
    """Each id of the vendor's document has a row, by the name that it has there."""
    listed = re.findall(r"^\| (\d+) \| (\w+) \|", AMQP_LIST.read_text(), re.MULTILINE)
    assert len(listed) == 51
    other_names = {
        # What the same observation is called in the REST API.
        "MaxCurrentOfflineFallback": "offlineMaxCircuitCurrent",
        "SoftwareRelease": "chargerFirmware",
        "InVolt": "inVoltage",
    }
    for number, name in listed:
        key = charger_keys.KEYS[int(number)]
        for old, new in other_names.items():
            name = name.replace(old, new)
        assert key.name.lower() == name.replace("_", "").lower()


@needs_shared
@pytest.mark.parametrize(
    ("heading", "keys", "nameless"),
    [
        ("### 5.0 Charger", charger_keys.KEYS, {6, 8, 233, 234}),
        ("### 5.0b Equalizer", equalizer_keys.KEYS, set()),
    ],
)
def test_reference_is_covered(
    heading: str, keys: dict[int, object], nameless: set[int]
) -> None:
    """Each id that is known to mean something has a row."""
    text = REFERENCE.read_text().partition(heading)[2].partition("\n### ")[0]
    numbers = {int(n) for n in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert numbers - nameless == set(keys)


@needs_shared
def test_enumerations_are_covered() -> None:
    """Each number of the reference's tables has a name."""
    text = REFERENCE.read_text()
    modes = text.partition("### 5.1 109")[2].partition("\n### ")[0]
    numbers = {int(n) for n in re.findall(r"^\| (\d+) \|", modes, re.MULTILINE)}
    assert numbers <= set(enums.OP_MODE)
    assert set(range(100, 110)) | set(range(157, 162)) <= set(enums.OP_MODE)
    reasons = text.partition("### 5.2 96")[2].partition("\n### ")[0]
    numbers = {int(n) for n in re.findall(r"\| (\d+) (?=\|)", reasons)}
    assert numbers == set(enums.REASON)


def test_own_keys_stay_apart() -> None:
    """An observation can't be taken for something of our own, and ids are unique."""
    for keys in (charger_keys.KEYS, equalizer_keys.KEYS):
        assert all(number > 0 for number in keys)
        assert len({key.name for key in keys.values()}) == len(keys)


def test_rows_are_unique() -> None:
    """A row's key makes a unique id; two rows share one only if they exclude."""
    for descriptions in (CHARGER_DESCRIPTIONS, EQUALIZER_DESCRIPTIONS):
        for rows in descriptions.values():
            keys = [row.key for row in rows]
            twice = {key for key in keys if keys.count(key) > 1}
            assert twice <= {"voltage_l1_l2", "voltage_l1_l3", "voltage_l2_l3"}
