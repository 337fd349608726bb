"""The flows of all vendors, for the one config flow that Home Assistant knows."""

from collections.abc import Callable, Mapping
from typing import Final

from homeassistant.config_entries import OptionsFlow

from .goe.flow import GoeFlow, GoeOptionsFlow

# In the order of the menu; a vendor's first step has its name.
VENDORS: Final = ("goe",)

# Who steps in when something is found in the network; the step is
# ``async_step_<vendor>_<source>``.
DISCOVERIES: Final = {"zeroconf": "goe"}

OPTIONS_FLOWS: Final[Mapping[str, Callable[[], OptionsFlow]]] = {
    "goe": GoeOptionsFlow,
}


class VendorFlow(GoeFlow):
    """The steps of all vendors; each begins with the vendor's name."""
