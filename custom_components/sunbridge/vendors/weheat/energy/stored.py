"""Rows and gaps as they are kept over a restart: short lists for JSON."""

from typing import Any

from ...kept import flag, items, maybe, moment, real, whole
from .integrate import Gap
from .samples import Sample


def sample_as_list(sample: Sample) -> list[float | None]:
    """Return a row for JSON."""
    return [
        sample.at_s,
        sample.interval_s,
        sample.state,
        sample.power_in_w,
        sample.power_out_w,
    ]


def sample_from_list(kept: Any) -> Sample:
    """Return a row from JSON. Raises ``ValueError``."""
    at_s, interval_s, state, power_in_w, power_out_w = items(kept, 5)
    return Sample(
        moment(at_s),
        maybe(real, interval_s),
        maybe(whole, state),
        maybe(real, power_in_w),
        maybe(real, power_out_w),
    )


def gap_as_list(gap: Gap) -> list[Any]:
    """Return a gap for JSON."""
    left, right = sample_as_list(gap.left), sample_as_list(gap.right)
    return [left, right, gap.from_s, gap.to_s, gap.powerless]


def gap_from_list(kept: Any) -> Gap:
    """Return a gap from JSON. Raises ``ValueError``."""
    left, right, from_s, to_s, powerless = items(kept, 5)
    return Gap(
        sample_from_list(left),
        sample_from_list(right),
        moment(from_s),
        moment(to_s),
        flag(powerless),
    )
