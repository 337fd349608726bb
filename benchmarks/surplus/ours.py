"""Where our controller is plugged in.

``make`` is None while there is none. It becomes a ``Maker``: a function that takes the
charger's traits (steps, limits, dead time) and what ``memory`` returned before a
restart, and returns an adapter around the shipped controller. The adapter's ``step``
turns a ``View`` into the controller's input and its decision into an ``Order``, and
decides nothing by itself.

``KNOB`` holds makers for the picture: the same controller at other eagerness.
"""

from .protocol import Maker

NAME = "Sunbridge"

make: Maker | None = None

KNOB: dict[str, Maker] = {}
