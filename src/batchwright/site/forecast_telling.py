"""A forecast in figures, as people enter them: for pages, terminals, machines and a table to take away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from batchwright.kernel import clock
from batchwright.site.forecasting import DAY_H, BatchForecast, Quantified, days


@dataclass(frozen=True, slots=True)
class Figure:
    """One output at one moment.

    Attributes:
        quantity: Which.
        low: Lower end of the band, as text.
        middle: Median.
        high: Upper end.
    """

    quantity: Quantified
    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class Unexpected:
    """A value that the twin did not expect.

    Attributes:
        quantity: Which output.
        day: Age of the culture, in days.
        value: What was entered.
        low: Lower end of what was expected.
        high: Upper end.
    """

    quantity: Quantified
    day: str
    value: str
    low: str
    high: str


def at_end(shown: BatchForecast) -> list[Figure]:
    """Give every output at the end of the run, the headline first.

    Args:
        shown: The forecast.

    Returns:
        Figures; none where there is no forecast.
    """
    ahead = shown.ahead
    if ahead is None:
        return []
    return [
        Figure(one, *map(one.said, ahead.at_end(one.output))) for one in shown.quantities
    ]


def sentence(shown: BatchForecast) -> str:
    """Say the forecast in one sentence.

    Args:
        shown: The forecast.

    Returns:
        The sentence, or why there is none.
    """
    found = at_end(shown)
    if not found:
        return shown.why_not
    first = found[0]
    return _("%(name)s %(value)s %(unit)s (%(low)s to %(high)s) at the end, on day %(day)s") % {
        "name": first.quantity.name, "value": first.middle, "unit": first.quantity.unit, "low": first.low,
        "high": first.high, "day": days(shown.observed.until_h),
    }  # fmt: skip


def by_day(shown: BatchForecast) -> list[tuple[str, list[Figure]]]:
    """Give every output day by day from now on.

    Args:
        shown: The forecast.

    Returns:
        Days, each with its figures.
    """
    ahead = shown.ahead
    if ahead is None:
        return []
    times = ahead.forecast.times
    found = []
    for time in np.arange(DAY_H * np.floor(ahead.made_at / DAY_H + 1), times[-1] + 1e-6, DAY_H):
        row = []
        for one in shown.quantities:
            low, high = ahead.forecast.interval(one.output, _level())
            values = (low, ahead.forecast.median(one.output), high)
            row.append(Figure(one, *(one.said(float(np.interp(time, times, part))) for part in values)))
        found.append((days(float(time)), row))
    return found


def _level() -> float:
    from batchwright.twins.running import LEVEL

    return LEVEL


def unexpected(shown: BatchForecast) -> list[Unexpected]:
    """Give the values that the twin did not expect, of those that it knows.

    Args:
        shown: The forecast.

    Returns:
        In the order of time.
    """
    if shown.ahead is None:
        return []
    known = {one.output: one for one in shown.quantities}
    return [
        Unexpected(q, days(one.measurement.time), *map(q.said, (one.measurement.value, max(one.low, 0.0), one.high)))
        for one in shown.ahead.judged if one.is_surprise for q in [known[one.measurement.name]]
    ]  # fmt: skip


def rows(shown: BatchForecast) -> Iterator[list[str]]:
    """Give the forecast as a table to take away: a head, then a row for each output and time.

    Args:
        shown: The forecast.

    Yields:
        Rows.
    """
    yield ["batch", "twin", "sha256", "known_until_h", "age_h", "output", "unit", "p05", "median", "p95", "measured"]
    ahead = shown.ahead
    fixed = [
        shown.batch.number, shown.observed.use.parameters, shown.observed.use.sha256,
        "" if shown.known_until_h is None else f"{float(shown.known_until_h):g}",
    ]  # fmt: skip
    for one in shown.quantities:
        if ahead is not None:
            low, high = ahead.forecast.interval(one.output, _level())
            middle = ahead.forecast.median(one.output)
            for at, values in zip(ahead.forecast.times, zip(low, middle, high, strict=True), strict=True):
                yield [*fixed, f"{at:g}", one.output, one.unit, *(f"{value / one.in_twin:.6g}" for value in values), ""]
        for told in shown.observed.told:
            if told.output == one.output:
                yield [*fixed, f"{float(told.age_h):g}", one.output, one.unit, "", "", "", measured(shown, told)]


def measured(shown: BatchForecast, told: Any) -> str:
    """Write a value that was entered, in the unit in which it was.

    Args:
        shown: The forecast.
        told: The value.

    Returns:
        The number.
    """
    return f"{plain(shown, told):.6g}"


def plain(shown: BatchForecast, told: Any) -> float:
    """The same as a number."""
    from batchwright.execution.observing import in_unit

    one = next(one for one in shown.quantities if one.output == told.output)
    unit = shown.offer.outputs[one.output] if shown.offer is not None else str(told.size.unit)
    return in_unit(told.size, unit) / one.in_twin


def as_json(shown: BatchForecast) -> dict[str, Any]:
    """Give the forecast for machines.

    Args:
        shown: The forecast.

    Returns:
        Plain data.
    """
    use = shown.observed.use
    return {
        "batch": shown.batch.number,
        "twin": {"model": use.model, "parameters": use.parameters, "sha256": use.sha256},
        "samples": len(shown.observed.ages),
        "known_until_h": None if shown.known_until_h is None else float(shown.known_until_h),
        "until_h": float(shown.observed.until_h), "over": shown.over, "why_not": shown.why_not,
        "ends_at": None if shown.ends_at is None else clock.iso(shown.ends_at),
        "at_end": [_figure(one) for one in at_end(shown)],
        "days": [{"day": day, "outputs": [_figure(one) for one in row]} for day, row in by_day(shown)],
        "not_expected": [
            {"output": one.quantity.output, "day": one.day, "value": one.value, "low": one.low, "high": one.high,
             "unit": one.quantity.unit}
            for one in unexpected(shown)
        ],
        "unread": list(shown.observed.unread),
    }  # fmt: skip


def _figure(one: Figure) -> dict[str, str]:
    return {
        "output": one.quantity.output, "name": one.quantity.name, "unit": one.quantity.unit, "p05": one.low,
        "median": one.middle, "p95": one.high,
    }  # fmt: skip
