"""The chart of a forecast: band and median, what was known then in ink, what came later lighter; one Altair definition.

Drawn without a network, with the ink of the page around it: no colour of its own, so that it reads in light and dark.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from batchwright.site.forecast_telling import plain, unexpected
from batchwright.site.forecasting import DAY_H, KEPT, BatchForecast, Quantified, days

if TYPE_CHECKING:
    from altair import LayerChart, VConcatChart

INK = "currentColor"
WIDTH, HEIGHT = 560, 130
_SIGNIFICANT = 5


def drawing(shown: BatchForecast, outputs: tuple[str, ...] = (), *, width: int = WIDTH) -> SafeString:
    """Draw a forecast.

    Args:
        shown: The forecast.
        outputs: Which outputs; all where none is named.
        width: Of the drawn area, in pixels.

    Returns:
        An SVG element.
    """
    svg = _drawn((shown.key, outputs, width, get_language() or ""), lambda: chart(shown, outputs, width=width))
    said = _("Forecast of %(batch)s; the tables below say the same") % {"batch": shown.batch.number}
    # what Vega writes holds numbers and names of the recipe, which it escapes itself
    return mark_safe(svg.replace("<svg ", f'<svg role="img" aria-label="{_escaped(said)}" ', 1))  # noqa: S308


_before: OrderedDict[tuple[object, ...], str] = OrderedDict()
_one_at_a_time = threading.Lock()


def _drawn(key: tuple[object, ...], define: Callable[[], VConcatChart]) -> str:
    """Draw once: the drawing of a forecast changes with the forecast, and with the language."""
    with _one_at_a_time:
        if key not in _before:
            import vl_convert

            svg: str = vl_convert.vegalite_to_svg(define().to_dict())
            _before[key] = svg
            while len(_before) > KEPT:
                _before.popitem(last=False)
        _before.move_to_end(key)
        return _before[key]


def _escaped(text: str) -> str:
    from django.utils.html import escape

    return str(escape(text))


def chart(shown: BatchForecast, outputs: tuple[str, ...] = (), *, width: int = WIDTH) -> VConcatChart:
    """Define the chart.

    Args:
        shown: The forecast; it has one.
        outputs: Which outputs; all where none is named.
        width: Of the drawn area, in pixels.

    Returns:
        One panel for each output, on one axis of time.
    """
    import altair as alt

    wanted = [one for one in shown.quantities if not outputs or one.output in outputs]
    panels = [_panel(shown, one, last=one is wanted[-1], width=width) for one in wanted]
    stacked = alt.vconcat(*cast(Any, panels), spacing=14).properties(background="transparent")
    axis = {"grid": False, "labelColor": INK, "titleColor": INK, "domainColor": INK, "tickColor": INK}
    return cast(
        "VConcatChart",
        stacked.configure(font="inherit").configure_axis(**axis, labelFontSize=11, titleFontSize=11)
        .configure_view(stroke=None).configure_title(color=INK, fontSize=12, anchor="start", frame="group"),
    )  # fmt: skip


def _panel(shown: BatchForecast, one: Quantified, *, last: bool, width: int) -> LayerChart:
    import altair as alt

    ahead = shown.ahead
    end = float(shown.observed.until_h) / DAY_H
    x = alt.X(
        "day:Q", title=_("age of the culture in days") if last else None, scale=alt.Scale(domain=[0, end]),
        axis=alt.Axis(tickCount=int(end), format="d"),
    )  # fmt: skip
    y = alt.Y(
        "y:Q", title=one.unit, axis=alt.Axis(tickCount=4, minExtent=34), scale=alt.Scale(zero=one.unit != "%")
    )
    layers: list[Any] = []
    if ahead is not None:
        from batchwright.twins.running import LEVEL

        at = ahead.forecast.times / DAY_H
        low, high = ahead.forecast.interval(one.output, LEVEL)
        middle = ahead.forecast.median(one.output)
        band = _rows(at, y=low / one.in_twin, y2=high / one.in_twin)
        layers += [
            alt.Chart(band).mark_area(color=INK, opacity=0.16).encode(x=x, y=y, y2="y2:Q"),
            alt.Chart(_rows(at, y=middle / one.in_twin)).mark_line(color=INK, strokeWidth=1.6).encode(x=x, y=y),
            alt.Chart(alt.InlineData(values=cast(Any, [{"day": float(shown.known_until_h or 0) / DAY_H}])))
            .mark_rule(color=INK, opacity=0.5, strokeDash=[3, 3]).encode(x=x),
        ]  # fmt: skip
    for points, filled, opacity, shape in _points(shown, one):
        if points:
            layers.append(
                alt.Chart(alt.InlineData(values=cast(Any, points)))
                .mark_point(color=INK, filled=filled, opacity=opacity, size=34, shape=shape, strokeWidth=1.2)
                .encode(x=x, y=y)
            )
    title = one.name
    if ahead is not None:
        ends = [one.said(value) for value in ahead.at_end(one.output)]
        title = _("%(name)s: %(middle)s %(unit)s at the end (%(low)s to %(high)s)") % {
            "name": one.name, "middle": ends[1], "unit": one.unit, "low": ends[0], "high": ends[2],
        }  # fmt: skip
    return cast("LayerChart", alt.layer(*layers).properties(width=width, height=HEIGHT, title=title))


def _points(shown: BatchForecast, one: Quantified) -> list[tuple[list[dict[str, float]], bool, float, str]]:
    """What was known and expected, known and not expected, and measured later."""
    strange = {row.day for row in unexpected(shown) if row.quantity.output == one.output}
    kinds: dict[str, list[dict[str, float]]] = {"known": [], "strange": [], "later": []}
    for told in shown.observed.told:
        if told.output == one.output:
            row = {"day": float(told.age_h) / DAY_H, "y": plain(shown, told)}
            later = shown.known_until_h is None or told.age_h > shown.known_until_h
            kinds["later" if later else "strange" if days(told.age_h) in strange else "known"].append(row)
    return [
        (kinds["known"], True, 1.0, "circle"), (kinds["strange"], False, 1.0, "diamond"),
        (kinds["later"], False, 0.55, "circle"),
    ]  # fmt: skip


def _rows(days: Any, **columns: Any) -> Any:
    import altair as alt

    names = ("day", *columns)
    values = [
        {name: float(f"{value:.{_SIGNIFICANT}g}") for name, value in zip(names, row, strict=True)}
        for row in zip(days, *columns.values(), strict=True)
    ]
    return alt.InlineData(values=cast(Any, values))
