"""The steps that ask for the sensors of a house, and whether their signs are right."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import probatio

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant, callback

from ...meters.energy_prefs import Proposal, async_propose
from ...meters.errors import SetupError
from ...meters.forms import PERCENT, POWERS, wrong_powers
from ...meters.sensors import stored_id
from ...meters.settings import CONF_INVERTED, CONF_POWER, CONF_REVERSE
from ...meters.sign import SIGN_SCHEMA, asked, turned
from .const import (
    BALANCE,
    BATTERY,
    CONF_BATTERY_CONNECTED,
    CONF_CAPACITY_WH,
    CONF_LOAD,
    CONF_LOAD_POWER,
    CONF_LOCATION,
    CONF_NAME,
    CONF_PV_ONLY,
    CONF_SOC,
    ENERGY_METER,
    INVERTER,
    SENSOR,
)
from .flow_access import Errors, NrgkickAccessFlow
from .forms import METERED, to_store, wrong_sources
from .house import MAX_INVERTERS
from .messages import error_key
from .settings import Part, house_of

_GRID: Final = "grid"
_GRID_REVERSE: Final = "grid_reverse"
_INVERTERS: Final = "inverters"
_BATTERY: Final = "battery"
_BATTERY_REVERSE: Final = "battery_reverse"
_LOAD: Final = "load"

_HOUSE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(_GRID): POWERS,
        probatio.Optional(_GRID_REVERSE): POWERS,
        probatio.Optional(_INVERTERS): POWERS,
        probatio.Optional(_BATTERY): POWERS,
        probatio.Optional(_BATTERY_REVERSE): POWERS,
        probatio.Optional(CONF_SOC): PERCENT,
        probatio.Optional(_LOAD): POWERS,
    }
)
# The fields that the settings of a part come from, for what's wrong with them.
_GRID_FIELDS: Final = {CONF_POWER: _GRID, CONF_REVERSE: _GRID_REVERSE}
_INVERTER_FIELDS: Final = {CONF_POWER: _INVERTERS}
_BATTERY_FIELDS: Final = {
    CONF_POWER: _BATTERY,
    CONF_REVERSE: _BATTERY_REVERSE,
    CONF_SOC: CONF_SOC,
}


class NrgkickHouseFlow(NrgkickAccessFlow):
    """Asks for a new house; who may ask for it comes next."""

    _nrgkick_proposal = Proposal()

    async def async_step_nrgkick_energy(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the house, filled in from the energy dashboard."""
        self._nrgkick_proposal = await async_propose(self.hass)
        return await self._async_nrgkick_house(
            "nrgkick_energy", user_input, _shown(self._nrgkick_proposal)
        )

    async def async_step_nrgkick_by_hand(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the house."""
        return await self._async_nrgkick_house("nrgkick_by_hand", user_input, {})

    async def _async_nrgkick_house(
        self, step_id: str, user_input: dict[str, Any] | None, proposed: dict[str, Any]
    ) -> ConfigFlowResult:
        errors: Errors = {}
        if user_input is not None:
            errors = _incomplete(user_input) or self._nrgkick_take(user_input)
            if not errors:
                return await self._async_step_nrgkick_grid()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                _HOUSE_SCHEMA, user_input or proposed
            ),
            errors=errors,
        )

    async def _async_step_nrgkick_grid(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the grid's sign is right: a wrong one charges from the grid."""
        if (form := self._nrgkick_sign(ENERGY_METER, _GRID, user_input)) is not None:
            return form
        return await self._async_step_nrgkick_battery()

    async_step_nrgkick_grid_consumption = _async_step_nrgkick_grid
    async_step_nrgkick_grid_feed_in = _async_step_nrgkick_grid
    async_step_nrgkick_grid_idle = _async_step_nrgkick_grid
    async_step_nrgkick_grid_not_known = _async_step_nrgkick_grid

    async def _async_step_nrgkick_battery(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the battery's sign is right, if there's one."""
        if (form := self._nrgkick_sign(BATTERY, _BATTERY, user_input)) is not None:
            return form
        return await self.async_step_nrgkick_access()

    async_step_nrgkick_battery_charge = _async_step_nrgkick_battery
    async_step_nrgkick_battery_discharge = _async_step_nrgkick_battery
    async_step_nrgkick_battery_idle = _async_step_nrgkick_battery
    async_step_nrgkick_battery_not_known = _async_step_nrgkick_battery

    @callback
    def _nrgkick_sign(
        self, kind: str, word: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult | None:
        """Show a part's power until its sign is right; None when it is."""
        for number, part in enumerate(self._nrgkick_parts):
            if part.kind != kind:
                continue
            data = part.data
            if user_input is not None:
                data = turned(part.data, user_input)
                self._nrgkick_parts[number] = Part(kind, part.id, data)
                if part.data[CONF_INVERTED] == data[CONF_INVERTED]:
                    return None
            direction, placeholders = asked(self.hass, METERED[kind], data)
            return self.async_show_form(
                step_id=f"nrgkick_{word}_{direction}",
                data_schema=self.add_suggested_values_to_schema(
                    SIGN_SCHEMA, {CONF_INVERTED: data[CONF_INVERTED]}
                ),
                description_placeholders=placeholders,
            )
        return None

    @callback
    def _nrgkick_take(self, user_input: Mapping[str, Any]) -> Errors:
        """Make parts of what was chosen; return what's wrong with it."""
        self._nrgkick_parts = []
        for fields, part in self._nrgkick_chosen(user_input):
            data = to_store(self.hass, part.data)
            for key, error in wrong_sources(self.hass, data).items():
                return {fields[key]: error}
            self._nrgkick_parts.append(Part(part.kind, part.id, data))
        self._nrgkick_data = load_of(
            self.hass,
            {
                CONF_LOAD: SENSOR if user_input.get(_LOAD) else BALANCE,
                CONF_LOAD_POWER: user_input.get(_LOAD),
            },
        )
        if errors := load_errors(self.hass, self._nrgkick_data):
            return {_LOAD: next(iter(errors.values()))}
        return faults(self._nrgkick_data, {}, self._nrgkick_parts)

    @callback
    def _nrgkick_chosen(
        self, user_input: Mapping[str, Any]
    ) -> Iterable[tuple[Mapping[str, str], Part]]:
        """Return the parts that were chosen, each with its fields."""
        meter = self._nrgkick_part(user_input, _GRID, _GRID_REVERSE)
        meter[CONF_LOCATION] = "grid"
        yield _GRID_FIELDS, Part(ENERGY_METER, _GRID, meter)
        for number, entity_id in enumerate(user_input.get(_INVERTERS) or []):
            inverter = {
                **self._nrgkick_named([entity_id]),
                CONF_POWER: [entity_id],
                CONF_BATTERY_CONNECTED: False,
                CONF_PV_ONLY: False,
            }
            yield _INVERTER_FIELDS, Part(INVERTER, f"{number}", inverter)
        if not (chosen := user_input.get(_BATTERY)):
            return
        battery = self._nrgkick_part(user_input, _BATTERY, _BATTERY_REVERSE)
        if soc := user_input.get(CONF_SOC):
            battery[CONF_SOC] = soc
        # The capacity is that of those which the energy dashboard has.
        proposed = self._nrgkick_proposal
        if proposed.battery == chosen and proposed.capacity_wh is not None:
            battery[CONF_CAPACITY_WH] = proposed.capacity_wh
        yield _BATTERY_FIELDS, Part(BATTERY, _BATTERY, battery)

    @callback
    def _nrgkick_part(
        self, user_input: Mapping[str, Any], power: str, reverse: str
    ) -> dict[str, Any]:
        return {
            **self._nrgkick_named(user_input[power]),
            CONF_POWER: user_input[power],
            CONF_REVERSE: user_input.get(reverse) or [],
        }

    @callback
    def _nrgkick_named(self, entity_ids: list[str]) -> dict[str, Any]:
        """Return the name that a part gets of its first entity."""
        state = self.hass.states.get(entity_ids[0])
        name = entity_ids[0] if state is None else state.name
        return {CONF_NAME: name, CONF_INVERTED: False}


@callback
def load_of(hass: HomeAssistant, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of the house load; sensors only if they count."""
    powers = user_input.get(CONF_LOAD_POWER) or []
    if user_input[CONF_LOAD] != SENSOR:
        powers = []
    return {
        CONF_LOAD: user_input[CONF_LOAD],
        CONF_LOAD_POWER: [stored_id(hass, one) for one in powers],
    }


@callback
def load_errors(hass: HomeAssistant, data: Mapping[str, Any]) -> Errors:
    """Return what's wrong with the sources of a house load."""
    if data[CONF_LOAD] == SENSOR and not data[CONF_LOAD_POWER]:
        return {CONF_LOAD_POWER: "no_source"}
    error = wrong_powers(hass, data[CONF_LOAD_POWER])
    return {} if error is None else {CONF_LOAD_POWER: error}


def faults(
    data: Mapping[str, Any], options: Mapping[str, Any], parts: Iterable[Part]
) -> Errors:
    """Return why a house doesn't fit together."""
    try:
        house_of(data, options, parts)
    except SetupError as err:
        return {"base": error_key(err)}
    return {}


def _incomplete(user_input: Mapping[str, Any]) -> Errors:
    """Return what's wrong with a choice, whatever the sensors say."""
    inverters = user_input.get(_INVERTERS) or []
    # What belongs to a battery needs its power.
    has_battery = any(user_input.get(key) for key in _BATTERY_FIELDS.values())
    for is_wrong, field, error in (
        (not user_input[_GRID], _GRID, "no_source"),
        (len(inverters) > MAX_INVERTERS, _INVERTERS, "nrgkick_too_many_inverters"),
        (len(set(inverters)) < len(inverters), _INVERTERS, "same_source"),
        (
            has_battery and not user_input.get(_BATTERY),
            _BATTERY,
            "no_source",
        ),
    ):
        if is_wrong:
            return {field: error}
    return {}


def _shown(proposal: Proposal) -> dict[str, Any]:
    shown: dict[str, Any] = {
        _GRID: proposal.grid,
        _INVERTERS: proposal.inverters[:MAX_INVERTERS],
        _BATTERY: proposal.battery,
        _LOAD: [] if proposal.load is None else [proposal.load],
    }
    if proposal.soc is not None:
        shown[CONF_SOC] = proposal.soc
    return shown
