"""Batches: how is each going, what happens now, and on what ground?"""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from batchwright import record
from batchwright.execution import overviews, panels, queries
from batchwright.execution.control_recipe import Line
from batchwright.execution.facts import yields_of
from batchwright.execution.files import filed
from batchwright.execution.marking import around
from batchwright.execution.models import Attempt, Batch, Run
from batchwright.execution.outputs import output_of
from batchwright.execution.queries import Standing
from batchwright.execution.states import Command, State, allowed
from batchwright.execution.web import values
from batchwright.execution.web.addresses import correct_address, step_address
from batchwright.execution.web.marks import marks
from batchwright.execution.web.trends import trends
from batchwright.people.web.acting import Page
from batchwright.recipes import showing
from batchwright.recipes.procedure import Parameter, RecipeElement
from batchwright.recipes.web.drawing import drawing
from batchwright.record.web.sorting import Columns

PER_PAGE = 25
BATCHES = Columns({"batch": "number", "state": "state", "exceptions": "open_exceptions"})


def batch_of(actor: record.Actor, number: str) -> Batch:
    """Find the batch of an address, or answer that there is none."""
    found = queries.batch(actor, number)
    if found is None:
        raise Http404
    return found


class BatchesView(Page):
    """Which batches are there, and what does each wait for?"""

    action = "batch.read"
    template_name = "execution/batches.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the batches that fit."""
        asked = {name: self.request.GET.get(name, "")[:60] for name in ("text", "state")}
        found = overviews.found(self.actor, **asked)
        page = Paginator(BATCHES.sort(found, self.request), PER_PAGE).get_page(self.request.GET.get("page"))
        rows = overviews.listed(self.actor, list(page.object_list))
        return super().get_context_data(
            **kwargs, **asked, page=page, sorted_by=BATCHES.asked(self.request), rows=rows,
            filters=overviews.FILTERS, states=[one.value for one in State],
            narrow=any(asked.values()),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineShown:
    """One parameter of the formula of a batch."""

    line: Line
    parameter: Parameter
    value: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.parameter.name or self.parameter.id


@dataclass(frozen=True, slots=True)
class Part:
    """An element with its runs in this batch."""

    element: RecipeElement
    runs: list[Run]
    facts: tuple[tuple[str, str], ...]


class BatchView(Page):
    """How is it going?"""

    action = "batch.read"
    template_name = "execution/batch.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about the batch."""
        actor, batch = self.actor, batch_of(self.actor, self.kwargs["number"])
        standing = queries.standing(actor, batch)
        turn = standing.turn
        grave, others = values.shown(standing)
        seen = overviews.overview(actor, batch)
        return super().get_context_data(
            **kwargs, **_procedure(standing, self.request.GET.get("level"), self.request.path),
            batch=batch, standing=standing, around=seen, grave=grave, others=others, yields=list(yields_of(turn)),
            output=output_of(turn),
            now=[turn.runs[path] for path in standing.outlook.to_perform], control=turn.control,
            formula=formula(standing), open_exceptions=[one for one in seen.exceptions if one.closed_at is None],
            used=[(one, turn.plan.line_name(one.weighing.line)) for one in seen.used],
            redlines=[one for one in seen.exceptions if one.kind == "redline"],
            commands=[one.value for one in allowed(State(batch.state))], panels=panels.panels_of(turn.plan),
        )  # fmt: skip


def formula(standing: Standing) -> list[LineShown]:
    """Give the formula of a batch, each number with how it came about.

    Args:
        standing: Where the batch stands.

    Returns:
        Its lines; settings of steps are left out.
    """
    turn = standing.turn
    return [
        LineShown(line, turn.plan.parameters[line.path], showing.value_words(line.value))
        for line in turn.control.lines
        if "/" not in line.path and line.path in turn.plan.parameters
    ]


def _procedure(standing: Standing, level: str | None, address: str) -> dict[str, Any]:
    """The chart of a level with the progress on it; where none is asked for, that on which things happen."""
    plan = standing.turn.plan
    name = _live_level(standing) if level is None else level[:200]
    way = showing.way_to(plan.recipe, name)
    drawn = next((one for one in reversed(way) if not one.logic.is_empty), None)
    here = way[-1] if way else None
    chart: SafeString | None = drawing(
        plan.recipe, "" if drawn is None else drawn.id, lambda one: f"{address}?{urlencode({'level': one})}#procedure",
        marks=marks(standing),
    )  # fmt: skip
    runs = [one for one in standing.turn.runs.values() if here is not None and one.element == here.id]
    part = None if here is None else Part(here, runs, showing.facts(here.phase))
    return {"way": way, "here": here, "part": part, "chart": chart}


def _live_level(standing: Standing) -> str:
    """The innermost element around everything that stands on the floor; "" where nothing does."""
    plan = standing.turn.plan
    ways = [
        list(reversed(list(plan.around(standing.turn.runs[path].element))))[:-1]
        for path in standing.outlook.to_perform
    ]
    if not ways:
        return ""
    common = ways[0]
    for way in ways[1:]:
        common = [one for one, other in zip(common, way, strict=False) if one == other]
    return common[-1]


@dataclass(frozen=True, slots=True)
class AttemptShown:
    """An attempt with the entry that it stands in."""

    attempt: Attempt
    seq: int | None


class RunView(Page):
    """What happened in this step, and who did it?"""

    action = "batch.read"
    template_name = "execution/run.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add every attempt, also the refused ones, each with its entry."""
        actor, batch = self.actor, batch_of(self.actor, self.kwargs["number"])
        standing = queries.standing(actor, batch)
        run = next((one for one in standing.turn.runs.values() if one.position == self.kwargs["position"]), None)
        if run is None:
            raise Http404
        attempts = list(queries.attempts(actor, run))
        entries = overviews.entries_of(actor, queries.attempts(actor, run))
        return super().get_context_data(
            **kwargs, batch=batch, run=run, values=values.of_run(standing, run),
            trends=trends(standing, run, attempts),
            attempts=[AttemptShown(one, entries.get(one.pk)) for one in attempts], files=filed(attempts, entries),
            inside=[one for one in standing.turn.runs.values() if run.path in around(one.path)],
            exceptions=queries.exceptions(actor, batch).filter(run=run), address=step_address(run),
            correct=correct_address(run),
            commands=_commands(run),
            where=reverse("execution:batch", args=[batch.number]) + "?" + urlencode({"level": run.element}),
        )  # fmt: skip


def _commands(run: Run) -> list[str]:
    """What a step takes that has begun and is not complete; what is complete is corrected, or an exception raised."""
    if run.skipped or run.state == State.COMPLETE:
        return []
    return [one.value for one in allowed(State(run.state)) if one is not Command.START]
