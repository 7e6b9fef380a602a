"""Reading batches: lists, one batch, where it stands, and what is to be done."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from batchwright import materials, people, record
from batchwright.execution import keeping
from batchwright.execution.marking import Done, Facts
from batchwright.execution.models import Attempt, Batch, BatchException, Run
from batchwright.execution.models.attempts import AttemptKind, Verdict
from batchwright.execution.outlook import Outlook, outlook
from batchwright.execution.outputs import Output, output_of
from batchwright.execution.services import turning
from batchwright.execution.services.turning import Turn
from batchwright.execution.states import ENDED, State
from batchwright.kernel import clock


def batches(actor: record.Actor, *, text: str = "", state: str = "") -> QuerySet[Batch]:
    """Find batches.

    Args:
        actor: Who reads.
        text: Part of a number, a product or its name; "" for all.
        state: Of the batch; "" for any.

    Returns:
        Batches, the latest first.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    found = Batch.visible_to(actor)
    if text:
        found = found.filter(Q(number__icontains=text) | Q(name__icontains=text) | Q(product__icontains=text))
    return found.filter(state=state) if state else found


def batch(actor: record.Actor, number: str) -> Batch | None:
    """Find one batch.

    Args:
        actor: Who reads.
        number: Its number.

    Returns:
        The batch, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    owned = {} if actor.sponsor is None else {"sponsor": actor.sponsor}
    return _BATCH.first(number=number, **owned)


def _numbered(number: str, sponsor: str | None = None) -> QuerySet[Batch]:
    reader = record.Actor(id="-", name="-", role="-", sponsor=sponsor)
    return Batch.visible_to(reader).filter(number=number)


_BATCH = record.Prepared(_numbered, number=str, sponsor=str)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a batch stands.

    Attributes:
        turn: What is known of it; for reading only.
        outlook: What is to be done, and what it waits for.
    """

    turn: Turn
    outlook: Outlook


def standing(actor: record.Actor, one: Batch) -> Standing:
    """Say where a batch stands, with few queries whatever its size.

    Args:
        actor: Who reads.
        one: A batch that the actor was allowed to read.

    Returns:
        Where it stands now.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    turn = turning.read(one, clock.now())
    return Standing(turn, outlook(turn.plan, turn.marking, turn.facts))


def output(actor: record.Actor, one: Batch) -> Output | None:
    """Say what a batch made and what became of it.

    Args:
        actor: Who reads.
        one: A batch that the actor was allowed to read.

    Returns:
        What it made; None while it has not ended, and where its product is no material of the plant.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    return output_of(turning.read(one, clock.now()))


def to_put_away(actor: record.Actor) -> QuerySet[Batch]:
    """Give the batches that are complete, not reviewed, and of whose product nothing is in a container.

    Args:
        actor: Who reads.

    Returns:
        The oldest first.

    Raises:
        Refused: If the actor may not see batches.
    """
    filled = materials.Container.visible_to(actor).filter(lot=OuterRef("lot"))
    known = materials.Definition.visible_to(actor).filter(code=OuterRef("product"))
    done = batches(actor, state=State.COMPLETE).filter(Q(lot__isnull=False) | Exists(known), reviewed_at__isnull=True)
    return done.exclude(Exists(filled)).order_by("ended_at")


def facts_at(actor: record.Actor, turn: Turn, moment: datetime) -> Facts:
    """Say what was known of a batch at a moment: what was corrected later stands as it stood then.

    Args:
        actor: Who reads.
        turn: A batch that the actor was allowed to read, as it stands now.
        moment: When.

    Returns:
        The facts of then, with the phases that were complete.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    done = {path: one for path, one in turn.facts.done.items() if one.at <= moment}
    of_batch = Attempt.objects.filter(batch=turn.batch)  # tenancy: the actor was allowed to read the batch
    mine = of_batch.exclude(verdict=Verdict.REFUSED)
    corrected = mine.filter(kind=AttemptKind.CORRECT, at__gt=moment).values("run")
    left = mine.filter(Q(complete=True) | Q(kind=AttemptKind.CORRECT), run__in=corrected, at__lte=moment)
    for path, values in left.order_by("run_id", "number").values_list("run__path", "values"):
        if path in done:
            done[path] = Done(done[path].at, keeping.known(values))
    return replace(turn.facts, now=moment, done=done)


def run(actor: record.Actor, number: str, path: str) -> Run | None:
    """Find one run of an element.

    Args:
        actor: Who reads.
        number: Of the batch.
        path: Of the run.

    Returns:
        The run with its batch, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    found: Run | None = (
        Run.visible_to(actor).select_related("batch__recipe_version__recipe").filter(batch__number=number, path=path)
        .first()
    )  # fmt: skip
    return found


def to_do(actor: record.Actor, *, line: str = "") -> QuerySet[Run]:
    """Give the steps that wait for a person in the present role, on the floor.

    Args:
        actor: The person.
        line: Only those in this unit; "" for all.

    Returns:
        Runs of phases, the oldest first; those that wait for a second person are left out for who performed them.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    own_role = Q(role="") | Q(role=actor.role)
    found = (
        Run.visible_to(actor).select_related("batch__recipe_version__recipe")
        .filter(level="phase", state="Running").exclude(kind="automated").exclude(awaits=actor.id)
        .filter(Q(awaits="") & own_role | ~Q(awaits=""))
    )  # fmt: skip
    return (found.filter(unit=line) if line else found).order_by("started_at", "id")


def attempts(actor: record.Actor, one: Run) -> QuerySet[Attempt]:
    """Give every attempt at a phase, also those that were refused.

    Args:
        actor: Who reads.
        one: A run that the actor was allowed to read.

    Returns:
        In order.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    return Attempt.visible_to(actor).filter(run=one).order_by("number")


def exceptions(actor: record.Actor, one: Batch | None = None, *, only_open: bool = False) -> QuerySet[BatchException]:
    """Give exceptions.

    Args:
        actor: Who reads.
        one: Of this batch; None for all.
        only_open: Only those that nobody has closed.

    Returns:
        In the order in which they were raised.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    found = BatchException.visible_to(actor).select_related("run")
    if one is not None:
        found = found.filter(batch=one)
    return (found.filter(closed_at__isnull=True) if only_open else found).order_by("id")


def exception(actor: record.Actor, number: str) -> BatchException | None:
    """Find one exception.

    Args:
        actor: Who reads.
        number: Its number.

    Returns:
        The exception, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see batches.
    """
    return exceptions(actor).filter(number=number).first()


def to_review(actor: record.Actor) -> QuerySet[Batch]:
    """Give the batches that have ended and that nobody has reviewed.

    Args:
        actor: Who reads.

    Returns:
        The oldest first, each with `open_exceptions`, their number.

    Raises:
        Refused: If the actor may not see batches.
    """
    still_open = Count("exceptions", filter=Q(exceptions__closed_at__isnull=True))
    ended = batches(actor).filter(state__in=list(ENDED), reviewed_at__isnull=True)
    return ended.annotate(open_exceptions=still_open).order_by("ended_at")
