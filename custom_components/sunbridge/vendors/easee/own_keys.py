"""Keys of Sunbridge's own: what is known of a product without an observation."""

from ..lenient import integer, number
from .decode import Key

# How long ago the charger, and the vendor's cloud, had what arrived just now.
DELAY_CHARGER = Key(-2, "_delayCharger", number, "s")
DELAY_CLOUD = Key(-3, "_delayCloud", number, "s")

# The newest firmware that there is for a charger, read by REST.
LATEST_FIRMWARE = Key(-4, "_latestFirmware", integer)
