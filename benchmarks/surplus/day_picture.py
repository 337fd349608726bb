"""Draw a day of the main case: ``python -m benchmarks.surplus.day_picture FILE``.

It shows what the shipped controller does with the surplus of one simulated day.
"""

from collections.abc import Iterable
from pathlib import Path
import sys

import numpy as np

from simulators.household import Sky

from . import ours
from .cases import MAIN
from .days import Powers, weather_day
from .play import play

_WIDTH, _HEIGHT = 760, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 20, 64, 44
_AVERAGED_S = 60
_STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 15px; font-weight: 600; }
.ground { fill: #ffffff; }
.grid { stroke: #d0d7de; }
.sun { fill: #f5a300; fill-opacity: 0.45; }
.car { stroke: #0b4f6c; stroke-width: 1.5; fill: none; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.ground { fill: #0d1117; }
.grid { stroke: #30363d; }
.sun { fill: #ffb938; }
.car { stroke: #7cc4e4; }
}"""
# From the tuning seeds; with clouds and clear hours.
_SKY, _SEED = Sky.MIXED, 3


def draw() -> str:
    """Return the picture as an SVG."""
    day = weather_day(_SKY, _SEED)
    assert ours.make is not None
    record = play(day, MAIN.traits, ours.make)
    surplus_kw = _minutes(np.maximum(record.surplus_w, 0.0))
    car_kw = _minutes(record.car_w)
    top_kw = int(max(*surplus_kw, *car_kw)) + 1
    start_h = MAIN.traits.start_s / 3600
    hours = len(surplus_kw) / 60

    def x(minute: float) -> float:
        return _LEFT + minute / 60 / hours * (_WIDTH - _LEFT - _RIGHT)

    def y(kw: float) -> float:
        return _HEIGHT - _BOTTOM - kw / top_kw * (_HEIGHT - _TOP - _BOTTOM)

    def points(values: Iterable[float]) -> str:
        return " ".join(f"{x(at):.1f},{y(kw):.1f}" for at, kw in enumerate(values))

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="title" x="{_LEFT}" y="24">A simulated day by the sun</text>',
        f'<rect class="sun" x="{_LEFT}" y="36" width="14" height="12"/>',
        f'<text x="{_LEFT + 20}" y="47">surplus of the house, kW</text>',
        f'<path class="car" d="M{_LEFT + 210} 42h14"/>',
        f'<text x="{_LEFT + 230}" y="47">what the car takes, kW</text>',
    ]
    for kw in range(0, top_kw + 1, 2):
        lines += [
            f'<path class="grid" d="M{_LEFT} {y(kw):.1f}H{_WIDTH - _RIGHT}"/>',
            f'<text x="{_LEFT - 10}" y="{y(kw) + 4:.1f}" text-anchor="end">{kw}</text>',
        ]
    for hour in range(int(start_h), int(start_h + hours) + 1, 2):
        at = x((hour - start_h) * 60)
        lines.append(
            f'<text x="{at:.1f}" y="{_HEIGHT - 18}" text-anchor="middle">{hour}:00</text>'
        )
    base = f"{x(len(surplus_kw) - 1):.1f},{y(0):.1f} {_LEFT},{y(0):.1f}"
    lines += [
        f'<polygon class="sun" points="{points(surplus_kw)} {base}"/>',
        f'<polyline class="car" points="{points(car_kw)}"/>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _minutes(power_w: Powers) -> list[float]:
    """Return the means of minutes, kW."""
    whole = len(power_w) // _AVERAGED_S * _AVERAGED_S
    means = power_w[:whole].reshape(-1, _AVERAGED_S).mean(axis=1) / 1000
    return [float(kw) for kw in means]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw())
