"""Small charts as inline SVG: no scripts, no fonts, no network."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 26, 14, 46
NUM_COLOURS = 6
"""Classes c0 to c5 of the style sheet: Okabe and Ito's palette, told apart without red-green
vision, lighter on a dark page."""
FEW = 10
"""A share of fewer answers than this is mostly chance; its circle is pale."""

Place = Callable[[float], float]


@dataclass(frozen=True)
class Line:
    """A named line; y as fractions."""

    name: str
    points: tuple[tuple[float, float], ...]


def line_chart(
    lines: Sequence[Line], x_label: str, *, logarithmic: bool = False, title: str
) -> Markup:
    """Lines over a common x axis; y runs from 0 to 100 %."""
    xs = [x for line in lines for x, _ in line.points]
    if not xs:
        return Markup("")
    low, high = min(xs), max(xs)
    place = _scale(low, high, LEFT, WIDTH - RIGHT, logarithmic)
    parts = [_frame(x_label, _ticks(low, high, logarithmic), place)]
    for index, line in enumerate(lines):
        colour = f"c{index % NUM_COLOURS}"
        path = " ".join(f"{place(x):.1f},{_height(y):.1f}" for x, y in line.points)
        parts.append(f'<polyline points="{path}" class="line {colour}"/>')
        if len(line.points) <= 12:
            parts += [
                f'<circle cx="{place(x):.1f}" cy="{_height(y):.1f}" r="3.2" class="dot {colour}"/>'
                for x, y in line.points
            ]
    parts.append(_legend([line.name for line in lines]))
    return _svg(parts, title)


def reliability_chart(
    stated: Sequence[float], observed: Sequence[float], counts: Sequence[int], *, title: str
) -> Markup:
    """Share that came true against the stated probability; circles grow with the count.

    Circles of fewer than FEW answers are pale.
    """
    largest = 9
    place = _scale(0.0, 1.0, LEFT + largest + 2, WIDTH - RIGHT, False)
    ticks = [(value / 100, f"{value} %") for value in range(0, 101, 25)]
    parts = [
        _frame("stated probability", ticks, place),
        f'<line x1="{place(0):.1f}" y1="{_height(0):.1f}" x2="{place(1):.1f}" '
        f'y2="{_height(1):.1f}" class="guide"/>',
    ]
    most = max(counts, default=1)
    for p, share, count in zip(stated, observed, counts, strict=True):
        radius = 3 + (largest - 3) * math.sqrt(count / most)
        opacity = 0.75 if count >= FEW else 0.3
        parts.append(
            f'<circle cx="{place(p):.1f}" cy="{_height(share):.1f}" r="{radius:.1f}" '
            f'class="dot c0" fill-opacity="{opacity}"><title>stated {p:.0%}, came true '
            f"{share:.0%}, {count:,} answers</title></circle>"
        )
    return _svg(parts, title)


def interval_bar(mean: float, low: float, high: float) -> Markup:
    """A bar from 0 to 1 with its interval, for a table cell; nothing where unknown."""
    if not math.isfinite(mean):
        return Markup("")
    return Markup(
        '<svg class="bar" viewBox="0 0 160 14" role="img" aria-label="{}">'
        '<rect width="160" height="14" class="track"/>'
        '<rect width="{}" height="14" class="dot c0" fill-opacity="0.45"/>'
        '<line x1="{}" x2="{}" y1="7" y2="7" class="whisker"/></svg>'
    ).format(
        f"{mean:.1%}, interval {low:.1%} to {high:.1%}",
        f"{160 * mean:.1f}",
        f"{160 * low:.1f}",
        f"{160 * high:.1f}",
    )


def _svg(parts: Sequence[str], title: str) -> Markup:
    body = "".join(parts)
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{body}</svg>'
    )


def _scale(low: float, high: float, start: float, end: float, logarithmic: bool) -> Place:
    """A value's place between two ends, linear or logarithmic."""
    log = logarithmic and low > 0
    first = math.log(low) if log else low
    span = (math.log(high) if log else high) - first or 1.0

    def place(value: float) -> float:
        return start + (end - start) * ((math.log(value) if log else value) - first) / span

    return place


def _height(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)


def _frame(x_label: str, ticks: Sequence[tuple[float, str]], place: Place) -> str:
    parts: list[str] = []
    for percent in range(0, 101, 25):
        y = _height(percent / 100)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>'
        )
    for value, name in ticks:
        parts.append(
            f'<text x="{place(value):.1f}" y="{HEIGHT - BOTTOM + 20}" '
            f'text-anchor="middle">{escape(name)}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle" class="axis">'
        f"{escape(x_label)}</text>"
    )
    return "".join(parts)


def _ticks(low: float, high: float, logarithmic: bool) -> list[tuple[float, str]]:
    if logarithmic and low > 0:
        powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        inner = [10.0**power for power in powers if 1.5 * low < 10.0**power < high / 1.5]
        return [(value, f"{value:,.0f}") for value in dict.fromkeys((low, *inner, high))]
    rough = (high - low) / 5 or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step)
    values = [step * index for index in range(first, math.floor(high / step + 1e-9) + 1)]
    if not values or values[0] - low > step / 2:
        values.insert(0, low)
    return [(value, f"{value:g}") for value in values]


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    parts: list[str] = []
    for index, name in enumerate(names):
        y = HEIGHT - BOTTOM - 14 - 16 * (len(names) - 1 - index)
        parts.append(
            f'<rect x="{WIDTH - RIGHT - 128}" y="{y - 8}" width="14" height="4" '
            f'class="dot c{index % NUM_COLOURS}"/>'
            f'<text x="{WIDTH - RIGHT - 108}" y="{y}">{escape(name)}</text>'
        )
    return "".join(parts)
