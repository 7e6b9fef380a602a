"""What is to be done now, what the batch waits for, and whether it is stuck; and whether a phase may be performed.

A batch is stuck where nothing runs, nobody is asked and no time will help. It is never silently so: each place at which
the procedure stands says why it does not go on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from batchwright.execution.choices import Blocked
from batchwright.execution.engine import Walk
from batchwright.execution.marking import BATCH, Facts, Marking, Question, around, split
from batchwright.execution.plan import Plan
from batchwright.execution.states import ENDED, State
from batchwright.kernel.errors import DomainError

Status = Literal["ended", "halted", "performing", "question", "time", "stuck"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a batch goes on."""

    status: Status
    to_perform: tuple[str, ...] = ()
    """Paths of the phases that can be performed now."""
    questions: tuple[Question, ...] = ()
    waits: tuple[Blocked, ...] = ()
    """Each place that does not go on, and why."""

    @property
    def sentence(self) -> str:
        """Why nothing goes on; "" where something does."""
        if self.status in ("performing", "ended"):
            return ""
        return "; ".join(one.sentence for one in self.waits if one.why != "join") or "Nothing has been started"


def outlook(plan: Plan, marking: Marking, facts: Facts) -> Outlook:
    """Say how a batch goes on.

    Args:
        plan: The procedure.
        marking: Where it stands, after `advance` with the same facts.
        facts: What is known.

    Returns:
        What is to be done and what it waits for.
    """
    walk = Walk(plan, marking, facts)
    ways = [walk.way(token) for token in walk.tokens]
    waits = [one for one in ways if isinstance(one, Blocked) and one.why != "performing"]
    waits += [Blocked("stuck", why) for why in _without_token(walk)]
    phases = tuple(path for path in walk.visits if _is_to_perform(walk, path))
    questions = tuple(one.question for one in waits if one.question is not None)
    return Outlook(_status(walk, phases, waits), phases, questions, tuple(waits))


def _status(walk: Walk, phases: tuple[str, ...], waits: list[Blocked]) -> Status:
    state = walk.visits[BATCH].state
    if state in ENDED:
        return "ended"
    if phases:
        return "performing"
    kinds = {one.why for one in waits}
    if state is not State.RUNNING or "state" in kinds:
        return "halted"
    if "question" in kinds:
        return "question"
    return "time" if "time" in kinds else "stuck"


def _is_to_perform(walk: Walk, path: str) -> bool:
    """A phase that runs; what must not be interrupted is performed also while things around it are halted."""
    if not path:
        return False
    element = walk.plan.elements[split(path)[1]]
    return walk.visits[path].state is State.RUNNING and element.level == "phase"


def _without_token(walk: Walk) -> list[str]:
    """Levels that run and in which the procedure stands nowhere."""
    inhabited = {token.level for token in walk.tokens}
    found = []
    for path, visit in walk.visits.items():
        is_phase = bool(path) and walk.plan.elements[split(path)[1]].level == "phase"
        if visit.state is not State.RUNNING or path in inhabited or is_phase or walk.halted(path) is not None:
            continue
        level = walk.level_of(path)
        why = "; ".join(level.broken) or "it has no begin, or more than one"
        found.append(f"{walk.choices.place(path)} cannot begin: {why}")
    return found


def may_perform(plan: Plan, marking: Marking, path: str) -> None:
    """Refuse to perform a phase out of its order (21 CFR 11.10(f)).

    Args:
        plan: The procedure.
        marking: Where the batch stands.
        path: Of the phase.

    Raises:
        DomainError: It is no phase, its turn has not come, it is complete, or it does not run; with what can be
            performed now.
    """
    walk = Walk(plan, marking, Facts(_NEVER))
    now = [walk.choices.place(one) for one in walk.visits if _is_to_perform(walk, one)]
    element = plan.elements.get(split(path)[1]) if path else None
    if element is None or element.level != "phase":
        raise DomainError("this is no phase of the recipe", value=path or "the batch", limit="a phase")
    visit = walk.visits.get(path)
    remedy = f"Now to be performed: {', '.join(now)}." if now else "Nothing can be performed now."
    name = walk.choices.place(path)
    if visit is None:
        raise DomainError(f"{name} cannot be performed before its turn", value=path, remedy=remedy)
    if visit.state is State.COMPLETE:
        done = "was taken out by a redline" if visit.skipped else "is complete"
        raise DomainError(f"{name} {done} and is not performed again", value=path, remedy=remedy)
    if visit.state is not State.RUNNING:
        halted = walk.halted(around(path)[0])
        why = f"; {walk.choices.place(halted.path)} is {halted.state}" if halted is not None else ""
        raise DomainError(f"{name} is {visit.state} and cannot be performed{why}", value=path, remedy=remedy)


_NEVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
"""No rule of order asks what time it is."""
