"""From what a load shall do to commands: not too often, confirmed, tried again.

Only the newest wish counts, so there's never a queue. What is reported after a command
was confirmed, and isn't one of ours, was somebody else (reference surplus 4.3).
"""

from dataclasses import dataclass, field
import math
from typing import Final

from .trace import Trace, new_trace

TRIES: Final = 4
# When it doesn't obey, what is left is to ask now and then.
_GIVE_UP_S: Final = 300.0
_FOREIGN_S: Final = 6.0
_UNSEEN_S: Final = 30.0
# In so many reply times an answer comes, if at all.
_ANSWER: Final = 1.5
_WRITERS: Final = 4
_WRITERS_S: Final = 600.0
_LONGEST_BLOCK_S: Final = 86_400.0
# What a load shall do or does, such as amps and phases.
type Setting = tuple[float, int]


@dataclass(slots=True)
class Outbox:
    """What a load was told, and what it said of that."""

    sent_a: float = -1.0
    sent_phases: int = 0
    sent_at_s: float = -math.inf
    # What it may still report of us.
    amps_trace: Trace = field(default_factory=lambda: new_trace(8))
    phases_trace: Trace = field(default_factory=lambda: new_trace(8))
    # Since when it's waited for a confirmation, and how often that was in vain.
    open_at_s: float = -math.inf
    is_open: bool = False
    failures: int = 0
    strange_at_s: float = -math.inf
    manual_at_s: float = -math.inf
    is_manual: bool = False
    is_blocked: bool = False
    seen_a: float = -1.0
    seen_phases: int = 0
    others_trace: Trace = field(default_factory=lambda: new_trace(8))

    @property
    def sent(self) -> Setting:
        """Return the last command."""
        return self.sent_a, self.sent_phases

    @property
    def obeys(self) -> bool:
        """Tell whether it did what it was told, or may yet."""
        return self.failures < TRIES

    def since_s(self, decided_at_s: float) -> float:
        """Return since when a decision should count: repeating it changes nothing."""
        return decided_at_s if self.is_open else max(decided_at_s, self.sent_at_s)

    def adopt(self, setting: Setting) -> None:
        """Take what is reported for what was told.

        What was told a moment ago may still come: it's ours all the same.
        """
        self.sent_a, self.sent_phases = setting
        self.is_open, self.failures = False, 0
        self.strange_at_s = -math.inf

    def see(
        self,
        now_s: float,
        setting: Setting,
        *,
        reply_s: float,
        switch_s: float,
        by_other: bool,
        by_itself: bool = False,
    ) -> bool:
        """Take what is reported; tell whether somebody else has taken over just now.

        ``switch_s`` is by how much phases are later than a current. ``by_itself`` is
        that the load may change now without anybody's doing.
        """
        if _same(setting, self.sent):
            self.is_open, self.failures = False, 0
            self.strange_at_s = -math.inf
            self._note(now_s, setting, is_ours=True)
            return False
        is_other = not _same(setting, (self.seen_a, self.seen_phases))
        is_late = not by_other and (
            by_itself or self._was_sent(now_s, setting, reply_s, switch_s)
        )
        self._note(now_s, setting, is_ours=is_late or not is_other)
        if self.is_manual:
            return False
        if (is_other and not is_late) or by_other:
            self.strange_at_s = now_s
        if self.strange_at_s > -math.inf:
            if not by_other and now_s - self.strange_at_s < _FOREIGN_S:
                return False
            self.is_manual, self.manual_at_s = True, now_s
            return True
        # On its way, lost, or with phases that come after the current. A command that
        # asks for what is reported anyway is confirmed before others have arrived.
        if not self.is_open:
            self.is_open, self.open_at_s = True, self.sent_at_s
        if is_other:
            self.open_at_s, self.failures = self.sent_at_s, 0
        pause_s = 0.0 if abs(setting[0] - self.sent_a) >= 0.05 else switch_s
        self._count(now_s, reply_s + pause_s)
        return False

    def _was_sent(
        self, now_s: float, setting: Setting, reply_s: float, switch_s: float
    ) -> bool:
        """Tell whether it may be an answer to a command of late.

        Current and phases come apart, and either may be as it was for long.
        """
        since_s = now_s - _ANSWER * reply_s
        amps = {round(amps, 2) for at_s, amps in self.amps_trace if at_s >= since_s}
        amps.add(round(self.seen_a, 2))
        if setting[0] <= 0:
            return 0.0 in amps
        since_s -= switch_s
        phases = {count for at_s, count in self.phases_trace if at_s >= since_s}
        phases.add(self.seen_phases)
        return round(setting[0], 2) in amps and setting[1] in phases

    def _note(self, now_s: float, setting: Setting, *, is_ours: bool) -> None:
        seen = (self.seen_a, self.seen_phases)
        if self.seen_a >= 0 and not is_ours and not _same(setting, seen):
            self.others_trace.append((now_s, setting[0]))
        self.seen_a, self.seen_phases = setting

    def _count(self, now_s: float, reply_s: float) -> None:
        if self.is_blocked:
            # It can't be told again, so that this isn't its fault.
            return
        if now_s - self.open_at_s >= self._patience_s(reply_s):
            self.failures = min(self.failures + 1, TRIES)
            self.open_at_s = now_s

    def _patience_s(self, reply_s: float) -> float:
        return reply_s * 2.0 ** min(self.failures, TRIES)

    def has_two_writers(self, now_s: float) -> bool:
        """Tell whether something else writes again and again."""
        recent = [at_s for at_s, _ in self.others_trace if now_s - at_s < _WRITERS_S]
        return len(recent) >= _WRITERS

    def wait_s(
        self,
        now_s: float,
        wish: Setting,
        seen: Setting | None,
        *,
        spacing_s: float,
        reply_s: float,
        switch_s: float,
        refresh_s: float | None,
        blocked_until_s: float | None,
    ) -> float:
        """Return in how long a wish has to be sent: 0 is now, inf is never."""
        if seen is not None and abs(seen[0] - self.sent_a) < 0.05:
            # The current is there; phases take longer.
            reply_s += switch_s
        due_s = self._due_s(now_s, wish, seen, reply_s, refresh_s)
        due_s = max(due_s, self.sent_at_s + max(spacing_s, 1.0))
        self.is_blocked = False
        if blocked_until_s is not None and now_s < blocked_until_s:
            self.is_blocked = True
            due_s = max(due_s, min(blocked_until_s, now_s + _LONGEST_BLOCK_S))
        return max(0.0, due_s - now_s)

    def _due_s(
        self,
        now_s: float,
        wish: Setting,
        seen: Setting | None,
        reply_s: float,
        refresh_s: float | None,
    ) -> float:
        if self.strange_at_s > -math.inf:
            # Somebody else, perhaps; that will be seen soon.
            return self.strange_at_s + _FOREIGN_S
        if self.is_open:
            if not self.obeys:
                return self.sent_at_s + _GIVE_UP_S
            if not _same(wish, self.sent) or self.sent_at_s < self.open_at_s:
                return now_s
            return self.open_at_s + self._patience_s(reply_s)
        if not _same(wish, self.sent if seen is None else seen):
            return now_s
        if seen is None and wish[0] <= 0:
            # Nobody will confirm it, and a pause that is lost costs the grid's power.
            return self.sent_at_s + _UNSEEN_S
        if refresh_s is not None and wish[0] > 0:
            return self.sent_at_s + max(refresh_s, 1.0)
        return math.inf

    def send(self, now_s: float, wish: Setting, *, is_seen: bool = True) -> None:
        """Note that a wish is sent; ``is_seen`` is that it will be confirmed."""
        if not self.is_open and self.seen_a >= 0:
            self._remember(now_s, (self.seen_a, self.seen_phases))
        self._remember(now_s, wish)
        self.sent_a, self.sent_phases = wish
        self.sent_at_s = now_s
        if is_seen and not self.is_open:
            self.is_open, self.open_at_s = True, now_s

    def _remember(self, now_s: float, setting: Setting) -> None:
        for trace, value in zip(
            (self.amps_trace, self.phases_trace), setting, strict=True
        ):
            trace.append((now_s, float(value)))

    def release(self) -> None:
        """Take control again."""
        self.is_manual = False
        self.strange_at_s = -math.inf


def _same(one: Setting, other: Setting) -> bool:
    """Tell whether two settings are the same; in a pause phases don't count."""
    if one[0] <= 0 and other[0] <= 0:
        return one[0] == other[0]
    return abs(one[0] - other[0]) < 0.05 and one[1] == other[1]
