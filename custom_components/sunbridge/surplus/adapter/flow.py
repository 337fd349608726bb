"""The steps that ask for the meters of a house, and whether their signs are right."""

from collections.abc import Mapping
from typing import Any, Final

import probatio

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations

from ...const import CONF_VENDOR, DOMAIN
from ...meters.energy_prefs import Proposal, async_propose
from ...meters.forms import PERCENT, POWERS, wrong_powers, wrong_source
from ...meters.preview import Metered
from ...meters.sensors import entity_id_of, stored_id
from ...meters.settings import CONF_INVERTED, CONF_POWER, CONF_REVERSE
from ...meters.sign import SIGN_SCHEMA, asked, turned
from ...meters.units import Measure
from .const import (
    CONF_BAND_HIGH,
    CONF_BAND_LOW,
    CONF_BATTERY,
    CONF_GRID,
    CONF_MAX_IMPORT_W,
    CONF_PV,
    CONF_SOC,
    DEFAULT_BAND_HIGH,
    DEFAULT_BAND_LOW,
    VENDOR,
)

_GRID_REVERSE: Final = "grid_reverse"
_BATTERY_REVERSE: Final = "battery_reverse"
# The fields of powers, in the order of the form: where what's wrong is told.
_POWERS: Final = (CONF_GRID, _GRID_REVERSE, CONF_PV, CONF_BATTERY, _BATTERY_REVERSE)

_HOUSE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_GRID): POWERS,
        probatio.Optional(_GRID_REVERSE): POWERS,
        probatio.Optional(CONF_PV): POWERS,
        probatio.Optional(CONF_BATTERY): POWERS,
        probatio.Optional(_BATTERY_REVERSE): POWERS,
        probatio.Optional(CONF_SOC): PERCENT,
    }
)
_OPTIONS: Final = {
    CONF_MAX_IMPORT_W: None,
    CONF_BAND_LOW: DEFAULT_BAND_LOW,
    CONF_BAND_HIGH: DEFAULT_BAND_HIGH,
}


