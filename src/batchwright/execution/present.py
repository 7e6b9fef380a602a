"""What goes on now: each batch that runs, is planned or waits for judgement, read from rows, its procedure not walked.

Where every batch stands is stored as rows of runs and exceptions, so that the whole plant is told with a dozen queries
however much goes on. How long a batch still takes is told from the batches before it, of the same recipe and from the
same step on: half of them took less.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import F, QuerySet

from batchwright import record
from batchwright.execution import exceptions as rules
from batchwright.execution import overviews, queries
from batchwright.execution.models import Batch, BatchException, Run
from batchwright.execution.outlook import Outlook
from batchwright.execution.pace import Pace
from batchwright.execution.services.common import controls_of
from batchwright.execution.standing import as_rules_see
from batchwright.execution.states import ENDED, State
from batchwright.execution.work import paces_of
from batchwright.kernel import clock
from batchwright.people import permissions

MOST = 60
"""As many batches of each sort are told: under way, and waiting for review."""
BEFORE = 30
"""As many of the batches that ended last are asked how long they took."""
FEWEST_BEFORE = 2
ASKED = 2
"""Of as many batches that run while no phase does is the procedure asked what they wait for."""
_STANDING = [one.value for one in State if one not in ENDED and one is not State.IDLE]
_TIMED = frozenset({"repeat", "wait"})
"""Kinds of phase that have times of their own."""


@dataclass(frozen=True, slots=True)
class Doing:
    """A phase that stands on the floor, with its times."""

    run: Run
    pace: Pace | None = None

    def late_by(self, now: datetime) -> timedelta | None:
        """How long it is behind its time; None where it is not."""
        if self.pace is None:
            return None
        if self.pace.late is not None and self.pace.is_late(now):
            return now - self.pace.late
        behind = self.run.kind == "repeat" and self.run.rounds and self.pace.is_overdue(now)
        return now - self.pace.due if behind and self.pace.due is not None else None

    def asked_at(self, now: datetime) -> datetime | None:
        """When something is to be done next; None where that is at once."""
        if self.pace is None or not self.pace.sleeps(now):
            return None
        return self.pace.ready or self.pace.due


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a batch waits for."""

    what: str
    """start, restart, step, check, decide, assess, sign or review."""
    roles: tuple[str, ...] = ()
    """Codes of the roles of which one is needed; none where anybody of the floor will do."""


@dataclass(frozen=True, slots=True)
class Present:
    """A batch as it is now.

    Attributes:
        batch: The batch.
        doing: Phases that stand on the floor, in the order in which they began.
        units: Tags of the units that it is in, or is planned for.
        exceptions: Those that nobody has closed, the gravest first.
        wanted: Whom it waits for.
        late: How long it is behind its time; None where it is not.
        left: How long it still takes, as those before it did; negative where it takes longer, None where nobody knows.
    """

    batch: Batch
    doing: tuple[Doing, ...]
    units: tuple[str, ...]
    exceptions: tuple[BatchException, ...]
    wanted: tuple[Wanted, ...]
    late: timedelta | None
    left: timedelta | None
    waits: str = ""
    """Why it does not go on, where it runs and no phase stands on the floor."""


def present(actor: record.Actor) -> list[Present]:
    """Tell every batch that is under way, planned, or ended and not reviewed.

    Args:
        actor: Who reads.

    Returns:
        What runs first, the oldest first; then what is planned; then what waits for review.

    Raises:
        Refused: If the actor may not see batches.
    """
    now = clock.now()
    seen = queries.batches(actor)
    standing = list(seen.exclude(state__in=[*ENDED, State.IDLE]).order_by("started_at", "id")[:MOST])
    planned = list(seen.filter(state=State.IDLE).order_by(F("planned_for").asc(nulls_last=True), "id")[:MOST])
    ended = list(seen.filter(state__in=list(ENDED), reviewed_at__isnull=True).order_by("ended_at", "id")[:MOST])
    every = [*standing, *planned, *ended]
    runs = _runs(actor, standing)
    doing = _doing(standing, runs)
    silent = [one for one in standing if one.state == State.RUNNING and not doing.get(one.pk)][:ASKED]
    outlooks = {one.pk: queries.standing(actor, one).outlook for one in silent}
    nowhere = [one for one in standing if not any(run.unit for run in runs.get(one.pk, ()))]
    places = _places(actor, [*planned, *ended, *nowhere])
    raised = _open_exceptions(actor, every)
    asked = _asked(one for rows in raised.values() for one in rows)
    left = _left(actor, standing, doing, now)
    found = []
    for one in every:
        here = doing.get(one.pk, ())
        tags = dict.fromkeys(run.unit for run in reversed(runs.get(one.pk, ())) if run.unit)
        found.append(
            Present(
                one, here, tuple(tags) or places.get(one.pk, ()), tuple(raised.get(one.pk, ())),
                (*_wanted(one, here, now, outlooks.get(one.pk)), *(asked[row.pk] for row in raised.get(one.pk, ()))),
                _late(one, here, now), left.get(one.pk), outlooks[one.pk].sentence if one.pk in outlooks else "",
            )
        )  # fmt: skip
    return found


def raised_since(actor: record.Actor, since: datetime) -> QuerySet[BatchException]:
    """Give the exceptions that were raised since a time, each with its batch and its run.

    Args:
        actor: Who reads.
        since: The time.

    Returns:
        In the order in which they were raised.

    Raises:
        Refused: If the actor may not see batches.
    """
    return queries.exceptions(actor).filter(raised_at__gte=since).select_related("batch", "run").order_by("raised_at")


