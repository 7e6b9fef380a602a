"""The runs of a batch as its document tells them: phases with every attempt, samples, inspections, instruments."""

from collections.abc import Iterator, Mapping
from typing import Literal

from batchwright.execution import keeping
from batchwright.execution.attempts import Entered, Reason
from batchwright.execution.document_parts import (
    AttemptLine,
    ElementLine,
    InspectionLine,
    InstrumentLine,
    Pair,
    Person,
    PhaseRun,
    ReasonLine,
    SampleLine,
    ValueLine,
)
from batchwright.execution.exceptions import Kind
from batchwright.execution.fields import Field, out_of_limit
from batchwright.execution.gathering import Gathered
from batchwright.execution.marking import Known
from batchwright.execution.models import Attempt, AttemptKind, Run
from batchwright.execution.phases import asked
from batchwright.execution.plan import sampling_points
from batchwright.recipes.phases import ClearLine, Phase, Sample


def phases(gathered: Gathered) -> tuple[PhaseRun, ...]:
    """Give every run of a phase, with every attempt.

    Args:
        gathered: The rows of the batch.

    Returns:
        In the order in which they began.
    """
    raised: dict[int, list[str]] = {}
    for one in gathered.exceptions:
        if one.attempt_id is not None:
            raised.setdefault(one.attempt_id, []).append(one.number)
    return tuple(_run(gathered, run, raised) for run in gathered.runs if run.level == "phase")


def never_begun(gathered: Gathered) -> tuple[ElementLine, ...]:
    """Give the phases of the recipe that the procedure did not come to.

    Args:
        gathered: The rows of the batch.

    Returns:
        In the order of the recipe.
    """
    begun = {run.element for run in gathered.runs}
    return tuple(
        ElementLine(element=one.id, name=one.name, around=gathered.around(one.id))
        for one in gathered.turn.plan.elements.values()
        if one.level == "phase" and one.id not in begun
    )


def _run(gathered: Gathered, run: Run, raised: Mapping[int, list[str]]) -> PhaseRun:
    phase = gathered.turn.plan.elements[run.element].phase
    return PhaseRun(
        path=run.path, position=run.position, name=run.name, around=gathered.around(run.element), kind=run.kind,
        unit=run.unit, text=_instruction(phase), role=run.role,
        second_person=phase is not None and phase.second_person, state=run.state, began=run.started_at,
        ended=run.completed_at, skipped=run.skipped,
        attempts=tuple(
            _attempt(gathered, run, one, raised.get(one.pk, ())) for one in gathered.attempts.get(run.pk, ())
        ),
    )  # fmt: skip


def _instruction(phase: Phase | None) -> str:
    said = [getattr(phase, name, "") for name in ("text", "statement", "question", "what", "document")]
    return " · ".join(one for one in said if isinstance(one, str) and one)


def _attempt(gathered: Gathered, run: Run, row: Attempt, raised: list[str] | tuple[str, ...]) -> AttemptLine:
    plan = gathered.plan_at(row.at)
    element = plan.elements.get(run.element) or gathered.turn.plan.elements[run.element]
    points = {one.id: one.containers for one in sampling_points(plan, element.id).values()}
    fields = {one.id: one for one in asked(element.phase, containers=points)}
    left = keeping.known(row.values)
    entered = [Entered.model_validate(one) for one in row.entered]
    made = gathered.maker(row)
    return AttemptLine(
        number=row.number, kind=row.kind, by=Person(id=row.by, name=row.by_name, role=row.role), at=row.at,
        done_at=row.done_at, verdict=row.verdict, reason=row.reason, seq=None if made is None else made.seq,
        checked_by=Person(id=row.checked_by, name=row.checked_by_name) if row.checked_by else None,
        entered=tuple(_value(one, fields.get(one.field), left.get(one.field), run.path) for one in entered),
        left=tuple(
            Pair(name=fields[name].name if name in fields else name, value=keeping.shown(value))
            for name, value in left.items()
            if name not in {one.field for one in entered}
        ),
        reasons=tuple(_reason(Reason.model_validate(one)) for one in row.reasons), exceptions=tuple(raised),
    )  # fmt: skip


def _reason(one: Reason) -> ReasonLine:
    return ReasonLine(sentence=one.sentence, value=one.value, limit=one.limit)


