"""A go-e charger with a model of its physics, and the fronts that serve it."""

from .car import Car
from .charger import Charger
from .cloud import CloudFront
from .http import Faults, Request
from .local import LocalFront
from .mqtt import MqttFront

__all__ = [
    "Car",
    "Charger",
    "CloudFront",
    "Faults",
    "LocalFront",
    "MqttFront",
    "Request",
]
