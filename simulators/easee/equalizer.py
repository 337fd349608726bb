"""A model of an Equalizer, the vendor's meter at the grid connection."""

import json
from typing import Any, override

from simulators.clock import Clock

from .observations import EQUALIZER
from .product import Product

VOLTAGE_V = 230.0


class Equalizer(Product):
    """An Equalizer with its observations, whose numbers mean other things here."""

    def __init__(
        self,
        serial: str = "QP123456",
        *,
        name: str = "Equalizer",
        clock: Clock | None = None,
    ) -> None:
        """Make one at a grid connection without power."""
        super().__init__(serial, name, clock, EQUALIZER)
        self.surplus: dict[str, Any] = {
            "mode": "none",
            "chargingWithImport": {"eligible": False, "maximumImportAddedCurrent": 0},
        }
        self.power_w = 0.0
        self.import_kwh = float(self.value(45))
        self.export_kwh = float(self.value(46))
        self._at_s = self.clock.time()
        self.set_surplus({})
        for number, seen in list(self.observations.items()):
            self.observe(number, seen.value, self._at_s - 3600)

    def set_grid(self, power_w: float) -> None:
        """Set the power (W) that comes from the grid; below zero it goes there."""
        self.tick()
        self.power_w = power_w
        amps = round(power_w / 3 / VOLTAGE_V, 3)
        for number in (31, 32, 33):
            self._send(number, amps)
        self._send(40, max(power_w, 0.0) / 1000)
        self._send(41, max(-power_w, 0.0) / 1000)

    def set_online(self, online: bool, reason: str = "CONNECTION_LOST") -> None:
        """Connect it to the cloud, or cut it off."""
        self._send(250, online)
        if not online:
            self.observe(251, reason)

    def set_surplus(self, settings: dict[str, Any]) -> None:
        """Take the settings of the surplus charging as the REST API has them."""
        self.surplus |= settings
        standby = self.surplus["chargingWithImport"]["maximumImportAddedCurrent"]
        text = json.dumps({"mode": self.surplus["mode"], "standbycurrent": standby})
        self._send(115, text)

    @override
    def tick(self) -> None:
        """Let time pass up to the clock's."""
        now = self.clock.time()
        energy = abs(self.power_w) / 1000 * (now - self._at_s) / 3600
        self._at_s = now
        if self.power_w > 0:
            self.import_kwh += energy
            self._send(45, round(self.import_kwh, 4))
        elif self.power_w < 0:
            self.export_kwh += energy
            self._send(46, round(self.export_kwh, 4))

    def _send(self, number: int, value: Any) -> None:
        if self.value(number) != value:
            self.observe(number, value)
