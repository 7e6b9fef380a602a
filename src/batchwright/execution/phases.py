"""What each kind of phase asks for, and what is said of an attempt at it.

`asked` gives the fields of the step screen. `judge` first asks who, then when, then what: role and training, second
person, late entry; then the fields with their types, units and limits; then the rule of the kind. A value beyond a limit
is taken in with an exception and not refused: it happened. An attempt that breaks a rule is refused and kept.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from batchwright.execution.attempts import Attempt, Judged, Person, Reason, Situation
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.fields import Field, out_of_limit, read
from batchwright.execution.marking import Known
from batchwright.execution.surroundings import seconds
from batchwright.kernel import clock
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.evaluation import Size
from batchwright.recipes.phases import (
    Attach,
    Automated,
    Calculate,
    Charge,
    Clean,
    ClearLine,
    Decide,
    Dispense,
    Enter,
    Instruct,
    Phase,
    Repeat,
    Result,
    Sample,
    Scan,
    Sign,
    Verify,
    Wait,
    Weigh,
)
from batchwright.recipes.values import Limits, RoundingRule

Found = Iterator[Reason | Raised]
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
            return (Field("file", "File", "picture"), Field("media_type", "Type of the file"), *map(Field.of, phase.entries))
        case Automated():
            return tuple(Field.of(one) for one in phase.results)
        case Scan():
            return (Field("code", f"Code of the {phase.what}"),)
        case Weigh():
            return (Field("net", phase.what or "Net", "number", phase.unit, limits=phase.limits),)
        case ClearLine(points=points):
            return tuple(Field(f"point_{number}", point, "yes or no") for number, point in enumerate(points, 1)) or _confirm()
        case Sample(points=points):
            return tuple(Field(one, one, "number", "1", decimals=0) for one in points if one in (containers or {})) or _confirm()
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
        What is said of it; the attempt is in it whatever is said. Dispensing is judged by `batchwright.execution.weighing`.
    """
    found: list[Reason | Raised] = [*_who(phase, attempt, situation), *_when(attempt, situation)]
    values: dict[str, Known] = {}
    fields = asked(phase, containers=situation.containers)
    found += _read_fields(fields, attempt, values)
    if not any(isinstance(one, Reason) for one in found):
        rule = _RULES.get(type(phase))
        if rule is not None:
            found += rule(phase, attempt, situation, values)
    reasons = tuple(one for one in found if isinstance(one, Reason))
    exceptions = tuple(one for one in found if isinstance(one, Raised))
    if reasons:
        return Judged(attempt, "refused", reasons=reasons)
    values = {name: value for name, value in values.items() if name not in ("done", "file", "media_type")}
    broken = any(one.kind in (Kind.OUT_OF_LIMIT, Kind.ALERT) for one in exceptions)
    complete = _is_complete(phase, attempt, situation, values)
    return Judged(attempt, "out of limit" if broken else "accepted", values, (), exceptions, complete)


