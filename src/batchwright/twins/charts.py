"""Charts of runs, ensembles and fits with Altair; written as HTML that needs no network, SVG, PNG or Vega-Lite JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from batchwright.twins.ensembles import Ensemble
from batchwright.twins.errors import TwinError
from batchwright.twins.model import Array
from batchwright.twins.trajectory import Trajectory

if TYPE_CHECKING:
    from altair import Chart, LayerChart, VConcatChart

    from batchwright.twins.validation import Prediction

    Drawing = Chart | LayerChart | VConcatChart

KINDS: Final = (".html", ".svg", ".png", ".json")
LINE, BAND, DOT = "#2b5c8a", "#8fb3d4", "#1b1b1b"
_WIDTH, _HEIGHT = 560, 150


def write(drawing: Drawing, path: Path) -> None:
    """Write a chart; the ending decides how.

    Args:
        drawing: The chart.
        path: A file ending in .html, .svg, .png or .json.

    Raises:
        TwinError: The ending is none of these.
    """
    if path.suffix not in KINDS:
        raise TwinError("A chart cannot be written so", value=path.name, limit=", ".join(KINDS))
    if path.suffix == ".html":
        drawing.save(str(path), inline=True)
    elif path.suffix == ".png":
        drawing.save(str(path), scale_factor=2.0)
    else:
        drawing.save(str(path))


def panels(rows: Iterable[Drawing]) -> VConcatChart:
    """Charts below each other, each with its own scale."""
    import altair as alt

    stacked = alt.vconcat(*cast(Any, list(rows)))
    return cast("VConcatChart", stacked.configure_view(strokeWidth=0).configure_axis(grid=False, labelFontSize=10))


def trajectory(run: Trajectory, names: Sequence[str]) -> VConcatChart:
    """One panel per quantity over time.

    Args:
        run: The run.
        names: Labels of its table.

    Returns:
        The chart.
    """
    time = f"time in {run.time_unit}"
    return panels(line(run.times, run[name], time=time, title=f"{name} in {run.units[name]}") for name in names)


def ensemble(members: Ensemble, names: Sequence[str]) -> VConcatChart:
    """Median, and the bands that hold 50 % and 90 % of the members, one panel per quantity.

    Args:
        members: The ensemble.
        names: Its outputs.

    Returns:
        The chart.
    """
    time = f"time in {members.time_unit}"
    units = dict(zip(members.names, members.units, strict=True))

    def panel(name: str) -> Drawing:
        bands = [(members.quantile(0.5 - h, name), members.quantile(0.5 + h, name)) for h in (0.45, 0.25)]
        title = f"{name} in {units[name]}"
        return layered(members.times, members.quantile(0.5, name), bands, time=time, title=title)

    return panels(panel(name) for name in names)


def predictions(found: Sequence[Prediction], units: Mapping[str, str], *, time_unit: str) -> VConcatChart:
    """Measured points on predicted lines with their intervals, one panel per output and run.

    Args:
        found: What `validation.predictions` gave.
        units: UCUM code by output.
        time_unit: UCUM code of time.

    Returns:
        The chart.
    """

    def panel(p: Prediction) -> Drawing:
        title = f"{p.name} in {units[p.name]}"
        return layered(
            p.times,
            p.expected,
            [(p.lower, p.upper)],
            time=f"time in {time_unit}",
            title=title,
            heading=f"run {p.run}",
            points=[(p.times, p.measured)],
        )

    return panels(panel(p) for p in found)


def line(times: Array, values: Array, *, time: str, title: str) -> Drawing:
    """One line."""
    return layered(times, values, [], time=time, title=title)


def layered(
    times: Array,
    middle: Array,
    bands: Sequence[tuple[Array, Array]],
    *,
    time: str,
    title: str,
    heading: str = "",
    points: Sequence[tuple[Array, Array]] = (),
    width: int = _WIDTH,
    height: int = _HEIGHT,
) -> LayerChart:
    """A line in its bands, with measured points.

    Args:
        times: Times of the line.
        middle: The line.
        bands: Lower and upper ends, the widest first.
        time: Title of the horizontal axis.
        title: Title of the vertical axis.
        heading: Title of the panel.
        points: Times and values of measured points.
        width: Width in pixels.
        height: Height in pixels.

    Returns:
        The panel.
    """
    import altair as alt

    x = alt.X("t:Q", title=time)
    y = alt.Y("y:Q", title=title)
    layers: list[Any] = []
    for low, high in bands:
        rows = _rows(times, y=low, y2=high)
        layers.append(alt.Chart(rows).mark_area(color=BAND, opacity=0.45).encode(x=x, y=y, y2="y2:Q"))
    layers.append(alt.Chart(_rows(times, y=middle)).mark_line(color=LINE, strokeWidth=1.5).encode(x=x, y=y))
    for at, values in points:
        layers.append(alt.Chart(_rows(at, y=values)).mark_circle(color=DOT, size=28, opacity=1).encode(x=x, y=y))
    named = {"title": alt.TitleParams(heading, fontSize=11, anchor="start")} if heading else {}
    return cast("LayerChart", alt.layer(*layers).properties(width=width, height=height, **named))


def _rows(times: Array, **columns: Array) -> Any:
    """Rows without those that hold no number; five digits keep files small and are finer than a pixel."""
    import altair as alt

    table = np.column_stack([times, *columns.values()])
    keep = table[np.isfinite(table).all(axis=1)]
    names = ("t", *columns)
    values = [dict(zip(names, (float(f"{v:.5g}") for v in row), strict=True)) for row in keep]
    return alt.InlineData(values=cast(Any, values))
