"""Performing phases: each attempt is judged and kept, whatever is said of it; the procedure goes on where it may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import keeping
from batchwright.execution.attempts import Attempt, Entered, Judged, Reason
from batchwright.execution.entries import PhaseAttempted
from batchwright.execution.exceptions import blocks_completion
from batchwright.execution.marking import Done
from batchwright.execution.models import Attempt as AttemptRow
from batchwright.execution.models import AttemptKind, Batch, Run
from batchwright.execution.outlook import may_perform
from batchwright.execution.phases import judge
from batchwright.execution.services import equipment, turning
from batchwright.execution.services.charging import charge, judge_charge
from batchwright.execution.services.common import raise_exceptions
from batchwright.execution.services.situations import situation_of
from batchwright.execution.services.turning import Turn
from batchwright.execution.standing import exceptions_of
from batchwright.execution.states import State
from batchwright.kernel.errors import DomainError
from batchwright.recipes.phases import Charge, Dispense, Phase, Sign


class AttemptRefused(DomainError):
    """An attempt was refused; it is on record, with every reason."""

    def __init__(self, receipt: record.Receipt, reasons: Sequence[Reason]) -> None:
        first = reasons[0]
        super().__init__(
            "; ".join(one.sentence for one in reasons), value=first.value or None, limit=first.limit or None,
            remedy=first.remedy,
        )  # fmt: skip
        self.receipt = receipt
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Put:
    """One value as somebody or something puts it in."""

    text: str
    source: str = "manual"
    instrument: str = ""
    calibrated_until: datetime | None = None


def entered_of(values: Mapping[str, str | Put]) -> tuple[Entered, ...]:
    """Take values as they were put in.

    Args:
        values: By field.

    Returns:
        Each with its source.
    """
    put = {name: one if isinstance(one, Put) else Put(one) for name, one in values.items()}
    return tuple(
        Entered.model_validate(
            {
                "field": name, "text": one.text, "source": one.source, "instrument": one.instrument,
                "calibrated_until": one.calibrated_until,
            }
        )
        for name, one in put.items()
    )  # fmt: skip


def phase_of(turn: Turn, path: str) -> Phase | None:
    """Give what a phase does; None for one of another system."""
    return turn.plan.elements[turn.runs[path].element].phase


def perform(
    *,
    actor: record.Actor,
    batch: Batch,
    path: str,
    values: Mapping[str, str | Put],
    checker: record.Actor | None = None,
    reason: str = "",
    done_at: datetime | None = None,
    attached: Sequence[tuple[str, bytes, str]] = (),
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Perform a phase, or a round of a repetition; what is refused is kept all the same.

    Args:
        actor: Who performs it.
        batch: The batch.
        path: Of the phase's run.
        values: What was put in, by field.
        checker: Second person, who identified in the same request; None where that is still to come.
        reason: Why, where something is to be said.
        done_at: When it was really done, where it is entered later; aware.
        attached: Files: name, content, media type.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not perform steps.
        AttemptRefused: If the attempt was refused; it is on record.
        DomainError: If it is not this phase's turn; then nothing is recorded.
    """
    verdicts: list[str] = []
    receipt = _perform(
        actor=actor, batch=batch, path=path, values=values, checker=checker, reason=reason, done_at=done_at,
        attached=attached, idempotency_key=idempotency_key, verdicts=verdicts,
    )  # fmt: skip
    return receipt if verdicts and verdicts[0] != "refused" else answered(receipt)


def answered(receipt: record.Receipt) -> record.Receipt:
    """Raise what was refused, also where the very command is sent again: the record knows what was said.

    Args:
        receipt: Of the attempt.

    Returns:
        The receipt.

    Raises:
        AttemptRefused: If the attempt was refused.
    """
    data = record.Entry.objects.get(seq=receipt.seq).content["data"]
    if data["verdict"] == "refused":
        row = AttemptRow.objects.get(
            batch__number=data["batch"], run__path=data["path"], number=data["attempt"]
        )
        raise AttemptRefused(receipt, [Reason.model_validate(one) for one in row.reasons])
    return receipt


@record.command
def _perform(
    *, actor: record.Actor, batch: Batch, path: str, values: Mapping[str, str | Put], checker: record.Actor | None,
    reason: str, done_at: datetime | None, attached: Sequence[tuple[str, bytes, str]], idempotency_key: str | None,
    verdicts: list[str],
) -> record.Receipt:  # fmt: skip
    data = PhaseAttempted(batch=batch.number, path=path, name="-", attempt=0, verdict="-")
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "step.perform")
        if checker is not None:
            people.authorize(checker, "step.verify")
        turn = turning.begin(entry, batch)
        run, phase = ready(turn, path)
        for name, content, media_type in attached:
            entry.attach(name, content, media_type=media_type)
        attempt = Attempt(
            path=path, by=actor.id, at=turn.facts.now, entered=entered_of(values), done_at=done_at,
            checked_by="" if checker is None else checker.id, reason=reason,
        )  # fmt: skip
        judged = judge(phase, attempt, situation_of(turn, run, phase, actor, attempt.entered, checker))
        if isinstance(phase, Charge):
            judged = judge_charge(turn, run, phase, judged)
        data = take_in(turn, run, judged, data, actor=actor, checker=checker)
        entry.data = data
    verdicts.append(data.verdict)  # what is sent again says nothing here, and is asked of the record
    return entry.receipt


