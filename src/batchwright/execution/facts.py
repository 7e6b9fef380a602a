"""A batch as its record tells it, read from rows for the review: few queries whatever its size."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.execution import keeping
from batchwright.execution.fields import Field, out_of_limit
from batchwright.execution.marking import Known, around
from batchwright.execution.models import Attempt, Batch, BatchException, Run, Weighing
from batchwright.execution.outputs import Output, output_of
from batchwright.execution.phases import asked
from batchwright.execution.reviewed import (
    BatchFacts,
    EquipmentFact,
    LotFact,
    PhaseFact,
    RedlineFact,
    SignatureFact,
    ValueFact,
)
from batchwright.execution.services.turning import Turn
from batchwright.execution.standing import as_rules_see
from batchwright.execution.states import State
from batchwright.execution.yields import Inspection, Yield, reckon, reconcile_area
from batchwright.kernel.quantity import Quantity
from batchwright.people import Signature
from batchwright.people.validity import statuses
from batchwright.plant import Use
from batchwright.recipes.phases import Automated, Calculate, ClearLine, Phase
from batchwright.recipes.values import Limits


def facts_of(actor: record.Actor, turn: Turn, yields: tuple[Yield, ...] | None = None) -> BatchFacts:
    """Tell a batch, that the caller was allowed to read, as its record tells it.

    Args:
        actor: Who reads; decides which entries count as known.
        turn: Where the batch stands.
        yields: As `reconciled` gives them, where they were reckoned already.

    Returns:
        Plain facts for `batchwright.execution.review.review`.
    """
    batch = turn.batch
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for one in Attempt.objects.filter(batch=batch).order_by("run_id", "number"):
        attempts[one.run_id].append(one)
    rows = list(BatchException.objects.filter(batch=batch).order_by("id"))
    whole, said = record_said(actor, batch)
    return BatchFacts(
        batch=batch.number, state=turn.state, record_whole=whole, record_sentence=said,
        master=turn.control.master, approved_master=batch.recipe_version.sha256,
        phases=tuple(_phase(turn, one, attempts[one.pk]) for one in turn.runs.values() if one.level == "phase"),
        exceptions=as_rules_see(rows), lots=_lots(batch), signatures=tuple(_signatures(turn, rows)),
        equipment=tuple(_equipment(turn)),
        redlines=tuple(
            RedlineFact(one.number, tuple(one.sentence.split("; ")), one.subject)
            for one in rows if one.kind == "redline"
        ),
        yields=tuple(reconciled(turn, output_of(turn))) if yields is None else yields,
        areas=tuple(_areas(turn, attempts)), evidence=batch.subject,
    )  # fmt: skip


def record_said(actor: record.Actor, batch: Batch) -> tuple[bool, str]:
    """Say whether the record was verified with everything that the batch left in it.

    Judgements of the review itself come after the verification and are left out.

    Args:
        actor: Who reads.
        batch: The batch.

    Returns:
        Whether it was found whole, and a sentence.
    """
    own = Q(subject=batch.subject) | Q(subject__startswith=f"{batch.subject}/")
    entries = record.entries_visible_to(actor).filter(own).exclude(type="batch.judged/1")
    last = entries.aggregate(last=Max("seq"))["last"] or 0
    outcome = record.latest_outcome()
    if outcome is None:
        return False, _("The record has not been verified")
    if outcome.state != "whole":
        return False, _("The latest verification of the record found: %s") % outcome.state
    if outcome.covered_to < last:
        return False, _("The record was verified to #%(covered)s; this batch reaches to #%(last)s: verify again") % {
            "covered": outcome.covered_to, "last": last,
        }  # fmt: skip
    return True, _("The record was verified to #%(covered)s and is whole") % {"covered": outcome.covered_to}


# ------------------------------------------------------------------------------------------------------------ phases
def fields_of(phase: Phase | None) -> dict[str, Field]:
    """Give everything that a phase can leave, by name.

    Args:
        phase: What it does; None for one of another system.

    Returns:
        Its fields and its results, with limits and classification.
    """
    results = phase.results if isinstance(phase, Calculate | Automated) else ()
    found = [*asked(phase), *map(Field.of, results)]
    return {one.id: one for one in found}


def _phase(turn: Turn, run: Run, attempts: list[Attempt]) -> PhaseFact:
    phase = turn.plan.elements[run.element].phase
    counted = [one for one in attempts if one.verdict != "refused"]
    last = counted[-1] if counted else None
    first = next((one for one in counted if one.kind == "perform"), last)
    state: Literal["complete", "skipped", "not performed"] = (
        "skipped" if run.skipped else "complete" if run.state == State.COMPLETE else "not performed"
    )
    return PhaseFact(
        path=run.path, name=run.name, state=state, by=first.by if first is not None else "",
        at=run.completed_at, checked_by=last.checked_by if last is not None else "",
        needs_second=phase is not None and phase.second_person,
        values=tuple(_values(run, phase, counted)) if state == "complete" else (),
        refused=len(attempts) - len(counted), evidence=run.subject,
    )  # fmt: skip


def _values(run: Run, phase: Phase | None, counted: list[Attempt]) -> Iterable[ValueFact]:
    fields = fields_of(phase)
    entered = {one["field"]: (one, row.at) for row in counted for one in row.entered}
    for name, value in keeping.known(run.values).items():
        wanted = fields.get(name, Field(name, name))
        source, at = entered.get(name, ({"source": "formula"}, run.completed_at))
        until = source.get("calibrated_until")
        yield ValueFact(
            field=name, name=wanted.name, value=keeping.shown(value), limit=limit_words(wanted.limits),
            verdict=_verdict(wanted, value, run.path), source=source["source"],
            critical=wanted.classification == "CPP", instrument=source.get("instrument", ""),
            calibrated_until=None if not until else datetime.fromisoformat(until), at=at, evidence=run.subject,
        )  # fmt: skip


def limit_words(limits: Limits | None) -> str:
    """Write action limits as people read them.

    Args:
        limits: The limits.

    Returns:
        Such as ``80.0 Cel to 90.0 Cel``, ``at least 5 kg``; "" where there are none.
    """
    if limits is None:
        return ""
    low, high = limits.action_low or limits.alert_low, limits.action_high or limits.alert_high
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}" if high is not None else ""


def _verdict(
    wanted: Field, value: Known, path: str
) -> Literal["within", "no limit", "alert", "out of limit"]:
    if wanted.limits is None or not isinstance(value, Quantity):
        return "no limit"
    broken = out_of_limit(wanted, value, path)
    if broken is None:
        return "within"
    return "alert" if broken.kind == "alert limit" else "out of limit"


# --------------------------------------------------------------------------------------------------------- materials
def _lots(batch: Batch) -> tuple[LotFact, ...]:
    used = Weighing.objects.filter(batch=batch, returned_at__isnull=True).select_related("lot__definition", "attempt")
    found: dict[str, LotFact] = {}
    for one in used.order_by("id"):
        lot = one.lot
        day = timezone.localdate(one.attempt.at, timezone.get_default_timezone())
        in_date = lot.expires_on is None or lot.expires_on >= day
        before = found.get(lot.identifier)
        found[lot.identifier] = LotFact(
            number=lot.identifier, material=lot.definition.code, status=lot.status,
            in_date=in_date and (before is None or before.in_date), evidence=lot.subject,
        )  # fmt: skip
    return tuple(found.values())


# -------------------------------------------------------------------------------------------------------- signatures
def _signatures(turn: Turn, exceptions: list[BatchException]) -> Iterable[SignatureFact]:
    own = {(Run._meta.db_table, one.pk): one for one in turn.runs.values() if one.kind == "sign"}
    signed = {(BatchException._meta.db_table, one.pk): one for one in exceptions}
    rows = list(
        Signature.objects.filter(
            Q(signed_table=Run._meta.db_table, signed_key__in=[key for _table, key in own])
            | Q(signed_table=BatchException._meta.db_table, signed_key__in=[key for _table, key in signed])
        ).select_related("signer").order_by("signed_at", "id")
    )  # fmt: skip
    holds = statuses(rows)
    by_row: dict[tuple[str, int], list[Signature]] = defaultdict(list)
    for one in rows:
        by_row[one.signed_table, one.signed_key].append(one)
    for key, run in own.items():
        if run.state == State.COMPLETE and not run.skipped and not by_row[key]:
            yield SignatureFact(of=run.name, meaning="performed", evidence=run.subject)
        yield from _given(run.name, by_row[key], holds, None)
    for key, exception in signed.items():
        valid = [one for one in by_row[key] if holds[one.pk].valid]  # a void one was given anew
        yield from _given(exception.number, valid, holds, exception.raised_at)


def _given(
    what: str, signatures: Iterable[Signature], holds: Mapping[int, object], changed: datetime | None
) -> Iterable[SignatureFact]:
    for one in signatures:
        yield SignatureFact(
            of=what, meaning=one.meaning, by=one.signer.username, at=one.signed_at, signed_at=changed,
            holds=bool(getattr(holds[one.pk], "valid", False)), evidence=one.subject,
        )  # fmt: skip


# --------------------------------------------------------------------------------------------------------- equipment
def _equipment(turn: Turn) -> Iterable[EquipmentFact]:
    units = sorted({one.unit for one in turn.control.bound})
    uses: dict[str, list[Use]] = defaultdict(list)
    for use in Use.objects.filter(unit__tag__in=units, batch=turn.batch.number).select_related("unit").order_by("id"):
        uses[use.unit.tag].append(use)
    begun = {one.unit for one in turn.runs.values() if one.unit and one.level == "phase"}
    for unit in units:
        if unit not in begun:
            continue
        logged = uses[unit]
        said = (
            _("fit when its use began, as use %(numbers)s of its logbook")
            % {"numbers": ", ".join(str(one.number) for one in logged)}
            if logged else _("no use of it for this batch stands in its logbook")
        )  # fmt: skip
        yield EquipmentFact(unit, bool(logged), said, f"unit/{unit}")


def _areas(turn: Turn, attempts: Mapping[int, list[Attempt]]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Each area that was cleared: the first look at it is the one before its use, later ones come after."""
    looks: dict[str, list[Run]] = defaultdict(list)
    for run in turn.runs.values():
        phase = turn.plan.elements[run.element].phase
        if isinstance(phase, ClearLine) and run.completed_at is not None and not run.skipped:
            looks[phase.area or run.unit or run.name].append(run)
    for area, runs in looks.items():
        found = []
        for number, run in enumerate(runs):
            last = [one for one in attempts[run.pk] if one.complete][-1]
            found.append(
                Inspection(
                    area=area, when="after" if number else "before", at=last.at, by=last.by,
                    checked_by=last.checked_by, clear=True,
                )
            )
        inside = around(runs[0].path)[0]
        used = [
            one.completed_at for one in turn.runs.values()
            if one.completed_at is not None and one.path.startswith(f"{inside}/") and one not in runs
        ]  # fmt: skip
        began = found[0].at
        yield area, reconcile_area(area, tuple(found), began, max(used, default=began))


def yields_of(turn: Turn) -> Iterable[Yield]:
    """Reckon each yield that the recipe asks for of what is complete.

    Args:
        turn: Where the batch stands.

    Yields:
        Yields; of an element that ran several times, that of each run.
    """
    if turn.state is State.COMPLETE:
        for expected in turn.plan.recipe.yields:
            yield reckon(expected, turn.surroundings)
    for run in turn.runs.values():
        if run.state == State.COMPLETE and run.level != "phase":
            for expected in turn.plan.elements[run.element].yields:
                yield reckon(expected, turn.around(run.path))

def reconciled(turn: Turn, output: Output | None) -> Iterable[Yield]:
    """Reckon each yield, and set what was put away beside what was made.

    Args:
        turn: Where the batch stands.
        output: What it made and what became of it.

    Yields:
        As `yields_of`, and last the reconciliation of what a batch made that has ended.
    """
    yield from yields_of(turn)
    if output is not None:
        yield output.as_yield
