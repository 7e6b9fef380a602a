"""Approving the qualification of units, and taking units over from their paper logbooks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession
from batchwright.plant import entries, showing
from batchwright.plant.models import (
    Cleaning,
    CleaningProcedure,
    EquipmentElement,
    LineKind,
    LogbookLine,
    Qualification,
    QualificationKind,
    State,
    Use,
)
from batchwright.plant.services.common import lock_state, log, next_number, refuse_retired, require_pdf


@record.command
def qualify_unit(
    *,
    actor: record.Actor,
    unit: EquipmentElement,
    kind: str,
    document: str,
    reason: str,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    due_at: datetime | None = None,
    report: tuple[str, bytes] | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Approve a stage of a unit's qualification and sign it (EU GMP Annex 15).

    Args:
        actor: Who approves.
        unit: The unit, as it was shown.
        kind: IQ, OQ, PQ or RQ (requalification).
        document: The report.
        reason: On what ground.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        due_at: When it must be done again; None if never.
        report: Name and bytes of the report as a PDF, kept with the entry.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or the signature is refused.
        DomainError: If it would be due already.
        BadInput: If there is no such stage, no document is named, or the report is no PDF.
    """
    now = clock.now()
    if due_at is not None and clock.ensure_utc(due_at) <= now:
        raise DomainError(
            _("It would be due already"), value=clock.iso(due_at), limit=clock.iso(now), remedy=_("Name a later day.")
        )
    _require_stage(kind)
    if report is not None:
        require_pdf(*report)
    data = entries.UnitQualified(unit=unit.tag, kind=kind, document=document, qualified_at=now, due_at=due_at)
    with people.signed_entry(
        data, actor=actor, row=unit, meaning="approved",
        shown=lambda fresh: showing.of_qualification(
            fresh, kind=kind, document=document, due_at=due_at, reason=reason, report=report
        ),
        name=name, given=given, session=session, address=address, reason=reason, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "unit.qualify")
        refuse_retired(unit)
        lock_state(entry, unit)
        entry.create(
            record.checked(
                Qualification(
                    unit=unit, kind=kind, number=next_number(Qualification, unit=unit, kind=kind), document=document,
                    qualified_at=now, due_at=due_at, approved_by=actor.id, approved_by_name=actor.name,
                )
            )
        )  # fmt: skip
        if report is not None:
            entry.attach(report[0], report[1], media_type="application/pdf")
        log(entry, unit, LineKind.QUALIFIED, detail=f"{kind} {document}")
    return entry.receipt


def _require_stage(kind: str) -> None:
    if kind not in QualificationKind.values:
        raise BadInput(_("There is no such stage"), value=kind, limit=", ".join(QualificationKind.values))


@dataclass(frozen=True, slots=True)
class PaperUse:
    """The last use in a paper logbook: product, batch, begin and end."""

    product: str
    batch: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class PaperCleaning:
    """The last cleaning in a paper logbook since which nothing was made: procedure, time, and the two people."""

    procedure: CleaningProcedure
    cleaned_at: datetime
    cleaned_by: str
    verified_by: str


@dataclass(frozen=True, slots=True)
class PaperQualification:
    """A stage of qualification that was approved on paper."""

    kind: str
    document: str
    qualified_at: datetime
    approved_by: str
    due_at: datetime | None = None


