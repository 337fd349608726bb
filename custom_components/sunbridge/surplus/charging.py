"""A charger under control: what it says, what it shall do, what it's told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Final, override

from .car import Car, Offer, offer
from .control import Control, Scene, fresh
from .doubt import RAMP_S, doubt_w
from .follow import Follower, Sight
from .kept import NOT_KEPT, number
from .meter import Trust
from .model import (
    Charger,
    ChargerReport,
    Command,
    Eagerness,
    Feed,
    Load,
    LoadView,
    Mode,
    Reason,
    SetCharger,
)
from .outbox import Outbox
from .phases import Phases
from .plan import Plan
from .temper import Temper

_TAKING_W: Final = 50.0
# A car needs half a minute to start, some chargers five minutes at 6 A.
_START_S: Final = 60.0
_NOT_TAKING_S: Final = 150.0
_STEADY_S: Final = 12.0
# A limit of import is left as soon as it has been far enough for so long.
_LIMIT_S: Final = 15.0
_PAUSE_S: Final = 60.0


@dataclass(slots=True)
class ChargerControl(Control):
    """A charger's state."""

    settings: Charger = field(default=Charger(""), metadata=NOT_KEPT)
    report: ChargerReport | None = field(default=None, metadata=NOT_KEPT)
    car: Car = field(default_factory=Car)
    follower: Follower = field(default_factory=Follower)
    plan: Plan = field(default_factory=Plan)
    report_at_s: float = -math.inf
    taking_at_s: float = -math.inf
    limited_at_s: float = -math.inf
    fed_at_s: float = -math.inf
    is_plugged: bool = True
    phases: Phases = field(default_factory=Phases)

    @property
    @override
    def rank(self) -> tuple[bool, bool]:
        return not self.plan.is_urgent, not self.follower.phases

    @property
    @override
    def is_stuck(self) -> bool:
        return bool(self.phases.stuck) or not self.outbox.obeys

    @property
    @override
    def off_s(self) -> float | None:
        follower = self.follower
        if follower.phases or self.is_fed or not self.is_plugged:
            return None
        return max(follower.stopped_at_s, self.outbox.sent_at_s)

    @override
    def observe(self, now_s: float, dt_s: float, load: Load, report: object) -> None:
        self.plan.add(self.power.last_w * dt_s / 3600 if self.is_online else 0.0)
        if isinstance(load, Charger):
            self.settings = load
        self.report = report if isinstance(report, ChargerReport) else None
        power_w = self.car.power_w(self.report)
        if self.report is None or power_w is None or not fresh(self.report, now_s):
            # When it's back it's read before anything is written.
            self.is_online = self.is_seen = False
            return
        self._observe(now_s, self.report, power_w)

    def _observe(self, now_s: float, report: ChargerReport, power_w: float) -> None:
        self.is_online = True
        is_new = report.at_s > self.report_at_s
        self.report_at_s = max(report.at_s, self.report_at_s)
        power_w = self._believed_w(now_s, report, power_w)
        self.power.see(power_w, report.at_s)
        if power_w >= _TAKING_W or not self.follower.phases:
            self.taking_at_s = now_s
        self.phases.see(report, power_w)
        self._plug(now_s, plugged=report.is_plugged is not False)
        setting = self._setting()
        if setting is not None:
            self._compare(now_s, setting, by_other=report.changed_by_other)
            if is_new:
                self._learn(now_s, setting, power_w)
            self.phases.watch(now_s, setting, self.outbox)
        self.is_seen = True

    def _believed_w(self, now_s: float, report: ChargerReport, power_w: float) -> float:
        found = self._offer
        if found is None or number(report.power_w) is None:
            return power_w
        told_w = found.power_w(*self.outbox.sent)
        late_s = self.settings.reply_s + RAMP_S
        at_s = number(report.power_at_s)
        return self.believed_w(now_s, power_w, at_s, told_w, late_s)

    def _setting(self) -> tuple[float, int] | None:
        """Return what it was told, by its own word."""
        set_a = number(self.report.set_a) if self.report else None
        if set_a is None:
            return None
        return max(set_a, 0.0), self.phases.connected

    def _plug(self, now_s: float, *, plugged: bool) -> None:
        if plugged == self.is_plugged:
            return
        self.is_plugged = plugged
        self.outbox.release()
        if plugged:
            # A session begins with a pause, whatever the charger was told before.
            self.car = Car()
            self.plan.clear()
            self.outbox = Outbox()
            self.taking_at_s = now_s
        self.phases.stuck = 0
        # What was learned of the weather stays.
        self.follower = Follower(rehearsal=self.follower.rehearsal)

    def _compare(
        self, now_s: float, setting: tuple[float, int], *, by_other: bool
    ) -> None:
        """Compare what it does with what it was told."""
        outbox = self.outbox
        is_over = now_s - outbox.manual_at_s >= self.settings.manual_s
        if outbox.is_manual and is_over:
            outbox.release()
            self.is_seen = False
        if not self.is_seen:
            outbox.adopt(setting)
            if self.is_plugged and not outbox.is_manual:
                self.follower.adopt(*setting)
        elif outbox.sent_a < 0:
            outbox.adopt(setting)
        if not self.is_plugged or self.is_fed:
            outbox.adopt(setting)
            return
        outbox.see(
            now_s,
            setting,
            reply_s=self.settings.reply_s,
            switch_s=self.settings.switch_pause_s,
            by_other=by_other,
        )

    def _learn(self, now_s: float, setting: tuple[float, int], power_w: float) -> None:
        current_a = number(self.report.current_a) if self.report else None
        quiet_s = now_s - max(self.outbox.sent_at_s, self.follower.settled_at_s)
        if current_a is not None and not self.outbox.is_open and quiet_s > _STEADY_S:
            self.car.learn(setting[0], current_a, power_w, setting[1])

    @property
    def is_fed(self) -> bool:
        """Tell whether it follows by itself now."""
        return (
            self.settings.feed_every_s is not None
            and self.settings.mode in {Mode.SURPLUS, Mode.MINIMUM}
            and self._offer is not None
            and not (self.plan.is_urgent or self.plan.is_done)
        )

    @property
    def _rests_by_silence(self) -> bool:
        """Tell whether it's fed, and was since it was last commanded."""
        return self.is_fed and self.fed_at_s >= self.outbox.sent_at_s

    def _is_left_alone(self, scene: Scene) -> bool:
        """Tell whether it's fed; one that was commanded has to be until it can be."""
        is_seen = scene.trust is Trust.GOOD and scene.available_w is not None
        return self.is_fed and (is_seen or self._rests_by_silence)

    @property
    def _offer(self) -> Offer | None:
        return offer(self.settings, self.car, self.phases.stuck)

    @override
    def doubt_w(self, at_s: float) -> tuple[float, float]:
        found = self._offer
        if found is None:
            return 0.0, 0.0
        told_w, delay_s = found.power_w(*self.outbox.sent), self.settings.delay_s
        return doubt_w(at_s, self.power, told_w, delay_s, self.outbox, self.follower)

    @override
    def claim_w(self, now_s: float) -> float:
        measured_w = self.power.last_w
        if not self.is_ours or self.is_fed or not self.is_plugged:
            return measured_w
        if not self.follower.phases:
            return measured_w if self.is_by_itself else 0.0
        found = self._offer
        if found is None or self._idle_s(now_s) > _START_S:
            return measured_w
        return found.power_w(self.follower.amps, self.follower.phases)

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
        found = self._offer
        if charger.mode is Mode.OFF or found is None:
            self._go(scene.now_s, 0.0, 0)
            return Reason.OFF
        self.follower.bind(scene.now_s, found, charger.switch_pause_s)
        missing_wh = self.plan.missing_wh(charger.target_wh, report.session_wh)
        _, most_w = found.span_w
        is_urgent = self.plan.decide(
            scene.now_s, charger.finish_at_s, missing_wh, most_w
        )
        if self.plan.is_done:
            self._go(scene.now_s, 0.0, 0)
            return Reason.TARGET_REACHED
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
        if scene.now_s - self.limited_at_s < _LIMIT_S and self.follower.phases:
            most_a, phases = self.follower.amps, self.follower.phases
        self._go(scene.now_s, most_a, phases)
        return None

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
        if 0 < follower.phases < self.phases.connected and is_late and self._offer:
            # It should have switched. What is meant for one phase is too much for all.
            wish = (self._offer.least_a, follower.phases)
        was_told = self.outbox.sent_at_s >= follower.switched_at_s
        if wish[0] > 0 and was_told and now_s < follower.resumes_s(charger):
            # Of all that it's told in the pause only the last would count.
            wish = self.outbox.sent
        wait_s = self.outbox.wait_s(
            now_s,
            wish,
            self._setting(),
            spacing_s=charger.spacing_s,
            reply_s=charger.reply_s,
            switch_s=charger.switch_pause_s,
            refresh_s=charger.refresh_s,
            blocked_until_s=number(report.blocked_until_s),
        )
        if wait_s > 0:
            return None, now_s + wait_s
        self.outbox.send(now_s, wish, is_seen=self._setting() is not None)
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
        grid_w = self.power.last_w - scene.available_w
        return Feed(self.settings.load_id, grid_w), scene.now_s + every_s

    @override
    def pause(self) -> Command | None:
        if not self.is_ours or not self.is_plugged or self._rests_by_silence:
            return None
        return SetCharger(self.settings.load_id, 0.0, self.phases.connected)

    @override
    def forget(self) -> None:
        self.follower.regret.clear()

    @override
    def count(self, dt_s: float, available_w: float | None, day: int) -> None:
        self.counters.turn(day)
        usable_w = None
        found = self._offer
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
            self._rests_by_silence,
        )
