"""States and commands of a batch and of each element of its procedure, as one table (IEC 61512-1 clause 6.5).

A command leads to the state that the table names, or is refused; there is nothing between. A transient state (Pausing,
Holding, Restarting, Stopping, Aborting) ends by itself once everything below has settled. A batch, a unit procedure, an
operation and a phase have the same table.

What goes down the tree: a command is given to an element and, before it, to everything running below that takes it.
Three rules stand beside the table:

- PAUSE starts nothing new and lets phases that run come to their end.
- What must not be interrupted (a phase that says so) goes on under PAUSE, HOLD and STOP, and what is above it waits in
  its transient state until it is complete. ABORT takes it too.
- START and RESET are for the element alone: what is below is started by the procedure.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from batchwright.kernel.errors import DomainError


class State(StrEnum):
    """State of a batch, unit procedure, operation or phase."""

    IDLE = "Idle"
    RUNNING = "Running"
    COMPLETE = "Complete"
    PAUSING = "Pausing"
    PAUSED = "Paused"
    HOLDING = "Holding"
    HELD = "Held"
    RESTARTING = "Restarting"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    ABORTING = "Aborting"
    ABORTED = "Aborted"


class Command(StrEnum):
    """What somebody can order."""

    START = "START"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    HOLD = "HOLD"
    RESTART = "RESTART"
    STOP = "STOP"
    ABORT = "ABORT"
    RESET = "RESET"


_HOLD_STOP_ABORT = {Command.HOLD: State.HOLDING, Command.STOP: State.STOPPING, Command.ABORT: State.ABORTING}
_STOP_ABORT = {Command.STOP: State.STOPPING, Command.ABORT: State.ABORTING}

TABLE: Final[Mapping[State, Mapping[Command, State]]] = MappingProxyType(
    {
        State.IDLE: {Command.START: State.RUNNING},
        State.RUNNING: {Command.PAUSE: State.PAUSING, **_HOLD_STOP_ABORT},
        State.COMPLETE: {Command.RESET: State.IDLE},
        State.PAUSING: dict(_HOLD_STOP_ABORT),
        State.PAUSED: {Command.RESUME: State.RUNNING, **_HOLD_STOP_ABORT},
        State.HOLDING: dict(_STOP_ABORT),
        State.HELD: {Command.RESTART: State.RESTARTING, **_STOP_ABORT},
        State.RESTARTING: dict(_HOLD_STOP_ABORT),
        State.STOPPING: {Command.ABORT: State.ABORTING},
        State.STOPPED: {Command.RESET: State.IDLE},
        State.ABORTING: {},
        State.ABORTED: {Command.RESET: State.IDLE},
    }
)
"""For each state, the commands that it takes and where they lead; what is not named is refused."""

SETTLES: Final[Mapping[State, State]] = MappingProxyType(
    {
        State.PAUSING: State.PAUSED,
        State.HOLDING: State.HELD,
        State.RESTARTING: State.RUNNING,
        State.STOPPING: State.STOPPED,
        State.ABORTING: State.ABORTED,
    }
)
"""Where each transient state ends by itself."""

ENDED: Final = frozenset({State.COMPLETE, State.STOPPED, State.ABORTED})
"""Nothing runs any more; only RESET leads on."""

GOES_DOWN: Final = frozenset(
    {Command.PAUSE, Command.RESUME, Command.HOLD, Command.RESTART, Command.STOP, Command.ABORT}
)
"""Commands that are given to what runs below as well."""

SPARES_THE_UNINTERRUPTED: Final = frozenset({Command.PAUSE, Command.HOLD, Command.STOP})
"""Commands under which a phase that must not be interrupted goes on."""


def allowed(state: State) -> tuple[Command, ...]:
    """The commands that a state takes.

    Args:
        state: The state.

    Returns:
        In the order of `Command`.
    """
    return tuple(command for command in Command if command in TABLE[state])


def after(state: State, command: Command, what: str) -> State:
    """Where a command leads.

    Args:
        state: The state now.
        command: What is ordered.
        what: What people call the element, for the refusal.

    Returns:
        The state then.

    Raises:
        DomainError: If the state does not take the command; with the state and what it takes.
    """
    try:
        return TABLE[state][command]
    except KeyError:
        takes = ", ".join(allowed(state))
        raise DomainError(
            f"{what} is {state} and does not take {command}", value=command, limit=takes or "no command",
            remedy=f"Give {takes}." if takes else "Wait until it has ended by itself.",
        ) from None  # fmt: skip


def reaches(state: State, command: Command, *, is_phase: bool, uninterrupted: bool) -> bool:
    """Whether a command that is given above is given to an element below as well.

    Args:
        state: State of the element below.
        command: What is ordered above.
        is_phase: Whether the element is a phase.
        uninterrupted: Whether it must not be interrupted.

    Returns:
        Whether its state changes.
    """
    if command not in GOES_DOWN or command not in TABLE[state]:
        return False
    if command is Command.PAUSE and is_phase:
        return False
    return not (uninterrupted and command in SPARES_THE_UNINTERRUPTED)


def as_rows() -> list[tuple[str, str, str]]:
    """Every cell of the table, for the reference page.

    Returns:
        State, command, and the state then; "refused" where the state does not take the command.
    """
    return [(state, command, TABLE[state].get(command, "refused")) for state in State for command in Command]