@record.command
def take_over_unit(
    *,
    actor: record.Actor,
    unit: EquipmentElement,
    reason: str,
    use: PaperUse | None = None,
    cleaning: PaperCleaning | None = None,
    qualifications: tuple[PaperQualification, ...] = (),
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Take over where a unit stood by its paper logbook, once, before anything is recorded of it here.

    What is taken over is marked as such: the people named are those of the paper, the record says who took it over.

    Args:
        actor: Who takes it over.
        unit: The unit.
        reason: Which logbook, and its last page.
        use: The last use.
        cleaning: The last cleaning, if it was verified and nothing was made since.
        qualifications: The stages that were approved.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the unit has a logbook here, or the times contradict each other.
        BadInput: If there is no such stage, or one person cleaned and verified.
    """
    _require_order(use, cleaning, qualifications)
    data = _told(unit, use, cleaning, qualifications)
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        refuse_retired(unit)
        state = lock_state(entry, unit)
        if LogbookLine.objects.filter(unit=unit).exists():
            raise DomainError(
                _("The unit has a logbook here already"), value=unit.tag, remedy=_("Record what is done to it.")
            )
        if cleaning is not None and cleaning.procedure.equipment_class_id != unit.equipment_class_id:
            raise DomainError(_("This procedure cleans another class"), value=str(cleaning.procedure), limit=unit.tag)
        last = None if use is None else entry.create(_use_row(unit, use))
        done = None if cleaning is None else entry.create(_cleaning_row(unit, use, cleaning))
        for one in qualifications:
            entry.create(
                record.checked(
                    Qualification(
                        unit=unit, kind=one.kind, number=next_number(Qualification, unit=unit, kind=one.kind),
                        document=one.document, qualified_at=one.qualified_at, due_at=one.due_at,
                        approved_by="", approved_by_name=one.approved_by,
                    ),
                    exclude=("approved_by",),
                )
            )  # fmt: skip
        full = done is not None and cleaning is not None and cleaning.procedure.kind == "full"
        dirty_since = use.ended_at if use is not None and done is None else None
        entry.update(
            state, state=State.DIRTY if done is None else State.CLEAN, since=clock.now(), last_use=last, cleaning=done,
            full_cleaning=done if full else None, dirty_since=dirty_since,
        )  # fmt: skip
        log(entry, unit, LineKind.TAKEN_OVER, use=last, detail=reason)
    return entry.receipt


def _told(
    unit: EquipmentElement,
    use: PaperUse | None,
    cleaning: PaperCleaning | None,
    qualifications: tuple[PaperQualification, ...],
) -> entries.UnitTakenOver:
    told: dict[str, Any] = {"unit": unit.tag}
    if use is not None:
        told |= {"product": use.product, "batch": use.batch, "use_ended_at": use.ended_at}
    if cleaning is not None:
        told |= {
            "procedure": cleaning.procedure.code, "edition": cleaning.procedure.edition,
            "cleaned_at": cleaning.cleaned_at, "cleaned_by": cleaning.cleaned_by, "verified_by": cleaning.verified_by,
        }  # fmt: skip
    stages = [{"kind": one.kind, "document": one.document} for one in qualifications]
    return entries.UnitTakenOver(**told, qualifications=stages)


def _use_row(unit: EquipmentElement, use: PaperUse) -> Use:
    return record.checked(
        Use(
            unit=unit, number=1, product=use.product, batch=use.batch, began_at=use.began_at, began_by="",
            ended_at=use.ended_at,
        ),
        exclude=("began_by",),
    )  # fmt: skip


def _cleaning_row(unit: EquipmentElement, use: PaperUse | None, cleaning: PaperCleaning) -> Cleaning:
    return record.checked(
        Cleaning(
            unit=unit, number=1, procedure=cleaning.procedure, product_before="" if use is None else use.product,
            soiled_at=None if use is None else use.ended_at, cleaned_at=cleaning.cleaned_at,
            cleaned_by=f"paper: {cleaning.cleaned_by}"[:63], cleaned_by_name=cleaning.cleaned_by,
            verified_at=cleaning.cleaned_at, verified_by=f"paper: {cleaning.verified_by}"[:63],
            verified_by_name=cleaning.verified_by,
        )
    )  # fmt: skip


def _require_order(
    use: PaperUse | None, cleaning: PaperCleaning | None, qualifications: tuple[PaperQualification, ...]
) -> None:
    now = clock.now()
    times = [] if use is None else [use.began_at, use.ended_at]
    times += [] if cleaning is None else [cleaning.cleaned_at]
    times = [clock.ensure_utc(one) for one in times]
    if times != sorted(times) or (times and times[-1] > now):
        raise DomainError(
            _("The times of the paper logbook contradict each other"), value=", ".join(clock.iso(one) for one in times),
            limit=_("begin, end, cleaning, one after the other, up to now"),
        )  # fmt: skip
    if cleaning is not None and cleaning.cleaned_by == cleaning.verified_by:
        raise BadInput(_("Nobody verifies or approves own work"), value=cleaning.cleaned_by)
    for one in qualifications:
        _require_stage(one.kind)
        if clock.ensure_utc(one.qualified_at) > now:
            raise DomainError(
                _("A qualification of the future is not taken over"), value=clock.iso(one.qualified_at)
            )
