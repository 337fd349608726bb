"""The steps by which it's set up what a wallbox is served, and whom that is."""

from collections.abc import Mapping
from typing import Any, Final

import probatio

from homeassistant.components.network import async_get_source_ip
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ...const import CONF_TRANSPORT, CONF_VENDOR
from .access import network
from .const import (
    BALANCE,
    BATTERY,
    CONF_ALLOWED,
    CONF_BATTERY_CONNECTED,
    CONF_CAPACITY_WH,
    CONF_INVERTED,
    CONF_LOAD,
    CONF_LOAD_POWER,
    CONF_LOCATION,
    CONF_NAME,
    CONF_PORT,
    CONF_POWER,
    CONF_PV_ONLY,
    CONF_REVERSE,
    CONF_SOC,
    DEFAULT_PORT,
    ENERGY_METER,
    INVERTER,
    NO_LOAD,
    OWN,
    SENSOR,
    SHARED,
    VENDOR,
)
from .document import Part as Shown
from .energy_prefs import Proposal, async_propose
from .errors import NrgkickConfigError
from .forms import PERCENT, POWERS, to_store, wrong_powers, wrong_sources
from .house import MAX_INVERTERS
from .messages import error_key
from .sensors import entity_id_of, stored_id
from .server import async_gate, async_is_free
from .settings import Part, house_of, parts_of
from .sign import asked, turned
from .subentries import SIGN_SCHEMA

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
_LOAD_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_LOAD): SelectSelector(
            SelectSelectorConfig(
                options=[BALANCE, SENSOR, NO_LOAD],
                mode=SelectSelectorMode.LIST,
                translation_key="nrgkick_load",
            )
        ),
        probatio.Optional(CONF_LOAD_POWER): POWERS,
    }
)

type Errors = dict[str, str]


