"""Where the processor time goes: samples of the main thread's stack."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import signal
from types import FrameType
from typing import Final

_EVERY_S: Final = 0.002
_TOP: Final = 30
_OURS: Final = "sunbridge/"


class Profile:
    """Counts which functions are at work, by ticks of the processor time."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._samples = 0
        # On top of the stack, the last one of ours in it, and each that is in it.
        self._top: Counter[str] = Counter()
        self._ours: Counter[str] = Counter()
        self._within: Counter[str] = Counter()

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Take samples of the main thread, in which this has to be."""
        before = signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        names: list[str] = []
        while frame is not None:
            names.append(_name(frame))
            frame = frame.f_back
        self._samples += 1
        self._top[names[0]] += 1
        self._within.update(set(names))
        ours = (name for name in names if _OURS in name)
        self._ours[next(ours, "none of ours")] += 1

    def text(self) -> str:
        """Return the shares of all samples in %, for people."""
        lines = [f"{self._samples} samples"]
        for title, counts in (
            ("within, ours", _only_ours(self._within)),
            ("last one of ours", self._ours),
            ("on top", self._top),
            ("within, all", self._within),
        ):
            lines.append(f"\n{title}\n")
            lines += [
                f"{100 * count / self._samples:6.1f} %  {name}"
                for name, count in counts.most_common(_TOP)
            ]
        return "\n".join(lines)


def _only_ours(counts: Counter[str]) -> Counter[str]:
    return Counter({name: count for name, count in counts.items() if _OURS in name})


def _name(frame: FrameType) -> str:
    code = frame.f_code
    _, ours, file = code.co_filename.rpartition(_OURS)
    if not ours:
        file = "/".join(Path(code.co_filename).parts[-4:])
    return f"{ours}{file}:{code.co_qualname}"
