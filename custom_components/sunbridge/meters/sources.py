"""What a number of a house is made of: sensors, added up with signs.

A sum is known when all its parts are: one that lacks a part is another number, and a
missing part isn't 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from .errors import SetupError, SourceFault
from .freshness import NO_LIMIT, Freshness, Limits
from .samples import Reason, Sample, number
from .units import Measure, bounded

_DEFAULT_LIMITS: Final[Mapping[Measure, Limits]] = {
    Measure.POWER: Limits(),
    Measure.CONSUMPTION: Limits(),
    Measure.ENERGY: NO_LIMIT,
    Measure.PERCENT: NO_LIMIT,
    Measure.TEMPERATURE: NO_LIMIT,
}


@dataclass(frozen=True, slots=True)
class Source:
    """A sensor, whose ``id`` means nothing here.

    ``is_flipped``: its sign is the other one. ``is_one_way``: it meters the power of
    one direction and is never negative; if it is, nobody knows what it means.
    """

    id: str
    is_flipped: bool = False
    is_one_way: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """The sum of sources; ``limits`` None is the default of what is measured.

    Raises ``SetupError`` if there's no source, or one twice: an import that is
    the export as well makes 0 for ever.
    """

    sources: tuple[Source, ...]
    limits: Limits | None = None

    def __post_init__(self) -> None:
        """Refuse what makes a 0 out of nothing."""
        if not self.sources:
            raise SetupError(SourceFault.NO_SOURCE)
        if len({source.id for source in self.sources}) < len(self.sources):
            raise SetupError(SourceFault.SAME_SOURCE)

    def opposite(self, source: Source) -> Source | None:
        """Return what meters the other direction where one does; None if nothing does.

        Those of several phases belong together in their order.
        """
        if not source.is_one_way:
            return None
        ahead = [one for one in self.sources if one.is_flipped == source.is_flipped]
        back = [one for one in self.sources if one.is_flipped != source.is_flipped]
        return back[ahead.index(source)] if len(ahead) == len(back) else None

    @classmethod
    def of(cls, *ids: str, is_flipped: bool = False) -> Self:
        """Return the sum of sensors that all have the same sign."""
        return cls(tuple(Source(id_, is_flipped) for id_ in ids))

    @classmethod
    def pair(cls, positive_id: str, negative_id: str) -> Self:
        """Return the difference of two sensors that meter one direction each.

        The positive one is import of a grid and discharge of a battery, the negative
        one export and charge (reference 1.2).
        """
        return cls(
            (
                Source(positive_id, is_one_way=True),
                Source(negative_id, is_flipped=True, is_one_way=True),
            )
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a source can't be trusted; no id is a sum whose parts don't fit together."""

    source_id: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity's value now, None if it can't be trusted, and then why."""

    value: float | None
    problems: tuple[Problem, ...] = ()

    def plus(self, other: Measured, measure: Measure) -> Measured:
        """Return the sum of both."""
        if self.value is None or other.value is None:
            return Measured(None, self.problems + other.problems)
        return within(self.value + other.value, measure)


# A source's sample by its id, None if there's no such sensor.
type SampleOf = Callable[[str], Sample | None]
type Read = Callable[[Quantity, Measure], Measured]


class Sensors:
    """What is known of all sources: how often each of them reports."""

    def __init__(self) -> None:
        """Start without knowing any."""
        self._freshness: dict[str, Freshness] = {}

    def freshness(self, source_id: str) -> Freshness:
        """Return what is known of a source's reports."""
        if (found := self._freshness.get(source_id)) is None:
            found = self._freshness[source_id] = Freshness()
        return found

    def reader(self, sample_of: SampleOf, now_s: float) -> Read:
        """Return what measures quantities by the samples of now (epoch s)."""

        def read(quantity: Quantity, measure: Measure) -> Measured:
            return self._measure(quantity, measure, sample_of, now_s)

        return read

    def _measure(
        self,
        quantity: Quantity,
        measure: Measure,
        sample_of: SampleOf,
        now_s: float,
    ) -> Measured:
        limits = quantity.limits or _DEFAULT_LIMITS[measure]
        total = 0.0
        problems = []
        for source in quantity.sources:
            value = self._value(
                source, _of_part(source, measure), sample_of(source.id), now_s, limits
            )
            if value is Reason.TOO_OLD and rests(quantity, source, sample_of):
                # Then the other one has to be young, as it is seen to be.
                value = 0.0
            if isinstance(value, Reason):
                problems.append(Problem(source.id, value))
            else:
                total += -value if source.is_flipped else value
        if problems:
            return Measured(None, tuple(problems))
        return within(total, measure, tuple(part.id for part in quantity.sources))

    def _value(
        self,
        source: Source,
        measure: Measure,
        sample: Sample | None,
        now_s: float,
        limits: Limits,
    ) -> float | Reason:
        if sample is None:
            return Reason.MISSING
        value = number(sample, measure)
        if isinstance(value, Reason):
            return value
        freshness = self.freshness(source.id)
        freshness.observe(sample.reported_at_s, now_s)
        return value if freshness.is_fresh(limits) else Reason.TOO_OLD


def rests(quantity: Quantity, source: Source, sample_of: SampleOf) -> bool:
    """Tell whether a source says 0 because the power goes the other way.

    It does so for hours, and many integrations don't report what stays the same: it's
    as young as the source of the other way.
    """
    if (other := quantity.opposite(source)) is None:
        return False
    values = [
        None
        if (sample := sample_of(one.id)) is None
        else number(sample, Measure.CONSUMPTION)
        for one in (source, other)
    ]
    own, opposite = (None if isinstance(one, Reason) else one for one in values)
    return own == 0 and opposite is not None and opposite > 0


def _of_part(source: Source, measure: Measure) -> Measure:
    """Return what a part measures: parts of a consumption may have any sign."""
    if measure not in {Measure.POWER, Measure.CONSUMPTION}:
        return measure
    return Measure.CONSUMPTION if source.is_one_way else Measure.POWER


def within(
    total: float, measure: Measure, source_ids: tuple[str | None, ...] = (None,)
) -> Measured:
    """Return a sum if it's possible; if not the parts don't fit together."""
    value = bounded(total, measure)
    if value is not None:
        return Measured(value)
    return Measured(
        None, tuple(Problem(id_, Reason.OUT_OF_RANGE) for id_ in source_ids)
    )
