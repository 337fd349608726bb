"""What a load took on a day, where that came from, and what it missed."""

from dataclasses import dataclass

from .model import LoadDay


@dataclass(slots=True)
class Counters:
    """The counters of a day, which may be any number that is another one each day."""

    day: int = 0
    sun_wh: float = 0.0
    import_wh: float = 0.0
    missed_wh: float = 0.0
    starts: int = 0
    switches: int = 0

    def turn(self, day: int) -> None:
        """Begin anew when it's another day."""
        if day != self.day:
            self.day = day
            self.sun_wh = self.import_wh = self.missed_wh = 0.0
            self.starts = self.switches = 0

    def add(
        self,
        dt_s: float,
        power_w: float,
        available_w: float | None,
        usable_w: tuple[float, float] | None,
    ) -> None:
        """Count what flew. ``usable_w`` is the least and the most that it can take.

        While nobody knows what was available, nobody knows where it came from.
        """
        if available_w is None:
            return
        sun_w = min(power_w, max(available_w, 0.0))
        self.sun_wh += sun_w * dt_s / 3600
        self.import_wh += (power_w - sun_w) * dt_s / 3600
        if usable_w is not None and available_w >= usable_w[0]:
            left_w = min(available_w, usable_w[1]) - power_w
            self.missed_wh += max(left_w, 0.0) * dt_s / 3600

    def view(self) -> LoadDay:
        """Return them as they are."""
        return LoadDay(
            self.sun_wh, self.import_wh, self.missed_wh, self.starts, self.switches
        )
