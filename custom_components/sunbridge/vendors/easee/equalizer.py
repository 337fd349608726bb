"""An Equalizer's state."""

from .decode import Key, json_object
from .enums import EQUALIZER_IT
from .equalizer_keys import CONNECTED_TO_CLOUD, GRID_TYPE, KEYS
from .state import DeviceState

# Made by Sunbridge: the surplus setting, which is read by REST.
SURPLUS = Key(-1, "_surplus", json_object)


class EqualizerState(DeviceState):
    """The newest observations of an Equalizer."""

    def __init__(self) -> None:
        """Start without any."""
        super().__init__(KEYS)

    @property
    def is_online(self) -> bool:
        """Tell whether the vendor's cloud hears the Equalizer."""
        return self[CONNECTED_TO_CLOUD] is not False

    @property
    def is_it_grid(self) -> bool:
        """Tell whether the grid has no neutral."""
        return self[GRID_TYPE] == EQUALIZER_IT
