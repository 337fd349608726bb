"""A model of a charger, from the vendor's documents and what people saw of it.

Power is in kW, energy in kWh, currents in A. Nothing happens without ``tick``, which
lets time pass up to the clock's, and without the calls that stand for people and cloud.
"""

from dataclasses import dataclass
import json
import math
from typing import Any, override

from simulators.clock import Clock

from .control import Control
from .observations import Id
from .wire import timestamp

RFID = "marked-rfid-04AABBCC"
VOLTAGES = (231.0, 229.5, 230.0)
HOUR_S = 3600.0
QUARTER_S = 900.0
# Session energy isn't sent with each sample of the power.
SESSION_ENERGY_EVERY_S = 60.0
MIN_CURRENT_A = 6.0

_PILOT = {1: "A", 3: "C", 5: "F"}


@dataclass
class Car:
    """A car: what it draws at most, on how many phases, and how much it still needs.

    ``need_kwh`` None never gets full; ``takes`` False is one that sleeps.
    """

    max_current_a: float = 16.0
    phases: int = 3
    need_kwh: float | None = None
    takes: bool = True


class Charger(Control):
    """A charger with its observations."""

    def __init__(
        self,
        serial: str = "EH123456",
        *,
        name: str = "Garage",
        product_code: int = 1,
        max_current_a: float = 16,
        circuit_id: int = 1001,
        lifetime_kwh: float = 1234.5,
        clock: Clock | None = None,
        node_master: bool = True,
    ) -> None:
        """Make one without a car, that is online."""
        super().__init__(serial, name, clock, max_current_a=max_current_a)
        self.product_code = product_code
        self.circuit_id = circuit_id
        self.node_master = node_master
        self.cable_a = 32
        self.rated_current_a = 32.0
        self.car: Car | None = None
        self.session: dict[str, Any] | None = None
        self.lifetime_kwh = lifetime_kwh
        self.session_kwh = 0.0
        self.power_kw = 0.0
        self._at_s = self.clock.time()
        self._hour_kwh = 0.0
        self._energy_sent_s = -math.inf
        self._session_id = 100
        self._token: str | None = None
        self.observe(Id.LIFETIME_ENERGY, lifetime_kwh, self._at_s - HOUR_S)
        node_type = 1 if node_master else 3
        self.observe(Id.NODE_TYPE, node_type, self._at_s - HOUR_S)

    def plug_in(self, car: Car | None = None) -> None:
        """Plug a car in; a session starts."""
        self.tick()
        self.car = car or Car()
        self.session_kwh = 0.0
        self.reset_dynamic()
        self.send(Id.CABLE_LOCKED, True)
        self.send(Id.CABLE_RATING, self.cable_a)
        self._session_id += 1
        self.session = {
            "Id": self._session_id,
            "Start": timestamp(self.clock.time()),
            "MeterValueStart": round(self.lifetime_kwh, 3),
        }
        start = {
            "Id": self._session_id,
            "MeterValue": round(self.lifetime_kwh, 3),
            "Start": self.session["Start"],
            "Auth": self._token or RFID,
            "AuthReason": 2,
        }
        self.send(Id.SESSION_ENERGY, 0.0)
        self.update()
        self.send(Id.SESSION_START, json.dumps(start), always=True)

    def unplug(self) -> None:
        """Unplug the car; the session ends."""
        self.tick()
        self.car = None
        self.authorized = self.overridden = False
        session, self.session = self.session, None
        self._send_energy()
        if not self.value(Id.LOCK_PERMANENTLY):
            self.send(Id.CABLE_LOCKED, False)
            self.send(Id.CABLE_RATING, 20000)
        self.update()
        if session is not None:
            ended = session | {
                "Stop": timestamp(self.clock.time()),
                "EnergyKwh": round(self.session_kwh, 3),
                "MeterValueStop": round(self.lifetime_kwh, 3),
                "Auth": self._token or RFID,
                "AuthReason": 2,
            }
            self.send(Id.SESSION, json.dumps(ended), always=True)
        self._token = None

    def scan(self, tag: str = RFID) -> None:
        """Hold a tag to the charger; it authorizes a session."""
        self._token = tag
        self.send(Id.TOKEN, tag, always=True)
        self.send(Id.TOKEN_REVERSED, tag[::-1], always=True)
        self.authorized = True
        self.update()

    def fault_false_zero(self) -> None:
        """Send a session energy of zero amid a session, and then the right one."""
        self.send(Id.SESSION_ENERGY, 0.0, always=True)
        self.send(Id.SESSION_ENERGY, self.session_kwh, always=True)

    def wake(self, *, takes: bool = True) -> None:
        """Let the car take what is offered, or not."""
        if self.car is not None:
            self.tick()
            self.car.takes = takes
            self.update()

    @override
    def tick(self) -> None:
        """Let time pass up to the clock's."""
        now = self.clock.time()
        while self._at_s < now:
            end_s = min(
                now,
                (self._at_s // HOUR_S + 1) * HOUR_S,
                (self._at_s // QUARTER_S + 1) * QUARTER_S,
                self.next_end_s(),
                self._full_at_s(),
            )
            # A step of nothing would never end.
            end_s = max(end_s, math.nextafter(self._at_s, math.inf))
            energy = self.power_kw * (end_s - self._at_s) / HOUR_S
            self.session_kwh += energy
            self.lifetime_kwh += energy
            self._hour_kwh += energy
            self._at_s = self.now_s = end_s
            self._at_boundaries(end_s)
        self.now_s = None

    @override
    def update(self) -> None:
        """Work out mode, reason, currents and power, and send what changed."""
        mode, reason, offered_a = self._state()
        phases = self._phases() if mode == 3 else 0
        car_a = 0.0 if self.car is None else self.car.max_current_a
        drawn_a = min(offered_a, car_a) if mode == 3 else 0.0
        self.power_kw = sum(VOLTAGES[:phases]) * drawn_a / 1000
        self._op_mode = mode
        if self.online:
            self.send(Id.OP_MODE, mode)
        self.send(Id.REASON, reason)
        self.send(Id.PILOT_MODE, _PILOT.get(mode, "B"))
        self.send(Id.LED_MODE, self._led(mode))
        self.send(Id.OUTPUT_CURRENT, offered_a)
        self.send(Id.OUTPUT_PHASE, {0: 0, 1: 10, 2: 20, 3: 30}[phases])
        for phase in range(3):
            amps = drawn_a if phase < phases else 0.0
            self.send(Id.CURRENT_L1 + phase, amps)
        self.send(Id.CURRENT_N, drawn_a if phases in {1, 2} else 0.0)
        self.send(Id.POWER, round(self.power_kw, 4))
        if mode in {4, 6}:
            self._send_energy()

    @override
    def mode(self) -> int:
        """Return the operating mode as the charger itself sees it."""
        return self._state()[0]

    def _state(self) -> tuple[int, int, float]:
        """Return operating mode, reason for no or less current, and offered A."""
        if self.car is None:
            return 1, 50, 0.0
        if not self.value(Id.ENABLED):
            return 2, 53, 0.0
        if self.needs_authorization():
            return 7, 55, 0.0
        if self.schedule_waits and not self.overridden:
            return 2, 54, 0.0
        limits = self._limits()
        lowest = min(limits, key=lambda limit: limit[0])
        if lowest[0] < MIN_CURRENT_A:
            return 2, lowest[1], 0.0
        offered_a, _, reason = lowest
        if self._missing_kwh() <= 1e-9:
            idle_a = offered_a if self.value(Id.IDLE_CURRENT) else 0.0
            return 4, 79, idle_a
        if not self.car.takes:
            return 6, 79, offered_a
        if self.car.max_current_a < offered_a:
            reason = 81
        elif self.car.max_current_a == offered_a:
            reason = 0
        return 3, reason, offered_a

    def _limits(self) -> list[tuple[float, int, int]]:
        """Return all limits: A, reason when it stops, reason when it lowers."""
        circuit = Id.CIRCUIT_DYNAMIC if self.online else Id.OFFLINE_MAX
        dynamic = [float(self.value(circuit + phase)) for phase in range(3)]
        stops, lowers = (2, 27) if self.online else (3, 30)
        # Zero on two phases leaves the third to charge alone.
        lowest_dynamic = dynamic[0] if self._phases() == 1 else min(dynamic)
        most = min(float(self.value(Id.CIRCUIT_MAX + phase)) for phase in range(3))
        return [
            (float(self.value(Id.DYNAMIC_CURRENT)), 52, 78),
            (lowest_dynamic, stops, lowers),
            (float(self.value(Id.MAX_CURRENT)), 51, 77),
            (most, 1, 26),
            (self.rated_current_a, 4, 25),
            (float(self.cable_a), 75, 75),
        ]

    def _phases(self) -> int:
        if self.car is None:
            return 0
        locked = self.value(Id.PHASE_MODE) == 1
        dynamic = [self.value(Id.CIRCUIT_DYNAMIC + phase) for phase in range(3)]
        alone = dynamic[0] >= MIN_CURRENT_A and dynamic[1] == dynamic[2] == 0
        return 1 if locked or alone else self.car.phases

    def _missing_kwh(self) -> float:
        """Return what the car still needs; infinite without an end."""
        if self.car is None or self.car.need_kwh is None:
            return math.inf
        return self.car.need_kwh - self.session_kwh

    def _full_at_s(self) -> float:
        """Return when the car is going to be full, epoch s."""
        missing = self._missing_kwh()
        if missing <= 1e-9 or not self.power_kw:
            return math.inf
        return self._at_s + missing / self.power_kw * HOUR_S

    def _now(self) -> float:
        return self.clock.time() if self.now_s is None else self.now_s

    def _at_boundaries(self, now: float) -> None:
        self.end_limits(now)
        self.update()
        if now % QUARTER_S == 0:
            ambient = 21 + int(now // QUARTER_S) % 2
            self.send(Id.TEMP_AMBIENT, ambient)
            self.send(Id.TEMP_MAX, ambient + 2 + round(self.power_kw))
        if now % HOUR_S == 0:
            self.send(Id.ENERGY_PER_HOUR, round(self._hour_kwh, 4))
            self.send(Id.LIFETIME_ENERGY, round(self.lifetime_kwh, 4))
            self._hour_kwh = 0.0
        if now - self._energy_sent_s >= SESSION_ENERGY_EVERY_S:
            self._send_energy()

    def _send_energy(self) -> None:
        self._energy_sent_s = self._now()
        self.send(Id.SESSION_ENERGY, round(self.session_kwh, 6))

    def _led(self, mode: int) -> int:
        if mode == 7:
            return 25
        if mode == 1:
            return 18 if self.node_master else 19
        smart = bool(self.value(Id.SMART_CHARGING))
        return (22 if smart else 24) if mode == 3 else (21 if smart else 23)
