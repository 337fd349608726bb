"""The flows of all vendors, for the one config flow that Home Assistant knows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigSubentryFlow, OptionsFlow

from ..surplus.adapter.flow import SurplusFlow
from ..surplus.adapter.options import SurplusOptionsFlow
from ..surplus.adapter.repairs import MendFlow
from ..surplus.adapter.subentries import SUBENTRY_FLOWS as SURPLUS_LOADS
from .easee.flow import EaseeFlow, EaseeOptionsFlow
from .goe.flow import GoeFlow, GoeOptionsFlow
from .nrgkick.const import STRANGER_ISSUE
from .nrgkick.flow import NrgkickFlow
from .nrgkick.options import NrgkickOptionsFlow
from .nrgkick.repairs import StrangerFlow
from .nrgkick.subentries import SUBENTRY_FLOWS as NRGKICK_PARTS
from .weheat.connect import WeheatClient
from .weheat.flow import WeheatFlow, WeheatOptionsFlow

# In the order of the menu; a vendor's first step has its name.
VENDORS: Final = ("goe", "easee", "weheat", "nrgkick", "surplus")

# The step that follows when something is found, by where it was.
DISCOVERIES: Final = {"mqtt": "goe_mqtt_discovery", "zeroconf": "goe_zeroconf"}

OPTIONS_FLOWS: Final[Mapping[str, Callable[[], OptionsFlow]]] = {
    "easee": EaseeOptionsFlow,
    "goe": GoeOptionsFlow,
    "nrgkick": NrgkickOptionsFlow,
    "surplus": SurplusOptionsFlow,
    "weheat": WeheatOptionsFlow,
}

REPAIR_FLOWS: Final[Mapping[str, Callable[[dict[str, Any]], RepairsFlow]]] = {
    STRANGER_ISSUE: StrangerFlow,
    # All of surplus that can be mended.
    "surplus_": MendFlow,
}

SUBENTRY_FLOWS: Final[Mapping[str, dict[str, type[ConfigSubentryFlow]]]] = {
    "nrgkick": NRGKICK_PARTS,
    "surplus": SURPLUS_LOADS,
}


class VendorFlow(EaseeFlow, GoeFlow, NrgkickFlow, SurplusFlow, WeheatFlow):
    """The steps of all vendors; each begins with the vendor's name."""


# Who logs in with the user's application credentials; there's one for all vendors.
OAUTH_CLIENT: Final = WeheatClient
