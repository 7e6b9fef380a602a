"""The forecast of a batch: where is it going, how sure is that, and what was not expected?"""

import csv
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from batchwright.execution import observing, queries
from batchwright.execution.models import Batch
from batchwright.execution.plan import Plan
from batchwright.people.web.acting import Page, actor_of
from batchwright.recipes.twin_use import TwinUse
from batchwright.record.access import requires
from batchwright.site import forecast_chart, forecast_telling, frozen_twins
from batchwright.site.forecasting import BatchForecast, days, forecast_of
from batchwright.twins import frozen_sets


def _batch(request: HttpRequest, number: str) -> Batch:
    found = queries.batch(actor_of(request), number)
    if found is None:
        raise Http404
    return found


def _forecast(request: HttpRequest, number: str) -> BatchForecast:
    asked = request.GET.get("known", "")
    try:
        known = Fraction(asked) if asked else None
    except (ValueError, ZeroDivisionError):
        raise Http404 from None
    found = forecast_of(actor_of(request), _batch(request, number), known)
    if found is None:
        raise Http404
    return found


_SHORT = 330
"""Width of the drawing on the page of the batch, in pixels."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How forecasts of one output did on batches that the twin had not seen."""

    name: str
    count: int
    error: str
    inside: str


def _scores(report: dict[str, Any], plan: Plan, use: TwinUse) -> list[Scored]:
    entered = observing.entered_as(plan, use)
    return [
        Scored(
            entered[one["name"]].name if one["name"] in entered else one["name"], one["count"],
            f"{100 * one['relative_rmse']:.1f} %", f"{100 * one['coverage']:.0f} %",
        )
        for one in report.get("outputs", ())
    ]  # fmt: skip


class ForecastView(Page):
    """Where is the batch going? The page itself is there at once; what the model says is read after it."""

    action = "batch.read"
    template_name = "site/forecast.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the recipe says of its twin, and how that did."""
        batch = _batch(self.request, self.kwargs["number"])
        turn = queries.standing(self.actor, batch).turn
        found = observing.twin_of(turn.plan)
        if found is None:
            raise Http404
        told = observing.observed(turn.plan, {one.path: one for one in turn.marking.visits}, turn.facts)
        ages = told.ages if told is not None else ()
        written = frozen_sets.document(found[1].parameters) or {}
        content = written.get("frozen", {}).get("content", {})
        return super().get_context_data(
            **kwargs, scores=_scores(content.get("report", {}), turn.plan, found[1]), batch=batch, use=found[1],
            element=turn.plan.name(found[0]), title=written.get("title", ""),
            samples=[(f"{one.numerator}/{one.denominator}", days(one)) for one in ages],
            known=self.request.GET.get("known", ""), report=content.get("report", {}),
            limits=content.get("model", {}).get("limits", ()), offer=frozen_twins.offered(found[1].parameters),
            query=self.request.GET.urlencode(),
        )  # fmt: skip


@require_GET
@requires("batch.read")
def said(request: HttpRequest, number: str) -> HttpResponse:
    """Everything that the twin says, as a part of its page."""
    shown = _forecast(request, number)
    return _part(request, "site/forecast_said.html", shown)


@require_GET
@requires("batch.read")
def in_short(request: HttpRequest, number: str) -> HttpResponse:
    """The headline, as a part of the page of the batch."""
    shown = _forecast(request, number)
    return _part(request, "site/forecast_short.html", shown, only_headline=True)


def _part(request: HttpRequest, template: str, shown: BatchForecast, *, only_headline: bool = False) -> HttpResponse:
    outputs = (shown.headline.output,) if only_headline else ()
    width = _SHORT if only_headline else forecast_chart.WIDTH
    drawn = forecast_chart.drawing(shown, outputs, width=width) if shown.ahead is not None else ""
    known = "" if shown.known_until_h is None else days(shown.known_until_h)
    return render(
        request, template,
        {
            "shown": shown, "batch": shown.batch, "drawing": drawn, "sentence": forecast_telling.sentence(shown),
            "at_end": forecast_telling.at_end(shown), "by_day": forecast_telling.by_day(shown), "known": known,
            "unexpected": forecast_telling.unexpected(shown), "later": not shown.is_latest,
            "query": request.GET.urlencode(), "samples": len(shown.observed.ages),
        },
    )  # fmt: skip


@require_GET
@requires("batch.read")
def table(request: HttpRequest, number: str) -> HttpResponse:
    """The forecast and what was measured, to take away."""
    shown = _forecast(request, number)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{shown.batch.number}-forecast.csv"'
    csv.writer(answer).writerows(forecast_telling.rows(shown))
    return answer
