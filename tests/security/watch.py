"""Watches an entry's whole life, and looks for what was planted in all that was said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
import json
import logging
import re
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, flush_store
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component

OURS: Final = "custom_components"
# Takes the place of the disk, and tells what is written to it.
_HARNESS: Final = "pytest_homeassistant_custom_component"
# As Home Assistant's own start-up has them; who lowers it sees addresses.
_QUIET: Final = ("httpx", "httpx2", "aiohttp.access", "requests", "urllib3")


@dataclass(frozen=True)
class Planted:
    """What was planted.

    ``doors`` open something: tokens, passwords, keys. ``persons`` tell who or where
    somebody is: serial numbers, addresses, e-mail, cards, names of people.
    """

    doors: Mapping[str, str]
    persons: Mapping[str, str]

    @property
    def all(self) -> dict[str, str]:
        """Both."""
        return {**self.doors, **self.persons}


def found_in(text: str, planted: Mapping[str, str]) -> set[str]:
    """Return the names of what is in a text; numbers only as whole numbers."""
    return {
        name
        for name, secret in planted.items()
        if secret in text
        and (
            not secret.isdecimal()
            or re.search(rf"(?<![0-9]){secret}(?![0-9])", text) is not None
        )
    }


@dataclass
class Watch:
    """Everything that is said from now on, by kind."""

    hass: HomeAssistant
    caplog: pytest.LogCaptureFixture
    client: ClientSessionGenerator
    planted: Planted
    states: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    diagnostics: list[str] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        """Listen to all states, and log everything."""
        for name in _QUIET:
            self.caplog.set_level(logging.WARNING, name)
        # The last one is also what is kept.
        self.caplog.set_level(logging.DEBUG)
        self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)
        for domain in ("diagnostics", "repairs"):
            assert await async_setup_component(self.hass, domain, {})

    @callback
    def _changed(self, event: Event[Any]) -> None:
        if (state := event.data["new_state"]) is not None:
            self.states.append(f"{state.entity_id} {state.state} {state.attributes}")

    def hear(self, what: object) -> None:
        """Note what a flow, an action or an exception says, with all causes."""
        self.said.append(f"{what} {what!r}")
        while isinstance(what, BaseException) and (what := what.__context__):
            self.said.append(f"{what} {what!r}")

    async def look(self, entry: MockConfigEntry) -> None:
        """Look at what can be looked at now: diagnostics, issues, registries, flows."""
        response = await (await self.client()).get(
            f"/api/diagnostics/config_entry/{entry.entry_id}"
        )
        if response.status == 200:
            body = json.loads(await response.text())
            # Home Assistant's own words about itself have nothing of an entry.
            self.diagnostics.append(str([body["data"], body.get("issues")]))
        for issue in ir.async_get(self.hass).issues.values():
            self.issues.append(str(issue))
        for flow in self.hass.config_entries.flow.async_progress():
            self.said.append(str({**flow, "context": flow["context"].get("source")}))
        reason = entry.error_reason_translation_placeholders
        self.said.append(f"{entry.title} {entry.reason} {reason}")
        for device in dr.async_entries_for_config_entry(
            dr.async_get(self.hass), entry.entry_id
        ):
            self.said.append(f"{device.name} {device.model} {device.sw_version}")

    def logs(self, *, ours: bool, from_level: int = logging.DEBUG) -> str:
        """Return the log: our own lines, or others', with their exceptions."""
        return "\n".join(
            _line(record)
            for record in self.caplog.records
            if record.name.startswith(OURS) is ours and record.levelno >= from_level
        )

    def check(
        self,
        *,
        in_urls: Iterable[str] = (),
        in_states: Iterable[str] = (),
        in_said: Iterable[str] = (),
        not_of: Iterable[str] = (),
    ) -> None:
        """Hold all of it against what's promised.

        ``in_urls`` are names of what the vendor's contract has in addresses, and
        ``in_states`` what entities show that the user has enabled; ``in_said`` what is
        the name of a device, which its issues have too. ``not_of`` are loggers of others that say what they
        receive when they're set to debug.
        """
        doors, everything = self.planted.doors, self.planted.all
        allowed = {
            "states": set(in_states),
            "urls": set(in_urls),
            "flows and errors": set(in_said),
            "issues": set(in_said),
        }
        for where, texts in (
            ("our log", [self.logs(ours=True)]),
            ("others' log", [self.logs(ours=False, from_level=logging.WARNING)]),
            ("diagnostics", self.diagnostics),
            ("issues", self.issues),
            ("flows and errors", self.said),
            ("states", self.states),
            ("urls", self.urls),
        ):
            found = found_in("\n".join(texts), everything)
            assert found <= allowed.get(where, set()), (where, found)
        assert found_in("\n".join(self.urls), everything) == allowed["urls"]
        for record in self.caplog.records:
            if not record.name.startswith((_HARNESS, *not_of)):
                found = found_in(_line(record), doors)
                assert not found, (record.name, found)
        # All of it was there to be found.
        assert self.diagnostics
        assert self.states
        assert self.urls
        assert self.logs(ours=True)
        assert any(one.levelno == logging.DEBUG for one in self.caplog.records)


def _line(record: logging.LogRecord) -> str:
    """Return all that a handler writes of a record: its exception too."""
    return logging.Formatter().format(record)


async def nothing_left(
    hass: HomeAssistant, hass_storage: Mapping[str, Any], planted: Planted
) -> None:
    """Hold the storage, after an entry was removed, against what's promised.

    Home Assistant itself remembers deleted devices, with their identifiers.
    """
    await flush_store(hass.config_entries._store)
    left = [key for key in hass_storage if key.startswith("sunbridge.")]
    assert not left, left
    for key, stored in hass_storage.items():
        found = found_in(json.dumps(stored, default=str), planted.doors)
        assert not found, (key, found)


async def remove(
    hass: HomeAssistant,
    watch: Watch,
    entry: MockConfigEntry,
    hass_storage: Mapping[str, Any],
) -> None:
    """Unload an entry and remove it; nothing of it may be left."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await watch.look(entry)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await nothing_left(hass, hass_storage, watch.planted)
