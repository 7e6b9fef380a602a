"""What the screen of one step shows: what to do, what it is held against, what was tried, and who is waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from batchwright import record
from batchwright.execution import keeping, queries, showing
from batchwright.execution.attempts import Reason, Situation
from batchwright.execution.fields import Field
from batchwright.execution.marking import Known, around
from batchwright.execution.models import Attempt, Batch, Run
from batchwright.execution.outlook import Outlook
from batchwright.execution.pace import Pace, pace_of
from batchwright.execution.phase_rules import tolerance_limits
from batchwright.execution.phases import asked
from batchwright.execution.services.situations import situation_of
from batchwright.execution.services.turning import Turn
from batchwright.execution.sheet_parts import OwnParts
from batchwright.execution.states import TABLE, Command, State
from batchwright.kernel.quantity import Quantity
from batchwright.people.access import may
from batchwright.recipes.phases import Automated, Phase, Repeat, Weigh
from batchwright.recipes.procedure import RecipeElement, SafetyNote
from batchwright.recipes.showing import value_words

Status = Literal["perform", "second", "check", "awaits", "role", "reads", "halted", "over", "idle"]


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One value that is asked for, with what stands in it and what is wrong with that."""

    field: Field
    value: str = ""
    errors: tuple[Reason, ...] = ()
    expects: tuple[str, ...] = ()
    """Codes that a scan may find."""
    cqas: tuple[str, ...] = ()
    method: str = ""

    @property
    def input_id(self) -> str:
        """Id of its input on the page."""
        return f"field-{self.field.id}"

    @property
    def unit(self) -> str:
        """Its unit as people write it."""
        return showing.unit_word(self.field.unit) if self.field.type == "number" else ""

    @property
    def action(self) -> str:
        """Its action limits."""
        limits = self.field.limits
        return "" if limits is None else showing.range_words(limits.action_low, limits.action_high)

    @property
    def alert(self) -> str:
        """Its alert limits."""
        limits = self.field.limits
        return "" if limits is None else showing.range_words(limits.alert_low, limits.alert_high)

    @property
    def bounds(self) -> dict[str, str]:
        """Its limits as plain numbers, for the hint beside it."""
        return showing.bounds(self.field.limits, self.field.unit)


@dataclass(frozen=True, slots=True)
class AttemptShown:
    """One attempt at the step."""

    row: Attempt
    entered: tuple[tuple[str, str, str], ...]
    """Name of the field, what came in, and its source where that is not a hand."""
    reasons: tuple[Reason, ...]


