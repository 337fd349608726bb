"""The observation tables cover what the vendor lists."""

from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.sunbridge.vendors.easee import (
    charger_keys,
    enums,
    equalizer_keys,
)
from custom_components.sunbridge.vendors.easee.charger import TOTAL_ENERGY, ChargerState
from custom_components.sunbridge.vendors.easee.decode import json_object, text
from custom_components.sunbridge.vendors.easee.equalizer import SURPLUS, EqualizerState
from custom_components.sunbridge.vendors.easee.own_keys import (
    DELAY_CHARGER,
    DELAY_CLOUD,
    LATEST_FIRMWARE,
)
from custom_components.sunbridge.vendors.easee.state import Observed
from custom_components.sunbridge.vendors.easee.tables import (
    CHARGER_DESCRIPTIONS,
    EQUALIZER_DESCRIPTIONS,
)
from custom_components.sunbridge.vendors.lenient import boolean

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


@pytest.mark.parametrize(
    ("state", "row"),
    [
        pytest.param(kind, row, id=f"{kind.__name__}-{platform}-{row.key}")
        for kind, descriptions in (
            (ChargerState, CHARGER_DESCRIPTIONS),
            (EqualizerState, EQUALIZER_DESCRIPTIONS),
        )
        for platform, rows in descriptions.items()
        for row in rows
        if platform != "button"
    ],
)
@pytest.mark.parametrize("value", [0, 1, 3, 5, 2_000_000])
def test_follows_all_that_it_reads(
    state: type[ChargerState | EqualizerState], row: Any, value: int
) -> None:
    """A row reads only what it said it would, or it would miss changes."""
    whole, alone = state(), state()
    if isinstance(whole, ChargerState) and isinstance(alone, ChargerState):
        alone.tag_salt = whole.tag_salt
    own = (SURPLUS, TOTAL_ENERGY, DELAY_CHARGER, DELAY_CLOUD, LATEST_FIRMWARE)
    needed = row.reading.keys | row.reading.also
    said: dict[Any, Any] = {
        json_object: {"mode": "none"},
        text: "A",
        boolean: bool(value % 2),
    }
    for key in whole.keys.values():
        said_value = said.get(key.decode, value)
        seen = Observed("X", key.number, said_value, 1000.0 + key.number)
        whole.take(seen, 2000)
        if key.name in needed:
            alone.take(seen, 2000)
    for key in own:
        given = {"mode": "none"} if key is SURPLUS else value
        whole.put(key, given)
        if key.name in needed:
            alone.put(key, given)
    known = {key.name for key in (*whole.keys.values(), *own)}
    assert needed <= known
    assert row.reading.fn(alone) == row.reading.fn(whole)
