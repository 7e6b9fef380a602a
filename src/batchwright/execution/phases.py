"""What each kind of phase asks for, and what is said of an attempt at it.

`asked` gives the fields of the step screen. `judge` first asks who, then when, then what: role and training, second
person, late entry; then the fields with their types, units and limits; then the rule of the kind. A value beyond a
limit is taken in with an exception and not refused: it happened. An attempt that breaks a rule is refused and kept.
"""

from collections.abc import Mapping

from batchwright.execution.attempts import Attempt, Judged, Person, Reason, Situation
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.fields import Field, out_of_limit, read
from batchwright.execution.marking import Known
from batchwright.execution.phase_rules import RULES, Found, Trial, is_last_round
from batchwright.kernel import clock
from batchwright.recipes.phases import (
    Attach,
    Automated,
    Calculate,
    Charge,
    ClearLine,
    Decide,
    Dispense,
    Enter,
    Phase,
    Repeat,
    Sample,
    Scan,
    Wait,
    Weigh,
)

_CONFIRMED = ("done",)


def asked(phase: Phase | None, *, containers: Mapping[str, int] | None = None) -> tuple[Field, ...]:
    """The values that a phase asks for.

    Args:
        phase: What the phase does; None for one of another system, which is confirmed.
        containers: By sampling point, how many containers are taken.

    Returns:
        Its fields, in order; none where it reckons for itself.
    """
    match phase:
        case Enter() | Repeat():
            return tuple(Field.of(one) for one in phase.entries)
        case Attach():
            return (
                Field("file", "File", "picture"),
                Field("media_type", "Type of the file"),
                *map(Field.of, phase.entries),
            )
        case Automated():
            return tuple(Field.of(one) for one in phase.results)
        case Scan():
            return (Field("code", f"Code of the {phase.what}"),)
        case Weigh():
            return (Field("net", phase.what or "Net", "number", phase.unit, limits=phase.limits),)
        case ClearLine(points=points):
            return (
                tuple(Field(f"point_{number}", point, "yes or no") for number, point in enumerate(points, 1))
                or _confirm()
            )
        case Sample(points=points):
            return (
                tuple(Field(one, one, "number", "1", decimals=0) for one in points if one in (containers or {}))
                or _confirm()
            )
        case Decide(options=options):
            return (Field("choice", phase.question or "Decision", "choice", options=options),)
        case Charge(inputs=inputs) if inputs:
            return tuple(Field(one, one) for one in inputs)
        case Calculate() | Wait() | Dispense():
            return ()
        case _:
            return _confirm()


def _confirm() -> tuple[Field, ...]:
    return (Field("done", "Done", "choice", options=_CONFIRMED),)


def judge(phase: Phase | None, attempt: Attempt, situation: Situation) -> Judged:
    """Judge an attempt at a phase that may be performed now.

    Args:
        phase: What the phase does; None for one of another system.
        attempt: What came in.
        situation: What is known around it.

    Returns:
        What is said of it; the attempt is in it whatever is said. `batchwright.execution.weighing` judges dispensing.
    """
    found: list[Reason | Raised] = [*_who(phase, attempt, situation), *_when(attempt, situation)]
    values: dict[str, Known] = {}
    fields = asked(phase, containers=situation.containers)
    found += _read_fields(fields, attempt, values)
    if not any(isinstance(one, Reason) for one in found):
        rule = RULES.get(type(phase))
        if rule is not None:
            found += rule(phase, Trial(attempt, situation, values))
    reasons = tuple(one for one in found if isinstance(one, Reason))
    exceptions = tuple(one for one in found if isinstance(one, Raised))
    if reasons:
        return Judged(attempt, "refused", reasons=reasons)
    told = ("file", "media_type") if isinstance(phase, Attach) else _CONFIRMED if fields == _confirm() else ()
    values = {name: value for name, value in values.items() if name not in told}
    broken = any(one.kind in (Kind.OUT_OF_LIMIT, Kind.ALERT) for one in exceptions)
    complete = _is_complete(phase, attempt, situation, values)
    return Judged(attempt, "out of limit" if broken else "accepted", values, (), exceptions, complete)


