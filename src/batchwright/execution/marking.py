"""Where a batch stands: which elements have run, how often, and where the procedure goes on. Plain, frozen, and JSON.

A *path* names one run of an element by the runs around it: ``make/dry#2/take_lod#1`` is the first sample of the second
drying. The batch itself has the path "". A *visit* is such a run; visits are never taken out. A *token* stands in the
logic of a visit, as in a Petri net: at a step whose element runs, before a condition, or at a join that waits for other
branches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from batchwright.execution.states import State
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Part, Text

BATCH = ""
"""Path of the batch itself."""

Known = Quantity | str | bool
"""A value that a phase left."""


def below(path: str, element: str, occurrence: int) -> str:
    """The path of a run inside another.

    Args:
        path: Of the run around it; "" for the batch.
        element: Id of the element.
        occurrence: Which run of it, from 1.

    Returns:
        The path.
    """
    part = element.replace("~", "~0").replace("/", "~1") + (
        f"#{occurrence}" if occurrence > 1 or "#" in element else ""
    )
    return f"{path}/{part}" if path else part


@lru_cache(maxsize=16_384)
def split(path: str) -> tuple[str, str, int]:
    """The run around a path, its element, and which run of it.

    Args:
        path: As `below` gives it; not that of the batch.

    Returns:
        Path around, id of the element, occurrence.

    Raises:
        BadInput: If it is no path.
    """
    around, _, part = path.rpartition("/")
    element, mark, number = part.rpartition("#")
    if not mark:
        element, number = part, "1"
    if not element or not number.isascii() or not number.isdigit() or int(number) < 1:
        raise BadInput("this is no path of an element", value=path[:200], limit="such as dry#2/take_lod")
    return around, element.replace("~1", "/").replace("~0", "~"), int(number)


@lru_cache(maxsize=16_384)
def around(path: str) -> tuple[str, ...]:
    """The paths around a path, from the nearest to the batch.

    Args:
        path: A path.

    Returns:
        Paths; none for the batch.
    """
    found = []
    while path:
        path = path.rpartition("/")[0]
        found.append(path)
    return tuple(found)


class Visit(Part):
    """One run of an element."""

    path: str
    state: State
    started: Moment | None = None
    """None as long as it is Idle."""
    completed: Moment | None = None
    skipped: bool = False
    """Whether a redline took it out."""


class Spot(Part):
    """A node of the logic of one level."""

    kind: str
    id: str


class Branch(Part):
    """A parallel branch that a token is in: the divergence and the number of the branch."""

    divergence: str
    number: int


class Token(Part):
    """Where the procedure of one level stands."""

    level: str
    """Path of the run whose logic this is."""
    at: Spot
    towards: Spot | None = None
    """The one node that it can go to, behind a parallel divergence; None where it may choose."""
    branches: tuple[Branch, ...] = ()
    visit: str = ""
    """Path of the run that is here, or was last on the way here; "" where none was."""


class Marking(Part):
    """Where a batch stands."""

    visits: tuple[Visit, ...] = ()
    """In the order in which they began; the batch first."""
    tokens: tuple[Token, ...] = ()

    def visit(self, path: str) -> Visit | None:
        """The run with a path; None where it has not begun."""
        return next((one for one in self.visits if one.path == path), None)

    @property
    def state(self) -> State:
        """State of the batch."""
        return self.visits[0].state if self.visits else State.IDLE


@dataclass(frozen=True, slots=True)
class Done:
    """A phase that was completed, with the values that it left."""

    at: datetime
    values: Mapping[str, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known from the record at a moment; what was known before is always among it."""

    now: datetime
    done: Mapping[str, Done] = field(default_factory=dict)
    """Completed phases, by path."""
    so_far: Mapping[str, Mapping[str, Known]] = field(default_factory=dict)
    """By path, what a running phase has left until now, such as the count of a repetition."""
    settled: frozenset[str] = frozenset()
    """Paths whose equipment has reached Held, Stopped, Running again or Aborted."""
    decisions: Mapping[str, str] = field(default_factory=dict)
    """What an operator decided where the recipe leaves it to one, by the key of the question."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the engine made happen."""

    kind: str
    """started, completed, skipped, taken (a transition), state, hold broken."""
    path: str
    at: datetime
    what: str = ""
    """The transition that was taken, the state that was reached, or the hold time."""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Advance:
    """Where a batch stands now, and what happened."""

    marking: Marking
    events: tuple[Event, ...] = ()


class Question(Part):
    """A decision that the recipe leaves to an operator."""

    key: str
    """Under which the answer is a fact; it names the token, so that each pass of a loop asks anew."""
    level: str
    sentence: Text
    options: tuple[str, ...]
    """Ids of the nodes to choose from; "yes" alone for a condition that nobody has written."""
