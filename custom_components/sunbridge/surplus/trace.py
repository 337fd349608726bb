"""What was measured lately, by its time."""

from collections import deque

type Trace = deque[tuple[float, float]]


def new_trace(size: int = 32) -> Trace:
    """Return an empty one for so many values."""
    return deque(maxlen=size)


def add(trace: Trace, at_s: float, value: float) -> bool:
    """Add a value unless it's older than the last; one of the same time replaces it."""
    if trace:
        last_s = trace[-1][0]
        if at_s < last_s:
            return False
        if at_s == last_s:
            trace.pop()
    trace.append((at_s, value))
    return True


def value_at(trace: Trace, at_s: float) -> float | None:
    """Return what was valid at a time; the oldest value, if that's older still."""
    found = None
    for known_s, value in reversed(trace):
        found = value
        if known_s <= at_s:
            break
    return found
