"""What somebody who does everything as the recipe has it would put in at a phase; for automatic operators."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from batchwright import record
from batchwright.execution.attempts import Situation
from batchwright.execution.fields import Field
from batchwright.execution.files import text_of
from batchwright.execution.models import Run, Weighing
from batchwright.execution.pace import pace_of
from batchwright.execution.phase_rules import tolerance_limits
from batchwright.execution.phases import asked
from batchwright.execution.proposals import beyond, proposed
from batchwright.execution.services.performing import Put
from batchwright.execution.services.situations import situation_of
from batchwright.execution.services.turning import Turn
from batchwright.execution.specimens import specimen
from batchwright.execution.surroundings import seconds
from batchwright.kernel.errors import DomainError
from batchwright.materials import Container, Definition
from batchwright.plant import EquipmentElement
from batchwright.recipes.phases import Attach, Automated, Charge, Decide, Phase, Repeat, Sample, Scan, Wait, Weigh
from batchwright.recipes.values import Limits

_BY_HAND = "entered by hand, as no module is connected"


@dataclass(frozen=True, slots=True)
class Entering:
    """What is put in at a phase."""

    values: Mapping[str, str | Put] = field(default_factory=dict)
    reason: str = ""
    attached: tuple[tuple[str, bytes, str], ...] = ()
    wait_seconds: float = 0.0
    """How long it has to stand still before anything can be put in."""
    mistake: str = ""
    """What was done wrongly on purpose; "" for nothing."""


def answer(
    turn: Turn, run: Run, actor: record.Actor, *, seed: int, mistake: bool = False, paced: bool = False
) -> Entering:
    """Say what is put in at a phase that runs.

    Args:
        turn: The batch, as it was read.
        run: Run of the phase.
        actor: Who performs it.
        seed: The same seed gives the same values at the same run.
        mistake: Whether something is to be done wrongly, where the phase gives an opportunity.
        paced: Whether a round of a repetition waits until it is due.

    Returns:
        What is put in.

    Raises:
        DomainError: If the plant has nothing that could be scanned.
    """
    phase = turn.plan.elements[run.element].phase
    situation = situation_of(turn, run, phase, actor, (), trained=False)
    if isinstance(phase, Wait):
        return Entering(wait_seconds=_left(phase, turn, run))
    if paced and isinstance(phase, Repeat) and run.started_at is not None:
        pace = pace_of(phase, run.started_at, situation.latest_round)
        if pace.sleeps(turn.facts.now):
            return Entering(wait_seconds=((pace.due or turn.facts.now) - turn.facts.now).total_seconds())
    fields = asked(phase, containers=situation.containers)
    rounded = seed + run.rounds
    values: dict[str, str | Put] = {one.id: _value(one, phase, turn, run, situation, rounded) for one in fields}
    if mistake:
        wrong = _wrongly(fields, phase, situation, random.Random(f"{seed}/{run.path}"))  # noqa: S311 - no secret
        if wrong is not None:
            return Entering({**values, **wrong}, mistake=", ".join(f"{name} {value}" for name, value in wrong.items()))
    pictures = [one for one in fields if one.type == "picture"]
    attached = tuple(_file(one, phase, run) for one in pictures)
    for one, (name, content, media_type) in zip(pictures, attached, strict=True):
        values[one.id] = text_of(name, content)
        if isinstance(phase, Attach):
            values["media_type"] = media_type
    return Entering(values, _BY_HAND if isinstance(phase, Automated) and values else "", attached)


def _file(one: Field, phase: Phase | None, run: Run) -> tuple[str, bytes, str]:
    """What stands for a print-out or a picture: name, content and media type."""
    if isinstance(phase, Attach):
        return specimen("reading", f"{phase.instrument}: {run.name} of {run.batch.number}", phase.media_types)
    return specimen(one.id, f"{one.name} of {run.batch.number}, {run.path}", ("image/png",))


def _left(phase: Wait, turn: Turn, run: Run) -> float:
    if phase.at_least is None or run.started_at is None:
        return 0.0
    stood = seconds(turn.facts.now - run.started_at)
    return max(0.0, float(phase.at_least.to("s").value - stood.value))


def _value(one: Field, phase: Phase | None, turn: Turn, run: Run, situation: Situation, seed: int) -> str:
    match phase:
        case Scan():
            return _code(phase, run, situation)
        case Charge():
            return _vessel(turn, one.id, situation)
        case Sample() if one.id in situation.containers:
            return str(situation.containers[one.id])
        case Decide(formula=formula) if formula:
            return str(situation.surroundings.worth(formula))
        case _:
            within = _tolerance(phase, situation)
            return proposed(one, situation.surroundings, seed=seed, batch=turn.batch.number, within=within)


def _tolerance(phase: Phase | None, situation: Situation) -> Limits | None:
    if not isinstance(phase, Weigh) or phase.tolerance is None or situation.target is None:
        return None
    return tolerance_limits(situation.target, phase.tolerance.below, phase.tolerance.above)


def _code(phase: Scan, run: Run, situation: Situation) -> str:
    if situation.expected:
        return min(situation.expected)
    match phase.what:
        case "person":
            return min(situation.people)
        case "material":
            found: str | None = Definition.objects.order_by("code").values_list("code", flat=True).first()
        case "container":
            found = Container.objects.order_by("identifier").values_list("identifier", flat=True).first()
        case _:
            found = run.unit or EquipmentElement.objects.order_by("tag").values_list("tag", flat=True).first()
    if not found:
        raise DomainError(f"there is no {phase.what} in the plant that could be scanned", value=run.path)
    return str(found)


def _vessel(turn: Turn, line: str, situation: Situation) -> str:
    """The containers that were dispensed for a line; any where nothing was dispensed."""
    mine = Weighing.objects.filter(batch=turn.batch, returned_at__isnull=True, charged=False)
    own = [one.vessel for one in mine.order_by("id") if one.line.rpartition("/")[2] == line]
    return ", ".join(dict.fromkeys(own)) or min(situation.expected, default="as it stands here")


def _wrongly(
    fields: tuple[Field, ...], phase: Phase | None, situation: Situation, die: random.Random
) -> dict[str, str] | None:
    """A value that is refused, or taken in with an exception."""
    chosen = die.choice(fields) if fields else None
    if chosen is None or chosen.id == "done":
        return None
    over = beyond(chosen, _tolerance(phase, situation))
    if over is not None and die.random() < 0.5:
        return {chosen.id: over}
    match chosen.type:
        case "number":
            return {chosen.id: "about right"}
        case "yes or no":
            return {chosen.id: "no"}
        case "choice":
            return {chosen.id: "something else"}
        case _ if isinstance(phase, Scan):
            return {chosen.id: "NO-SUCH-CODE"}
        case _:
            return {chosen.id: " "}
