"""An attempt to perform a phase, and what is said of it. It is kept whatever is said (ALCOA+ original, complete).

`Judged` always carries the attempt, so that a service cannot forget it: a value that was refused stays in the record
beside the one that was accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from batchwright.execution.exceptions import Raised
from batchwright.execution.marking import Known
from batchwright.execution.surroundings import Surroundings
from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Amount, Name, Part, Text

Source = Literal["manual", "scale", "sensor", "module", "scanner", "formula"]


class Entered(Part):
    """One value as it came in, character for character."""

    field: Name
    text: Text
    source: Source = "manual"
    instrument: str = ""
    """Tag of the instrument."""
    calibrated_until: Moment | None = None


class Attempt(Part):
    """What somebody, or a machine, put in at one moment."""

    path: str
    by: Name
    at: Moment
    """When the server took it in."""
    entered: tuple[Entered, ...] = ()
    done_at: Moment | None = None
    """When it was really done, where it is entered later."""
    checked_by: str = ""
    """Second person; "" where nobody has checked."""
    reason: Text = ""


class Reason(Part):
    """Why an attempt is refused."""

    code: Literal[
        "type", "unit", "missing", "unknown field", "decimals", "option", "empty", "wrong material", "wrong container",
        "wrong equipment", "wrong place", "wrong person", "role", "training", "same person", "checker", "late",
        "future", "reason", "too early", "not clear", "instrument", "media type", "count", "statement", "formula",
        "order", "equipment",
        # of weights, as `batchwright.execution.weighing.Refusal` has them
        "item", "lot", "potency", "container empty", "vessel", "scale", "calibration", "daily check", "capacity",
        "minimum weight", "resolution", "tare", "line full", "unstable", "negative", "more than held", "overweight",
    ]  # fmt: skip
    sentence: Text
    field: str = ""
    value: Text = ""
    limit: Text = ""
    remedy: Text = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of an attempt."""

    attempt: Attempt
    """Always kept."""
    verdict: Literal["accepted", "out of limit", "refused"]
    values: Mapping[str, Known] = field(default_factory=dict)
    """What the phase leaves; nothing where the attempt is refused."""
    reasons: tuple[Reason, ...] = ()
    """Why it is refused."""
    exceptions: tuple[Raised, ...] = ()
    """What has to be signed, also where a later attempt is within its limits."""
    complete: bool = False
    """Whether the phase is complete with it; else a second person, or another round, is still to come."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the plant knows them."""

    id: str
    roles: frozenset[str] = frozenset()
    trainings: frozenset[str] = frozenset()
    """Codes of the trainings that are valid now."""
    needs: frozenset[str] = frozenset()
    """Codes of the trainings that this person's own role asks for, whatever is performed."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a phase is judged in; a service reads it from rows."""

    surroundings: Surroundings
    people: Mapping[str, Person]
    started: datetime
    """When the phase began."""
    role: str = ""
    """Role of the operation, for phases that name none."""
    trainings: frozenset[str] = frozenset()
    """Trainings that the operation or the unit asks for."""
    expected: frozenset[str] = frozenset()
    """Codes that a scan may find; empty for any of the kind."""
    known: frozenset[str] | None = None
    """Codes of the kind that the plant has; None where it cannot say."""
    performers: frozenset[str] = frozenset()
    """Who performed what a verification confirms."""
    rounds: int = 0
    """Rounds of a repetition that have been accepted."""
    latest_round: datetime | None = None
    target: Amount | None = None
    """Target of a weight."""
    containers: Mapping[str, int] = field(default_factory=dict)
    """By sampling point, how many containers are taken."""
    late_after: timedelta = timedelta(minutes=15)
    """How much later an entry may be made without being late."""
