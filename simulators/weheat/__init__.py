"""A simulator of the vendor Weheat: heat pumps and their cloud with its log-in."""

from simulators.served import Request

from .auth import Account, Client, Keycloak
from .cloud import Cloud
from .energy import Energy, Load, Mode
from .faults import Faults
from .pump import HeatPump
from .traits import Kind

__all__ = [
    "Account",
    "Client",
    "Cloud",
    "Energy",
    "Faults",
    "HeatPump",
    "Keycloak",
    "Kind",
    "Load",
    "Mode",
    "Request",
]
