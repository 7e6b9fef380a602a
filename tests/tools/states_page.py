"""Writes the page with every cell of the table of states and commands."""

from pathlib import Path

from batchwright.execution.states import SETTLES, Command, State, as_rows

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "batch-states.md"
_HEAD = """# States and commands of a batch

A batch, and each unit procedure, operation and phase in it, is in one of these states (IEC 61512-1). A command leads to
the state in its cell; where the cell is empty the service refuses it, and says which commands the state takes.
A command to a batch is given to everything running below that takes it.

"""
_FOOT = """
Transient states end by themselves, once everything below has settled:

"""


def text() -> str:
    """The page."""
    cells = {(state, command): then for state, command, then in as_rows()}
    lines = [_HEAD + "| state | " + " | ".join(Command) + " |", "|---|" + "---|" * len(Command)]
    for state in State:
        then = ["" if cells[state, one] == "refused" else str(cells[state, one]) for one in Command]
        lines.append(f"| {state} | " + " | ".join(then) + " |")
    lines.append(_FOOT + "| transient state | ends as |\n|---|---|")
    lines += [f"| {state} | {then} |" for state, then in SETTLES.items()]
    return "\n".join(lines) + "\n"
