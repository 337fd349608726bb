"""A real Home Assistant in this process, that can be stopped and started again."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
import sys
from typing import Any, Final
from unittest.mock import patch

from benchmarks.house import INTEGRATION
from homeassistant.bootstrap import async_setup_hass
from homeassistant.components import mqtt
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.runner import RuntimeConfig

_CONFIGURATION: Final = """\
homeassistant:
  name: Benchmark
  time_zone: UTC
logger:
  default: fatal
  logs:
    custom_components.sunbridge: warning
"""
_READY_S: Final = 60.0


@callback
def _all(_: Any) -> bool:
    return True


class Home:
    """A Home Assistant with Sunbridge, in an empty folder at first.

    ``written`` has the states of Sunbridge's entities that were written (``changed``,
    ``reported``).
    """

    def __init__(self, folder: Path) -> None:
        """Prepare a configuration."""
        self.hass: HomeAssistant | None = None
        self.written: Counter[str] = Counter()
        self._folder = folder
        self._starts = 0
        (folder / "configuration.yaml").write_text(_CONFIGURATION)
        (folder / "custom_components").mkdir()
        (folder / "custom_components" / "sunbridge").symlink_to(INTEGRATION)

    async def start(self) -> None:
        """Start it."""
        # What it switches on in a process can't be switched on again.
        again = patch("homeassistant.block_async_io.enable") if self._starts else None
        self._starts += 1
        with again or nullcontext():
            hass = await self._set_up()
        assert hass is not None
        sys.excepthook = sys.__excepthook__
        self.hass = hass
        await hass.async_start()
        await hass.async_block_till_done()
        for event, name in (
            (EVENT_STATE_CHANGED, "changed"),
            (EVENT_STATE_REPORTED, "reported"),
        ):
            hass.bus.async_listen(event, self._counter(name), _all)

    async def _set_up(self) -> HomeAssistant | None:
        return await async_setup_hass(
            RuntimeConfig(
                config_dir=str(self._folder),
                skip_pip=True,
                recovery_mode=False,
                safe_mode=False,
                log_file=str(self._folder / "home.log"),
            )
        )

    async def stop(self) -> None:
        """Stop it in order."""
        hass, self.hass = self.hass, None
        if hass is not None:
            await hass.async_stop(force=True)

    async def add(self, integration: str, steps: list[dict[str, Any]]) -> str:
        """Walk through an integration's flow; return the entry's id."""
        flow = self._hass.config_entries.flow
        result: Any = await flow.async_init(
            integration, context={"source": SOURCE_USER}
        )
        for step in steps:
            result = await flow.async_configure(result["flow_id"], step)
            if result.get("errors"):
                raise RuntimeError(f"the flow says {result['errors']}")
        if result["type"] != "create_entry":
            raise RuntimeError(f"the flow ends with {result['type']}")
        await self._hass.async_block_till_done()
        entry_id: str = result["result"].entry_id
        return entry_id

    async def add_part(
        self, entry_id: str, kind: str, steps: list[dict[str, Any]]
    ) -> None:
        """Walk through the flow of a part of an entry."""
        flow = self._hass.config_entries.subentries
        result: Any = await flow.async_init(
            (entry_id, kind), context={"source": SOURCE_USER}
        )
        for step in steps:
            result = await flow.async_configure(result["flow_id"], step)
            if result.get("errors"):
                raise RuntimeError(f"the flow says {result['errors']}")
        if result["type"] != "create_entry":
            raise RuntimeError(f"the flow ends with {result['type']}")
        await self._hass.async_block_till_done()

    def device(self, entry_id: str) -> str:
        """Return the registry's id of an entry's first device."""
        registry = dr.async_get(self._hass)
        return dr.async_entries_for_config_entry(registry, entry_id)[0].id

    async def wait_for(self, ready: Callable[[HomeAssistant], object]) -> None:
        """Wait until something is as it should be."""
        async with asyncio.timeout(_READY_S):
            while not ready(self._hass):
                await asyncio.sleep(0.1)

    async def follow(self, topic: str, heard: Callable[[], None]) -> None:
        """Call ``heard`` with each message of a topic that Home Assistant gets."""
        await mqtt.async_subscribe(self._hass, topic, lambda _: heard())

    def surplus_states(self) -> dict[str, str]:
        """Return the states of Surplus's entities by the key of their unique id."""
        registry = er.async_get(self._hass)
        found = {}
        for entity in registry.entities.values():
            state = self._hass.states.get(entity.entity_id)
            if entity.unique_id.startswith("surplus_") and state is not None:
                found[entity.unique_id.split("_", 2)[2]] = state.state
        return found

    @property
    def _hass(self) -> HomeAssistant:
        assert self.hass is not None
        return self.hass

    def _counter(self, name: str) -> Callable[[Event[Any]], None]:
        registry = er.async_get(self._hass)

        @callback
        def count(event: Event[Any]) -> None:
            entity = registry.async_get(event.data["entity_id"])
            if entity is not None and entity.platform == "sunbridge":
                self.written[name] += 1

        return count
