"""What people and the cloud can set on a charger, by command and by setting."""

import asyncio
from collections.abc import Callable
import math
from typing import Any

from simulators.clock import Clock

from .observations import CHARGER, SETTINGS, Id
from .product import Product

WEEKS_S = 6 * 7 * 86400.0
MINUTE_S = 60.0
CIRCUIT_AFTER_REBOOT_A = {1: 40.0}

# Setting by name: its observation, and the number of its command where there is one.
_FLAGS: dict[str, tuple[int, int]] = {
    "enabled": (Id.ENABLED, 29),
    "enableIdleCurrent": (Id.IDLE_CURRENT, Id.IDLE_CURRENT),
    "lockCablePermanently": (Id.LOCK_PERMANENTLY, 30),
    "smartButtonEnabled": (Id.SMART_BUTTON, Id.SMART_BUTTON),
    "smartCharging": (Id.SMART_CHARGING, 11),
    "localPreAuthorizeEnabled": (Id.PRE_AUTHORIZE, Id.PRE_AUTHORIZE),
    "localAuthorizeOfflineEnabled": (Id.AUTHORIZE_OFFLINE, Id.AUTHORIZE_OFFLINE),
    "allowOfflineTxForUnknownId": (Id.OFFLINE_UNKNOWN_TAG, Id.OFFLINE_UNKNOWN_TAG),
    "authorizationRequired": (Id.AUTHORIZATION_REQUIRED, Id.AUTHORIZATION_REQUIRED),
    "remoteStartRequired": (Id.REMOTE_START_REQUIRED, Id.REMOTE_START_REQUIRED),
}
_NUMBERS: dict[str, tuple[int, int, float, float]] = {
    "phaseMode": (Id.PHASE_MODE, Id.PHASE_MODE, 1, 3),
    "offlineChargingMode": (Id.OFFLINE_MODE, Id.OFFLINE_MODE, 0, 2),
    "ledStripBrightness": (Id.LED_BRIGHTNESS, Id.LED_BRIGHTNESS, 0, 100),
    "maxChargerCurrent": (Id.MAX_CURRENT, 47, 0, 80),
    "dynamicChargerCurrent": (Id.DYNAMIC_CURRENT, 48, 0, 80),
    **{
        f"{name}P{phase + 1}": (first + phase, command, 0, 1000)
        for name, first, command in (
            ("maxCircuitCurrent", Id.CIRCUIT_MAX, 24),
            ("dynamicCircuitCurrent", Id.CIRCUIT_DYNAMIC, 22),
            ("offlineMaxCircuitCurrent", Id.OFFLINE_MAX, 21),
        )
        for phase in range(3)
    },
}
# They wear the memory out, so nothing that regulates may write them.
_FLASH = {Id.MAX_CURRENT, *range(22, 25), *range(50, 53)}