def ready(turn: Turn, path: str) -> tuple[Run, Phase | None]:
    """Give a phase whose turn it is.

    Args:
        turn: The turn.
        path: Of the phase's run.

    Returns:
        Its run and what it does.

    Raises:
        DomainError: If it is not its turn, a second person is awaited, or it is performed in another way.
    """
    may_perform(turn.plan, turn.marking, path)
    run, phase = turn.runs[path], phase_of(turn, path)
    if run.awaits:
        raise DomainError(
            _("A second person has to check this first"), value=run.name, limit=_("somebody other than %s") % run.awaits
        )
    if isinstance(phase, Dispense | Sign):
        raise DomainError(
            _("This step is performed on its own page"), value=run.name, remedy=_("Open the step.")
        )
    return run, phase


def take_in(
    turn: Turn, run: Run, judged: Judged, data: Any, *, actor: record.Actor, checker: record.Actor | None = None,
    kind: AttemptKind = AttemptKind.PERFORM,
) -> Any:  # fmt: skip
    """Keep an attempt with what was said of it, and go on where the phase is complete with it.

    Args:
        turn: The turn, inside its open entry.
        run: Run of the phase.
        judged: What was said.
        data: Facts of the entry, to be filled.
        actor: Who performed it.
        checker: Second person.
        kind: What was done.

    Returns:
        The facts of the entry.
    """
    judged = _unless_blocked(turn, run, judged)
    if kind is AttemptKind.PERFORM:
        judged = equipment.before(turn, run, judged)
    row = keep_attempt(turn, run, judged, actor=actor, checker=checker, kind=kind)
    changes: dict[str, Any] = {}
    if judged.complete:
        values = _values_of(run, judged)
        changes = {"values": keeping.kept(values), "awaits": "", "rounds": run.rounds + 1}
        turn.complete(run, values)
        phase = phase_of(turn, run.path)
        if isinstance(phase, Charge):
            charge(turn, run, phase, values)
        if checker is not None:
            equipment.checked(turn, run, checker)
    elif judged.verdict != "refused":
        phase = phase_of(turn, run.path)
        waits = phase is not None and phase.second_person and checker is None
        changes = {"awaits": actor.id} if waits else {"values": keeping.kept(judged.values), "rounds": run.rounds + 1}
    turn.changes[run.path] = changes
    turn.go_on()
    turn.write()
    rows = raise_exceptions(turn.entry, turn.batch, judged.exceptions, by=actor, run=run, attempt=row)
    rows += raise_exceptions(turn.entry, turn.batch, turn.found(), by=actor)
    update = {
        "name": run.name, "attempt": row.number, "verdict": judged.verdict, "values": keeping.kept(judged.values),
        "reasons": [one.sentence for one in judged.reasons], "events": turn.happened,
        "exceptions": [one.number for one in rows], "complete": judged.complete,
    }  # fmt: skip
    return data.model_copy(update=update)


def _values_of(run: Run, judged: Judged) -> dict[str, Any]:
    """What a phase leaves: of a repetition the values of its last round."""
    return {**keeping.known(run.values), **judged.values}


def _unless_blocked(turn: Turn, run: Run, judged: Judged) -> Judged:
    """Refuse the attempt that would complete a batch in whose way something stands; what was entered is kept."""
    if not judged.complete:
        return judged
    trial = turn.ahead(_with_done(turn, run, judged))
    if trial.marking.state is not State.COMPLETE:
        return judged
    grave = blocks_completion(exceptions_of(turn.batch))
    if not grave:
        return judged
    why = Reason(
        code="order", sentence="The batch would be complete, and a critical exception is not assessed",
        value=", ".join(one.number for one in grave), limit="each critical exception assessed and signed once",
        remedy="Assess it, then complete the step again.",
    )  # fmt: skip
    return Judged(judged.attempt, "refused", reasons=(why,))


def _with_done(turn: Turn, run: Run, judged: Judged) -> Any:
    done = {**turn.facts.done, run.path: Done(turn.facts.now, _values_of(run, judged))}
    return replace(turn.facts, done=done)


def keep_attempt(
    turn: Turn, run: Run, judged: Judged, *, actor: record.Actor, checker: record.Actor | None = None,
    kind: AttemptKind = AttemptKind.PERFORM,
) -> AttemptRow:  # fmt: skip
    """Write an attempt with what was said of it.

    Args:
        turn: The turn.
        run: Run of the phase.
        judged: What was said.
        actor: Who performed it.
        checker: Second person.
        kind: What was done.

    Returns:
        The row.
    """
    attempt = judged.attempt
    return turn.entry.create(
        AttemptRow(
            batch=turn.batch, run=run, number=(_LATEST.first(run=run.pk) or 0) + 1, kind=kind.value,
            by=actor.id, by_name=actor.name, role=actor.role, at=attempt.at, done_at=attempt.done_at,
            checked_by=attempt.checked_by, checked_by_name="" if checker is None else checker.name,
            reason=attempt.reason, entered=[one.model_dump(mode="json") for one in attempt.entered],
            verdict=judged.verdict, values=keeping.kept(judged.values),
            reasons=[one.model_dump(mode="json") for one in judged.reasons], complete=judged.complete,
        )
    )  # fmt: skip


def _latest(run: int) -> QuerySet[AttemptRow, int]:
    return AttemptRow.objects.filter(run_id=run).order_by("-number").values_list("number", flat=True)[:1]


_LATEST = record.Prepared(_latest, run=int)
