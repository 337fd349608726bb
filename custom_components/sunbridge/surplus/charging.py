"""A charger under control: what it shall do, and what it's told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
import math
from typing import Final, override

from .car import Offer
from .charger import START_S, SeenCharger
from .control import Scene
from .doubt import RAMP_S
from .follow import Sight
from .kept import number
from .meter import Trust
from .metered import Range
from .model import Command, Eagerness, Feed, LoadView, Mode, Reason, SetCharger
from .temper import Temper

_NOT_TAKING_S: Final = 150.0
# A limit of import is left as soon as it has been far enough for so long.
_LIMIT_S: Final = 15.0
_PAUSE_S: Final = 60.0
# Phases rise, its own logic has its turn again, and the least that is always charged
# begins again only so long after that: what the house took it may soon take again.
_AGAIN_S: Final = 300.0
# One that is fed is given so long to go down by itself.
_OVER_S: Final = 10.0
_NOTHING_W: Final = 50.0


@dataclass(slots=True)
class ChargerControl(SeenCharger):
    """A charger's state."""

    # Since when it takes more than it may, though it's fed.
    over_at_s: float = math.inf

    @property
    @override
    def rank(self) -> tuple[bool, bool]:
        return not self.plan.is_urgent, not self.follower.phases

    def _may_follow(self, now_s: float) -> bool:
        """Tell whether it follows by itself: it knows of no limit of import."""
        return self.is_fed and now_s - self.limited_at_s >= _AGAIN_S

    def _is_left_alone(self, scene: Scene) -> bool:
        """Tell whether it's fed; one that was commanded has to be until it can be."""
        is_seen = scene.trust is Trust.GOOD and scene.available_w is not None
        may_follow = self._may_follow(scene.now_s)
        return may_follow and (is_seen or self.rests_by_silence)

    @override
    def claim_w(self, now_s: float) -> float:
        measured_w = self.power.last_w
        if not self.is_ours or self._may_follow(now_s) or not self.is_plugged:
            return measured_w
        if not self.follower.phases:
            return measured_w if self.is_by_itself else 0.0
        found = self.offer
        if found is None or self._idle_s(now_s) > START_S:
            return measured_w
        return found.power_w(self.follower.amps, self.follower.phases)

    @override
    def shows_w(self, at_s: float) -> Range:
        found = self.offer
        rests = not self.is_plugged or self._idle_s(at_s) > START_S
        if found is None or rests or self._may_follow(at_s):
            return self.power.last_w, self.power.last_w
        told_w = found.power_w(*self.outbox.sent)
        # While it starts or switches phases it takes nothing for some time.
        begins = at_s < self.follower.settled_at_s + RAMP_S
        least_w = 0.0 if begins else told_w
        # From when it begins, the report has its time as well.
        begins_s = max(0.0, self.follower.settled_at_s - self.outbox.sent_at_s)
        reply_s = begins_s + self.settings.reply_s
        return self._shows_w(at_s, (least_w, told_w), self.settings.delay_s, reply_s)

    def _idle_s(self, now_s: float) -> float:
        """Return for how long the car has taken nothing of what it's offered."""
        return now_s - max(self.taking_at_s, self.follower.settled_at_s)

    @override
    def decide(self, scene: Scene, tempers: Mapping[Eagerness, Temper]) -> Reason:
        self.share = 0.0
        before = self.follower.phases
        reason = self._decide(scene, tempers)
        after = self.follower.phases
        if after and after != before:
            self.counters.starts += before == 0
            self.counters.switches += before > 0
        return reason

    def _decide(self, scene: Scene, tempers: Mapping[Eagerness, Temper]) -> Reason:
        charger, report = self.settings, self.report
        if report is None or not self.is_online:
            return Reason.OFFLINE
        if not self.is_plugged:
            return Reason.NO_CAR
        if self.outbox.is_manual:
            return Reason.MANUAL
        if not scene.is_ready:
            return Reason.NOT_SEEN
        found = self.offer
        if charger.mode is Mode.OFF or found is None:
            self._go(scene.now_s, 0.0, 0)
            return Reason.OFF
        self.follower.bind(scene.now_s, found, charger.switch_pause_s)
        missing_wh = self.plan.missing_wh(charger.target_wh, report.session_wh)
        # A car that uses one phase needs three times as long.
        used = min(found.used, max(self.car.promised, 1))
        _, most_w = replace(found, used=used).span_w
        is_urgent = self.plan.decide(
            scene.now_s, charger.finish_at_s, missing_wh, most_w
        )
        if self.plan.is_done:
            self._go(scene.now_s, 0.0, 0)
            return Reason.TARGET_REACHED
        if self.is_fed:
            self._watch(scene, found)
        if charger.mode is Mode.FAST or is_urgent:
            reason = self._hurry(scene, found)
            if reason is None:
                reason = Reason.PLAN if is_urgent else Reason.FAST
        elif self._is_left_alone(scene):
            is_good = scene.trust is Trust.GOOD
            return Reason.FEEDING if is_good else Reason.METER_LOST
        else:
            reason = self._surplus(scene, found, tempers[charger.eagerness])
        return self._limit(scene, found) or self._trouble(scene, reason)

    def _trouble(self, scene: Scene, reason: Reason) -> Reason:
        """Return what keeps a load from what was decided, or why that was."""
        if self.is_stuck:
            return Reason.NOT_OBEYING
        if self.outbox.is_blocked:
            return Reason.BLOCKED
        is_idle = self.follower.phases and self._idle_s(scene.now_s) > _NOT_TAKING_S
        return Reason.NOT_TAKING if is_idle else reason

    def _go(self, now_s: float, amps: float, phases: int) -> None:
        self.follower.go(now_s, amps, phases, self.settings.switch_pause_s)

    def _hurry(self, scene: Scene, found: Offer) -> Reason | None:
        """Charge with all there is, unless a limit has just ended that."""
        if scene.now_s - self.limited_at_s < _PAUSE_S and not self.follower.phases:
            return Reason.IMPORT_LIMIT
        most_a, phases = found.most_a, max(found.phases)
        if scene.now_s - self.limited_at_s < _AGAIN_S:
            phases = self.follower.phases or min(found.phases)
        if scene.now_s - self.limited_at_s < _LIMIT_S and self.follower.phases:
            most_a = self.follower.amps
        self._go(scene.now_s, most_a, phases)
        return None

    def _watch(self, scene: Scene, found: Offer) -> None:
        """Command one that is fed when it takes more than it may, until there's room."""
        most_w, now_s = scene.most_w, scene.now_s
        if most_w is None or scene.trust is not Trust.GOOD:
            self.over_at_s = math.inf
        elif not self._may_follow(now_s):
            if most_w < found.span_w[0]:
                self.limited_at_s = now_s
        elif self.metered_w <= max(most_w, _NOTHING_W):
            self.over_at_s = math.inf
        else:
            self.over_at_s = min(self.over_at_s, now_s)
            if now_s - self.over_at_s >= _OVER_S:
                self.limited_at_s, self.over_at_s = now_s, math.inf
                self.follower.adopt(*(self.setting() or (0.0, 0)))
                # Its own logic knows nothing of what it may be offered.
                self.follower.bind(now_s, found, self.settings.switch_pause_s)

    def _surplus(self, scene: Scene, found: Offer, temper: Temper) -> Reason:
        charger, follower, now_s = self.settings, self.follower, scene.now_s
        may_stop = charger.mode is Mode.SURPLUS
        if scene.available_w is None or scene.trust >= Trust.DOWN:
            if may_stop and (scene.trust is Trust.LOST or not follower.phases):
                self._go(now_s, 0.0, 0)
            else:
                phases = follower.phases or min(found.phases)
                self._go(now_s, found.least_a, phases)
            return Reason.METER_LOST
        if not (may_stop or follower.phases) and now_s - self.limited_at_s < _AGAIN_S:
            # It would begin at once, and be stopped by a house near the limit as soon.
            return Reason.IMPORT_LIMIT
        if scene.trust is Trust.HOLD:
            if not follower.phases and not may_stop:
                self._go(now_s, found.least_a, min(found.phases))
            return Reason.METER_HOLD
        reason, self.share = follower.follow(
            now_s,
            scene.dt_s,
            Sight(scene.available_w, scene.slope_w_per_s),
            found,
            temper,
            charger,
            may_stop=may_stop,
        )
        return reason

    def _limit(self, scene: Scene, found: Offer) -> Reason | None:
        """Keep to what the house may import; with an unknown meter to the least."""
        follower = self.follower
        phases = follower.phases
        if not phases or scene.most_w == math.inf:
            return None
        most_w = scene.most_w
        if most_w is None:
            most_w, _ = found.range_w(min(found.phases))
        if found.power_w(follower.amps, phases) <= most_w:
            return None
        self.limited_at_s = scene.now_s
        self._go(scene.now_s, *found.within(most_w, phases))
        return Reason.IMPORT_LIMIT

    @override
    def deliver(self, scene: Scene) -> tuple[Command | None, float]:
        report, charger, now_s = self.report, self.settings, scene.now_s
        if report is None or not self.is_online or not self.is_plugged:
            return None, math.inf
        if self.outbox.is_manual or not scene.is_ready:
            return None, math.inf
        if self._is_left_alone(scene):
            return self._feed(scene)
        follower = self.follower
        wish = (follower.amps, follower.phases or self.phases.connected)
        is_late = now_s >= follower.settled_at_s + charger.reply_s
        if 0 < follower.phases < self.phases.connected and is_late and self.offer:
            # It should have switched. What is meant for one phase is too much for all.
            wish = (self.offer.least_a, follower.phases)
        was_told = self.outbox.sent_at_s >= follower.switched_at_s
        if wish[0] > 0 and was_told and now_s < follower.resumes_s(charger):
            # Of all that it's told in the pause only the last would count.
            wish = self.outbox.sent
        wait_s = self.outbox.wait_s(
            now_s,
            wish,
            self.setting(),
            spacing_s=charger.spacing_s,
            reply_s=charger.reply_s,
            switch_s=charger.switch_pause_s,
            refresh_s=self.refresh_s,
            blocked_until_s=number(report.blocked_until_s),
        )
        # What it did by its own logic it doesn't go on with when it isn't fed any more.
        is_own = self.fed_at_s > self.outbox.sent_at_s and not self.outbox.is_blocked
        is_spaced = now_s - self.outbox.sent_at_s >= charger.spacing_s
        if wait_s > 0 and not (is_own and is_spaced):
            return None, now_s + wait_s
        self.outbox.send(now_s, wish, is_seen=self.setting() is not None)
        self.feeds = 0
        return SetCharger(charger.load_id, *wish), now_s + charger.reply_s

    def _feed(self, scene: Scene) -> tuple[Command | None, float]:
        """Return what it shall see. Silence is how it learns of a lost meter."""
        every_s = max(self.settings.feed_every_s or 0.0, 1.0)
        if scene.trust is not Trust.GOOD or scene.available_w is None:
            return None, math.inf
        due_s = self.fed_at_s + every_s
        if scene.now_s < due_s:
            return None, due_s
        self.fed_at_s = scene.now_s
        self.feeds += 1
        grid_w = self.power.last_w - scene.available_w
        return Feed(self.settings.load_id, grid_w), scene.now_s + every_s

    @override
    def pause(self) -> Command | None:
        if not self.is_ours or not self.is_plugged or self.rests_by_silence:
            return None
        return SetCharger(self.settings.load_id, 0.0, self.phases.connected)

    @override
    def forget(self) -> None:
        self.follower.regret.clear()

    @override
    def count(self, dt_s: float, available_w: float | None, day: int) -> None:
        self.counters.turn(day)
        usable_w = None
        found = self.offer
        wants = self.settings.mode in {Mode.SURPLUS, Mode.MINIMUM} and self.is_plugged
        if found is not None and wants and self.is_ours:
            usable_w = found.span_w
        self.counters.add(dt_s, self.power.last_w, available_w, usable_w)

    @override
    def view(self, reason: Reason, available_w: float | None) -> LoadView:
        return LoadView(
            reason,
            self.follower.amps,
            self.follower.phases,
            available_w,
            self.share,
            self.counters.view(),
            self.rests_by_silence,
            self.car.promised,
        )
