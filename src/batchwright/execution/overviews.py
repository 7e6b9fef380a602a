"""What the pages of a batch read, with few queries whatever its size: each begins at what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Case, Count, IntegerField, Model, Q, QuerySet, Value, When

from batchwright import people, record
from batchwright.execution import queries
from batchwright.execution.exceptions import Severity
from batchwright.execution.models import Attempt, Batch, BatchException, ControlText, Run, Weighing
from batchwright.execution.states import ENDED
from batchwright.materials import Lot
from batchwright.people import Signature
from batchwright.people.validity import SignatureStatus, statuses

TO_REVIEW = "to review"
OPEN_ONES = "open exceptions"
UNDER_WAY = "under way"
FILTERS = (UNDER_WAY, OPEN_ONES, TO_REVIEW)
"""What batches can be filtered by besides their state."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A batch in a list.

    Attributes:
        batch: The batch, with `open_exceptions`, their number.
        now: Runs of phases that stand on the floor.
    """

    batch: Batch
    now: tuple[Run, ...] = ()


def found(actor: record.Actor, *, text: str = "", state: str = "") -> QuerySet[Batch]:
    """Find batches for a list.

    Args:
        actor: Who reads.
        text: Part of a number, a product or its name.
        state: Of the batch, or one of `FILTERS`; "" for all.

    Returns:
        Batches with `open_exceptions`, the latest first.

    Raises:
        Refused: If the actor may not see batches.
    """
    rows = queries.batches(actor, text=text, state="" if state in FILTERS else state)
    still_open = Count("exceptions", filter=Q(exceptions__closed_at__isnull=True))
    rows = rows.annotate(open_exceptions=still_open).order_by("-id")
    ended = [one.value for one in ENDED]
    match state:
        case "under way":
            return rows.exclude(state__in=ended)
        case "to review":
            return rows.filter(state__in=ended, reviewed_at__isnull=True)
        case "open exceptions":
            return rows.filter(open_exceptions__gt=0)
        case _:
            return rows


def listed(actor: record.Actor, rows: Sequence[Batch]) -> list[Listed]:
    """Say of batches in a list what stands on the floor.

    Args:
        actor: Who reads.
        rows: Batches that `found` gave.

    Returns:
        One for each, in their order.
    """
    now: dict[int, list[Run]] = {}
    running = Run.visible_to(actor).filter(batch__in=[one.pk for one in rows], level="phase", state="Running")
    for run in running.order_by("position"):
        now.setdefault(run.batch_id, []).append(run)
    return [Listed(one, tuple(now.get(one.pk, ()))) for one in rows]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who took part in a batch."""

    id: str
    name: str
    role: str
    performed: int
    checked: int


@dataclass(frozen=True, slots=True)
class Used:
    """A weight of a material that counts, and whether the reader may open its lot."""

    weighing: Weighing
    may_open: bool


@dataclass(frozen=True, slots=True)
class SignatureShown:
    """A signature with its state now."""

    signature: Signature
    status: SignatureStatus


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything around a batch but its procedure.

    Attributes:
        exceptions: In the order in which they were raised.
        attempts: Latest attempt that counts of each run, by the run's key.
        refused: How many attempts of a run were refused, by the run's key.
        entries: Number of the entry that wrote an attempt, by its key.
        people: Who took part, in the order of their user ids.
        used: Weights that count.
        signatures: On the batch, its steps and its exceptions.
        revisions: Control recipes that were in force, the latest first, without their texts.
        history: Latest entries about the batch.
    """

    exceptions: list[BatchException]
    attempts: dict[int, Attempt]
    refused: dict[int, int]
    entries: dict[int, int]
    people: list[Person]
    used: list[Used]
    signatures: list[SignatureShown]
    revisions: list[ControlText]
    history: list[record.Entry] = field(default_factory=list)


LATEST = 12
"""Entries of the time line that stand on the page itself."""


def overview(actor: record.Actor, batch: Batch) -> Overview:
    """Read everything around a batch but its procedure.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.

    Returns:
        What the page of the batch shows.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    rows = list(Attempt.visible_to(actor).filter(batch=batch).order_by("run_id", "number"))
    attempts: dict[int, Attempt] = {}
    refused: dict[int, int] = {}
    for one in rows:
        if one.verdict == "refused":
            refused[one.run_id] = refused.get(one.run_id, 0) + 1
        else:
            attempts[one.run_id] = one
    return Overview(
        exceptions=list(queries.exceptions(actor, batch)), attempts=attempts, refused=refused,
        entries=entries_of(actor, Attempt.visible_to(actor).filter(batch=batch)), people=_people(rows),
        used=_used(actor, batch), signatures=signatures_of(actor, batch),
        revisions=list(ControlText.visible_to(actor).filter(batch=batch).defer("canonical").order_by("-revision")),
        history=list(record.history(batch, actor).order_by("-seq")[:LATEST]),
    )  # fmt: skip


