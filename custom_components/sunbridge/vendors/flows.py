"""The flows of all vendors, for the one config flow that Home Assistant knows."""

from collections.abc import Callable, Mapping
from typing import Final

from homeassistant.config_entries import OptionsFlow

from .easee.flow import EaseeFlow, EaseeOptionsFlow
from .goe.flow import GoeFlow, GoeOptionsFlow
from .weheat.connect import WeheatClient
from .weheat.flow import WeheatFlow, WeheatOptionsFlow

# In the order of the menu; a vendor's first step has its name.
VENDORS: Final = ("goe", "easee", "weheat")

# The step that follows when something is found, by where it was.
DISCOVERIES: Final = {"mqtt": "goe_mqtt_discovery", "zeroconf": "goe_zeroconf"}

OPTIONS_FLOWS: Final[Mapping[str, Callable[[], OptionsFlow]]] = {
    "easee": EaseeOptionsFlow,
    "goe": GoeOptionsFlow,
    "weheat": WeheatOptionsFlow,
}


class VendorFlow(EaseeFlow, GoeFlow, WeheatFlow):
    """The steps of all vendors; each begins with the vendor's name."""


# Who logs in with the user's application credentials; there's one for all vendors.
OAUTH_CLIENT: Final = WeheatClient
