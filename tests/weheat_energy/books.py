"""What books are filled with: a counter's readings and hours of the vendor."""

import json

from hypothesis import strategies as st

from custom_components.sunbridge.vendors.weheat.energy import (
    Flow,
    HourRow,
    Ledger,
    Meter,
    Mode,
)

from .test_integrate import T0

HOUR = 3600
DAY = 86_400
# The start of an hour.
H0 = int(T0) + 600
SEEDS = st.integers(0, 2**32)


def restarted(ledger: Ledger) -> Ledger:
    """Return a ledger that was kept and loaded again."""
    return Ledger.from_dict(json.loads(json.dumps(ledger.as_dict())))


def reading(kwh: float, heat: float = 0.0, cold: float = 0.0) -> dict[Meter, float]:
    """Return a lifetime counter; cold is negative as the vendor has it."""
    return {
        (Flow.ELECTRIC, Mode.HEATING): kwh,
        (Flow.HEAT, Mode.HEATING): heat,
        (Flow.HEAT, Mode.COOLING): -cold,
    }


def hour_row(start_s: int, kwh: float) -> HourRow:
    """Return an hour of the vendor."""
    return HourRow(start_s, reading(kwh, 4 * kwh))
