"""A go-e charger with a model of its physics, and the fronts that serve it."""

from .car import Car
from .charger import Charger
from .cloud import CloudFront, Faults, Request

__all__ = ["Car", "Charger", "CloudFront", "Faults", "Request"]