def _runs(actor: record.Actor, batches: Sequence[Batch]) -> dict[int, list[Run]]:
    rows = Run.visible_to(actor).filter(batch__in=[one.pk for one in batches], state__in=_STANDING)
    found: dict[int, list[Run]] = defaultdict(list)
    known = {one.pk: one for one in batches}
    for run in rows.order_by("batch_id", "position"):
        run.batch = known[run.batch_id]  # with its recipe, and read once
        found[run.batch_id].append(run)
    return found


def _doing(batches: Sequence[Batch], runs: Mapping[int, Sequence[Run]]) -> dict[int, tuple[Doing, ...]]:
    phases = {key: [one for one in found if one.level == "phase"] for key, found in runs.items()}
    timed = [one for found in phases.values() for one in found if one.kind in _TIMED and one.state == State.RUNNING]
    controls_of([one for one in batches if one.pk in {run.batch_id for run in timed}])
    paces = paces_of(timed)
    return {key: tuple(Doing(one, paces.get(one.pk)) for one in found) for key, found in phases.items()}


def _places(actor: record.Actor, batches: Sequence[Batch]) -> dict[int, tuple[str, ...]]:
    """Units of batches that stand nowhere: where they were, or what their control recipe binds."""
    keys = [one.pk for one in batches]
    found: dict[int, dict[str, None]] = defaultdict(dict)
    were = Run.visible_to(actor).filter(batch__in=keys).exclude(unit="").order_by("batch_id", "-position")
    for key, unit in were.values_list("batch_id", "unit"):
        found[key].setdefault(unit)
    unknown = [one for one in batches if one.pk not in found]
    for key, (control, _plan) in controls_of(unknown).items():
        found[key] = dict.fromkeys(bound.unit for bound in control.bound)
    return {key: tuple(tags) for key, tags in found.items()}


def _open_exceptions(actor: record.Actor, batches: Sequence[Batch]) -> dict[int, list[BatchException]]:
    rows = queries.exceptions(actor, only_open=True).filter(batch__in=[one.pk for one in batches])
    found: dict[int, list[BatchException]] = defaultdict(list)
    for row in overviews.gravest_first(rows):
        found[row.batch_id].append(row)
    return found


def _asked(rows: Iterable[BatchException]) -> dict[int, Wanted]:
    """Whom each exception waits for: who assesses it, or who signs next."""
    every = list(rows)
    found = {}
    for row, one in zip(every, as_rules_see(every), strict=True):
        seats = rules.missing(one)
        if not row.cause:
            found[row.pk] = Wanted("assess", _holders("exception.assess")[:1])
        else:
            found[row.pk] = Wanted("sign", tuple(seats[0].roles) if seats else ())
    return found


def _holders(action: str) -> tuple[str, ...]:
    return tuple(code for code in permissions.ROLE_CODES if code in permissions.MATRIX[action])


def _wanted(batch: Batch, doing: Sequence[Doing], now: datetime, outlook: Outlook | None) -> list[Wanted]:
    if batch.state in ENDED:
        return [Wanted("review", ("qa",))]
    if batch.state == State.IDLE:
        return [Wanted("start", ("operator",))]
    if batch.state != State.RUNNING:
        return [Wanted("restart", ("operator",))]
    if outlook is not None and outlook.status != "time":
        return [Wanted("decide", ("operator",) if outlook.questions else ("supervisor",))]
    found = []
    for one in doing:
        if one.run.state != State.RUNNING or one.run.kind == "automated" or one.asked_at(now) is not None:
            continue
        found.append(Wanted("check") if one.run.awaits else Wanted("step", (one.run.role or "operator",)))
    return found


def _late(batch: Batch, doing: Sequence[Doing], now: datetime) -> timedelta | None:
    if batch.state == State.IDLE:
        return now - batch.planned_for if batch.planned_for is not None and batch.planned_for < now else None
    return max((late for one in doing if (late := one.late_by(now)) is not None), default=None)


def _left(
    actor: record.Actor, batches: Sequence[Batch], doing: Mapping[int, Sequence[Doing]], now: datetime
) -> dict[int, timedelta]:
    """How long each batch still takes: the median of those before it, from the beginning of the same step on."""
    running = [one for one in batches if one.state == State.RUNNING and doing.get(one.pk)]
    recipes = {one.recipe_version.recipe_id for one in running}
    before = {
        one.pk: one
        for one in queries.batches(actor, state=State.COMPLETE.value)
        .filter(recipe_version__recipe__in=recipes, ended_at__isnull=False).order_by("-ended_at")[:BEFORE]
    } if recipes else {}  # fmt: skip
    if not before:
        return {}
    elements = {step.run.element for one in running for step in doing[one.pk]}
    took: dict[tuple[int, str], list[float]] = defaultdict(list)
    rows = Run.visible_to(actor).filter(batch__in=list(before), level="phase", element__in=elements)
    for key, element, started in rows.values_list("batch_id", "element", "started_at"):
        ended = before[key].ended_at
        if started is not None and ended is not None:
            took[before[key].recipe_version.recipe_id, element].append((ended - started).total_seconds())
    found = {}
    for one in running:
        ends = []
        for step in doing[one.pk]:
            known = took.get((one.recipe_version.recipe_id, step.run.element), [])
            if step.run.started_at is not None and len(known) >= FEWEST_BEFORE:
                ends.append(timedelta(seconds=median(known)) - (now - step.run.started_at))
        if ends:
            found[one.pk] = max(ends)
    return found
