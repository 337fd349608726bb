"""What is too old, and without what nothing is served."""

from typing import Any

import probatio

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .const import (
    CONF_FACTOR,
    CONF_MINIMUM_S,
    CONF_REQUIRED,
    DEFAULT_FACTOR,
    DEFAULT_MINIMUM_S,
)
from .document import Part as Shown


class NrgkickOptionsFlow(OptionsFlow):
    """What is too old, and without what nothing is served."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin with the only step."""
        return await self.async_step_nrgkick(user_input)

    async def async_step_nrgkick(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(
                data={
                    CONF_REQUIRED: user_input[CONF_REQUIRED],
                    CONF_FACTOR: int(user_input[CONF_FACTOR]),
                    CONF_MINIMUM_S: int(user_input[CONF_MINIMUM_S]),
                }
            )
        fields = {
            probatio.Required(
                CONF_REQUIRED, default=[Shown.GRID.value]
            ): SelectSelector(
                SelectSelectorConfig(
                    options=[part.value for part in Shown],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                    translation_key="nrgkick_required",
                )
            ),
            probatio.Required(CONF_FACTOR, default=DEFAULT_FACTOR): NumberSelector(
                NumberSelectorConfig(min=2, max=20)
            ),
            probatio.Required(
                CONF_MINIMUM_S, default=DEFAULT_MINIMUM_S
            ): NumberSelector(
                NumberSelectorConfig(
                    min=10, max=600, unit_of_measurement=UnitOfTime.SECONDS
                )
            ),
        }
        return self.async_show_form(
            step_id="nrgkick",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), self.config_entry.options
            ),
        )
