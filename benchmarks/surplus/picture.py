"""The picture of what is gained and what it costs, as an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import fmean

from . import ours
from .cases import Played
from .controllers import RIVALS, YARDSTICK
from .runner import Results
from .tables import mean, of_case

_WIDTH, _HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 60, 56

_STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f; }
text { stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }
.title { font-size: 15px; font-weight: 600; }
.small { font-size: 11px; fill: #57606a; }
.ground { fill: #ffffff; }
.axis { stroke: #57606a; fill: none; }
.grid { stroke: #d0d7de; }
.best { stroke: #57606a; fill: none; stroke-dasharray: 5 4; }
.bestdot { fill: #57606a; }
.ours { fill: #f5a300; stroke: #f5a300; }
.yardstick { fill: #0b4f6c; stroke: #0b4f6c; }
.rival { fill: #8c959f; stroke: #8c959f; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; stroke: #0d1117; }
.small { fill: #9198a1; }
.ground { fill: #0d1117; }
.axis { stroke: #9198a1; }
.grid { stroke: #30363d; }
.best { stroke: #9198a1; }
.bestdot { fill: #9198a1; }
.ours { fill: #ffb938; stroke: #ffb938; }
.yardstick { fill: #7cc4e4; stroke: #7cc4e4; }
}"""


@dataclass(frozen=True)
class Point:
    """A controller: kWh of a day beyond the surplus and from it, and its changes."""

    name: str
    style: str
    beyond_kwh: float
    taken_kwh: float
    changes: float
    main: bool


def draw(results: Results) -> str:
    """Return the picture of the main case."""
    points = _points(of_case(results), results.names, main=True)
    if results.variants:
        others = list(results.variants[0].figures)
        points += _points(results.variants, others, main=False)
    line = [
        (
            fmean(day[ratio].beyond_wh for day in results.front) / 1000,
            fmean(day[ratio].from_surplus_wh for day in results.front) / 1000,
        )
        for ratio in (results.front[0] if results.front else ())
    ]
    return _svg(points, line)


def _points(days: Sequence[Played], names: Sequence[str], *, main: bool) -> list[Point]:
    return [
        Point(
            name,
            _style(name),
            mean(days, name, lambda it: it.beyond_wh) / 1000,
            mean(days, name, lambda it: it.from_surplus_wh) / 1000,
            mean(days, name, lambda it: it.changes),
            main,
        )
        for name in names
    ]


def _style(name: str) -> str:
    if name == ours.NAME or name in ours.KNOB:
        return "ours"
    if name in RIVALS and name != YARDSTICK:
        return "rival"
    return "yardstick"


def _svg(points: Sequence[Point], line: Sequence[tuple[float, float]]) -> str:
    beyond = [point.beyond_kwh for point in points] + [x for x, _ in line]
    taken = [point.taken_kwh for point in points] + [y for _, y in line]
    # Whole kWh around all there is.
    last_x = int(max(beyond)) + 1
    first_y, last_y = int(min(taken)), int(max(taken)) + 1

    def at_x(kwh: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * kwh / last_x

    def at_y(kwh: float) -> float:
        share = (kwh - first_y) / (last_y - first_y)
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share

    floor, wall = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}"/>',
        _text(_LEFT, 24, "What a day's surplus gives, and what it costs", "title"),
    ]
    parts += [
        _text(at_x(kwh), floor + 18, str(kwh), "small", "middle")
        for kwh in range(last_x + 1)
    ]
    for kwh in range(first_y, last_y + 1, max(1, (last_y - first_y) // 8)):
        y = at_y(kwh)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{wall}"/>')
        parts.append(_text(_LEFT - 8, y + 4, str(kwh), "small", "end"))
    parts += [
        f'<path class="axis" d="M{_LEFT} {_TOP}V{floor}H{wall}"/>',
        _text(
            wall, floor + 38, "kWh a day beyond the surplus, from the grid", "", "end"
        ),
        _text(_LEFT, _TOP - 14, "kWh a day from the surplus", ""),
    ]
    if line:
        path = "L".join(f"{at_x(x):.1f} {at_y(y):.1f}" for x, y in line)
        parts.append(f'<path class="best" d="M{path}"/>')
        parts += [
            f'<circle class="bestdot" cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="2"/>'
            for x, y in line
        ]
        x, y = line[0]
        parts.append(
            _text(at_x(x), at_y(y) - 8, "the best, with foresight", "small", "end")
        )
    for point in points:
        x, y = at_x(point.beyond_kwh), at_y(point.taken_kwh)
        size = 6 if point.main else 3
        parts.append(
            f'<circle class="{point.style}" cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'
        )
        label = f"{point.name} ({point.changes:.0f})"
        left = x > wall - 200
        parts.append(
            _text(
                x - 10 if left else x + 10,
                y + 4,
                label,
                "" if point.main else "small",
                "end" if left else "start",
            )
        )
    parts.append(
        _text(
            _LEFT, _HEIGHT - 6, "In brackets: starts and phase switches a day", "small"
        )
    )
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    css = f' class="{style}"' if style else ""
    return (
        f'<text{css} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
