"""What entities ought to show: what was true of the simulated device a moment ago.

Names and arithmetic are the integration's own tables, whose tests are elsewhere. What
is checked here is that a state is of this device and of now, or that it's unavailable.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
import time
from typing import Any, Final, cast

from custom_components.sunbridge.entity import SunbridgeEntityDescription
from custom_components.sunbridge.update import Firmware
from homeassistant.components.sensor.const import UNIT_CONVERTERS
from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

UNAVAILABLE: Final = "unavailable"
UNKNOWN: Final = "unknown"
# How often a sample is taken: so that there are many of them, and none that costs much.
_SAMPLES: Final = 20
_LEAST_EVERY_S: Final = 2.0
_MOST_EVERY_S: Final = 5.0

# Numbers move between two samples: by a second's energy, by the noise of a meter.
_RELATIVE: Final = 0.01
_ABSOLUTE: Final = 0.06
# Times are worked out of clocks of whole seconds, some of them of whole minutes, which
# are others when the clock is off.
_MOMENT_S: Final = 7.0
_MINUTE_S: Final = 60.0

type Descriptions = Mapping[Platform, tuple[EntityDescription, ...]]


@dataclass
class Watched:
    """A device whose truth is known.

    ``sample`` returns what it is now, as raw data, and ``state_of`` makes of such data
    what the integration's tables read. ``is_online`` tells of raw data whether the
    vendor hears the device. A state may be ``horizon_s`` old, or ``calm_horizon_s``
    when all is well. ``skipped`` are keys whose truth isn't the device's, or that are
    checked elsewhere.
    """

    device_id: str
    descriptions: Descriptions
    sample: Callable[[], Any]
    state_of: Callable[[Any, float], Any]
    horizon_s: float
    calm_horizon_s: float | None = None
    is_online: Callable[[Any], bool] = lambda _: True
    skipped: frozenset[str] = frozenset()
    samples: deque[tuple[float, Any]] = field(default_factory=deque)

    def note(self, *, at_once: bool = False) -> None:
        """Remember what is true now, and forget what is too old.

        Not more often than is needed, but ``at_once``: entities may show what came
        true since the last sample.
        """
        now_s = time.time()
        every_s = min(max(self.horizon_s / _SAMPLES, _LEAST_EVERY_S), _MOST_EVERY_S)
        if self.samples and not at_once and now_s - self.samples[-1][0] < every_s:
            return
        self.samples.append((now_s, self.sample()))
        # What was so at the horizon is in the last sample before it.
        while len(self.samples) > 1 and self.samples[1][0] < now_s - self.horizon_s:
            self.samples.popleft()

    def _recent(self, *, has_to_be_there: bool) -> list[tuple[float, Any]]:
        """Return the samples of what may be shown."""
        samples = list(self.samples)
        if has_to_be_there and self.calm_horizon_s is not None:
            since_s = samples[-1][0] - self.calm_horizon_s
            while len(samples) > 1 and samples[1][0] < since_s:
                samples.pop(0)
        return samples

    def rows(self) -> dict[str, tuple[Platform, SunbridgeEntityDescription[Any, Any]]]:
        """Return the rows by unique id."""
        return {
            f"{self.device_id}_{row.key}": (
                platform,
                cast("SunbridgeEntityDescription[Any, Any]", row),
            )
            for platform, rows in self.descriptions.items()
            for row in rows
        }

    def wrong(
        self,
        entities: Mapping[str, str],
        states: Mapping[str, Mapping[str, Any]],
        *,
        has_to_be_there: bool,
        wall_off_s: float = 0.0,
    ) -> list[str]:
        """Return what is wrong with the device's entities (unique id: entity id).

        A state has to have been true within the horizon; times may be off by
        ``wall_off_s``, as Home Assistant's clock was. With ``has_to_be_there``
        unavailable is wrong, too, where the vendor hears the device.
        """
        samples = self._recent(has_to_be_there=has_to_be_there)
        truths = [self.state_of(raw, at_s) for at_s, raw in samples]
        was_online = any(self.is_online(raw) for _, raw in samples)
        is_online = self.is_online(self.samples[-1][1])
        found: list[str] = []
        rows = self.rows()
        for unique_id, entity_id in entities.items():
            if unique_id not in rows or entity_id not in states:
                continue
            platform, row = rows[unique_id]
            if row.key in self.skipped or platform in {Platform.EVENT, Platform.BUTTON}:
                continue
            state = states[entity_id]
            shown = str(state["state"])
            if shown == UNAVAILABLE:
                if has_to_be_there and (is_online or row.even_offline):
                    found.append(f"{entity_id} is unavailable")
                continue
            if not was_online and not row.even_offline:
                found.append(f"{entity_id} is {shown}, and its device is offline")
                continue
            values = [_native(platform, row, truth) for truth in truths]
            if not _fits(shown, state["attributes"], row, values, wall_off_s):
                last = values[-1] if values else None
                found.append(f"{entity_id} is {shown}, and not {last} ({len(values)})")
        return found


def _native(
    platform: Platform, row: SunbridgeEntityDescription[Any, Any], truth: Any
) -> Any:
    value = row.reading.fn(truth)
    if platform is Platform.UPDATE and isinstance(value, Firmware):
        return value.latest is not None and value.latest != value.installed
    return value


def _fits(
    shown: str,
    attributes: Mapping[str, Any],
    row: EntityDescription,
    values: Collection[Any],
    wall_off_s: float,
) -> bool:
    """Tell whether any of the values is shown, or a number between them."""
    known = [value for value in values if value is not None]
    if shown == UNKNOWN:
        return len(known) < len(values)
    if any(isinstance(value, datetime) for value in known):
        at_s = datetime.fromisoformat(shown).timestamp()
        slack_s = _MOMENT_S + (wall_off_s + _MINUTE_S if wall_off_s else 0.0)
        return any(abs(value.timestamp() - at_s) <= slack_s for value in known)
    if known and all(_is_number(value) for value in known):
        numbers = list(_converted(known, attributes, row))
        slack = _ABSOLUTE + _RELATIVE * max(map(abs, numbers))
        return min(numbers) - slack <= float(shown) <= max(numbers) + slack
    return any(shown == _text(value) for value in known)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _converted(
    values: Iterable[float], attributes: Mapping[str, Any], row: EntityDescription
) -> Iterator[float]:
    unit = attributes.get("unit_of_measurement")
    native = getattr(row, "native_unit_of_measurement", None)
    for value in values:
        if unit is None or native is None or unit == native:
            yield value
        else:
            converter = UNIT_CONVERTERS[getattr(row, "device_class", None)]
            yield converter.convert(value, native, unit)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else str(value)
