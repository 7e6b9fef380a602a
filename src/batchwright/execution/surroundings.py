"""What a condition or a formula of a running recipe finds under each name: values, states of steps, times since.

The nearest counts, from the place outwards, as `batchwright.recipes.scope` promises before approval. A phase that ran
more than once is known by its latest completed run. A name that could mean two things is refused, not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from batchwright.execution.marking import Facts, Known, Visit, split
from batchwright.execution.plan import Level, Plan
from batchwright.execution.states import State
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import expressions
from batchwright.recipes.evaluation import Given, Outcome, Size, evaluate, size
from batchwright.recipes.expressions import Expression, Reference, Since, StepState
from batchwright.recipes.values import ChoiceValue, FormulaValue, TextValue, Value

_WORDS: Mapping[State, str] = {
    State.RUNNING: "running", State.PAUSING: "running", State.RESTARTING: "running", State.COMPLETE: "complete",
    State.PAUSED: "held", State.HOLDING: "held", State.HELD: "held", State.STOPPING: "stopped",
    State.STOPPED: "stopped", State.ABORTING: "aborted", State.ABORTED: "aborted",
}  # fmt: skip
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What can be named at one place of a running recipe."""

    plan: Plan
    visits: Mapping[str, Visit]
    """By path, in the order in which they began."""
    facts: Facts
    path: str
    """The run that the expression stands in; "" for the batch."""
    element: str
    """Id of its element; "" for the recipe."""

    @classmethod
    def of(cls, plan: Plan, visits: Mapping[str, Visit], facts: Facts, path: str) -> "Surroundings":
        """The surroundings of a run.

        Args:
            plan: The procedure.
            visits: By path.
            facts: What is known.
            path: Of the run.

        Returns:
            What can be named there.
        """
        return cls(plan, visits, facts, path, split(path)[1] if path else "")

    def worth(self, source: str) -> Outcome:
        """What an expression is worth here and now.

        Args:
            source: As written.

        Returns:
            A size, a text, or true or false.

        Raises:
            DomainError: A value is not there yet, a name means nothing or two things, or units do not fit.
            BadInput: The expression cannot be read.
        """
        expression = expressions.parse(source)
        return evaluate(expression, self.given(expression))

    def given(self, expression: Expression, depth: int = 0) -> Given:
        """The values that an expression names, as far as they are known.

        Args:
            expression: The expression.
            depth: How many formulas lead to it.

        Returns:
            What `batchwright.recipes.evaluation` needs.

        Raises:
            DomainError: A name means nothing or two things, or formulas refer to each other in a circle.
        """
        values: dict[str, Known] = {}
        states: dict[str, frozenset[str]] = {}
        since: dict[tuple[str, str], Quantity] = {}
        for one in expressions.walk(expression):
            match one:
                case Reference(path):
                    found = self._value(path, depth)
                    if found is not None:
                        values[".".join(path)] = found
                case StepState(step, _):
                    states[step] = self._states(step)
                case Since(step, event):
                    moment = self._moment(step, event)
                    if moment is not None:
                        since[step, event] = seconds(self.facts.now - moment)
                case _:
                    pass
        return Given(values, states, since)

    # ------------------------------------------------------------------------------------------------------- values
    def _value(self, path: tuple[str, ...], depth: int) -> Known | None:
        """The value of a parameter or a result; None where it is not known yet."""
        own = self._own(path)
        if own is not None:
            return own
        for element in self.plan.around(self.element):
            key = f"{element}/{'.'.join(path)}" if element else ".".join(path)
            if key in self.plan.values:
                return self._worth_of(key, element, depth)
        if len(path) > 1 and path[0] in self.plan.elements:
            key = f"{path[0]}/{'.'.join(path[1:])}"
            if key in self.plan.values:
                return self._worth_of(key, path[0], depth)
            return self._result(path[0], path[1])
        if self._is_own_result(path):
            return None
        raise DomainError(
            "the recipe has no such value", value=".".join(path), limit="a parameter in reach, or phase.result",
            remedy="Correct the expression in the recipe.",
        )  # fmt: skip

    def _own(self, path: tuple[str, ...]) -> Known | None:
        """What the phase that the expression stands in has left until now."""
        if len(path) == 2 and path[0] == self.element:
            path = path[1:]
        return self.facts.so_far.get(self.path, {}).get(path[0]) if len(path) == 1 and self.path else None

    def _is_own_result(self, path: tuple[str, ...]) -> bool:
        """Whether a bare name is a result of the phase itself, which it may not have yet."""
        phase = self.plan.elements[self.element].phase if self.element else None
        named = (*getattr(phase, "results", ()), *getattr(phase, "entries", ()))
        return len(path) == 1 and any(one.id == path[0] for one in named)

    def _result(self, element: str, result: str) -> Known | None:
        latest = None
        for path, visit in self.visits.items():
            done = self.facts.done.get(path)
            if done is not None and visit.state is State.COMPLETE and split(path)[1] == element:
                latest = done
        return None if latest is None else latest.values.get(result)

    def _worth_of(self, key: str, element: str, depth: int) -> Known | None:
        value: Value | None = self.plan.values[key]
        match value:
            case Quantity():
                return value
            case TextValue(text=text):
                return text
            case ChoiceValue(choice=choice):
                return choice
            case FormulaValue():
                return self._reckoned(key, value, element, depth)
            case _:
                return None

    def _reckoned(self, key: str, value: FormulaValue, element: str, depth: int) -> Quantity:
        if depth > _DEEPEST:
            raise DomainError("formulas refer to each other in a circle", value=key, remedy="Correct the recipe.")
        latest = self._latest(element) if element else None
        inside = Surroundings(self.plan, self.visits, self.facts, latest.path if latest else "", element)
        expression = expressions.parse(value.formula)
        found = size(expression, inside.given(expression, depth + 1))
        rule = self.plan.parameters[key].rounding
        return found.to(Size.of(Quantity("1", value.unit)).unit).as_quantity(rule.as_rounding if rule else None)

    # -------------------------------------------------------------------------------------------------------- steps
    def _meant(self, name: str) -> str | None:
        """The element that a name of a step means, from the place outwards; None for the begin of this level."""
        for around in self.plan.around(self.element):
            level = self.plan.levels.get(around)
            if level is None:
                continue
            if name in level.steps and level.steps[name].kind == "begin":
                return None
            found = _named_in(level, name)
            if found:
                return _the_one(name, found)
        found = {one for level in self.plan.levels.values() for one in _named_in(level, name)}
        if not found:
            raise DomainError(
                "the recipe has no such step", value=name, limit="the id or the name of a step",
                remedy="Correct the expression in the recipe.",
            )  # fmt: skip
        return _the_one(name, found)

    def _latest(self, element: str) -> Visit | None:
        latest = None
        for path, visit in self.visits.items():
            if path and split(path)[1] == element:
                latest = visit
        return latest

    def _states(self, name: str) -> frozenset[str]:
        element = self._meant(name)
        if element is None:
            return frozenset({"started", "complete"})
        visit = self._latest(element)
        if visit is None or visit.state is State.IDLE:
            return frozenset()
        return frozenset({"started", _WORDS[visit.state]})

    def _moment(self, name: str, event: str) -> datetime | None:
        element = self._meant(name)
        visit = self.visits[self.path] if element is None else self._latest(element)
        if visit is None:
            return None
        return visit.completed if event == "complete" and element is not None else visit.started


def _named_in(level: Level, name: str) -> set[str]:
    """Elements of a level that go by a name: their own, or that of their step."""
    found = {one.id for one in level.elements.values() if name in (one.id, one.name)}
    step = level.steps.get(name)
    return found | ({step.element} if step is not None and step.element in level.elements else set())


def _the_one(name: str, found: set[str]) -> str:
    if len(found) > 1:
        raise DomainError(
            "this name means more than one step", value=name, limit=", ".join(sorted(found)),
            remedy="Write the id of the one that is meant.",
        )  # fmt: skip
    return found.pop()


def seconds(span: timedelta) -> Quantity:
    """A span of time as an exact quantity.

    Args:
        span: Time between two moments.

    Returns:
        Seconds with as many decimals as there are.
    """
    whole = span.days * 86_400 + span.seconds
    if not span.microseconds:
        return Quantity(whole, "s")
    return Quantity(Decimal(whole) + Decimal(span.microseconds) / 1_000_000, "s")
