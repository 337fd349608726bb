"""A simulator of the vendor NRGkick: a wallbox that asks, and the vendor's server."""

from .car import Car
from .contract import (
    INFO_PATH,
    VALUES_PATH,
    check_both,
    check_info,
    check_values,
    imbalance_w,
)
from .documents import sample_info, sample_values
from .findings import Findings
from .manner import MANNERS, MISCHIEF, Manner
from .poll import Failure, Poll
from .surplus import Settings, State
from .vendor_server import VendorServer
from .wallbox import Wallbox

__all__ = [
    "INFO_PATH",
    "MANNERS",
    "MISCHIEF",
    "VALUES_PATH",
    "Car",
    "Failure",
    "Findings",
    "Manner",
    "Poll",
    "Settings",
    "State",
    "VendorServer",
    "Wallbox",
    "check_both",
    "check_info",
    "check_values",
    "imbalance_w",
    "sample_info",
    "sample_values",
]