@dataclass
class Sheet:
    """One step as somebody sees it now.

    Attributes:
        actor: Who looks.
        turn: Where the batch stands; for reading only.
        run: Run of the phase.
        situation: What an attempt would be judged in.
        outlook: How the batch goes on.
        attempts: Every attempt, in order.
        attempt: Number of the one that was made from this screen just now; 0 where none was.
    """

    actor: record.Actor
    turn: Turn
    run: Run
    situation: Situation
    outlook: Outlook
    attempts: Sequence[AttemptShown] = ()
    attempt: int = 0

    @property
    def batch(self) -> Batch:
        """The batch."""
        return self.turn.batch

    @property
    def now(self) -> datetime:
        """When it was looked at."""
        return self.turn.facts.now

    @property
    def element(self) -> RecipeElement:
        """The phase in the control recipe."""
        return self.turn.plan.elements[self.run.element]

    @property
    def phase(self) -> Phase | None:
        """What it does; None for one of another system."""
        return self.element.phase

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.phase.kind if self.phase is not None else ""

    @cached_property
    def status(self) -> Status:
        """What the person who looks can do here."""
        run = self.run
        if run.state != State.RUNNING:
            return {State.COMPLETE: "over", State.IDLE: "idle"}.get(State(run.state), "halted")  # type: ignore[return-value]
        if run.awaits:
            if run.awaits == self.actor.id:
                return "awaits"
            return "check" if may(self.actor, "step.verify") else "reads"
        if not may(self.actor, "step.perform"):
            return "reads"
        if self.phase is not None and self.phase.role and self.phase.role != self.actor.role:
            return "role"
        return "second" if self.actor.id in self.situation.performers else "perform"

    @property
    def is_open(self) -> bool:
        """Whether this person can act here now."""
        return self.status in ("perform", "second", "check", "awaits")

    @property
    def may_be_held(self) -> bool:
        """Whether the batch can be held from here."""
        return Command.HOLD in TABLE[State(self.batch.state)]

    @cached_property
    def way(self) -> list[tuple[str, str]]:
        """The runs around it, from the outside in: path and name."""
        inside = [one for one in reversed(around(self.run.path)) if one]
        return [(one, self.turn.runs[one].name) for one in inside if one in self.turn.runs]

    @property
    def number(self) -> int:
        """Which step of the batch it is, in the order in which they began."""
        before = [one for one in self.turn.runs.values() if one.level == "phase"]
        return sum(one.position <= self.run.position for one in before)

    @property
    def occurrence(self) -> int:
        """Which run of this phase it is."""
        _path, mark, number = self.run.path.rpartition("#")
        return int(number) if mark and number.isdigit() else 1

    @property
    def of_all(self) -> int:
        """How many phases the recipe has."""
        return sum(one.level == "phase" for one in self.turn.plan.elements.values())

    @property
    def halted(self) -> Run | None:
        """What around it does not run; None where it is the batch or the step itself."""
        return next(
            (self.turn.runs[one] for one in around(self.run.path) if one and self.turn.runs[one].state != "Running"),
            None,
        )

    @property
    def others(self) -> list[Run]:
        """Steps of the batch that are open beside it."""
        return [
            one for one in self.turn.runs.values()
            if one.level == "phase" and one.state == "Running" and one.path != self.run.path
        ]  # fmt: skip

    @property
    def untrained(self) -> list[str]:
        """Trainings that are asked for and that the person who looks does not hold."""
        wanted = self.situation.trainings | frozenset(self.phase.training if self.phase is not None else ())
        person = self.situation.people.get(self.actor.id)
        return sorted(wanted - (person.trainings if person is not None else frozenset()))

    # ---- what and why
    @property
    def text(self) -> str:
        """What is to be done, in the words of the recipe."""
        return getattr(self.phase, "text", "") or getattr(self.phase, "statement", "") or self.element.description

    @property
    def document(self) -> str:
        """Number of the procedure that says more."""
        return getattr(self.phase, "document", "") or getattr(self.phase, "procedure", "") * (self.kind == "clean")

    @property
    def needs_second(self) -> bool:
        """Whether a second person checks it."""
        return self.phase is not None and self.phase.second_person

    @cached_property
    def safety(self) -> list[SafetyNote]:
        """What may harm here, from the nearest outwards."""
        notes = [
            note for one in self.turn.plan.around(self.run.element) if one
            for note in self.turn.plan.elements[one].safety
        ]  # fmt: skip
        return [*notes, *self.turn.plan.recipe.safety]

    @cached_property
    def settings(self) -> list[tuple[str, str, str]]:
        """Settings of the step: name, value, action limits; of an automated one those that are sent."""
        wanted = [parameter.value for parameter in self.phase.parameters] if isinstance(self.phase, Automated) else []
        found = [(self.run.element, one) for one in self.element.parameters]
        for element in self.turn.plan.around(self.run.element):
            held = self.turn.plan.elements[element].parameters if element else self.turn.plan.recipe.formula.parameters
            found += [(element, one) for one in held if one.id in wanted and (element, one) not in found]
        shown = []
        for element, one in found:
            value = self.turn.plan.values.get(f"{element}/{one.id}" if element else one.id, one.value)
            words = showing.amount_words(value) if isinstance(value, Quantity) else value_words(value)
            limits = "" if one.limits is None else showing.range_words(one.limits.action_low, one.limits.action_high)
            shown.append((one.name or one.id, words, limits))
        return shown

    # ---- what is entered
    @cached_property
    def refused(self) -> AttemptShown | None:
        """The latest attempt, where it is the person's own and was refused."""
        last = self.attempts[-1] if self.attempts else None
        if last is None or last.row.verdict != "refused" or last.row.kind != "perform":
            return None
        return last if last.row.by == self.actor.id or last.row.number == self.attempt else None

    @cached_property
    def fields(self) -> list[FieldShown]:
        """What is asked for, filled with what was refused."""
        wrong: dict[str, list[Reason]] = {}
        values: dict[str, str] = {}
        if self.refused is not None:
            values = {name: text for name, text, _source in self.entered_of(self.refused.row)}
            for one in self.refused.reasons:
                wrong.setdefault(one.field, []).append(one)
        return [self._shown(one, values, wrong) for one in self.asked if one.id != "media_type"]

    @cached_property
    def asked(self) -> tuple[Field, ...]:
        """The fields of the phase; of a weight with a target, held against its tolerance."""
        fields = asked(self.phase, containers=self.situation.containers)
        phase = self.phase
        if isinstance(phase, Weigh) and phase.tolerance is not None and self.situation.target is not None:
            limits = tolerance_limits(self.situation.target, phase.tolerance.below, phase.tolerance.above)
            return (Field("net", phase.what or "Net", "number", phase.unit, limits=phase.limits or limits),)
        return fields

    def _shown(self, one: Field, values: dict[str, str], wrong: dict[str, list[Reason]]) -> FieldShown:
        entry = next((part for part in getattr(self.phase, "entries", ()) if part.id == one.id), None)
        expects: tuple[str, ...] = ()
        if self.kind in ("scan", "charge"):
            expects = tuple(sorted(self.situation.expected))
        return FieldShown(
            one, values.get(one.id, ""), tuple(wrong.get(one.id, ())), expects,
            entry.cqas if entry is not None else (), entry.method if entry is not None else "",
        )  # fmt: skip

    @property
    def problems(self) -> list[Reason]:
        """What was wrong with the refused attempt beside its fields."""
        shown = {one.field.id for one in self.fields}
        found = self.refused.reasons if self.refused is not None else ()
        return [one for one in found if one.field not in shown]

    @property
    def left(self) -> list[tuple[str, str]]:
        """What it has left until now."""
        return self.own.values_of(self.run)

    @property
    def standing(self) -> dict[str, str]:
        """What it has left, as its fields take it."""
        units = {one.id: one.unit for one in self.asked}
        return {name: _as_put(value, units.get(name, "")) for name, value in keeping.known(self.run.values).items()}

    @property
    def latest_first(self) -> list[AttemptShown]:
        """Every attempt, the latest first."""
        return list(self.attempts)[::-1]

    @property
    def may_be_corrected(self) -> bool:
        """Whether what it has left can be corrected."""
        return not self.run.skipped and self.kind not in ("dispense", "sign", "repeat") and bool(self.run.values)

    @property
    def affects(self) -> list[str]:
        """Quality attributes that its values affect."""
        parts = (*getattr(self.phase, "entries", ()), *getattr(self.phase, "results", ()))
        return list(dict.fromkeys(one for part in parts for one in part.cqas))

    @property
    def asks_reason(self) -> bool:
        """Whether the attempt that was refused lacks a reason or a second person, so that both are laid open."""
        return any(
            one.code in ("reason", "late", "checker") for one in (self.refused.reasons if self.refused else ())
        )

    def entered_of(self, row: Attempt) -> list[tuple[str, str, str]]:
        """What came in with an attempt: id of the field, text, source."""
        return [(one["field"], one["text"], one.get("source", "manual")) for one in row.entered]

    # ---- by kind
    @cached_property
    def own(self) -> OwnParts:
        """What only a step of its kind has."""
        return OwnParts(self.turn, self.run, self.phase, self.situation)

    @cached_property
    def pace(self) -> Pace:
        """Its times."""
        return pace_of(self.phase, self.run.started_at or self.now, self.situation.latest_round)

    @property
    def rounds(self) -> list[AttemptShown]:
        """Rounds that were accepted."""
        return [one for one in self.attempts if one.row.verdict != "refused" and one.row.kind == "perform"]

    @property
    def round_number(self) -> int:
        """Which round is next."""
        return self.run.rounds + 1

    @property
    def at_most(self) -> int | None:
        """As many rounds there are at the most."""
        return self.phase.at_most if isinstance(self.phase, Repeat) else None