class Control(Product):
    """The part of a charger that takes commands and settings."""

    def __init__(
        self, serial: str, name: str, clock: Clock | None, *, max_current_a: float
    ) -> None:
        """Make it with its first values, which are hours to weeks old."""
        # Nothing has happened before there are values.
        self.online = True
        self.authorized = False
        self.overridden = False
        self.schedule_waits = False
        self.reaction_s = 0.0
        self.reboots = 0
        self.flash_writes = 0
        self.now_s: float | None = None
        self._unsent: set[int] = set()
        self._op_mode = 1
        self._dynamic_end_s = math.inf
        self._dynamic_before_a = max_current_a
        self._circuit_end_s = math.inf
        super().__init__(serial, name, clock, CHARGER)
        now = self.clock.time()
        for number, seen in list(self.observations.items()):
            age_s = WEEKS_S if number in SETTINGS else 3600.0
            self.observe(number, seen.value, now - age_s)
        for number in (Id.MAX_CURRENT, Id.DYNAMIC_CURRENT):
            self.observe(number, float(max_current_a), now - WEEKS_S)

    def update(self) -> None:
        """Work out what follows from the values."""

    def mode(self) -> int:
        """Return the operating mode."""
        return self._op_mode

    def send(self, number: int, value: Any, *, always: bool = False) -> None:
        """Set an observation where it changed; offline the cloud hears it later."""
        if not always and self.value(number) == value:
            return
        if self.online:
            self.observe(number, value, self.now_s)
        else:
            # The model itself goes on with the new value.
            self._unsent.add(number)
            self._set_silently(number, value)

    def set_online(self, online: bool, reason: str = "CONNECTION_LOST") -> None:
        """Connect the charger to the cloud, or cut it off."""
        if online == self.online:
            return
        if not online:
            self.online = False
            self.observe(Id.CONNECTED, False)
            self.observe(Id.DISCONNECT_REASON, reason)
            self.observe(Id.OP_MODE, 0)
            return
        self.online = True
        self.observe(Id.CONNECTED, True)
        unsent, self._unsent = self._unsent, set()
        for number in sorted(unsent):
            seen = self.observations[number]
            self.observe(number, seen.value, seen.at_s)
        self.update()

    def command(self, number: int, arguments: dict[str, Any] | None = None) -> bool:
        """Take a command by the vendor's number; return whether it's accepted.

        Arguments: ``amps`` or ``p1`` to ``p3`` (A) and ``minutes`` (0 = no end),
        ``state`` for what is on or off, ``token``.
        """
        given = arguments or {}
        state = bool(given.get("state", True))
        match number:
            case 1:
                self._later(self.reboot)
            case 4:
                self._later(self._update_firmware)
            case 11:
                return self.set_setting("smartCharging", state)
            case 22:
                amps = [float(given[name]) for name in ("p1", "p2", "p3")]
                minutes = float(given.get("minutes") or 0)
                self._later(lambda: self._set_circuit(amps, minutes))
            case 25 | 26:
                self._later(lambda: self._authorize(number == 25))
            case 29:
                return self.set_setting("enabled", state)
            case 30:
                return self.set_setting("lockCablePermanently", state)
            case 47:
                return self.set_setting("maxChargerCurrent", given["amps"])
            case 48:
                amps_a = float(given["amps"])
                minutes = float(given.get("minutes") or 0)
                if not 0 <= amps_a <= 80:
                    return False
                self._later(lambda: self._set_dynamic(amps_a, minutes))
            case 63:
                self._later(self._override)
            case _:
                return False
        return True

    def set_setting(self, name: str, value: Any) -> bool:
        """Take a setting by the vendor's name; return whether it's accepted."""
        if name == "limitToSinglePhaseCharging":
            name, value = "phaseMode", 1 if value else 2
        if name in _FLAGS:
            if not isinstance(value, bool):
                return False
            flag = _FLAGS[name][0]
            self._later(lambda: self._set(flag, value))
            return True
        if name not in _NUMBERS or isinstance(value, (bool, str)) or value is None:
            return False
        number, _, least, most = _NUMBERS[name]
        if not least <= value <= most:
            return False
        if number == Id.DYNAMIC_CURRENT:
            self._later(lambda: self._set_dynamic(float(value), 0))
            return True
        kind = float if CHARGER[number][0] == 3 else int
        self._later(lambda: self._set(number, kind(value)))
        return True

    def reboot(self) -> None:
        """Start again: away for a moment, and the volatile limits are gone."""
        self.tick()
        self.reboots += 1
        self.set_online(False, "CLIENT_INITIATED_DISCONNECT")
        self.send(Id.REBOOT_REASON, 1 << 4, always=True)
        self.reset_dynamic()
        self._circuit_end_s = math.inf
        product_code = getattr(self, "product_code", 1)
        for phase in range(3):
            amps = CIRCUIT_AFTER_REBOOT_A.get(product_code, 80.0)
            self.send(Id.CIRCUIT_DYNAMIC + phase, amps)
        self.update()
        self.set_online(True)

    def reset_dynamic(self) -> None:
        """Forget the dynamic current, as at plug-in and reboot."""
        self._dynamic_end_s = math.inf
        self.send(Id.DYNAMIC_CURRENT, float(self.value(Id.MAX_CURRENT)))

    def next_end_s(self) -> float:
        """Return when a limit runs out, epoch s."""
        return min(self._dynamic_end_s, self._circuit_end_s)

    def end_limits(self, now: float) -> None:
        """Let the limits run out whose time is over."""
        if now >= self._dynamic_end_s:
            self._dynamic_end_s = math.inf
            self.send(Id.DYNAMIC_CURRENT, self._dynamic_before_a)
        if now >= self._circuit_end_s:
            self._circuit_end_s = math.inf
            # Not the earlier values: the circuit falls to the offline ones.
            for phase in range(3):
                amps = float(self.value(Id.OFFLINE_MAX + phase))
                self.send(Id.CIRCUIT_DYNAMIC + phase, amps)

    def needs_authorization(self) -> bool:
        """Return whether someone has to authorize the session first."""
        required = self.value(Id.AUTHORIZATION_REQUIRED)
        return bool(required) and not self.authorized

    def set_schedule(self, schedule: str | None, *, waits: bool = True) -> None:
        """Set the schedule (JSON string); ``waits``: its time hasn't come."""
        self.schedule_waits = waits and schedule is not None
        self.send(Id.SCHEDULE, schedule or "")
        self.update()

    def _set(self, number: int, value: Any) -> None:
        self.tick()
        if number in _FLASH:
            self.flash_writes += 1
        self.send(number, value)
        if number == Id.LOCK_PERMANENTLY:
            # The lock itself moves with it where no car is plugged in.
            self.send(Id.CABLE_LOCKED, bool(value) or self.mode() != 1)
        if number == Id.CIRCUIT_DYNAMIC:
            self._circuit_end_s = math.inf
        self.update()

    def _set_dynamic(self, amps: float, minutes: float) -> None:
        self.tick()
        if math.isinf(self._dynamic_end_s):
            self._dynamic_before_a = float(self.value(Id.DYNAMIC_CURRENT))
        now = self.clock.time()
        self._dynamic_end_s = now + minutes * MINUTE_S if minutes else math.inf
        self.send(Id.DYNAMIC_CURRENT, amps)
        self.update()

    def _set_circuit(self, amps: list[float], minutes: float) -> None:
        self.tick()
        now = self.clock.time()
        self._circuit_end_s = now + minutes * MINUTE_S if minutes else math.inf
        for phase, current in enumerate(amps):
            self.send(Id.CIRCUIT_DYNAMIC + phase, current)
        self.update()

    def _authorize(self, allowed: bool) -> None:
        self.tick()
        self.authorized = allowed
        self.update()

    def _override(self) -> None:
        self.tick()
        self.overridden = True
        self.update()

    def _update_firmware(self) -> None:
        self.reboot()
        self.send(Id.FIRMWARE, self.latest_firmware)

    def _later(self, act: Callable[[], None]) -> None:
        if self.reaction_s:
            asyncio.get_running_loop().call_later(self.reaction_s, act)
        else:
            act()

    def _set_silently(self, number: int, value: Any) -> None:
        listeners, self._listeners = self._listeners, []
        try:
            self.observe(number, value, self.now_s)
        finally:
            self._listeners = listeners


def command_of(setting: str) -> int:
    """Return the number of the command that a setting becomes."""
    if setting in _FLAGS:
        return _FLAGS[setting][1]
    if setting == "limitToSinglePhaseCharging":
        return int(Id.PHASE_MODE)
    return _NUMBERS[setting][1]