class SurplusFlow(ConfigFlow):
    """Steps for a house whose surplus is used; loads are added to it afterwards."""

    # What is going to be stored, while its signs are asked for.
    _surplus_house: dict[str, Any]

    async def async_step_surplus(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin with what the energy dashboard knows, if it knows anything."""
        await self.async_set_unique_id(VENDOR, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        if (await async_propose(self.hass)).grid:
            return self.async_show_menu(
                step_id="surplus",
                menu_options=["surplus_energy", "surplus_by_hand"],
            )
        return await self.async_step_surplus_by_hand()

    async def async_step_surplus_energy(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the meters, filled in from the energy dashboard."""
        shown = _proposed(await async_propose(self.hass))
        return await self._async_surplus_form("surplus_energy", user_input, shown)

    async def async_step_surplus_by_hand(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the meters."""
        return await self._async_surplus_form("surplus_by_hand", user_input, {})

    async def async_step_surplus_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for other meters; loads are changed at themselves."""
        shown = _stored(self.hass, self._get_reconfigure_entry().data)
        return await self._async_surplus_form("surplus_reconfigure", user_input, shown)

    async def _async_surplus_form(
        self, step_id: str, user_input: dict[str, Any] | None, shown: dict[str, Any]
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _errors(self.hass, user_input)
            if not errors:
                self._surplus_house = self._surplus_to_store(user_input)
                return await self._async_step_surplus_grid()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                _HOUSE_SCHEMA, user_input or shown
            ),
            errors=errors,
        )

    async def _async_step_surplus_grid(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the grid's sign is right: a wrong one charges from the grid."""
        form = self._surplus_sign(CONF_GRID, Metered.GRID, user_input)
        return form or await self._async_step_surplus_battery()

    async_step_surplus_grid_consumption = _async_step_surplus_grid
    async_step_surplus_grid_feed_in = _async_step_surplus_grid
    async_step_surplus_grid_idle = _async_step_surplus_grid
    async_step_surplus_grid_not_known = _async_step_surplus_grid

    async def _async_step_surplus_battery(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the battery's sign is right, if there's one."""
        form = self._surplus_sign(CONF_BATTERY, Metered.BATTERY, user_input)
        return form or await self._async_surplus_finish()

    async_step_surplus_battery_charge = _async_step_surplus_battery
    async_step_surplus_battery_discharge = _async_step_surplus_battery
    async_step_surplus_battery_idle = _async_step_surplus_battery
    async_step_surplus_battery_not_known = _async_step_surplus_battery

    @callback
    def _surplus_sign(
        self, part: str, metered: Metered, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult | None:
        """Show a part's power until its sign is right; None when it is."""
        if (data := self._surplus_house[part]) is None:
            return None
        if user_input is not None:
            before, data = data, turned(data, user_input)
            self._surplus_house[part] = data
            if before[CONF_INVERTED] == data[CONF_INVERTED]:
                return None
        direction, placeholders = asked(self.hass, metered, data)
        return self.async_show_form(
            step_id=f"surplus_{part}_{direction}",
            data_schema=self.add_suggested_values_to_schema(
                SIGN_SCHEMA, {CONF_INVERTED: data[CONF_INVERTED]}
            ),
            description_placeholders=placeholders,
        )

    @callback
    def _surplus_to_store(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is stored of a form; the signs stay as they were."""
        before: Mapping[str, Any] = {}
        if self.source == SOURCE_RECONFIGURE:
            before = self._get_reconfigure_entry().data

        def ids(field: str) -> list[str]:
            return [stored_id(self.hass, one) for one in user_input.get(field) or ()]

        def signed(part: str, reverse: str) -> dict[str, Any]:
            return {
                CONF_POWER: ids(part),
                CONF_REVERSE: ids(reverse),
                CONF_INVERTED: (before.get(part) or {}).get(CONF_INVERTED, False),
            }

        house: dict[str, Any] = {
            CONF_GRID: signed(CONF_GRID, _GRID_REVERSE),
            CONF_PV: {CONF_POWER: found} if (found := ids(CONF_PV)) else None,
            CONF_BATTERY: None,
        }
        if user_input.get(CONF_BATTERY):
            soc = user_input.get(CONF_SOC)
            house[CONF_BATTERY] = {
                **signed(CONF_BATTERY, _BATTERY_REVERSE),
                CONF_SOC: None if soc is None else stored_id(self.hass, soc),
            }
        return house

    async def _async_surplus_finish(self) -> ConfigFlowResult:
        data = {CONF_VENDOR: VENDOR, **self._surplus_house}
        # The entry hears of it and is loaded anew.
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(self._get_reconfigure_entry(), data=data)
        return self.async_create_entry(
            title=await _async_title(self.hass),
            data=data,
            options=_OPTIONS,
            description=VENDOR,
        )


async def _async_title(hass: HomeAssistant) -> str:
    """Return what entry and device are called, in the language of the house."""
    texts = await async_get_translations(hass, hass.config.language, "device", [DOMAIN])
    return texts[f"component.{DOMAIN}.device.{VENDOR}.name"]


@callback
def _errors(hass: HomeAssistant, user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the first thing that's wrong with a choice, by its field."""
    battery = (CONF_BATTERY, _BATTERY_REVERSE, CONF_SOC)
    if not user_input[CONF_GRID]:
        return {CONF_GRID: "no_source"}
    # What belongs to a battery needs its power.
    if any(map(user_input.get, battery)) and not user_input.get(CONF_BATTERY):
        return {CONF_BATTERY: "no_source"}
    seen: set[str] = set()
    for field in _POWERS:
        chosen = user_input.get(field) or []
        if len({*chosen}) < len(chosen) or not seen.isdisjoint(chosen):
            return {field: "same_source"}
        seen.update(chosen)
        if (error := wrong_powers(hass, chosen)) is not None:
            return {field: error}
    if (soc := user_input.get(CONF_SOC)) is not None:
        if (error := wrong_source(hass, soc, Measure.PERCENT)) is not None:
            return {CONF_SOC: error}
    return {}


def _proposed(proposal: Proposal) -> dict[str, Any]:
    """Return what a form shows of the energy dashboard."""
    shown: dict[str, Any] = {
        CONF_GRID: proposal.grid,
        CONF_PV: proposal.inverters,
        CONF_BATTERY: proposal.battery,
    }
    if proposal.soc is not None:
        shown[CONF_SOC] = proposal.soc
    return shown


@callback
def _stored(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form shows of what is stored; what was removed is left out."""
    grid, pv, battery = (
        data[part] or {} for part in (CONF_GRID, CONF_PV, CONF_BATTERY)
    )
    fields = {
        CONF_GRID: grid[CONF_POWER],
        _GRID_REVERSE: grid[CONF_REVERSE],
        CONF_PV: pv.get(CONF_POWER, ()),
        CONF_BATTERY: battery.get(CONF_POWER, ()),
        _BATTERY_REVERSE: battery.get(CONF_REVERSE, ()),
    }
    shown: dict[str, Any] = {
        field: [
            one for stored in ids if (one := entity_id_of(hass, stored)) is not None
        ]
        for field, ids in fields.items()
    }
    soc = battery.get(CONF_SOC)
    if soc is not None and (entity_id := entity_id_of(hass, soc)) is not None:
        shown[CONF_SOC] = entity_id
    return shown
