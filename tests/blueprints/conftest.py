"""A house of entities that nobody owns, and automations made of the blueprints.

What a blueprint calls of other integrations is registered here and changes the states as
the real ones do; helpers (text, number, boolean), triggers, conditions, scripts and the
blueprints' machinery are Home Assistant's own.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
import math
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import CoreState, HomeAssistant, ServiceCall, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    config_validation as cv,
    entity_registry as er,
    restore_state,
)
from homeassistant.setup import async_setup_component

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
AUTOMATION = "automation.of_a_blueprint"

# For each action: its fields, and the state that it leaves (None leaves it).
type _Leaves = Callable[[Mapping[str, Any]], str | None]
_ACTIONS: Mapping[tuple[str, str], tuple[dict[str, Any], _Leaves]] = {
    ("number", "set_value"): (
        {"value": float},
        lambda data: f"{data['value']:g}",
    ),
    ("select", "select_option"): (
        {"option": cv.string},
        lambda data: str(data["option"]),
    ),
    ("time", "set_value"): (
        {"time": cv.time},
        lambda data: data["time"].isoformat(),
    ),
    ("switch", "turn_on"): ({}, lambda _: "on"),
    ("switch", "turn_off"): ({}, lambda _: "off"),
    ("notify", "send_message"): (
        {"message": cv.string},
        lambda _: None,
    ),
}


@dataclass(slots=True)
class House:
    """Home Assistant, its clock, and what the automation asked for.

    ``calls`` has an action, its entity and its value each; ``broken`` are the entities
    whose actions fail.
    """

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    storage: dict[str, Any]
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def set(self, **states: object) -> None:
        """Set states; ``sensor__grid`` is sensor.grid. Attributes stay."""
        for name, state in states.items():
            entity_id = name.replace("__", ".", 1)
            before = self.hass.states.get(entity_id)
            self.hass.states.async_set(
                entity_id, str(state), before.attributes if before else None
            )

    def state(self, entity_id: str) -> str | None:
        """Return a state."""
        state = self.hass.states.get(entity_id)
        return None if state is None else state.state

    def taken(self) -> list[tuple[str, str, Any]]:
        """Return what was asked for since the last time."""
        calls = self.calls[:]
        self.calls.clear()
        return calls

    async def settle(self) -> None:
        """Let run what can run; a run that waits is no reason to wait."""
        for _ in range(15):
            await asyncio.sleep(0)

    async def go(self, step_s: float = 30, **time: float) -> None:
        """Let time pass, in steps."""
        end = self.freezer() + timedelta(**time)
        while self.freezer() < end:
            self.freezer.tick(min(timedelta(seconds=step_s), end - self.freezer()))
            async_fire_time_changed(self.hass)
            await self.settle()

    async def start(
        self,
        blueprint: str,
        inputs: Mapping[str, Any],
        *,
        kept: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
    ) -> None:
        """Set the automation up.

        With ``kept`` states Home Assistant starts with them; without it has been running.
        """
        if kept is not None:
            self.hass.set_state(CoreState.not_running)
            await self._restore(kept)
        assert await async_setup_component(self.hass, "homeassistant", {})
        for domain in ("input_boolean", "input_number", "input_text"):
            assert await async_setup_component(
                self.hass,
                domain,
                {
                    "input_boolean": {"relay": {}, "winter": {}},
                    "input_number": {"slider": {"min": 0, "max": 100}},
                    "input_text": {"memory": {}, "short": {"max": 3}},
                },
            )
        assert await async_setup_component(
            self.hass,
            "automation",
            {
                "automation": {
                    "id": "of_a_blueprint",
                    "alias": "Of a blueprint",
                    "use_blueprint": {
                        "path": f"sunbridge/{blueprint}.yaml",
                        "input": dict(inputs),
                    },
                }
            },
        )
        if kept is not None:
            await self.hass.async_start()
        await self.settle()

    async def _restore(self, kept: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """Restore what the last run has kept, as both versions of it do."""
        registry = er.async_get(self.hass)
        for entity_id in kept:
            domain, name = entity_id.split(".")
            registry.async_get_or_create(domain, domain, name, suggested_object_id=name)
        self.storage[restore_state.STORAGE_KEY] = {
            "key": restore_state.STORAGE_KEY,
            "version": restore_state.STORAGE_VERSION,
            "data": [
                {
                    "state": State(entity_id, state, attributes).as_dict(),
                    "extra_data": None,
                    "last_seen": self.freezer().astimezone(UTC).isoformat(),
                }
                for entity_id, (state, attributes) in kept.items()
            ],
        }
        await restore_state.async_get(self.hass).async_load()

    async def _handle(self, call: ServiceCall) -> None:
        """Do what an integration would do."""
        leaves = _ACTIONS[(call.domain, call.service)][1]
        data = dict(call.data)
        for entity_id in data.pop("entity_id"):
            value = next(iter(data.values()), None)
            self.calls.append((f"{call.domain}.{call.service}", entity_id, value))
            if entity_id in self.broken:
                raise HomeAssistantError("broken")
            state = leaves(data)
            if state is not None:
                self.set(**{entity_id.replace(".", "__", 1): state})

    def register(self) -> None:
        """Register the actions of others."""
        for (domain, action), (fields, _) in _ACTIONS.items():
            self.hass.services.async_register(
                domain,
                action,
                self._handle,
                cv.make_entity_service_schema(fields),
            )


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give each test a folder of its own, with the repository's blueprints."""
    shutil.copytree(
        BLUEPRINTS, Path(hass_tmp_config_dir) / "blueprints", dirs_exist_ok=True
    )
    return hass_tmp_config_dir


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> AsyncGenerator[House]:
    """Return a house at noon of a Wednesday."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-06-17 12:00:10+02:00")
    # A clock that jumps looks to the loop like a callback that takes long.
    hass.loop.slow_callback_duration = math.inf
    house = House(hass, freezer, hass_storage)
    house.register()
    yield house
    # Its timers would outlive the test.
    if hass.states.get(AUTOMATION):
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": AUTOMATION}, blocking=True
        )
