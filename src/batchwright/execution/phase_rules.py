"""The rule of each kind of phase, beyond the fields that it asks for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from batchwright.execution.attempts import Attempt, Reason, Situation
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.fields import Field, out_of_limit
from batchwright.execution.marking import Known
from batchwright.execution.surroundings import seconds
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


@dataclass(frozen=True, slots=True)
class Trial:
    """An attempt whose fields are well formed."""

    attempt: Attempt
    situation: Situation
    values: dict[str, Known]
    """What was read; a rule adds what the phase reckons for itself."""


def _scan(phase: Scan, trial: Trial) -> Found:
    code = str(trial.values["code"])
    wrong = trial.situation.expected and code not in trial.situation.expected
    unknown = trial.situation.known is not None and code not in trial.situation.known
    if wrong or unknown:
        limit = ", ".join(sorted(trial.situation.expected)) or f"a {phase.what} of the plant"
        yield Reason(
            code=f"wrong {phase.what}",  # type: ignore[arg-type]  # one of the literals
            field="code",
            sentence=f"This is not the {phase.what} that is expected",
            value=code,
            limit=limit,
            remedy=f"Scan the right {phase.what}.",
        )


def _weigh(phase: Weigh, trial: Trial) -> Found:
    net = trial.values["net"]
    if phase.target and trial.situation.target is None:
        yield Reason(code="formula", field="net", sentence=f"The target {phase.target} is not known yet")
    if trial.situation.target is None or phase.tolerance is None or not isinstance(net, Quantity):
        return
    limits = tolerance_limits(trial.situation.target, phase.tolerance.below, phase.tolerance.above)
    broken = out_of_limit(
        Field("net", phase.what or "Net", "number", phase.unit, limits=limits), net, trial.attempt.path
    )
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


def _clear(phase: ClearLine, trial: Trial) -> Found:
    for number, point in enumerate(phase.points, 1):
        if trial.values[f"point_{number}"] is False:
            yield Reason(
                code="not clear",
                field=f"point_{number}",
                sentence=f"The line is not clear: {point}",
                value="no",
                limit="yes",
                remedy="Clear it, and look again.",
            )


def _sample(_phase: Sample, trial: Trial) -> Found:
    for point, wanted in trial.situation.containers.items():
        if point in trial.values and trial.values[point] != Quantity(wanted, "1"):
            yield Reason(
                code="count",
                field=point,
                sentence=f"{point} takes {wanted} containers",
                value=str(trial.values[point]),
                limit=str(wanted),
                remedy="Take and label them all.",
            )


def _wait(phase: Wait, trial: Trial) -> Found:
    waited = seconds(trial.attempt.at - trial.situation.started)
    trial.values["waited"] = waited
    if phase.at_least is not None and waited < phase.at_least:
        left = phase.at_least.to("s") - waited
        yield Reason(code="too early", sentence=f"It has to stand for {phase.at_least}", value=str(waited),
                     limit=f">= {phase.at_least}", remedy=f"Wait {left} more.")  # fmt: skip
    if phase.at_most is not None and waited > phase.at_most:
        yield raised(Kind.HOLD_TIME, f"It stood for {waited}, longer than {phase.at_most}", path=trial.attempt.path,
                     value=waited, limit=f"<= {phase.at_most}")  # fmt: skip


def _verify(_phase: Verify, trial: Trial) -> Found:
    if trial.attempt.by in trial.situation.performers:
        yield Reason(
            code="same person",
            sentence=f"{trial.attempt.by} performed what is verified",
            value=trial.attempt.by,
            limit="who has performed none of it",
            remedy="Ask somebody else to verify.",
        )


def _decide(phase: Decide, trial: Trial) -> Found:
    if not phase.formula:
        return
    try:
        proposed = trial.situation.surroundings.worth(phase.formula)
    except BatchwrightError as error:
        yield Reason(code="formula", field="choice", sentence=f"The proposal cannot be reckoned: {error}")
        return
    if trial.values["choice"] == proposed:
        return
    if not trial.attempt.reason.strip():
        yield Reason(code="reason", field="choice", sentence="Another decision than the proposed one needs a reason",
                     value=str(trial.values["choice"]), limit=str(proposed), remedy="Write why.")  # fmt: skip
    yield raised(
        Kind.OVERRIDDEN_DECISION,
        f"Decided {trial.values['choice']} and not {proposed}: {trial.attempt.reason}",
        path=trial.attempt.path,
        field="choice",
        value=trial.values["choice"],
        limit=proposed,
    )


def _calculate(phase: Calculate, trial: Trial) -> Found:
    so_far = dict(trial.situation.surroundings.facts.so_far.get(trial.attempt.path, {}))
    for result in phase.results:
        try:
            trial.values[result.id] = reckoned(result, trial.situation, trial.attempt.path, so_far)
        except BatchwrightError as error:
            yield Reason(
                code="formula", field=result.id, sentence=f"{result.name or result.id} cannot be reckoned: {error}"
            )
            return
        so_far[result.id] = trial.values[result.id]
        broken = out_of_limit(Field.of(result), trial.values[result.id], trial.attempt.path)
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
        Its value, in its unit; rounded by its rule, or to nine significant digits where it has neither a rule
        nor an exact decimal.

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


def _repeat(phase: Repeat, trial: Trial) -> Found:
    trial.values["count"] = Quantity(trial.situation.rounds + 1, "1")
    before = trial.situation.latest_round if trial.situation.latest_round is not None else trial.situation.started
    passed = seconds(trial.attempt.at - before)
    if phase.every is not None and passed > phase.every * 2:
        yield raised(Kind.HOLD_TIME, f"The round came {passed} after the one before; every {phase.every} is asked for",
                     path=trial.attempt.path, value=passed, limit=str(phase.every))  # fmt: skip


def is_last_round(phase: Repeat, situation: Situation, values: Mapping[str, Known]) -> bool:
    """Whether a repetition ends with this round.

    Args:
        phase: The repetition.
        situation: What is known, with the rounds before.
        values: Of this round, with its count.

    Returns:
        Whether its number of rounds is reached, or its condition is true.
    """
    if phase.at_most is not None and situation.rounds + 1 >= phase.at_most:
        return True
    if not phase.until:
        return False
    around = situation.surroundings
    inside = type(around)(
        around.plan, around.visits, _with(around.facts, around.path, values), around.path, around.element
    )
    try:
        return inside.worth(phase.until) is True
    except BatchwrightError:
        return False  # what it waits for is not there yet


def _automated(phase: Automated, trial: Trial) -> Found:
    by_hand = [one.field for one in trial.attempt.entered if one.source == "manual"]
    if not by_hand:
        return
    if not trial.attempt.reason.strip():
        yield Reason(
            code="reason",
            sentence="A value of a machine that is entered by hand needs a reason",
            field=by_hand[0],
            remedy="Write why.",
        )
    yield raised(
        Kind.MANUAL_VALUE,
        f"Entered by hand and not by {phase.service}: {', '.join(one.replace('_', ' ') for one in by_hand)}; reason:"
        f" {trial.attempt.reason}",
        path=trial.attempt.path,
        field=by_hand[0],
    )


def _attach(phase: Attach, trial: Trial) -> Found:
    if phase.media_types and trial.values["media_type"] not in phase.media_types:
        yield Reason(code="media type", field="media_type", sentence="A file of this type is not asked for",
                     value=str(trial.values["media_type"]), limit=", ".join(phase.media_types))  # fmt: skip


def _charge(phase: Charge, trial: Trial) -> Found:
    for name in phase.inputs:
        # several containers of one input are separated by commas
        codes = [one.strip() for one in str(trial.values[name]).split(",")]
        wrong = [one for one in codes if trial.situation.expected and one not in trial.situation.expected]
        if wrong:
            yield Reason(
                code="wrong container",
                field=name,
                sentence=f"This container was not dispensed for {name}",
                value=", ".join(wrong),
                limit=", ".join(sorted(trial.situation.expected)),
                remedy="Scan the right container.",
            )


Rule = Callable[[Any, Trial], Found]
RULES: Mapping[type, Rule] = MappingProxyType(
    {
        Scan: _scan, Weigh: _weigh, ClearLine: _clear, Sample: _sample, Wait: _wait, Verify: _verify, Decide: _decide,
        Calculate: _calculate, Repeat: _repeat, Automated: _automated, Attach: _attach, Charge: _charge,
    }
)  # fmt: skip
"""Kinds without a rule of their own (instruct, enter, clean, sign) ask for no more than their fields."""
PLAIN_KINDS = (Instruct, Enter, Clean, Sign, Dispense)
