"""One turn of a batch: lock it, read where it stands and what is known, go on, write what changed.

Nothing is kept between turns, in no process: the rows say all, so that a batch goes on after any restart. Every command
that concerns the procedure is one turn inside one entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.execution import engine, keeping
from batchwright.execution.control_recipe import ControlRecipe, canonical, digest
from batchwright.execution.entries import Happened
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.marking import BATCH, Advance, Done, Event, Facts, Known, Marking, Token, Visit, split
from batchwright.execution.models import Answer, Batch, ControlText, Run
from batchwright.execution.plan import Plan
from batchwright.execution.services import equipment
from batchwright.execution.services.common import control_of
from batchwright.execution.states import ENDED, State
from batchwright.execution.surroundings import Surroundings
from batchwright.execution.yields import reckon
from batchwright.kernel import clock
from batchwright.kernel.errors import Unavailable
from batchwright.people.permissions import Refused


@dataclass
class Turn:
    """A batch while somebody acts on it; made by `begin`, inside an open entry."""

    entry: record.OpenEntry
    batch: Batch
    control: ControlRecipe
    plan: Plan
    runs: dict[str, Run]
    """By path, in the order in which they began."""
    marking: Marking
    facts: Facts
    events: list[Event] = field(default_factory=list)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By path, columns of runs that `write` writes beside what the walk changed in them."""
    foreseen: tuple[Marking, Facts, Advance] | None = None
    """A walk that was made to look ahead, from where and on which facts."""
    recast_as: dict[str, Any] = field(default_factory=dict)
    """Columns of the batch that name another control recipe, where this turn made one."""

    @property
    def surroundings(self) -> Surroundings:
        """What expressions can name in the batch."""
        return self.around(BATCH)

    def around(self, path: str) -> Surroundings:
        """What expressions can name at a run.

        Args:
            path: Of the run.

        Returns:
            Its surroundings, with the facts of this turn.
        """
        visits = {one.path: one for one in self.marking.visits}
        return Surroundings.of(self.plan, visits, self.facts, path)

    def complete(self, run: Run, values: Mapping[str, Known]) -> None:
        """Take in that a phase is complete; `go_on` then walks on.

        Args:
            run: Its run.
            values: What it leaves.
        """
        done = {**self.facts.done, run.path: Done(self.facts.now, dict(values))}
        self.facts = replace(self.facts, done=done)

    def go_on(self, first: Advance | None = None) -> None:
        """Walk as far as the facts allow.

        Args:
            first: What a command has changed before.
        """
        if first is not None:
            self.marking = first.marking
            self.events += first.events
            # equipment that was ordered something else has to say anew that it is there
            ordered = {one.path for one in first.events}
            self.facts = replace(self.facts, settled=self.facts.settled - ordered)
        moved = self.ahead(self.facts)
        self.marking = moved.marking
        self.events += moved.events

    def ahead(self, facts: Facts) -> Advance:
        """Say how the batch would go on; asked again for the same, it is not walked again.

        Args:
            facts: What would be known.

        Returns:
            Where it would stand, and what would happen.
        """
        if self.foreseen is None or self.foreseen[0] is not self.marking or self.foreseen[1] != facts:
            self.foreseen = (self.marking, facts, engine.advance(self.plan, self.marking, facts))
        return self.foreseen[2]

    def recast(self, control: ControlRecipe, why: str) -> None:
        """Go on with another control recipe, which is kept beside those before.

        Args:
            control: The control recipe.
            why: What made it: a redline with its number, or the potency of a lot.
        """
        self.control, self.plan, self.foreseen = control, control.plan, None
        revision, sha256 = self.batch.revision + 1, digest(control)
        self.entry.create(
            ControlText(
                batch=self.batch, revision=revision, canonical=canonical(control).decode(), sha256=sha256, why=why
            )
        )  # fmt: skip
        self.recast_as = {"revision": revision, "control_sha256": sha256}

    @property
    def state(self) -> State:
        """State of the batch after this turn."""
        return self.marking.state

    def found(self) -> list[Raised]:
        """Give what the walk itself found: hold times that were broken, and yields beyond their limits."""
        found = [
            raised(Kind.HOLD_TIME, one.sentence, path=one.path) for one in self.events if one.kind == "hold broken"
        ]
        for one in self.events:
            if one.kind == "completed":
                element = self.plan.elements.get(split(one.path)[1]) if one.path else self.plan.recipe
                for expected in getattr(element, "yields", ()):
                    judged = reckon(expected, self.around(one.path))
                    found += [judged.exception] if judged.exception is not None else []
        return found

    @property
    def happened(self) -> list[Happened]:
        """What the entry says of the walk."""
        return [
            Happened(kind=one.kind, path=one.path, what=str(one.what), sentence=one.sentence) for one in self.events
        ]

    def write(self, **values: Any) -> None:
        """Write the runs that changed, and the batch.

        Args:
            **values: Further columns of the batch.
        """
        for position, visit in enumerate(self.marking.visits[1:], 1):
            run = self.runs.get(visit.path)
            if run is None:
                self.runs[visit.path] = self.entry.create(self._new(visit, position))
            else:
                self._update(run, visit)
        mine = self.marking.visits[0]
        if self.state != self.batch.state:
            values["ended_at"] = self.facts.now if self.state in ENDED else None
        self.entry.update(
            self.batch, state=self.state.value, tokens=[one.model_dump(mode="json") for one in self.marking.tokens],
            started_at=mine.started, acts=self.batch.acts + 1, **self.recast_as, **values,
        )  # fmt: skip
        equipment.after(self)

    def _new(self, visit: Visit, position: int) -> Run:
        element = self.plan.elements[split(visit.path)[1]]
        phase = element.phase
        return Run(
            batch=self.batch, path=visit.path, position=position, element=element.id, name=element.name or element.id,
            level=element.level, kind=phase.kind if phase is not None else "", role=phase.role if phase else "",
            unit=self.control.unit_of(element.id, self.plan) or "", state=visit.state.value, started_at=visit.started,
            completed_at=visit.completed, skipped=visit.skipped,
        )  # fmt: skip

    def _update(self, run: Run, visit: Visit) -> None:
        columns: dict[str, Any] = {
            "state": visit.state.value, "started_at": visit.started, "completed_at": visit.completed,
            "skipped": visit.skipped,
        }  # fmt: skip
        columns = self.changes.pop(run.path, {}) | columns
        changed = {name: value for name, value in columns.items() if getattr(run, name) != value}
        if visit.state is State.IDLE and run.values:
            changed |= {"values": {}, "rounds": 0, "awaits": ""}
        if run.settled and run.path not in self.facts.settled:
            changed["settled"] = False
        if changed:
            self.entry.update(run, **changed)


