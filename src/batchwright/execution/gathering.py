"""Reading everything of a batch that its document tells, with few queries whatever the batch's size."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from django.db.models import Q

from batchwright import people, record
from batchwright.execution.control_recipe import ControlRecipe
from batchwright.execution.document_parts import Person, SignatureLine
from batchwright.execution.models import Attempt, Batch, BatchException, ControlText, Judgement, Run, Weighing
from batchwright.execution.outputs import Output, output_of
from batchwright.execution.plan import Plan
from batchwright.execution.services import turning
from batchwright.execution.services.turning import Turn
from batchwright.people import Signature
from batchwright.people.validity import SignatureStatus, statuses

_WRITTEN = ("execution_control", "execution_attempt", "execution_weighing", "execution_exception")


@dataclass(frozen=True, slots=True)
class Made:
    """The entry that made a row."""

    seq: int
    at: datetime


@dataclass(frozen=True)
class Gathered:
    """The rows of a batch, read at one moment."""

    actor: record.Actor
    batch: Batch
    turn: Turn
    controls: tuple[ControlText, ...]
    attempts: dict[int, list[Attempt]]
    """By key of the run."""
    weighings: tuple[Weighing, ...]
    exceptions: tuple[BatchException, ...]
    judgements: tuple[Judgement, ...]
    signatures: tuple[Signature, ...]
    holds: dict[int, SignatureStatus]
    made: dict[tuple[str, int], Made]
    """By table and key."""

    @property
    def runs(self) -> Iterator[Run]:
        """Runs in the order in which they began."""
        return iter(self.turn.runs.values())

    def maker(self, row: record.GmpModel) -> Made | None:
        """The entry that made a row; None where the actor may not see it."""
        return self.made.get((row._meta.db_table, row.pk))

    @cached_property
    def output(self) -> Output | None:
        """What the batch made and what became of it; None while it has not ended, and where it made no lot."""
        return output_of(self.turn)

    @cached_property
    def _plans(self) -> list[tuple[datetime, Plan]]:
        """From when on which procedure was in force, each with its limits."""
        if len(self.controls) == 1:
            return [(datetime.min.replace(tzinfo=self.turn.facts.now.tzinfo), self.turn.plan)]
        found = []
        for one in self.controls:
            made = self.maker(one)
            since = self.batch.created_at if made is None else made.at
            found.append((since, ControlRecipe.model_validate_json(one.canonical).plan))
        return found

    def plan_at(self, moment: datetime) -> Plan:
        """The procedure that was in force at a moment: a later redline does not judge what came before it.

        Args:
            moment: When.

        Returns:
            The procedure.
        """
        for (_, plan), (until, _later) in pairwise(self._plans):
            if moment < until:
                return plan
        return self._plans[-1][1]

    def around(self, element: str) -> tuple[str, ...]:
        """Names of the elements around one, the outermost first."""
        plan = self.turn.plan
        outer = [plan.elements[one] for one in list(plan.around(element))[1:] if one]
        return tuple(one.name or one.id for one in reversed(outer))

    def signed(self, row: record.GmpModel) -> tuple[SignatureLine, ...]:
        """The signatures on a row, also those that do not hold any more."""
        place = (row._meta.db_table, row.pk)
        return tuple(
            self.line_of(one) for one in self.signatures if (one.signed_table, one.signed_key) == place
        )  # fmt: skip

    def line_of(self, one: Signature) -> SignatureLine:
        """A signature as the document tells it."""
        status = self.holds[one.pk]
        return SignatureLine(
            of=one.subject_text, meaning=one.meaning, at=one.signed_at, method=one.method,
            signer=Person(id=one.signer.username, name=one.printed_name, role=one.role),
            shown_sha256=one.shown_sha256, state="valid" if status.valid else status.sentence(), seq=status.seq,
        )  # fmt: skip


def gather(actor: record.Actor, batch: Batch, now: datetime) -> Gathered:
    """Read a batch.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.
        now: The moment that is told of.

    Returns:
        Its rows.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    own = Q(batch=batch)
    attempts: dict[int, list[Attempt]] = {}
    for one in Attempt.visible_to(actor).filter(own).order_by("run_id", "number"):
        attempts.setdefault(one.run_id, []).append(one)
    weighings = Weighing.visible_to(actor).filter(own).select_related(
        "lot__definition", "lot__supplier", "source", "into", "attempt", "run"
    )  # fmt: skip
    signatures = _signatures(actor, batch)
    return Gathered(
        actor=actor, batch=batch, turn=turning.read(batch, now),
        controls=tuple(ControlText.visible_to(actor).filter(own).order_by("revision")), attempts=attempts,
        weighings=tuple(weighings.order_by("id")),
        exceptions=tuple(BatchException.visible_to(actor).filter(own).order_by("id")),
        judgements=tuple(Judgement.visible_to(actor).filter(own).order_by("id")), signatures=signatures,
        holds=statuses(signatures), made=_made(actor, batch),
    )  # fmt: skip


def entries_of(actor: record.Actor, batch: Batch) -> list[int]:
    """Give the entries about a batch and about what is below it.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.

    Returns:
        Their numbers, in order.
    """
    found = record.entries_visible_to(actor).filter(_named("subject", batch)).order_by("seq")
    return [seq for seq, subject in found.values_list("seq", "subject") if _is_of(subject, batch)]


def _named(column: str, batch: Batch) -> Q:
    return Q(**{column: batch.subject}) | Q(**{f"{column}__startswith": f"{batch.subject}/"})


def _is_of(subject: str, batch: Batch) -> bool:
    # SQLite takes capital and small letters for the same where a text only begins with another.
    return subject == batch.subject or subject.startswith(f"{batch.subject}/")


def _signatures(actor: record.Actor, batch: Batch) -> tuple[Signature, ...]:
    version = batch.recipe_version
    master = Q(signed_table=version._meta.db_table, signed_key=version.pk)
    found = Signature.visible_to(actor).filter(_named("subject_text", batch) | master).order_by("signed_at", "id")
    return tuple(
        one for one in found if one.signed_table == version._meta.db_table or _is_of(one.subject_text, batch)
    )  # fmt: skip


def _made(actor: record.Actor, batch: Batch) -> dict[tuple[str, int], Made]:
    entries = record.entries_visible_to(actor).filter(_named("subject", batch)).values("seq")
    rows = record.Change.objects.filter(entry__in=entries, table__in=_WRITTEN, row_version=1)
    places = rows.values_list("table", "key", "entry_id", "entry__at")
    return {(table, key): Made(seq, at) for table, key, seq, at in places}
