"""A heat pump as the list and its own page describe it (reference 2.2 and 2.6)."""

from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from .. import lenient
from ..json import JsonValue
from ..names import plain
from . import enums, keys
from .rows import Row

_COOLING_KEYS: Final = (
    keys.COOLING_CONDITIONS,
    keys.COOLING_PAUSE_REASON,
    keys.COOLING_STOP_REASON,
    keys.COOLING_BACKOFF,
    keys.LAST_COOLING,
)


@dataclass(frozen=True, slots=True)
class Pump:
    """A heat pump of the account; None is what the vendor doesn't say.

    ``model`` and ``boiler_type`` are the vendor's numbers. ``dhw`` is whether it makes
    hot water. ``cooling`` is told by logs only, see ``noticed``.
    """

    id: str
    name: str
    serial: str | None = field(default=None, repr=False)
    model: int | None = None
    firmware: str | None = None
    dhw: bool | None = None
    boiler_type: int | None = None
    cooling: bool | None = None

    @classmethod
    def from_json(cls, body: Any) -> Self | None:
        """Read a heat pump, None for what is none."""
        if not isinstance(body, dict) or (pump_id := _text(body.get("id"))) is None:
            return None
        serial = _text(body.get("serialNumber"))
        model = _integer(body.get("model"))
        dhw = _integer(body.get("dhwType"))
        name = plain(_text(body.get("name")) or "")
        if not name or (serial is not None and serial.lower() in name.lower()):
            # Names are in logs, serial numbers aren't to be.
            name = _model_name(model) or "Weheat"
        return cls(
            id=pump_id,
            name=name,
            serial=serial,
            model=model,
            firmware=_text(body.get("firmwareVersion")),
            dhw=None if dhw is None else enums.DHW.get(dhw),
            # 0 is unknown by the vendor's own words.
            boiler_type=_integer(body.get("boilerType")) or None,
        )

    @property
    def model_name(self) -> str | None:
        """The model as the vendor calls it."""
        return _model_name(self.model)

    @property
    def boiler(self) -> str | None:
        """The kind of boiler beside it: none, on_off or opentherm."""
        return None if self.boiler_type is None else enums.BOILER.get(self.boiler_type)

    @property
    def is_hybrid(self) -> bool | None:
        """Whether a boiler helps to heat."""
        return None if self.boiler_type is None else self.boiler_type > 1

    @property
    def has_opentherm_boiler(self) -> bool | None:
        """Whether the boiler says its temperatures."""
        return None if self.boiler_type is None else self.boiler == "opentherm"

    @property
    def has_air_out(self) -> bool | None:
        """Whether it measures the air that it blows out."""
        return None if self.model is None else self.model != enums.FLINT

    def noticed(self, row: Row) -> Pump:
        """Return what is known with a log: whether it's able to cool.

        Firmware that isn't says null, or has none of the keys (reference 3.1). What was
        able to stays so.
        """
        known = [key for key in _COOLING_KEYS if key.is_in(row.values)]
        cooling = self.cooling
        if row.state in enums.COOLING_PHASE or any(
            row.values[key.name] is not None for key in known
        ):
            cooling = True
        elif known and cooling is None:
            cooling = False
        return self if cooling == self.cooling else replace(self, cooling=cooling)


def _model_name(model: int | None) -> str | None:
    return None if model is None else enums.MODEL.get(model)


def _text(value: JsonValue) -> str | None:
    """Return a text that isn't empty."""
    return (value.strip() or None) if isinstance(value, str) else None


def _integer(value: JsonValue) -> int | None:
    try:
        return lenient.integer(value)
    except ValueError:
        return None
