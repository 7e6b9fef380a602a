"""Every state takes the commands of the standard and refuses all others."""

import pytest

from batchwright.execution.states import SETTLES, TABLE, Command, State, after, allowed, as_rows, reaches
from batchwright.kernel.errors import DomainError

# IEC 61512-1, table of procedural states, written out cell by cell: R running, P pausing, H holding, T restarting,
# S stopping, A aborting, I idle, - refused.
COMMANDS = ["START", "PAUSE", "RESUME", "HOLD", "RESTART", "STOP", "ABORT", "RESET"]
CELLS = """
Idle        R - - - - - - -
Running     - P - H - S A -
Complete    - - - - - - - I
Pausing     - - - H - S A -
Paused      - - R H - S A -
Holding     - - - - - S A -
Held        - - - - T S A -
Restarting  - - - H - S A -
Stopping    - - - - - - A -
Stopped     - - - - - - - I
Aborting    - - - - - - - -
Aborted     - - - - - - - I
"""
LETTERS = {
    "R": "Running", "P": "Pausing", "H": "Holding", "T": "Restarting", "S": "Stopping", "A": "Aborting", "I": "Idle",
}  # fmt: skip


def cells() -> list[tuple[str, str, str]]:
    rows = [line.split() for line in CELLS.strip().splitlines()]
    return [
        (row[0], command, LETTERS.get(letter, "refused"))
        for row in rows
        for command, letter in zip(COMMANDS, row[1:], strict=True)
    ]


@pytest.mark.requirement("ISA-88 states")
def test_the_table_has_every_state_and_every_command() -> None:
    for row in as_rows():
        print("{:<11} {:<8} {}".format(*row))
    assert as_rows() == cells()
    assert len(as_rows()) == len(State) * len(Command) == 96


@pytest.mark.parametrize(("state", "command", "then"), cells())
@pytest.mark.requirement("ISA-88 commands")
def test_a_command_leads_where_the_table_says_or_is_refused_with_what_is_allowed(
    state: str, command: str, then: str
) -> None:
    if then != "refused":
        assert after(State(state), Command(command), "Batch B-1") is State(then)
        return
    with pytest.raises(DomainError) as refused:
        after(State(state), Command(command), "Batch B-1")
    error = refused.value
    assert error.message == f"Batch B-1 is {state} and does not take {command}"
    assert error.value == command
    assert error.limit == (", ".join(allowed(State(state))) or "no command")
    assert error.remedy


@pytest.mark.requirement("ISA-88 states")
def test_transient_states_end_by_themselves_and_others_do_not() -> None:
    assert {state for state in State if state.endswith("ing")} - {State.RUNNING} == set(SETTLES)
    assert {SETTLES[state] for state in SETTLES} == {
        State.PAUSED, State.HELD, State.RUNNING, State.STOPPED, State.ABORTED,
    }  # fmt: skip
    assert all(not end.endswith("ing") or end is State.RUNNING for end in SETTLES.values())


@pytest.mark.parametrize(
    ("state", "command", "is_phase", "uninterrupted", "goes_down"),
    [
        (State.RUNNING, Command.HOLD, True, False, True),
        (State.RUNNING, Command.HOLD, True, True, False),  # finishes what must not be interrupted
        (State.RUNNING, Command.STOP, True, True, False),
        (State.RUNNING, Command.ABORT, True, True, True),
        (State.RUNNING, Command.PAUSE, True, False, False),  # a phase comes to its end
        (State.RUNNING, Command.PAUSE, False, False, True),
        (State.PAUSED, Command.RESUME, False, False, True),
        (State.HELD, Command.RESTART, True, False, True),
        (State.COMPLETE, Command.HOLD, True, False, False),  # the table does not take it
        (State.IDLE, Command.START, True, False, False),  # the procedure starts what is below
        (State.COMPLETE, Command.RESET, False, False, False),
    ],
)
def test_what_goes_down_the_tree(
    state: State, command: Command, is_phase: bool, uninterrupted: bool, goes_down: bool
) -> None:
    assert reaches(state, command, is_phase=is_phase, uninterrupted=uninterrupted) is goes_down


def test_nothing_leaves_aborting_by_command() -> None:
    assert TABLE[State.ABORTING] == {}
