"""What the house may import, and in which band the home battery takes turns."""

from typing import Any, Final

import probatio

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import PERCENTAGE, UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)

from .const import (
    CONF_BAND_HIGH,
    CONF_BAND_LOW,
    CONF_BATTERY,
    CONF_MAX_IMPORT_W,
    CONF_SOC,
    DEFAULT_BAND_HIGH,
    DEFAULT_BAND_LOW,
)

_WATTS: Final = NumberSelector(
    NumberSelectorConfig(
        min=500,
        max=100_000,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfPower.WATT,
    )
)
_PERCENT: Final = NumberSelector(
    NumberSelectorConfig(min=0, max=100, unit_of_measurement=PERCENTAGE)
)
_BAND: Final = {CONF_BAND_LOW: DEFAULT_BAND_LOW, CONF_BAND_HIGH: DEFAULT_BAND_HIGH}


class SurplusOptionsFlow(OptionsFlow):
    """What the house may import; the band only with a battery that says its charge."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin with the only step."""
        return await self.async_step_surplus(user_input)

    async def async_step_surplus(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        errors: dict[str, str] = {}
        before = {**_BAND, **self.config_entry.options}
        if user_input is not None:
            chosen = {**before, **user_input}
            low, high = int(chosen[CONF_BAND_LOW]), int(chosen[CONF_BAND_HIGH])
            # Without a limit there's no such field in what comes.
            limit_w = user_input.get(CONF_MAX_IMPORT_W)
            if low < high:
                return self.async_create_entry(
                    data={
                        CONF_MAX_IMPORT_W: None if limit_w is None else int(limit_w),
                        CONF_BAND_LOW: low,
                        CONF_BAND_HIGH: high,
                    }
                )
            errors[CONF_BAND_HIGH] = "surplus_band"
        return self.async_show_form(
            step_id="surplus",
            data_schema=self.add_suggested_values_to_schema(
                self._schema(), user_input or before
            ),
            errors=errors,
        )

    @callback
    def _schema(self) -> probatio.Schema:
        fields: dict[probatio.Marker, NumberSelector] = {
            probatio.Optional(CONF_MAX_IMPORT_W): _WATTS
        }
        if (self.config_entry.data[CONF_BATTERY] or {}).get(CONF_SOC) is not None:
            fields |= {
                probatio.Required(key, default=value): _PERCENT
                for key, value in _BAND.items()
            }
        return probatio.Schema(fields)
