"""A heat pump: what it has done at any time, and exactly what that took."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
import itertools
import math
import uuid

from simulators.clock import Clock

from .energy import Energy, Load, Mode, Segment, measured
from .plan import (
    COOLING_ACTIVE,
    DAY_S,
    DHW,
    FAN_W,
    HEATING,
    HOUR_S,
    STANDBY,
    STANDBY_W,
    outside_c,
    plan_day,
)
from .traits import Kind, Traits

# An owner's counters in kWh, seen in 2026; those of heat are the simulator's.
_BEFORE = Energy(
    electric=dict(
        zip(
            Mode,
            (5717.358, 103.82725, 2143.2793, 36.181, 0.045924444, 832.4635),
            strict=True,
        )
    ),
    heat=dict(
        zip(Mode, (21725.96, 0.0, 6215.51, -152.25, -0.17, -4121.04), strict=True)
    ),
    indoor=dict(
        zip(
            Mode,
            (426.02554, 245.75871, 252.08315, 22.127708, 0.038020276, 95.72314),
            strict=True,
        )
    ),
)

_STATES = {
    Mode.STANDBY: STANDBY,
    Mode.HEATING: HEATING,
    Mode.DHW: DHW,
    Mode.HEATING_DEFROST: 90,
    Mode.DHW_DEFROST: 90,
    Mode.COOLING: COOLING_ACTIVE,
}


class HeatPump:
    """A heat pump that runs by itself, the same way for the same seed.

    It has a past of ``history_days`` at the time that the clock has now; ``before``
    are its counters at the start of that. Rows are logged each ``cadence_s`` and say
    ``interval_s``; those of the vendor aren't always the same. All times are epoch s.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        kind: Kind = Kind.ALL_ELECTRIC,
        model: int = 2,
        dhw: bool | None = None,
        cooling: bool = False,
        boiler_type: int | None = None,
        thermostat: bool = True,
        indoor_meter: bool = True,
        old_firmware: bool = False,
        name: str | None = "Test heat pump",
        seed: int = 1,
        history_days: float = 60,
        interval_s: int = 15,
        cadence_s: float | None = None,
        before: Energy | None = None,
    ) -> None:
        """Switch on; hot water is made by those without a boiler."""
        hybrid = kind is Kind.HYBRID
        self.clock = clock or Clock()
        self.traits = Traits(
            kind=kind,
            model=model,
            boiler_type=boiler_type or (3 if hybrid else 1),
            dhw=not hybrid if dhw is None else dhw,
            cooling=cooling,
            thermostat=thermostat,
            indoor_meter=indoor_meter,
            old_firmware=old_firmware,
        )
        self.name = name
        self.seed = seed
        self.id = _uuid(f"pump/{seed}")
        self.control_board_id = _uuid(f"board/{seed}")
        self.serial = f"SYN{seed:09}"
        # The vendor's number of a device's state: 3 is active.
        self.device_state = 3
        self.firmware_version: str | None = "0.0.0-synthetic"
        self.interval_s = interval_s
        self.cadence_s = float(cadence_s or interval_s)
        self.digits = 7
        self.before = before or _before(self.traits)
        self.since_s = self.clock.time() - history_days * DAY_S
        self._overrides: list[Segment] = []
        self._days: dict[int, list[Segment]] = {}
        self._ends: dict[int, list[float]] = {}
        self._hours: dict[int, Energy] = {}
        self._sums: dict[int, Energy] = {}

    def run(
        self,
        start_s: float,
        end_s: float,
        mode: Mode,
        *,
        compressor_w: float = 0.0,
        heat_w: float = 0.0,
        indoor_w: float = 0.0,
        state: int | None = None,
    ) -> None:
        """Have it do one thing from a time to another, instead of what it would do."""
        running = compressor_w > 0
        load = Load(compressor_w, heat_w, indoor_w, 2400.0 if running else 0.0)
        segment = Segment(
            start_s,
            end_s,
            _STATES[mode] if state is None else state,
            mode,
            mode,
            FAN_W if running else STANDBY_W,
            load,
            load,
        )
        self._overrides.append(segment)
        self._days.clear()
        self._ends.clear()
        self._hours.clear()
        self._sums.clear()

    def outside_c(self, at_s: float) -> float:
        """Return the air's temperature in °C."""
        return outside_c(self.seed, at_s)

    def segment(self, at_s: float) -> Segment:
        """Return what goes on at a time."""
        day = self._day(math.floor(at_s / DAY_S))
        return day[bisect_right(day, at_s, key=lambda item: item.start_s) - 1]

    def segments(self, start_s: float, end_s: float) -> Iterator[Segment]:
        """Return what went on between two times, cut to these; days are borders too."""
        for day in range(math.floor(start_s / DAY_S), math.ceil(end_s / DAY_S)):
            for segment in self._day(day):
                first, last = max(start_s, segment.start_s), min(end_s, segment.end_s)
                if first < last:
                    yield segment.part(first, last)

    def energy(self, start_s: float, end_s: float) -> Energy:
        """Return the exact energies between two times."""
        start_s = max(start_s, self.since_s)
        found = Energy()
        while start_s < end_s:
            day = math.floor(start_s / DAY_S)
            if start_s == day * DAY_S and start_s + DAY_S <= end_s:
                found.add(self._sum(day))
                start_s += DAY_S
                continue
            hour = math.floor(start_s / HOUR_S)
            until_s = min((hour + 1.0) * HOUR_S, end_s)
            if until_s - start_s == HOUR_S:
                found.add(self._hour(hour))
            else:
                found.add(measured(self._day(day), start_s, until_s))
            start_s = until_s
        return found

    def hours(self, start_s: float, end_s: float) -> dict[int, Energy]:
        """Return the exact energies of each hour that begins between two times."""
        first, last = math.ceil(start_s / HOUR_S), math.ceil(end_s / HOUR_S)
        return {
            hour * HOUR_S: self.energy(hour * HOUR_S, (hour + 1) * HOUR_S)
            for hour in range(first, last)
        }

    def lifetime(self, at_s: float) -> Energy:
        """Return the counters of a time."""
        found = Energy()
        found.add(self.before)
        found.add(self.energy(self.since_s, at_s))
        return found

    def samples(
        self, start_s: float, end_s: float, every: int = 1
    ) -> Iterator[tuple[float, float, Segment]]:
        """Return the times of logging between two times, both included.

        Each is the time of measuring, the server's timestamp shortly after, and what
        went on; ``every`` takes one of so many.
        """
        phase_s = self.seed * 7.3 % self.cadence_s
        start_s = max(start_s, self.since_s)
        number = math.floor((start_s - phase_s - 1) / self.cadence_s)
        number += -number % every
        while (at_s := phase_s + number * self.cadence_s) <= end_s:
            # The way to the server takes up to 0.6 s.
            logged_s = at_s + 0.6 * ((number * 2_654_435_761 + self.seed) % 9973) / 9973
            if start_s <= logged_s <= end_s:
                yield at_s, logged_s, self.segment(at_s)
            number += every

    def last_cooling_s(self, at_s: float) -> float | None:
        """Return when the last run of cooling ended that was complete then."""
        if not self.traits.cooling:
            return None
        day = math.floor(at_s / DAY_S)
        for earlier in range(30):
            ends = self._cooling_ends(day - earlier)
            if number := bisect_left(ends, at_s):
                return ends[number - 1]
        return None

    def _cooling_ends(self, day: int) -> list[float]:
        if (found := self._ends.get(day)) is None:
            found = self._ends[day] = [
                one.end_s
                for one, two in itertools.pairwise(self._day(day))
                if one.mode is Mode.COOLING and two.mode is not Mode.COOLING
            ]
        return found

    def _day(self, day: int) -> list[Segment]:
        if (found := self._days.get(day)) is None:
            found = plan_day(self.traits, self.seed, day)
            for override in self._overrides:
                found = _spliced(found, override)
            self._days[day] = found
        return found

    def _hour(self, hour: int) -> Energy:
        if (found := self._hours.get(hour)) is None:
            # A whole day at once: that meets each segment once.
            day = hour // 24
            for number in range(day * 24, day * 24 + 24):
                self._hours[number] = Energy()
            for segment in self._day(day):
                first = math.floor(segment.start_s / HOUR_S)
                for number in range(first, math.ceil(segment.end_s / HOUR_S)):
                    self._hours[number].measure(
                        segment, number * HOUR_S, (number + 1) * HOUR_S
                    )
            found = self._hours[hour]
        return found

    def _sum(self, day: int) -> Energy:
        if (found := self._sums.get(day)) is None:
            found = Energy()
            for hour in range(day * 24, day * 24 + 24):
                found.add(self._hour(hour))
            self._sums[day] = found
        return found


def _before(traits: Traits) -> Energy:
    """Return counters of what a heat pump is able to do."""
    missing: set[Mode] = set()
    if not traits.dhw:
        missing |= {Mode.DHW, Mode.DHW_DEFROST}
    if not traits.cooling:
        missing.add(Mode.COOLING)
    found = Energy()
    found.add(_BEFORE)
    for counters in (found.electric, found.heat, found.indoor):
        counters |= dict.fromkeys(missing, 0.0)
    return found


def _uuid(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"simulators/weheat/{text}"))


def _spliced(segments: list[Segment], override: Segment) -> list[Segment]:
    """Put an override into a day's segments."""
    start_s = max(override.start_s, segments[0].start_s)
    end_s = min(override.end_s, segments[-1].end_s)
    if start_s >= end_s:
        return segments
    found: list[Segment] = []
    for segment in segments:
        if segment.start_s < start_s:
            found.append(segment.part(segment.start_s, min(segment.end_s, start_s)))
        if segment.end_s > end_s:
            found.append(segment.part(max(segment.start_s, end_s), segment.end_s))
    found.append(override.part(start_s, end_s))
    return sorted(found, key=lambda item: item.start_s)