def entries_of(actor: record.Actor, rows: QuerySet[Model]) -> dict[int, int]:
    """Give the number of the entry that first wrote each of some rows.

    Args:
        actor: Who reads; numbers tell nothing of what stands in an entry.
        rows: Rows of one table, that the actor was allowed to read.

    Returns:
        Numbers by the rows' keys.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    table = rows.model._meta.db_table
    written = record.Change.objects.filter(table=table, key__in=rows.order_by().values("pk"))
    found: dict[int, int] = {}
    for key, seq in written.order_by("entry_id").values_list("key", "entry_id"):
        found.setdefault(key, seq)
    return found


def _people(attempts: Sequence[Attempt]) -> list[Person]:
    performed: dict[str, list[Attempt]] = {}
    checked: dict[str, list[Attempt]] = {}
    for one in attempts:
        performed.setdefault(one.by, []).append(one)
        if one.checked_by:
            checked.setdefault(one.checked_by, []).append(one)
    return [
        Person(
            id=name, name=performed[name][0].by_name if name in performed else checked[name][0].checked_by_name,
            role=performed[name][0].role if name in performed else "", performed=len(performed.get(name, ())),
            checked=len(checked.get(name, ())),
        )
        for name in sorted(performed.keys() | checked.keys())
    ]  # fmt: skip


def _used(actor: record.Actor, batch: Batch) -> list[Used]:
    rows = list(
        Weighing.visible_to(actor).filter(batch=batch, returned_at__isnull=True)
        .select_related("lot__definition", "source", "run").order_by("line", "id")
    )  # fmt: skip
    if not rows:
        return []
    open_to = set(Lot.visible_to(actor).filter(pk__in=[one.lot_id for one in rows]).values_list("pk", flat=True))
    return [Used(one, one.lot_id in open_to) for one in rows]


def signatures_of(actor: record.Actor, batch: Batch) -> list[SignatureShown]:
    """Give the signatures on a batch, its steps and its exceptions, void ones too.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.

    Returns:
        In the order of time, each with its state.
    """
    own = Q(signed_table=Batch._meta.db_table, signed_key=batch.pk)
    for model in (Run, BatchException):
        keys = model.visible_to(actor).filter(batch=batch).order_by().values("pk")
        own |= Q(signed_table=model._meta.db_table, signed_key__in=keys)
    rows = list(Signature.visible_to(actor).filter(own).order_by("signed_at", "id"))
    held = statuses(rows)
    return [SignatureShown(one, held[one.pk]) for one in rows]


GRAVITY = Case(
    *(When(severity=one.value, then=Value(rank)) for rank, one in enumerate(reversed(list(Severity)))),
    output_field=IntegerField(),
)
"""How grave an exception is; the gravest first."""


def gravest_first(rows: QuerySet[BatchException]) -> QuerySet[BatchException]:
    """Order exceptions by how grave they are, the oldest of each severity first.

    Args:
        rows: Exceptions that the actor was allowed to read.

    Returns:
        The same.
    """
    return rows.select_related("batch__sponsor").order_by(GRAVITY, "raised_at", "id")
