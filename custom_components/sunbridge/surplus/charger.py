"""A charger as it's seen: what it says, and whether that's what it was told."""

from dataclasses import dataclass, field
import math
from typing import Final, override

from .car import Car, Offer, offer
from .control import Control, fresh
from .doubt import RAMP_S, doubt_w
from .follow import Follower
from .kept import NOT_KEPT, number
from .model import Charger, ChargerReport, Load, Mode
from .outbox import Outbox
from .phases import Phases
from .plan import Plan

# A car needs half a minute to start, some chargers five minutes at 6 A.
START_S: Final = 60.0
_TAKING_W: Final = 50.0
_STEADY_S: Final = 12.0
_FEEDS: Final = 3
# So long after a car came, or the charger itself, it may begin to charge by itself, or
# forget what it was told before: many do.
_SETTLES_S: Final = 30.0
# A command that is to be repeated and didn't get through is repeated so much sooner.
_SOONER: Final = 0.2
# What wasn't repeated after so many times its time is about to end, or has.
_LATE: Final = 1.5


@dataclass(slots=True)
class SeenCharger(Control):
    """What is known of a charger and its car."""

    settings: Charger = field(default=Charger(""), metadata=NOT_KEPT)
    report: ChargerReport | None = field(default=None, metadata=NOT_KEPT)
    car: Car = field(default_factory=Car)
    follower: Follower = field(default_factory=Follower)
    plan: Plan = field(default_factory=Plan)
    report_at_s: float = -math.inf
    appeared_at_s: float = field(default=-math.inf, metadata=NOT_KEPT)
    taking_at_s: float = -math.inf
    limited_at_s: float = -math.inf
    fed_at_s: float = -math.inf
    # Since the last command; one may be lost.
    feeds: int = 0
    is_plugged: bool = True
    phases: Phases = field(default_factory=Phases)

    @property
    @override
    def is_stuck(self) -> bool:
        return bool(self.phases.stuck) or not self.outbox.obeys

    @property
    @override
    def off_s(self) -> float | None:
        if self.follower.phases or self.is_fed or not self.is_plugged:
            return None
        return self.outbox.since_s(self.follower.stopped_at_s)

    @override
    def observe(self, now_s: float, dt_s: float, load: Load, report: object) -> None:
        self.plan.add(self.power.last_w * dt_s / 3600 if self.is_online else 0.0)
        if isinstance(load, Charger):
            if load.phases != self.settings.phases:
                self.phases.stuck = 0
            self.settings = load
        self.report = report if isinstance(report, ChargerReport) else None
        power_w = self.car.power_w(self.report)
        if self.report is None or power_w is None or not fresh(self.report, now_s):
            # When it's back it's read before anything is written.
            self.is_online = self.is_seen = False
            return
        self._observe(now_s, self.report, power_w)

    def _observe(self, now_s: float, report: ChargerReport, power_w: float) -> None:
        if not self.is_online:
            self.is_online, self.appeared_at_s = True, now_s
        is_new = report.at_s > self.report_at_s
        self.report_at_s = max(report.at_s, self.report_at_s)
        power_w = self._believed_w(now_s, report, power_w)
        self.power.see(power_w, report.at_s)
        if power_w >= _TAKING_W or not self.follower.phases:
            self.taking_at_s = now_s
        quiet_s = now_s - max(self.outbox.sent_at_s, self.follower.settled_at_s)
        self.phases.see(report, power_w if quiet_s > START_S else 0.0)
        self._plug(now_s, plugged=report.is_plugged is not False)
        setting = self.setting()
        if setting is not None:
            self._compare(now_s, setting, by_other=report.changed_by_other)
            if is_new:
                self._learn(now_s, setting, power_w)
            switch_s = self.settings.reply_s + self.settings.switch_pause_s
            self.phases.watch(now_s, setting, self.outbox, switch_s)
        self.is_seen = True
        self.power.is_fed = self.is_feeding

    def _believed_w(self, now_s: float, report: ChargerReport, power_w: float) -> float:
        found = self.offer
        if found is None or number(report.power_w) is None:
            return power_w
        told_w = found.power_w(*self.outbox.sent)
        late_s = self.settings.reply_s + RAMP_S
        at_s = number(report.power_at_s)
        return self.believed_w(now_s, power_w, at_s, told_w, late_s)

    def setting(self) -> tuple[float, int] | None:
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
            self.appeared_at_s = now_s
            # A session begins with a pause, whatever the charger was told before.
            self.car = Car(promised=self.phases.stuck or self.car.promised)
            self.plan.clear()
            # It may still be forced by what it was told then.
            self.outbox = Outbox(sent_at_s=self.outbox.sent_at_s)
            self.taking_at_s = now_s
        self.phases.stuck, self.unheard_at_s = 0, math.inf
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
        if not self.is_plugged or self.is_feeding:
            outbox.adopt(setting)
            return
        outbox.see(
            now_s,
            setting,
            reply_s=self.settings.reply_s,
            switch_s=self.settings.switch_pause_s,
            by_other=by_other,
            by_itself=self._may_change(now_s),
        )

    def _may_change(self, now_s: float) -> bool:
        """Tell whether it may change its setting by itself now."""
        settles_s = max(_SETTLES_S, 2 * self.settings.reply_s)
        is_new = now_s - self.appeared_at_s < settles_s
        return is_new or self.refresh_fails or self._runs_out(now_s)

    def _runs_out(self, now_s: float) -> bool:
        """Tell whether what it was told is at its end, or soon: a block outlived it."""
        refresh_s, outbox = self.settings.refresh_s, self.outbox
        if refresh_s is None or outbox.sent_a <= 0 or outbox.is_manual:
            # A pause doesn't end, and what somebody else told it isn't ours.
            return False
        return _LATE * refresh_s <= now_s - outbox.sent_at_s < math.inf

    @property
    def refresh_fails(self) -> bool:
        """Tell whether it may forget what it was told, as that can't be repeated."""
        is_failing = self.report is not None and self.report.is_failing
        return is_failing and self.settings.refresh_s is not None

    @property
    def refresh_s(self) -> float | None:
        """How long after a command it's to be repeated; None is never."""
        refresh_s = self.settings.refresh_s
        if refresh_s is None or not self.refresh_fails:
            return refresh_s
        return _SOONER * refresh_s

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
            # By its own logic it knows no least current.
            and self.settings.mode is Mode.SURPLUS
            and self.offer is not None
            and not (self.plan.is_urgent or self.plan.is_done)
        )

    @property
    def is_feeding(self) -> bool:
        """Tell whether what it does now is its own doing."""
        return self.is_fed and self.fed_at_s >= self.outbox.sent_at_s

    @property
    def rests_by_silence(self) -> bool:
        """Tell whether it's fed, and was since it was last commanded, if ever."""
        is_free = self.outbox.sent_at_s == -math.inf or self.feeds >= _FEEDS
        return self.is_fed and is_free

    @property
    def offer(self) -> Offer | None:
        """The currents that its car can have; None if the settings leave none."""
        return offer(self.settings, self.car, self.phases.stuck)

    @override
    def doubt_w(self, at_s: float) -> tuple[float, float]:
        found = self.offer
        if found is None:
            return 0.0, 0.0
        told_w, delay_s = found.power_w(*self.outbox.sent), self.settings.delay_s
        return doubt_w(at_s, self.power, told_w, delay_s, self.outbox, self.follower)

    @override
    def resume(self) -> None:
        super().resume()
        self.phases.stuck = 0
