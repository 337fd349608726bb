"""What Easee says of cards, and what nobody understands: neither is kept as it is."""

import hashlib
from itertools import product
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import account as account_module
from custom_components.sunbridge.vendors.easee.charger import ChargerState
from custom_components.sunbridge.vendors.easee.parse import Parsed
from custom_components.sunbridge.vendors.easee.state import Observed
from custom_components.sunbridge.vendors.easee.tables import CHARGER_DESCRIPTIONS
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from simulators.clock import Clock
from simulators.easee import Charger, Cloud

from .conftest import SERIAL, account_of, set_up, state, until

CARD = "0123ABCD"
EVENT = "event.garage_tag"


def fingerprint(salt: str | None, card: str = CARD) -> str:
    """Return what a charger's entity would show of a card."""
    found = ChargerState(salt)
    found.take(Observed(SERIAL, 128, card, 1000.0), 1000.0)
    rows: Any = CHARGER_DESCRIPTIONS[Platform.EVENT]
    (happening,) = (row.reading.fn(found) for row in rows if row.key == "tag")
    tag: str = dict(happening.attributes)["tag"]
    return tag


def test_fingerprints() -> None:
    """They're the same for the same card and entry, and for nobody else."""
    assert fingerprint("one") == fingerprint("one")
    assert fingerprint("one") != fingerprint("one", "0123ABCE")
    assert fingerprint("one") != fingerprint("another")
    assert fingerprint(None) != fingerprint(None)
    for word in (CARD, f"sunbridge {CARD}"):
        for algorithm in ("md5", "sha1", "sha256"):
            told = hashlib.new(algorithm, word.encode(), usedforsecurity=False)
            assert fingerprint("one") != told.hexdigest()[:8]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_fingerprint_outlives_a_restart(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """Automations go by it, also after a reload."""
    found, old = [], {"unknown", "unavailable", None}
    charger.scan("another")
    await set_up(hass, entry)
    salt = entry.data["tag_salt"]
    assert len(salt) == 32
    for _ in range(2):
        clock.advance(60)
        charger.scan(CARD)
        await until(lambda: state(hass, EVENT) not in old)
        shown = hass.states.get(EVENT)
        assert shown is not None
        old.add(shown.state)
        found.append(shown.attributes["tag"])
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        await until(lambda: account_of(entry).is_linked)
    assert entry.data["tag_salt"] == salt
    assert found == [fingerprint(salt)] * 2


async def test_shapes_have_an_end(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who invents new shapes all the time fills neither memory nor log."""
    await set_up(hass, entry)
    account = account_of(entry)
    shapes = ["".join(letters) for letters in product("abcdefgh", repeat=3)]
    for _ in range(2):
        account.heard(Parsed(malformed=list(shapes)))
    told = [one for one in caplog.messages if "unknown shape" in one]
    assert len(told) == len(account.shapes) == account_module.MAX_SHAPES
    others = len(shapes) - account_module.MAX_SHAPES
    assert account.counters["other shapes"] == 2 * others
    assert sum(account.diagnostics()["unknown_shapes"].values()) == 2 * len(told)