def _is_complete(phase: Phase | None, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> bool:
    if phase is not None and phase.second_person and not attempt.checked_by:
        return False
    return not isinstance(phase, Repeat) or _is_last_round(phase, situation, values)


# ----------------------------------------------------------------------------------------------------- who and when
def _who(phase: Phase | None, attempt: Attempt, situation: Situation) -> Found:
    role = (phase.role if phase is not None else "") or situation.role
    trainings = situation.trainings | frozenset(phase.training if phase is not None else ())
    person = situation.people.get(attempt.by, Person(attempt.by))
    if role and role not in person.roles:
        yield Reason(code="role", sentence=f"{person.id} is not in the role that performs this", value=", ".join(sorted(person.roles)),
                     limit=role, remedy="Ask somebody of this role.")  # fmt: skip
    missing = sorted(trainings - person.trainings)
    if missing:
        yield Reason(code="training", sentence=f"{person.id} is not trained for this, or no longer", limit=", ".join(missing),
                     remedy="Train first, or ask somebody who is.")  # fmt: skip
    if not attempt.checked_by:
        return
    checker = situation.people.get(attempt.checked_by)
    if attempt.checked_by == attempt.by:
        yield Reason(code="same person", sentence="The second person is the first one", value=attempt.by,
                     limit="another person", remedy="Ask somebody else to check.")  # fmt: skip
    elif checker is None or sorted(trainings - checker.trainings):
        yield Reason(code="checker", sentence=f"{attempt.checked_by} is not trained to check this", limit=", ".join(trainings))


def _when(attempt: Attempt, situation: Situation) -> Found:
    done = attempt.done_at
    if done is None:
        return
    if done > attempt.at:
        yield Reason(code="future", sentence="It cannot be done later than it is entered", value=clock.iso(done), limit=clock.iso(attempt.at))
    elif done < situation.started:
        yield Reason(code="order", sentence="It cannot be done before the phase began", value=clock.iso(done), limit=clock.iso(situation.started))
    elif attempt.at - done > situation.late_after:
        if not attempt.reason.strip():
            yield Reason(code="reason", sentence="A late entry needs a reason", remedy="Write why it is entered late.")
        if not attempt.checked_by:
            yield Reason(code="late", sentence="A late entry needs a second person", value=clock.iso(done), remedy="Ask somebody to check it.")
        minutes = (attempt.at - done).total_seconds() // 60
        yield raised(Kind.LATE_ENTRY, f"Entered {minutes:.0f} min after it was done: {attempt.reason}", path=attempt.path,
                     value=clock.iso(attempt.at), limit=clock.iso(done))  # fmt: skip


def _read_fields(fields: tuple[Field, ...], attempt: Attempt, values: dict[str, Known]) -> Found:
    wanted = {one.id: one for one in fields}
    entered = {one.field: one for one in attempt.entered}
    for name in sorted(entered.keys() - wanted.keys()):
        yield Reason(code="unknown field", field=name, sentence=f"The phase asks for no {name}", limit=", ".join(wanted))
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
            yield Reason(code="instrument", field=name, sentence=f"The calibration of {given.instrument} has expired",
                         value=clock.iso(until), limit=clock.iso(attempt.at), remedy="Use a calibrated one.")  # fmt: skip
        values[name] = found
        broken = out_of_limit(one, found, attempt.path)
        if broken is not None:
            yield broken


# ---------------------------------------------------------------------------------------------------- rules of kinds
def _scan(phase: Scan, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    code = str(values["code"])
    wrong = situation.expected and code not in situation.expected
    unknown = situation.known is not None and code not in situation.known
    if wrong or unknown:
        limit = ", ".join(sorted(situation.expected)) or f"a {phase.what} of the plant"
        yield Reason(code=f"wrong {phase.what}", field="code", sentence=f"This is not the {phase.what} that is expected",  # type: ignore[arg-type]  # one of the literals
                     value=code, limit=limit, remedy=f"Scan the right {phase.what}.")  # fmt: skip


def _weigh(phase: Weigh, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    net = values["net"]
    if phase.target and situation.target is None:
        yield Reason(code="formula", field="net", sentence=f"The target {phase.target} is not known yet")
    if situation.target is None or phase.tolerance is None or not isinstance(net, Quantity):
        return
    limits = tolerance_limits(situation.target, phase.tolerance.below, phase.tolerance.above)
    broken = out_of_limit(Field("net", phase.what or "Net", "number", phase.unit, limits=limits), net, attempt.path)
    if broken is not None:
        yield broken


def tolerance_limits(target: Quantity, below: Quantity, above: Quantity) -> Limits:
    """The limits of a weight.

    Args:
        target: What is aimed at.
        below: How far below it may be: a fraction of the target such as 0.1 %, or an amount such as 50 g.
        above: How far above.

    Returns:
        Action limits, exact, in the unit of the target.
    """

    def part(of: Quantity) -> Quantity:
        is_fraction = of.measured_in.dimension == Quantity("1", "1").measured_in.dimension
        return (target * of.to("1").value if is_fraction else of).to(target.unit)

    return Limits(action_low=target - part(below), action_high=target + part(above))


def _clear(phase: ClearLine, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    for number, point in enumerate(phase.points, 1):
        if values[f"point_{number}"] is False:
            yield Reason(code="not clear", field=f"point_{number}", sentence=f"The line is not clear: {point}", value="no",
                         limit="yes", remedy="Clear it, and look again.")  # fmt: skip


def _sample(phase: Sample, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    for point, wanted in situation.containers.items():
        if point in values and values[point] != Quantity(wanted, "1"):
            yield Reason(code="count", field=point, sentence=f"{point} takes {wanted} containers", value=str(values[point]),
                         limit=str(wanted), remedy="Take and label them all.")  # fmt: skip


def _wait(phase: Wait, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    waited = seconds(attempt.at - situation.started)
    values["waited"] = waited
    if phase.at_least is not None and waited < phase.at_least:
        left = phase.at_least.to("s") - waited
        yield Reason(code="too early", sentence=f"It has to stand for {phase.at_least}", value=str(waited),
                     limit=f">= {phase.at_least}", remedy=f"Wait {left} more.")  # fmt: skip
    if phase.at_most is not None and waited > phase.at_most:
        yield raised(Kind.HOLD_TIME, f"It stood for {waited}, longer than {phase.at_most}", path=attempt.path,
                     value=waited, limit=f"<= {phase.at_most}")  # fmt: skip


def _verify(phase: Verify, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    if attempt.by in situation.performers:
        yield Reason(code="same person", sentence=f"{attempt.by} performed what is verified", value=attempt.by,
                     limit="who has performed none of it", remedy="Ask somebody else to verify.")  # fmt: skip


def _decide(phase: Decide, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    if not phase.formula:
        return
    try:
        proposed = situation.surroundings.worth(phase.formula)
    except BatchwrightError as error:
        yield Reason(code="formula", field="choice", sentence=f"The proposal cannot be reckoned: {error}")
        return
    if values["choice"] == proposed:
        return
    if not attempt.reason.strip():
        yield Reason(code="reason", field="choice", sentence="Another decision than the proposed one needs a reason",
                     value=str(values["choice"]), limit=str(proposed), remedy="Write why.")  # fmt: skip
    yield raised(Kind.OVERRIDDEN_DECISION, f"Decided {values['choice']} and not {proposed}: {attempt.reason}",
                 path=attempt.path, field="choice", value=values["choice"], limit=proposed)  # fmt: skip


def _calculate(phase: Calculate, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    so_far = dict(situation.surroundings.facts.so_far.get(attempt.path, {}))
    for result in phase.results:
        try:
            values[result.id] = reckoned(result, situation, attempt.path, so_far)
        except BatchwrightError as error:
            yield Reason(code="formula", field=result.id, sentence=f"{result.name or result.id} cannot be reckoned: {error}")
            return
        so_far[result.id] = values[result.id]
        broken = out_of_limit(Field.of(result), values[result.id], attempt.path)
        if broken is not None:
            yield broken


def reckoned(result: Result, situation: Situation, path: str, so_far: Mapping[str, Known]) -> Known:
    """Reckon one result of a phase.

    Args:
        result: The result with its formula.
        situation: What is known.
        path: Run of the phase.
        so_far: Results of the phase that were reckoned before.

    Returns:
        Its value, in its unit; rounded by its rule, or to nine significant digits where it has no exact decimal and none.

    Raises:
        BatchwrightError: A value is not there yet, or the formula has no meaning.
    """
    around = situation.surroundings
    inside = type(around)(around.plan, around.visits, _with(around.facts, path, so_far), path, around.element)
    worth = inside.worth(result.formula)
    if not isinstance(worth, Size):
        return worth
    size = worth.to(Size.of(Quantity("1", result.unit)).unit)
    if result.rounding is not None:
        return size.as_quantity(result.rounding.as_rounding)
    try:
        return size.as_quantity()
    except BatchwrightError:
        return size.as_quantity(RoundingRule(significant=9).as_rounding)


def _with(facts: Any, path: str, so_far: Mapping[str, Known]) -> Any:
    return type(facts)(facts.now, facts.done, {**facts.so_far, path: so_far}, facts.settled, facts.decisions)


def _repeat(phase: Repeat, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    values["count"] = Quantity(situation.rounds + 1, "1")
    before = situation.latest_round if situation.latest_round is not None else situation.started
    passed = seconds(attempt.at - before)
    if phase.every is not None and passed > phase.every * 2:
        yield raised(Kind.HOLD_TIME, f"The round came {passed} after the one before; every {phase.every} is asked for",
                     path=attempt.path, value=passed, limit=str(phase.every))  # fmt: skip


def _is_last_round(phase: Repeat, situation: Situation, values: dict[str, Known]) -> bool:
    if phase.at_most is not None and situation.rounds + 1 >= phase.at_most:
        return True
    if not phase.until:
        return False
    around = situation.surroundings
    inside = type(around)(around.plan, around.visits, _with(around.facts, around.path, values), around.path, around.element)
    try:
        return inside.worth(phase.until) is True
    except BatchwrightError:
        return False  # what it waits for is not there yet


def _automated(phase: Automated, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    by_hand = [one.field for one in attempt.entered if one.source == "manual"]
    if not by_hand:
        return
    if not attempt.reason.strip():
        yield Reason(code="reason", sentence="A value of a machine that is entered by hand needs a reason", field=by_hand[0],
                     remedy="Write why.")  # fmt: skip
    yield raised(Kind.MANUAL_VALUE, f"Entered by hand and not by {phase.service}: {', '.join(by_hand)}. {attempt.reason}",
                 path=attempt.path, field=by_hand[0])  # fmt: skip


def _attach(phase: Attach, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    if phase.media_types and values["media_type"] not in phase.media_types:
        yield Reason(code="media type", field="media_type", sentence="A file of this type is not asked for",
                     value=str(values["media_type"]), limit=", ".join(phase.media_types))  # fmt: skip


def _charge(phase: Charge, attempt: Attempt, situation: Situation, values: dict[str, Known]) -> Found:
    for name in phase.inputs:
        code = str(values[name])
        if situation.expected and code not in situation.expected:
            yield Reason(code="wrong container", field=name, sentence=f"This container was not dispensed for {name}",
                         value=code, limit=", ".join(sorted(situation.expected)), remedy="Scan the right container.")  # fmt: skip


Rule = Callable[[Any, Attempt, Situation, dict[str, Known]], Found]
_RULES: Mapping[type, Rule] = MappingProxyType(
    {
        Scan: _scan, Weigh: _weigh, ClearLine: _clear, Sample: _sample, Wait: _wait, Verify: _verify, Decide: _decide,
        Calculate: _calculate, Repeat: _repeat, Automated: _automated, Attach: _attach, Charge: _charge,
    }
)  # fmt: skip
"""Kinds without a rule of their own (instruct, enter, clean, sign) ask for no more than their fields."""
PLAIN_KINDS = (Instruct, Enter, Clean, Sign, Dispense)


def judge_correction(phase: Phase | None, before: Mapping[str, Known], attempt: Attempt, situation: Situation) -> Judged:
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
        reasons.append(Reason(code="checker", sentence="A correction needs a second person", remedy="Ask somebody to check."))
    if reasons:
        return Judged(attempt, "refused", reasons=tuple(reasons))
    changed = [name for name, value in found.values.items() if before.get(name) != value]
    told = "; ".join(f"{name} {before.get(name, 'nothing')} -> {found.values[name]}" for name in changed) or "nothing changes"
    exception = raised(Kind.CORRECTION, f"Corrected: {told}. {attempt.reason}", path=attempt.path)
    return Judged(attempt, found.verdict, found.values, (), (*found.exceptions, exception), complete=True)
