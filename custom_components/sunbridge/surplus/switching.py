"""A load that is on or off, under control."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Final, override

from .control import Control, Scene, fresh
from .kept import NOT_KEPT, number
from .meter import Trust
from .metered import Range
from .model import (
    Command,
    Eagerness,
    Load,
    LoadView,
    Mode,
    Reason,
    SetSwitch,
    Switch,
    SwitchReport,
)
from .switched import Toggle
from .temper import Temper

# Its power may take so long to show.
_START_S: Final = 60.0


@dataclass(slots=True)
class SwitchControl(Control):
    """A switch's state."""

    settings: Switch = field(default=Switch("", 0.0), metadata=NOT_KEPT)
    report: SwitchReport | None = field(default=None, metadata=NOT_KEPT)
    toggle: Toggle = field(default_factory=Toggle)

    @property
    @override
    def rank(self) -> tuple[bool, bool]:
        return True, not self.toggle.is_on

    @property
    @override
    def off_s(self) -> float | None:
        toggle = self.toggle
        return None if toggle.is_on else self.outbox.since_s(toggle.changed_at_s)

    @override
    def observe(self, now_s: float, dt_s: float, load: Load, report: object) -> None:
        if isinstance(load, Switch):
            self.settings = load
        self.report = report if isinstance(report, SwitchReport) else None
        if self.report is None or not fresh(self.report, now_s):
            self.is_online = self.is_seen = False
            return
        self._observe(now_s, self.report)

    def _observe(self, now_s: float, report: SwitchReport) -> None:
        switch, outbox = self.settings, self.outbox
        is_on = report.is_on
        self.is_online = is_on is not None
        if is_on is None:
            self.is_seen = False
            return
        power_w = number(report.power_w)
        if power_w is None:
            power_w = self._power_w if is_on else 0.0
        else:
            told_w = math.inf if self.outbox.sent_a else 0.0
            power_w = self.believed_w(
                now_s, power_w, number(report.power_at_s), told_w, switch.reply_s
            )
        self.power.see(max(power_w, 0.0), report.at_s)
        setting = (float(is_on), 1)
        if outbox.is_manual and now_s - outbox.manual_at_s >= switch.manual_s:
            outbox.release()
            self.is_seen = False
        if not self.is_seen:
            outbox.adopt(setting)
            if not outbox.is_manual:
                self.toggle.adopt(now_s, is_on=is_on)
        self.is_seen = True
        outbox.see(
            now_s,
            setting,
            reply_s=switch.reply_s,
            switch_s=0.0,
            by_other=report.changed_by_other,
        )

    @property
    def _power_w(self) -> float:
        return max(number(self.settings.power_w) or 0.0, 0.0)

    @override
    def claim_w(self, now_s: float) -> float:
        measured_w = self.power.last_w
        if not self.is_ours or self.is_by_itself:
            return measured_w
        if not self.toggle.is_on:
            return 0.0
        if now_s - self.toggle.changed_at_s <= _START_S:
            return max(self._power_w, measured_w)
        return measured_w

    @override
    def shows_w(self, at_s: float) -> Range:
        told_w = self._power_w if self.outbox.sent_a > 0 else 0.0
        reply_s = self.settings.reply_s
        return self._shows_w(at_s, (told_w, told_w), reply_s, reply_s)

    @override
    def decide(self, scene: Scene, tempers: Mapping[Eagerness, Temper]) -> Reason:
        self.share = 0.0
        was_on = self.toggle.is_on
        reason = self._decide(scene, tempers)
        self.counters.starts += self.toggle.is_on and not was_on
        return reason

    def _decide(self, scene: Scene, tempers: Mapping[Eagerness, Temper]) -> Reason:
        switch, toggle, now_s = self.settings, self.toggle, scene.now_s
        if not self.is_online:
            return Reason.OFFLINE
        if self.outbox.is_manual:
            return Reason.MANUAL
        if not scene.is_ready:
            return Reason.NOT_SEEN
        limit_w = 0.0 if scene.most_w is None else scene.most_w
        if self._power_w > limit_w and (toggle.is_on or switch.mode is not Mode.OFF):
            # What the house may import counts more than a minimum run.
            toggle.turn(now_s, switch, is_on=False, at_once=True)
            return Reason.IMPORT_LIMIT
        if switch.mode in {Mode.OFF, Mode.FAST, Mode.MINIMUM}:
            is_on = switch.mode is not Mode.OFF
            locked = toggle.turn(now_s, switch, is_on=is_on)
            return locked or (Reason.FAST if is_on else Reason.OFF)
        if scene.available_w is None or scene.trust is Trust.LOST:
            return toggle.turn(now_s, switch, is_on=False) or Reason.METER_LOST
        if scene.trust is not Trust.GOOD:
            return Reason.METER_HOLD
        reason, self.share = toggle.follow(
            now_s, scene.dt_s, scene.available_w, switch, tempers[switch.eagerness]
        )
        if not self.outbox.obeys:
            return Reason.NOT_OBEYING
        return Reason.BLOCKED if self.outbox.is_blocked else reason

    @override
    def deliver(self, scene: Scene) -> tuple[Command | None, float]:
        report, switch, now_s = self.report, self.settings, scene.now_s
        if report is None or report.is_on is None or not self.is_online:
            return None, math.inf
        if self.outbox.is_manual or not scene.is_ready:
            return None, math.inf
        wish = (float(self.toggle.is_on), 1)
        wait_s = self.outbox.wait_s(
            now_s,
            wish,
            (float(report.is_on), 1),
            spacing_s=switch.spacing_s,
            reply_s=switch.reply_s,
            switch_s=0.0,
            refresh_s=None,
            blocked_until_s=number(report.blocked_until_s),
        )
        if wait_s > 0:
            return None, now_s + wait_s
        self.outbox.send(now_s, wish)
        command = SetSwitch(switch.load_id, is_on=self.toggle.is_on)
        return command, now_s + switch.reply_s

    @override
    def pause(self) -> Command | None:
        if not self.is_ours:
            return None
        return SetSwitch(self.settings.load_id, is_on=False)

    @override
    def forget(self) -> None:
        self.toggle.regret.clear()

    @override
    def count(self, dt_s: float, available_w: float | None, day: int) -> None:
        self.counters.turn(day)
        wants = self.settings.mode is Mode.SURPLUS and self.is_ours
        usable_w = (self._power_w, self._power_w) if wants else None
        self.counters.add(dt_s, self.power.last_w, available_w, usable_w)

    @override
    def view(self, reason: Reason, available_w: float | None) -> LoadView:
        return LoadView(
            reason,
            float(self.toggle.is_on),
            int(self.toggle.is_on),
            available_w,
            self.share,
            self.counters.view(),
        )