class NrgkickFlow(ConfigFlow):
    """Steps for what an NRGkick is served."""

    _nrgkick_data: dict[str, Any]
    _nrgkick_parts: list[Part]
    _nrgkick_offered: tuple[str, ...] = ()
    _nrgkick_capacity_wh: int | None = None

    async def async_step_nrgkick(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin with what the energy dashboard knows, if it knows anything."""
        await self.async_set_unique_id(VENDOR)
        self._abort_if_unique_id_configured()
        if (await async_propose(self.hass)).grid:
            return self.async_show_menu(
                step_id="nrgkick",
                menu_options=["nrgkick_energy", "nrgkick_by_hand"],
            )
        return await self.async_step_nrgkick_by_hand()

    async def async_step_nrgkick_energy(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the house, filled in from the energy dashboard."""
        proposal = await async_propose(self.hass)
        self._nrgkick_capacity_wh = proposal.capacity_wh
        return await self._async_nrgkick_house(
            "nrgkick_energy", user_input, _shown(proposal)
        )

    async def async_step_nrgkick_by_hand(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the house."""
        return await self._async_nrgkick_house("nrgkick_by_hand", user_input, {})

    async def async_step_nrgkick_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to change; parts of the house are changed at themselves."""
        return self.async_show_menu(
            step_id="nrgkick_reconfigure",
            menu_options=["nrgkick_access", "nrgkick_load"],
        )

    async def async_step_nrgkick_load(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the house load is from."""
        entry = self._get_reconfigure_entry()
        errors: Errors = {}
        if user_input is not None:
            data = self._nrgkick_load_of(user_input)
            errors = self._nrgkick_load_errors(data) or _faults(
                {**entry.data, **data}, entry.options, parts_of(entry)
            )
            if not errors:
                return self.async_update_and_abort(entry, data_updates=data)
        stored = entry.data.get(CONF_LOAD_POWER) or ()
        shown = {
            CONF_LOAD: entry.data[CONF_LOAD],
            CONF_LOAD_POWER: [entity_id_of(self.hass, one) or one for one in stored],
        }
        return self.async_show_form(
            step_id="nrgkick_load",
            data_schema=self.add_suggested_values_to_schema(
                _LOAD_SCHEMA, user_input or shown
            ),
            errors=errors,
        )

    async def async_step_nrgkick_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who may ask, and where."""
        errors: Errors = {}
        if user_input is not None:
            data = {
                CONF_ALLOWED: [one.strip() for one in user_input[CONF_ALLOWED]],
                CONF_TRANSPORT: user_input[CONF_TRANSPORT],
                CONF_PORT: int(user_input[CONF_PORT]),
            }
            errors = await self._async_nrgkick_access_errors(data)
            # Who asked meanwhile is offered before it's given up.
            is_news = set(self._nrgkick_strangers()) > set(self._nrgkick_offered)
            if not errors and (data[CONF_ALLOWED] or not is_news):
                return self._nrgkick_finish(data)
        self._nrgkick_offered = self._nrgkick_strangers()
        return self.async_show_form(
            step_id="nrgkick_access",
            data_schema=self.add_suggested_values_to_schema(
                _access_schema(self._nrgkick_offered),
                user_input or self._nrgkick_access_shown(),
            ),
            errors=errors,
            description_placeholders={
                "address": await async_get_source_ip(self.hass) or "?",
                "port": str(self._nrgkick_port()),
                "asking": ", ".join(self._nrgkick_offered) or "–",
            },
        )

    async def _async_nrgkick_house(
        self, step_id: str, user_input: dict[str, Any] | None, proposed: dict[str, Any]
    ) -> ConfigFlowResult:
        errors: Errors = {}
        if user_input is not None:
            errors = self._nrgkick_take(user_input)
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
            shown = Shown.GRID if kind == ENERGY_METER else Shown.BATTERY
            direction, placeholders = asked(self.hass, shown, data)
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
        inverters = user_input.get(_INVERTERS) or []
        if len(inverters) > MAX_INVERTERS:
            return {_INVERTERS: "nrgkick_too_many_inverters"}
        meter = self._nrgkick_part(user_input, _GRID, _GRID_REVERSE)
        parts = {
            _GRID: Part(ENERGY_METER, _GRID, {**meter, CONF_LOCATION: "grid"}),
        }
        has_battery = bool(user_input.get(_BATTERY))
        for number, entity_id in enumerate(inverters):
            data = {
                **self._nrgkick_named([entity_id]),
                CONF_POWER: [entity_id],
                CONF_BATTERY_CONNECTED: False,
                CONF_PV_ONLY: False,
            }
            parts[f"{_INVERTERS} {number}"] = Part(INVERTER, f"{number}", data)
        if has_battery:
            battery = self._nrgkick_part(user_input, _BATTERY, _BATTERY_REVERSE)
            if soc := user_input.get(CONF_SOC):
                battery[CONF_SOC] = soc
            if self._nrgkick_capacity_wh is not None:
                battery[CONF_CAPACITY_WH] = self._nrgkick_capacity_wh
            parts[_BATTERY] = Part(BATTERY, _BATTERY, battery)
        self._nrgkick_parts = []
        for name, part in parts.items():
            data = to_store(self.hass, part.data)
            for key, error in wrong_sources(self.hass, data).items():
                return {CONF_SOC if key == CONF_SOC else name.split(" ")[0]: error}
            self._nrgkick_parts.append(Part(part.kind, part.id, data))
        load = {CONF_LOAD: SENSOR if user_input.get(_LOAD) else BALANCE}
        self._nrgkick_data = self._nrgkick_load_of(
            {**load, CONF_LOAD_POWER: user_input.get(_LOAD)}
        )
        if errors := self._nrgkick_load_errors(self._nrgkick_data):
            return {_LOAD: next(iter(errors.values()))}
        return _faults(self._nrgkick_data, {}, self._nrgkick_parts)

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
    def _nrgkick_load_of(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        powers = user_input.get(CONF_LOAD_POWER) or []
        return {
            CONF_LOAD: user_input[CONF_LOAD],
            CONF_LOAD_POWER: [stored_id(self.hass, one) for one in powers],
        }

    @callback
    def _nrgkick_load_errors(self, data: Mapping[str, Any]) -> Errors:
        if data[CONF_LOAD] == SENSOR and not data[CONF_LOAD_POWER]:
            return {CONF_LOAD_POWER: "nrgkick_no_source"}
        error = wrong_powers(self.hass, data[CONF_LOAD_POWER])
        return {} if error is None else {CONF_LOAD_POWER: error}

    async def _async_nrgkick_access_errors(self, data: Mapping[str, Any]) -> Errors:
        for text in data[CONF_ALLOWED]:
            try:
                network(text)
            except NrgkickConfigError as err:
                return {CONF_ALLOWED: error_key(err)}
        if data[CONF_TRANSPORT] == SHARED:
            return {}
        if self.source == SOURCE_RECONFIGURE:
            before = self._get_reconfigure_entry().data
            if (before[CONF_TRANSPORT], before[CONF_PORT]) == (OWN, data[CONF_PORT]):
                # It's taken by ourselves.
                return {}
        if await async_is_free(data[CONF_PORT]):
            return {}
        return {CONF_PORT: "nrgkick_port"}

    @callback
    def _nrgkick_strangers(self) -> tuple[str, ...]:
        """Return who asks and may not, the newest first."""
        found = list(reversed(async_gate(self.hass).strangers))
        if self.source == SOURCE_RECONFIGURE:
            runtime = getattr(self._get_reconfigure_entry(), "runtime_data", None)
            for coordinator in [] if runtime is None else runtime.coordinators:
                refused = [str(one.address) for one in coordinator.access.refused]
                found = [*refused, *found]
        return tuple(dict.fromkeys(found))

    @callback
    def _nrgkick_port(self) -> int:
        return int(self.hass.http.server_port)

    @callback
    def _nrgkick_access_shown(self) -> dict[str, Any]:
        if self.source == SOURCE_RECONFIGURE:
            return dict(self._get_reconfigure_entry().data)
        api = self.hass.config.api
        has_tls = api is not None and api.use_ssl
        return {
            CONF_ALLOWED: [],
            # The wallbox can't speak TLS.
            CONF_TRANSPORT: OWN if has_tls else SHARED,
            CONF_PORT: DEFAULT_PORT,
        }

    @callback
    def _nrgkick_finish(self, data: dict[str, Any]) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            # The entry hears of it and is loaded anew.
            return self.async_update_and_abort(
                self._get_reconfigure_entry(), data_updates=data
            )
        return self.async_create_entry(
            title="NRGkick Custom API",
            data={CONF_VENDOR: VENDOR, **self._nrgkick_data, **data},
            subentries=[
                ConfigSubentryData(
                    data=part.data,
                    subentry_type=part.kind,
                    title=part.data[CONF_NAME],
                    unique_id=None,
                )
                for part in self._nrgkick_parts
            ],
        )


def _access_schema(offered: tuple[str, ...]) -> probatio.Schema:
    return probatio.Schema(
        {
            probatio.Required(CONF_ALLOWED): SelectSelector(
                SelectSelectorConfig(
                    options=list(offered), multiple=True, custom_value=True
                )
            ),
            probatio.Required(CONF_TRANSPORT): SelectSelector(
                SelectSelectorConfig(
                    options=[SHARED, OWN],
                    mode=SelectSelectorMode.LIST,
                    translation_key="nrgkick_transport",
                )
            ),
            probatio.Required(CONF_PORT): NumberSelector(
                NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
            ),
        }
    )


def _shown(proposal: Proposal) -> dict[str, Any]:
    shown: dict[str, Any] = {
        _GRID: proposal.grid,
        _INVERTERS: proposal.inverters,
        _BATTERY: proposal.battery,
        _LOAD: [] if proposal.load is None else [proposal.load],
    }
    if proposal.soc is not None:
        shown[CONF_SOC] = proposal.soc
    return shown


def _faults(data: Mapping[str, Any], options: Mapping[str, Any], parts: Any) -> Errors:
    try:
        house_of(data, options, parts)
    except NrgkickConfigError as err:
        return {"base": error_key(err)}
    return {}
