"""After a phase was performed: a second person checks it, or somebody corrects what it left."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import keeping
from batchwright.execution.attempts import Attempt, Entered, Judged, Reason
from batchwright.execution.entries import PhaseChecked, PhaseCorrected
from batchwright.execution.models import Attempt as AttemptRow
from batchwright.execution.models import AttemptKind, Batch
from batchwright.execution.outlook import may_perform
from batchwright.execution.phases import judge, judge_correction
from batchwright.execution.services import turning
from batchwright.execution.services.common import raise_exceptions
from batchwright.execution.services.performing import Put, answered, entered_of, keep_attempt, phase_of, take_in
from batchwright.execution.services.situations import situation_of
from batchwright.execution.states import State
from batchwright.kernel.errors import DomainError
from batchwright.people import require_other_person
from batchwright.recipes.phases import Dispense, Repeat, Sign


def _read_attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        path=row.run.path, by=row.by, at=row.at, done_at=row.done_at, checked_by=row.checked_by, reason=row.reason,
        entered=tuple(Entered.model_validate(one) for one in row.entered),
    )  # fmt: skip


@record.command
def check(
    *,
    actor: record.Actor,
    batch: Batch,
    path: str,
    agrees: bool = True,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Check as the second person what the first one did (21 CFR 211.101(d), 211.188(b)(11)).

    Args:
        actor: The second person.
        batch: The batch.
        path: Of the phase's run.
        agrees: Whether it is as it was entered; if not, the phase is performed again.
        reason: Why not.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, performed it, or is not trained for it.
        DomainError: If nothing waits to be checked, or a reason is missing.
    """
    data = PhaseChecked(
        batch=batch.number, path=path, name="-", attempt=0, verdict="-", performed_by="-", agrees=agrees
    )
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "step.verify")
        turn = turning.begin(entry, batch)
        may_perform(turn.plan, turn.marking, path)
        run, phase = turn.runs[path], phase_of(turn, path)
        if not run.awaits:
            raise DomainError(_("Nothing waits to be checked here"), value=run.name)
        require_other_person(actor, run.awaits)
        taken = AttemptRow.objects.filter(run=run).exclude(verdict="refused").select_related("run")
        first = taken.order_by("-number")[0]
        performer = record.Actor(id=first.by, name=first.by_name, role=first.role)
        attempt = _read_attempt(first).model_copy(update={"checked_by": actor.id})
        data = data.model_copy(update={"performed_by": first.by})
        if agrees:
            judged = judge(phase, attempt, situation_of(turn, run, phase, performer, attempt.entered, actor))
            if judged.verdict == "refused":
                raise DomainError("; ".join(one.sentence for one in judged.reasons), value=run.name)
            # what was raised when it was performed stands already
            judged = Judged(judged.attempt, judged.verdict, judged.values, complete=judged.complete)
        else:
            if not reason.strip():
                raise DomainError(_("Say why it is not as it was entered"), value=run.name)
            why = Reason(code="checker", sentence=f"{actor.name} did not confirm it: {reason}")
            judged = Judged(attempt, "refused", reasons=(why,))
            entry.update(run, awaits="")
        entry.data = take_in(turn, run, judged, data, actor=performer, checker=actor, kind=AttemptKind.CHECK)
    return entry.receipt


def correct(
    *,
    actor: record.Actor,
    batch: Batch,
    path: str,
    values: Mapping[str, str | Put],
    checker: record.Actor | None,
    reason: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Correct what a complete phase left; both values stay, and an exception is raised.

    Args:
        actor: Who corrects.
        batch: The batch.
        path: Of the phase's run.
        values: The values as they should stand, by field.
        checker: Second person, who identified in the same request.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        AttemptRefused: If the correction was refused; it is on record.
        DomainError: If the phase is not complete, or a reason is missing.
    """
    receipt = _correct(
        actor=actor, batch=batch, path=path, values=values, checker=checker, reason=reason,
        idempotency_key=idempotency_key,
    )  # fmt: skip
    return answered(receipt)


@record.command
def _correct(
    *, actor: record.Actor, batch: Batch, path: str, values: Mapping[str, str | Put], checker: record.Actor | None,
    reason: str, idempotency_key: str | None,
) -> record.Receipt:  # fmt: skip
    data = PhaseCorrected(batch=batch.number, path=path, name="-", attempt=0, verdict="-", before={})
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "step.perform")
        if checker is not None:
            people.authorize(checker, "step.verify")
        turn = turning.begin(entry, batch)
        run = turn.runs.get(path)
        phase = None if run is None else phase_of(turn, path)
        if run is None or run.state != State.COMPLETE or run.skipped or isinstance(phase, Dispense | Sign | Repeat):
            raise DomainError(
                _("Only what a completed step has left is corrected"), value=path,
                remedy=_("Weights are given back; signatures and repetitions are answered by an exception."),
            )  # fmt: skip
        attempt = Attempt(
            path=path, by=actor.id, at=turn.facts.now, entered=entered_of(values), reason=reason,
            checked_by="" if checker is None else checker.id,
        )  # fmt: skip
        before = keeping.known(run.values)
        situation = situation_of(turn, run, phase, actor, attempt.entered, checker)
        judged = judge_correction(phase, before, attempt, situation)
        row = keep_attempt(turn, run, judged, actor=actor, checker=checker, kind=AttemptKind.CORRECT)
        if judged.verdict != "refused":
            entry.update(run, values=keeping.kept(judged.values))
        turn.write()
        rows = raise_exceptions(entry, batch, judged.exceptions, by=actor, run=run, attempt=row)
        entry.data = data.model_copy(
            update={
                "name": run.name, "attempt": row.number, "verdict": judged.verdict, "before": keeping.kept(before),
                "values": keeping.kept(judged.values), "reasons": [one.sentence for one in judged.reasons],
                "exceptions": [one.number for one in rows],
            }
        )  # fmt: skip
    return entry.receipt
