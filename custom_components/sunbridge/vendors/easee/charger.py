"""A charger's state, without the traps of its energy and power (reference 5.11)."""

from secrets import token_hex
from typing import Any, Final, override

from ..json import JsonValue
from ..kept import moment, table
from ..lenient import number
from .charger_keys import (
    CHARGER_OP_MODE,
    CONNECTED_TO_CLOUD,
    DETECTED_POWER_GRID_TYPE,
    KEYS,
    LIFETIME_ENERGY,
    SESSION_ENERGY,
    TOTAL_POWER,
    USER_ID_TOKEN,
    USER_ID_TOKEN_REVERSED,
)
from .decode import Key
from .energy import EnergyTotal
from .enums import IT_GRIDS
from .state import DeviceState

OFFLINE: Final = 0
DISCONNECTED: Final = 1
CHARGING: Final = 3
ERROR: Final = 5
# With a car; 5 (error) tells nothing of it.
PLUGGED: Final = frozenset({2, 3, 4, 6, 7, 8})
# Where the energy of the session was seen to drop to 0 and come back.
_IN_SESSION: Final = frozenset({2, 3, 4, 6})

TAG_SALT_BYTES: Final = 16

# An RFID tag that is read may be told twice, with slightly different times.
SAME_READING_S: Final = 10.0

# Made by Sunbridge, of what the sessions add to the lifetime energy.
TOTAL_ENERGY: Final = Key(-1, "_totalEnergy", number, "kWh")


class ChargerState(DeviceState):
    """The newest observations of a charger.

    ``tag_salt`` is what makes its tags' fingerprints nobody else's.
    """

    def __init__(self, tag_salt: str | None = None) -> None:
        """Start without any; without a salt the fingerprints are of this time only."""
        super().__init__(KEYS)
        self.tag_salt = tag_salt or token_hex(TAG_SALT_BYTES)
        self.energy = EnergyTotal()
        self._unplugged_at_s = 0.0

    def kept(self) -> dict[str, Any]:
        """Return what has to be known after a restart."""
        return {
            "energy": self.energy.as_dict(),
            "unplugged_at_s": self._unplugged_at_s,
        }

    def restore(self, kept: Any) -> None:
        """Go on from what was kept: the total, and what the session's energy was.

        Raises ``ValueError``, and has then taken nothing.
        """
        charger = table(kept)
        energy = EnergyTotal.from_dict(charger["energy"])
        self._unplugged_at_s = moment(charger["unplugged_at_s"])
        self.energy = energy
        if self.energy.total_kwh is not None:
            self.put(TOTAL_ENERGY, self.energy.total_kwh)
        if self.energy.session_kwh is not None:
            self.times_s[SESSION_ENERGY.name] = self.energy.session_at_s
            self.put(SESSION_ENERGY, self.energy.session_kwh)

    @property
    def is_online(self) -> bool:
        """Tell whether the vendor's cloud hears the charger."""
        return (
            self[CONNECTED_TO_CLOUD] is not False and self[CHARGER_OP_MODE] != OFFLINE
        )

    @property
    def is_it_grid(self) -> bool:
        """Tell whether the grid has no neutral, so that T3 to T5 aren't L1 to L3."""
        return self[DETECTED_POWER_GRID_TYPE] in IT_GRIDS

    @property
    def power_kw(self) -> float | None:
        """The power into the car; the last one of a session stays on the wire."""
        mode, power_kw = self[CHARGER_OP_MODE], self[TOTAL_POWER]
        mode_at_s, power_at_s = self.at_s(CHARGER_OP_MODE), self.at_s(TOTAL_POWER)
        if (
            power_kw
            and mode not in (None, CHARGING)
            and mode_at_s is not None
            and power_at_s is not None
            and power_at_s <= mode_at_s
        ):
            return 0.0
        return power_kw

    @override
    def _take(self, key: Key[Any], value: JsonValue, at_s: float, stands: bool) -> bool:
        if key is USER_ID_TOKEN_REVERSED and isinstance(value, str):
            # The same reading as 128, which not every account gets.
            key, value = USER_ID_TOKEN, value[::-1]
        return super()._take(key, value, at_s, stands)

    @override
    def accepts(self, key: Key[Any], value: object, at_s: float, stands: bool) -> bool:
        """Refuse a zero that the charger doesn't mean."""
        if key is TOTAL_POWER:
            # The last power was seen again in the second in which it became 0.
            return not (
                self[TOTAL_POWER] == 0 and value != 0 and at_s == self.at_s(TOTAL_POWER)
            )
        if key is LIFETIME_ENERGY and value == 0:
            # A sum over time would take its end for that of a reset, and add it all.
            return not self[LIFETIME_ENERGY]
        if key is SESSION_ENERGY and value == 0:
            return stands or not self._is_false_zero()
        if key is USER_ID_TOKEN and value == self[USER_ID_TOKEN]:
            # One reading that came as 108 and as 128.
            return at_s - (self.at_s(USER_ID_TOKEN) or 0.0) > SAME_READING_S
        return True

    @override
    def noticed(self, key: Key[Any], value: object, at_s: float) -> None:
        """Follow the energy, and tell of each tag that is read."""
        if key is USER_ID_TOKEN:
            # The same one again is another reading.
            self._changed.add(key.name)
            return
        if key is CHARGER_OP_MODE and value == DISCONNECTED:
            self._unplugged_at_s = at_s
        elif key is LIFETIME_ENERGY and isinstance(value, float):
            self.energy.lifetime(value, at_s)
        elif key is SESSION_ENERGY and isinstance(value, float):
            is_new = self._unplugged_at_s > self.energy.session_at_s
            self.energy.session(value, at_s, is_new=is_new)
        else:
            return
        if self.energy.total_kwh is not None:
            self.put(TOTAL_ENERGY, self.energy.total_kwh)

    def _is_false_zero(self) -> bool:
        """Tell whether a zero comes amid a session, as far as one can know."""
        if not self[SESSION_ENERGY] or self[CHARGER_OP_MODE] not in _IN_SESSION:
            return False
        # The last car has gone since: it's the next one's.
        return self._unplugged_at_s < self.times_s[SESSION_ENERGY.name]