def _is_complete(phase: Phase | None, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> bool:
    if phase is not None and phase.second_person and not attempt.checked_by:
        return False
    return not isinstance(phase, Repeat) or is_last_round(phase, situation, values)


# ----------------------------------------------------------------------------------------------------- who and when
def _who(phase: Phase | None, attempt: Attempt, situation: Situation) -> Found:
    role = (phase.role if phase is not None else "") or situation.role
    trainings = situation.trainings | frozenset(phase.training if phase is not None else ())
    person = situation.people.get(attempt.by, Person(attempt.by))
    if role and role not in person.roles:
        yield Reason(
            code="role",
            sentence=f"{person.id} is not in the role that performs this",
            value=", ".join(sorted(person.roles)),
            limit=role,
            remedy="Ask somebody of this role.",
        )
    missing = sorted((trainings | person.needs) - person.trainings)
    if missing:
        yield Reason(
            code="training",
            sentence=f"{person.id} is not trained for this, or no longer",
            limit=", ".join(missing),
            remedy="Train first, or ask somebody who is.",
        )
    if not attempt.checked_by:
        return
    checker = situation.people.get(attempt.checked_by)
    if attempt.checked_by == attempt.by:
        yield Reason(code="same person", sentence="The second person is the first one", value=attempt.by,
                     limit="another person", remedy="Ask somebody else to check.")  # fmt: skip
        return
    lacking = sorted((trainings | checker.needs) - checker.trainings) if checker is not None else sorted(trainings)
    if checker is None or lacking:
        yield Reason(
            code="checker", sentence=f"{attempt.checked_by} is not trained to check this", limit=", ".join(lacking)
        )


def _when(attempt: Attempt, situation: Situation) -> Found:
    done = attempt.done_at
    if done is None:
        return
    if done > attempt.at:
        yield Reason(
            code="future",
            sentence="It cannot be done later than it is entered",
            value=clock.iso(done),
            limit=clock.iso(attempt.at),
        )
    elif done < situation.started:
        yield Reason(
            code="order",
            sentence="It cannot be done before the phase began",
            value=clock.iso(done),
            limit=clock.iso(situation.started),
        )
    elif attempt.at - done > situation.late_after:
        if not attempt.reason.strip():
            yield Reason(code="reason", sentence="A late entry needs a reason", remedy="Write why it is entered late.")
        if not attempt.checked_by:
            yield Reason(
                code="late",
                sentence="A late entry needs a second person",
                value=clock.iso(done),
                remedy="Ask somebody to check it.",
            )
        minutes = (attempt.at - done).total_seconds() // 60
        yield raised(
            Kind.LATE_ENTRY,
            f"Entered {minutes:.0f} min after it was done: {attempt.reason}",
            path=attempt.path,
            value=clock.iso(attempt.at),
            limit=clock.iso(done),
        )


def _read_fields(fields: tuple[Field, ...], attempt: Attempt, values: dict[str, Known]) -> Found:
    wanted = {one.id: one for one in fields}
    entered = {one.field: one for one in attempt.entered}
    for name in sorted(entered.keys() - wanted.keys()):
        yield Reason(
            code="unknown field", field=name, sentence=f"The phase asks for no {name}", limit=", ".join(wanted)
        )
    for name, one in wanted.items():
        given = entered.get(name)
        if given is None:
            yield Reason(code="missing", field=name, sentence=f"{one.name} is missing", remedy="Enter it.")
            continue
        found = read(one, given.text)
        if isinstance(found, Reason):
            yield found
            continue
        until = given.calibrated_until
        if given.instrument and until is not None and until < attempt.at:
            yield Reason(
                code="instrument",
                field=name,
                sentence=f"The calibration of {given.instrument} has expired",
                value=clock.iso(until),
                limit=clock.iso(attempt.at),
                remedy="Use a calibrated one.",
            )
        values[name] = found
        broken = out_of_limit(one, found, attempt.path)
        if broken is not None:
            yield broken


def judge_correction(
    phase: Phase | None, before: Mapping[str, Known], attempt: Attempt, situation: Situation
) -> Judged:
    """Judge a correction of a phase that is complete.

    Args:
        phase: What the phase does.
        before: The values as they stand.
        attempt: The values as they should stand.
        situation: What is known around it.

    Returns:
        What is said of it; it needs a reason and a second person, and raises an exception. Both values stay.
    """
    found = judge(phase, attempt, situation)
    reasons = list(found.reasons)
    if not attempt.reason.strip():
        reasons.append(Reason(code="reason", sentence="A correction needs a reason", remedy="Write why."))
    if not attempt.checked_by:
        reasons.append(
            Reason(code="checker", sentence="A correction needs a second person", remedy="Ask somebody to check.")
        )
    if reasons:
        return Judged(attempt, "refused", reasons=tuple(reasons))
    changed = [name for name, value in found.values.items() if before.get(name) != value]
    told = (
        "; ".join(f"{name} {before.get(name, 'nothing')} -> {found.values[name]}" for name in changed)
        or "nothing changes"
    )
    exception = raised(Kind.CORRECTION, f"Corrected: {told}. {attempt.reason}", path=attempt.path)
    return Judged(attempt, found.verdict, found.values, (), (*found.exceptions, exception), complete=True)
