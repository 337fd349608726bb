"""A simulator of the vendor Easee: chargers, Equalizers, cloud, and its AMQP stream."""

from simulators.served import Request

from .accounts import Account
from .charger import RFID, Car, Charger
from .cloud import Cloud
from .equalizer import Equalizer
from .faults import Faults
from .observations import Id
from .product import Observation, Product
from .publisher import ARRIVALS, SHAPES, Publisher

__all__ = [
    "ARRIVALS",
    "RFID",
    "SHAPES",
    "Account",
    "Car",
    "Charger",
    "Cloud",
    "Equalizer",
    "Faults",
    "Id",
    "Observation",
    "Product",
    "Publisher",
    "Request",
]
