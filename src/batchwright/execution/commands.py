"""Commands to a batch or to an element of it, and what they mean for what runs below."""

from datetime import datetime

from batchwright.execution.choices import Choices
from batchwright.execution.engine import idle
from batchwright.execution.marking import BATCH, Advance, Event, Facts, Marking, Visit, around, split
from batchwright.execution.plan import Plan
from batchwright.execution.states import Command, State, after, reaches
from batchwright.kernel.errors import DomainError

_NEEDS_RUNNING_ABOVE = frozenset({Command.START, Command.RESTART, Command.RESUME})


def give(plan: Plan, marking: Marking, path: str, command: Command, at: datetime) -> Advance:
    """Give a command; `advance` then starts, settles and goes on.

    Args:
        plan: The procedure.
        marking: Where the batch stands.
        path: Of the run that it is given to; "" for the batch.
        command: What is ordered.
        at: When.

    Returns:
        Where the batch stands then, and the states that changed, those below first.

    Raises:
        DomainError: The element has not begun, its state does not take the command, what is around it does not run, or
            the procedure has gone on from it.
    """
    visits = {one.path: one for one in (marking.visits or idle().visits)}
    choices = Choices(plan, visits, Facts(at))
    if path not in visits:
        raise DomainError("this has not begun and takes no command", value=path, remedy="Wait until its turn comes.")
    name = "The batch" if path == BATCH else choices.place(path)
    state = after(visits[path].state, command, name)
    if command in _NEEDS_RUNNING_ABOVE:
        _require_running_above(visits, path, command, choices)
    tokens = marking.tokens
    events: list[Event] = []
    if command is Command.RESET:
        _require_token(marking, path, name)
        tokens = tuple(token for token in tokens if path not in (token.level, *around(token.level)))
    for inner in sorted(visits, key=lambda one: -len(around(one))):
        if inner and path in around(inner) and _goes_to(plan, visits[inner], command):
            _set(visits, events, inner, after(visits[inner].state, command, inner), at)
    _set(visits, events, path, state, at)
    if command is Command.START:
        visits[path] = visits[path].model_copy(update={"started": at})
    if command is Command.RESET:
        visits[path] = visits[path].model_copy(update={"completed": None, "skipped": False})
    return Advance(Marking(visits=tuple(visits.values()), tokens=tokens), tuple(events))


def _goes_to(plan: Plan, visit: Visit, command: Command) -> bool:
    element = plan.elements[split(visit.path)[1]]
    uninterrupted = element.id in plan.uninterrupted
    return reaches(visit.state, command, is_phase=element.level == "phase", uninterrupted=uninterrupted)


def _set(visits: dict[str, Visit], events: list[Event], path: str, state: State, at: datetime) -> None:
    visits[path] = visits[path].model_copy(update={"state": state})
    events.append(Event("state", path, at, state))


def _require_running_above(visits: dict[str, Visit], path: str, command: Command, choices: Choices) -> None:
    for outer in around(path):
        if visits[outer].state is not State.RUNNING:
            raise DomainError(
                f"{choices.place(path)} cannot take {command} while {choices.place(outer)} is {visits[outer].state}",
                value=command, limit="everything around it Running", remedy="Let what is around it run first.",
            )  # fmt: skip


def _require_token(marking: Marking, path: str, name: str) -> None:
    """Only where the procedure still stands can be done again; else it would be out of its order (21 CFR 11.10(f))."""
    if path != BATCH and not any(token.visit == path and token.level == around(path)[0] for token in marking.tokens):
        raise DomainError(
            f"the procedure has gone on from {name}", value=Command.RESET, limit="where the procedure stands now",
            remedy="Add the phase again by a redline.",
        )  # fmt: skip
