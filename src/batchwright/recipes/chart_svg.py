"""A procedure function chart as SVG that a page can hold: named for screen readers, with a link for each step.

Colours are CSS custom properties of the page (``--chart-ink``, ``--chart-paper``, ``--chart-line``, ``--chart-box``,
``--chart-note``, ``--chart-live``); without them the chart has its own, in light and in dark. A step that runs is
marked by a thick border and a word, not by colour alone.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from batchwright.recipes.chart import LINE, Chart, Figure, Way

STYLE = """
.{c} {{ --ink: var(--chart-ink, #1c2126); --paper: var(--chart-paper, #ffffff); --line: var(--chart-line, #59636e);
  --box: var(--chart-box, #f3f4f6); --note: var(--chart-note, #454d56); --live: var(--chart-live, #0b5cad);
  color: var(--ink); font: 13px system-ui, sans-serif; }}
@media (prefers-color-scheme: dark) {{ .{c} {{ --ink: var(--chart-ink, #e8eaed); --paper: var(--chart-paper, #15181b);
  --line: var(--chart-line, #a3adb8); --box: var(--chart-box, #23282d); --note: var(--chart-note, #c3cad1);
  --live: var(--chart-live, #7cb7f5); }} }}
.{c} .paper {{ fill: var(--paper); }}
.{c} .box {{ fill: var(--box); stroke: var(--line); stroke-width: 1.5; }}
.{c} .live .box {{ stroke: var(--live); stroke-width: 4; }}
.{c} .way, .{c} .bar {{ fill: none; stroke: var(--line); stroke-width: 1.5; }}
.{c} .bar {{ stroke: var(--ink); stroke-width: 3; }}
.{c} .double {{ stroke: var(--ink); stroke-width: 1.5; }}
.{c} text {{ fill: var(--ink); }}
.{c} .note {{ fill: var(--note); }}
.{c} .head {{ fill: var(--line); }}
.{c} a:focus .box, .{c} a:hover .box {{ stroke: var(--live); stroke-width: 3; }}
"""

MarkKind = Literal["done", "running", "waits", "held", "skipped", "stopped"]
_LINE: Final = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
_GLYPHS: Final[Mapping[str, str]] = {
    "done": f'<path d="m1.5 6.5 3 3 6-7" {_LINE}/>',
    "running": '<path d="M2 .5v11l9.5-5.5z" fill="currentColor"/>',
    "waits": f'<path d="M2 1h8M2 11h8M3 1c0 3 3 4 3 5s-3 2-3 5m6-10c0 3-3 4-3 5s3 2 3 5" {_LINE}/>',
    "held": f'<path d="M3.5 1.5v9m5-9v9" {_LINE}/>',
    "skipped": f'<path d="M1.5 1.5 6 6l-4.5 4.5m5-9L11 6l-4.5 4.5" {_LINE}/>',
    "stopped": '<path d="M1.5 1.5h9v9h-9z" fill="currentColor"/>',
}  # fmt: skip
"""Shapes of 12 by 12 pixels, so that no state is told by colour alone (ISA-101)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a step of a running batch stands: a shape and a word above its box, and a class for its colour."""

    kind: MarkKind
    word: str


def key_of(figure: Figure) -> str:
    """The name under which a figure is marked: its element, or kind and id of the node that stands for none.

    Args:
        figure: The figure.

    Returns:
        Such as ``granulate``, or ``transition dry_enough``.
    """
    return figure.element or f"{figure.node.kind} {figure.node.id}"


def svg(
    chart: Chart,
    href: Callable[[str], str] | None = None,
    states: Mapping[str, str | Mark] | None = None,
    *,
    style: bool = True,
) -> str:
    """Draw a chart.

    Args:
        chart: The layout.
        href: Address of the page of an element; None for a chart without links.
        states: Words or marks by `key_of`, such as ``running``; they stand above the box.
        style: Whether it brings its style; a page whose content security policy refuses that has the same rules in its
            style sheet.

    Returns:
        One ``svg`` element, for a page or a file.
    """
    name = "pfc-" + hashlib.sha256(repr(chart).encode()).hexdigest()[:10]
    width, height = round(chart.width), round(chart.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="group" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{escape(chart.title)}</title>',
        f'<desc id="{name}-desc">{escape(description(chart))}</desc>',
        *([f"<style>{STYLE.format(c=name)}</style>"] if style else []),
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *(_way(way) for way in chart.ways),
        *(_figure(figure, href, (states or {}).get(key_of(figure), "")) for figure in chart.figures),
        "</svg>",
    ]
    return "\n".join(parts)


def description(chart: Chart) -> str:
    """The chart in words: what follows what.

    Args:
        chart: The layout.

    Returns:
        Sentences, in the order of the chart.
    """
    words = {figure.node: _named(figure) for figure in chart.figures}
    found = []
    for figure in chart.figures:
        after = [words[way.target] for way in chart.ways if way.source == figure.node]
        if after:
            joined = " and in parallel ".join(after) if figure.shape == "parallel" else " or ".join(after)
            found.append(f"{words[figure.node]}, then {joined}.")
    return " ".join([*(one[0].upper() + one[1:] for one in found), *(f"{why}." for why in chart.left_out)])


def _named(figure: Figure) -> str:
    match figure.shape:
        case "parallel":
            return "parallel branches"
        case "alternative":
            return "alternatives"
        case "transition":
            return f"when {figure.words}"
        case "link":
            return "a line"
        case _:
            return figure.words


def _way(way: Way) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in way.points)
    line = f'<polyline class="way" points="{points}"/>'
    if not way.back:
        return line
    x, y = way.points[-1]
    return f'{line}<path class="head" d="M{x:.1f} {y:.1f} l-5 -9 l10 0 z"/>'


def _figure(figure: Figure, href: Callable[[str], str] | None, state: str | Mark) -> str:
    left, top = figure.x - figure.width / 2, figure.y - figure.height / 2
    right, bottom = left + figure.width, top + figure.height
    match figure.shape:
        case "transition":
            bar = f'<line class="bar" x1="{left:.1f}" x2="{right:.1f}" y1="{figure.y:.1f}" y2="{figure.y:.1f}"/>'
            stem = f'<line class="way" x1="{figure.x:.1f}" x2="{figure.x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
            drawn = stem + bar + _text(figure, right + 8, "start", "note")
            if isinstance(state, Mark):
                return f'<g class="mark-{state.kind}">{drawn}{_mark(state, left - 18, figure.y + 6)}</g>'
            return drawn
        case "parallel":
            lines = (
                f'<line class="double" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
                for y in (top, bottom)
            )
            return "".join(lines)
        case "alternative" | "link":
            return f'<line class="double" x1="{left:.1f}" x2="{right:.1f}" y1="{figure.y:.1f}" y2="{figure.y:.1f}"/>'
    corner = figure.height / 2 if figure.shape in ("begin", "end") else 3
    size = f'width="{figure.width:.1f}" height="{figure.height:.1f}" rx="{corner:.0f}"'
    box = f'<rect class="box" x="{left:.1f}" y="{top:.1f}" {size}/>'
    if figure.has_inside:  # a box with a chart of its own has a second border at its sides
        box += "".join(
            f'<line class="way" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
            for x in (left + 6, right - 6)
        )
    body = box + _text(figure, figure.x, "middle", "")
    word = state.word if isinstance(state, Mark) else state
    style = "live" if state == "running" else ""
    if isinstance(state, Mark):
        body, style = body + _mark(state, right - 12, top - 2), f"mark-{state.kind}"
    elif state:
        body += f'<text class="note" x="{right:.1f}" y="{top - 5:.1f}" text-anchor="end">{escape(state)}</text>'
    label = quoteattr(f"{figure.words}, {word}" if word else figure.words)
    live = f' class="{style}"' if style else ""
    if href is not None and figure.element:
        return f"<a href={quoteattr(href(figure.element))} aria-label={label}{live}>{body}</a>"
    return f"<g{live}>{body}</g>"


def _mark(mark: Mark, x: float, bottom: float) -> str:
    """A shape with its word before it; it stands above the right half of a box, where no loop comes in."""
    shape = f'<g class="glyph" transform="translate({x:.1f} {bottom - 12:.1f})">{_GLYPHS[mark.kind]}</g>'
    word = f'<text class="word" x="{x - 5:.1f}" y="{bottom - 1.5:.1f}" text-anchor="end">{escape(mark.word)}</text>'
    return shape + word


def _text(figure: Figure, x: float, anchor: str, style: str) -> str:
    first = figure.y - (len(figure.lines) - 1) * LINE / 2 + 4.5
    lines = "".join(
        f'<tspan x="{x:.1f}" y="{first + index * LINE:.1f}">{escape(line)}</tspan>'
        for index, line in enumerate(figure.lines)
    )
    full = f"<title>{escape(figure.words)}</title>" if "".join(figure.lines) != figure.words.replace(" ", "") else ""
    return f'<text class="{style}" text-anchor="{anchor}">{full}{lines}</text>'