SKEW: Final = timedelta(seconds=5)
"""By how much the clocks of a plant's servers may differ."""


def begin(entry: record.OpenEntry, batch: Batch, *, expected_version: int | None = None) -> Turn:
    """Lock a batch and read where it stands.

    Args:
        entry: The open entry of the act.
        batch: The batch as the caller has it.
        expected_version: Version of the batch that the decision was made on; None where the act asks for none.

    Returns:
        The turn.

    Raises:
        Refused: If the actor may not know of the batch.
        Stale: If the batch has another version now; it says who changed what.
        Unavailable: If the clock of the server is far behind what the batch knows.
    """
    if entry.actor.sponsor is not None and entry.actor.sponsor != batch.tenant:
        raise Refused("there is no such batch", value=batch.number)
    fresh = entry.lock(batch)
    if expected_version is not None and fresh.version != expected_version:
        entry.update(fresh, expected_version=expected_version)
    batch.__dict__.update(fresh.__dict__)
    turn = read(batch, clock.now(), entry)
    return replace(turn, facts=replace(turn.facts, now=_moment(turn)))


def _moment(turn: Turn) -> datetime:
    """When the act is, never before the latest that the batch knows: what is older than its step would not count.

    Another server's clock may be a little ahead of this one, or a clock may have been set back.
    """
    now = turn.facts.now
    moments = (at for one in turn.marking.visits for at in (one.started, one.completed) if at is not None)
    known = max(moments, default=now)
    if known - now > SKEW:
        raise Unavailable(
            _("The clock of the server is behind what the batch knows"), value=clock.iso(now),
            limit=_("at least %(at)s") % {"at": clock.iso(known)},
            remedy=_("Nothing is recorded. Have the clock set right, then do it again."),
        )  # fmt: skip
    return max(now, known)


def read(batch: Batch, now: datetime, entry: record.OpenEntry | None = None) -> Turn:
    """Read where a batch stands, that the caller was allowed to read, without locking it: for pages.

    Args:
        batch: The batch.
        now: The moment.
        entry: The open entry, where something is going to be written.

    Returns:
        The turn.
    """
    control, plan = control_of(batch)
    runs = {one.path: one for one in _RUNS.all(batch=batch.pk)}
    for one in runs.values():
        one.batch = batch
    visits = [
        Visit(path=BATCH, state=State(batch.state), started=batch.started_at, completed=batch.ended_at),
        *(
            Visit(
                path=one.path, state=State(one.state), started=one.started_at, completed=one.completed_at,
                skipped=one.skipped,
            )
            for one in runs.values()
        ),
    ]  # fmt: skip
    tokens = tuple(Token.model_validate(one) for one in batch.tokens)
    done = {
        path: Done(one.completed_at, keeping.known(one.values))
        for path, one in runs.items()
        if one.level == "phase" and one.completed_at is not None and one.state == State.COMPLETE
    }
    so_far = {path: keeping.known(one.values) for path, one in runs.items() if one.values and path not in done}
    facts = Facts(
        now, done, so_far, frozenset(path for path, one in runs.items() if one.settled),
        dict(_ANSWERS.all(batch=batch.pk)),
    )  # fmt: skip
    marking = Marking(visits=tuple(visits), tokens=tokens)
    return Turn(entry, batch, control, plan, runs, marking, facts)  # type: ignore[arg-type]  # a page writes nothing


def _runs(batch: int) -> QuerySet[Run]:
    return Run.objects.filter(batch_id=batch).order_by("position")


def _answers(batch: int) -> QuerySet[Answer, tuple[str, str]]:
    return Answer.objects.filter(batch_id=batch).values_list("key", "choice")


_RUNS = record.Prepared(_runs, batch=int)
_ANSWERS = record.Prepared(_answers, batch=int)