def _value(one: Entered, field: Field | None, read: Known | None, path: str) -> ValueLine:
    limits = field.limits if field is not None else None
    verdict = ""
    if field is not None and limits is not None and read is not None:
        broken = out_of_limit(field, read, path)
        verdict = "within" if broken is None else "alert" if broken.kind is Kind.ALERT else "out of limit"
    return ValueLine(
        field=one.field, name=field.name if field is not None else one.field, text=one.text,
        value="" if read is None or keeping.shown(read) == one.text else keeping.shown(read),
        limits="" if limits is None else str(limits), verdict=verdict, source=one.source, instrument=one.instrument,
        calibrated_until=one.calibrated_until,
        classification="none" if field is None else field.classification,
    )  # fmt: skip


def _counting(gathered: Gathered, run: Run) -> Attempt | None:
    """The attempt that counts: the latest that was not refused."""
    taken = [one for one in gathered.attempts.get(run.pk, ()) if one.verdict != "refused"]
    return taken[-1] if taken else None


def _performed(gathered: Gathered) -> Iterator[tuple[Run, Phase | None, Attempt]]:
    for run in gathered.runs:
        counting = _counting(gathered, run) if run.level == "phase" else None
        if counting is not None:
            yield run, gathered.plan_at(counting.at).elements[run.element].phase, counting


def _people(one: Attempt) -> tuple[Person, Person | None]:
    checker = Person(id=one.checked_by, name=one.checked_by_name) if one.checked_by else None
    return Person(id=one.by, name=one.by_name, role=one.role), checker


def samples(gathered: Gathered) -> tuple[SampleLine, ...]:
    """Give the samples that were taken.

    Args:
        gathered: The rows of the batch.

    Returns:
        In the order in which they were taken.
    """
    found = []
    for run, phase, counting in _performed(gathered):
        if not isinstance(phase, Sample):
            continue
        points = sampling_points(gathered.plan_at(counting.at), run.element)
        entered = {one["field"]: str(one["text"]) for one in counting.entered}
        for name in phase.points or ("",):
            point = points.get(name)
            containers = entered.get(name, "")
            found.append(
                SampleLine(
                    point=name or run.name, place=point.place if point else "", by=_people(counting)[0],
                    amount=str(point.amount) if point and point.amount is not None else "", at=counting.at,
                    containers=int(containers) if containers.isdecimal() else point.containers if point else 1,
                    tests=point.tests if point else (),
                )
            )  # fmt: skip
    return tuple(found)


def inspections(gathered: Gathered) -> tuple[InspectionLine, ...]:
    """Give the looks at areas and lines (21 CFR 211.130, 211.188(b)(6)).

    The first look at an area is the one before its use, later ones come after, as the review has it.

    Args:
        gathered: The rows of the batch.

    Returns:
        In order of time.
    """
    looked: list[InspectionLine] = []
    for run, phase, counting in _performed(gathered):
        if not isinstance(phase, ClearLine):
            continue
        by, checker = _people(counting)
        area = phase.area or run.unit or run.name
        clear = all(one["text"] != "no" for one in counting.entered)
        when: Literal["before", "after"] = "after" if any(one.area == area for one in looked) else "before"
        looked.append(
            InspectionLine(area=area, when=when, at=counting.at, by=by, checked_by=checker, clear=clear)
        )  # fmt: skip
    return tuple(looked)


def instruments(gathered: Gathered) -> tuple[InstrumentLine, ...]:
    """Give the instruments and scales that values came from, with the calibration that was known then.

    Args:
        gathered: The rows of the batch.

    Returns:
        By tag.
    """
    found: dict[str, InstrumentLine] = {}

    def count(tag: str, line: InstrumentLine) -> None:
        known = found.get(tag, line)
        found[tag] = line.model_copy(update={"values": known.values + 1})

    for rows in gathered.attempts.values():
        own = [row for row in rows if row.kind != AttemptKind.CHECK]  # a check repeats what was entered
        for one in (Entered.model_validate(value) for row in own for value in row.entered):
            if one.instrument:
                count(one.instrument, InstrumentLine(tag=one.instrument, calibrated_until=one.calibrated_until))
    return tuple(found[tag] for tag in sorted(found))
