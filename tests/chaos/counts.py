"""Counts of what there is in a process, by name."""

from collections import Counter
from collections.abc import Mapping, Sequence


def least(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return of each name the least of several counts."""
    return {
        name: min(count.get(name, 0) for count in counts)
        for name in {name for count in counts for name in count}
    }


def more(
    before: Mapping[str, int], after: Mapping[str, int], times: int
) -> dict[str, int]:
    """Return what there's more of, once for every other of so many times or so."""
    difference = Counter(after)
    difference.subtract(before)
    return {name: count for name, count in difference.items() if count >= times // 2}