def sheet_of(actor: record.Actor, batch: Batch, path: str, attempt: int = 0) -> Sheet | None:
    """Give the sheet of one step.

    Args:
        actor: Who looks.
        batch: A batch that the actor was allowed to read.
        path: Of the phase's run.
        attempt: Number of the attempt that was made from this screen just now; 0 where none was.

    Returns:
        The sheet; None where no such phase has begun.

    Raises:
        Refused: If the actor may not see batches.
    """
    standing = queries.standing(actor, batch)
    turn = standing.turn
    run = turn.runs.get(path)
    if run is None or run.level != "phase":
        return None
    phase = turn.plan.elements[run.element].phase
    situation = situation_of(turn, run, phase, actor, ())
    names = {one.id: one.name for one in asked(phase, containers=situation.containers)}
    rows = list(queries.attempts(actor, run))
    return Sheet(actor, turn, run, situation, standing.outlook, [_attempt(one, names) for one in rows], attempt)


def _as_put(value: Known, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Quantity):
        number, _space, own = str(value).partition(" ")
        return number if own == unit else str(value)
    return value


def _attempt(row: Attempt, names: dict[str, str]) -> AttemptShown:
    entered = tuple(
        (names.get(one["field"], one["field"]), one["text"], one.get("source", "manual"))
        for one in row.entered if one["field"] not in ("done", "media_type")
    )  # fmt: skip
    return AttemptShown(row, entered, tuple(Reason.model_validate(one) for one in row.reasons))
