"""What the screen of a step shows that only its kind has: a proposal, a calculation, what is verified, samples."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from batchwright.execution import keeping, showing
from batchwright.execution.attempts import Situation
from batchwright.execution.marking import Known
from batchwright.execution.models import Run
from batchwright.execution.phase_rules import reckoned
from batchwright.execution.phases import asked
from batchwright.execution.services.equipment import clearing_hindrance, hindrance
from batchwright.execution.services.turning import Turn
from batchwright.execution.states import State
from batchwright.kernel.errors import BatchwrightError
from batchwright.recipes import expression_tree, expressions
from batchwright.recipes.phases import Calculate, ClearLine, Decide, Phase, Sample, Verify
from batchwright.recipes.procedure import SamplingPoint


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One result of a calculation and how it came about."""

    name: str
    formula: str
    given: tuple[tuple[str, str], ...]
    """Names in the formula and what they are worth."""
    worth: str
    problem: str = ""


@dataclass
class OwnParts:
    """What only a step of its kind has.

    Attributes:
        turn: Where the batch stands.
        run: Run of the phase.
        phase: What it does.
        situation: What an attempt would be judged in.
    """

    turn: Turn
    run: Run
    phase: Phase | None
    situation: Situation

    @cached_property
    def unfit(self) -> str:
        """In which respects the unit of the step cannot be used for this batch now; "" where it can.

        The plant's own page tells more to whoever may read it: a reason can name another sponsor's batch.
        """
        looks = clearing_hindrance if isinstance(self.phase, ClearLine) else hindrance
        verdict = looks(self.turn, self.run) if self.run.state == State.RUNNING and not self.run.awaits else None
        return "" if verdict is None else verdict.kinds

    @cached_property
    def proposal(self) -> tuple[str, str]:
        """What the formula of a decision proposes, and why it does not where it does not."""
        if not isinstance(self.phase, Decide) or not self.phase.formula:
            return "", ""
        try:
            return str(self.situation.surroundings.worth(self.phase.formula)), ""
        except BatchwrightError as error:
            return "", str(error)

    @property
    def given(self) -> tuple[tuple[str, str], ...]:
        """What the formula of a decision reads."""
        return self._given(self.phase.formula) if isinstance(self.phase, Decide) and self.phase.formula else ()

    @cached_property
    def results(self) -> list[Reckoned]:
        """What a calculation comes to, result by result."""
        return list(self._results()) if isinstance(self.phase, Calculate) else []

    def _results(self) -> Iterator[Reckoned]:
        so_far: dict[str, Known] = dict(self.turn.facts.so_far.get(self.run.path, {}))
        for one in self.phase.results if isinstance(self.phase, Calculate) else ():
            try:
                worth = reckoned(one, self.situation, self.run.path, so_far)
            except BatchwrightError as error:
                yield Reckoned(one.name or one.id, one.formula, self._given(one.formula), "", str(error))
                continue
            given = self._given(one.formula, so_far)
            so_far[one.id] = worth
            yield Reckoned(one.name or one.id, one.formula, given, showing.known_words(worth))

    def _given(self, formula: str, so_far: dict[str, Known] | None = None) -> tuple[tuple[str, str], ...]:
        found: dict[str, str] = {}
        try:
            expression = expressions.parse(formula)
            values = self.situation.surroundings.given(expression).values
        except BatchwrightError:
            return ()
        for one in expressions.walk(expression):
            if isinstance(one, expression_tree.Reference):
                name = ".".join(one.path)
                value = (so_far or {}).get(name, values.get(name))
                found[name] = "\N{EN DASH}" if value is None else showing.known_words(value)
        return tuple(found.items())

    @property
    def verified(self) -> list[tuple[Run, list[tuple[str, str]]]]:
        """What a verification confirms: the steps with what they left."""
        if not isinstance(self.phase, Verify):
            return []
        before = [one for one in self.turn.runs.values() if one.level == "phase" and one.position < self.run.position]
        named = [one for one in before if one.element in self.phase.phases] if self.phase.phases else before[-1:]
        return [(one, self.values_of(one)) for one in named]

    def values_of(self, run: Run) -> list[tuple[str, str]]:
        """What a step left, by the names of its fields."""
        phase = self.turn.plan.elements[run.element].phase
        names = {one.id: one.name for one in asked(phase)} | {
            one.id: one.name or one.id for one in getattr(phase, "results", ())
        }  # fmt: skip
        return [(names.get(key, key), showing.known_words(one)) for key, one in keeping.known(run.values).items()]

    @property
    def samples(self) -> list[tuple[str, str, str, int]]:
        """Sampling points: id, place, amount, containers."""
        if not isinstance(self.phase, Sample):
            return []
        points: dict[str, SamplingPoint] = {}
        for element in self.turn.plan.around(self.run.element):
            for one in self.turn.plan.elements[element].samples if element else ():
                points.setdefault(one.id, one)
        chosen = [points[one] for one in self.phase.points if one in points]
        return [
            (one.id, one.place, "" if one.amount is None else showing.amount_words(one.amount), one.containers)
            for one in chosen
        ]  # fmt: skip
