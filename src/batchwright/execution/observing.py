"""What a running batch tells its twin: values as they were entered, at the age of the culture, and what was added.

Pure. Which value means what to the twin, the recipe says (`batchwright.recipes.twin_use`); formulas are worth what they
were worth in their own round: what came later is not known to them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from batchwright.execution.marking import Facts, Visit, split
from batchwright.execution.phases import asked
from batchwright.execution.plan import Plan
from batchwright.execution.states import State
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel import units
from batchwright.kernel.errors import BatchwrightError, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.units import Unit
from batchwright.recipes import expressions
from batchwright.recipes.evaluation import Given, Size, evaluate
from batchwright.recipes.expressions import Reference
from batchwright.recipes.twin_use import Addition, TwinUse

HOUR: Final = units.parse("h")


@dataclass(frozen=True, slots=True)
class Told:
    """One value that the twin is told.

    Attributes:
        age_h: Age at which its sample was taken.
        output: What it is of the twin.
        size: How much.
        path: Run of the phase that it was entered in.
    """

    age_h: Fraction
    output: str
    size: Size
    path: str


@dataclass(frozen=True, slots=True)
class Added:
    """Something that went in.

    Attributes:
        age_h: Age at which it went in.
        addition: Which one the recipe names.
        volume: How much.
        path: Run of the phase.
    """

    age_h: Fraction
    addition: Addition
    volume: Size
    path: str


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a batch has told its twin until now.

    Attributes:
        use: What the recipe says of the twin.
        element: Element that is forecast.
        started: Values at age zero by state; only those that are there.
        told: Values in the order in which they were entered.
        added: What went in, in the same order.
        until_h: Age at which it ends.
        planned_volumes: By addition, the volume of each that the recipe has at fixed ages.
        refills: By addition that follows a rule: limit, aim, and the volume that it is reckoned for.
        unread: Sentences about what could not be read.
    """

    use: TwinUse
    element: str
    started: Mapping[str, Size]
    told: tuple[Told, ...]
    added: tuple[Added, ...]
    until_h: Fraction
    planned_volumes: Mapping[str, Size]
    refills: Mapping[str, tuple[Size, Size, Size]]
    unread: tuple[str, ...] = ()

    @property
    def ages(self) -> tuple[Fraction, ...]:
        """Ages at which something was measured, in order."""
        return tuple(sorted({one.age_h for one in self.told}))

    @property
    def rounds(self) -> Mapping[str, int]:
        """How many values of each output there are."""
        return {one.output: sum(told.output == one.output for told in self.told) for one in self.use.observes}


def twin_of(plan: Plan) -> tuple[str, TwinUse] | None:
    """Find the twin that a recipe names.

    Args:
        plan: The procedure.

    Returns:
        The element that is forecast and what is said of its twin; None where the recipe names none.
    """
    for name, element in plan.elements.items():
        if element.twin is not None:
            return name, element.twin
    return None


def observed(plan: Plan, visits: Mapping[str, Visit], facts: Facts) -> Observed | None:
    """Gather what a batch has told its twin.

    Args:
        plan: The procedure.
        visits: Every run by path, in the order in which they began.
        facts: What is known.

    Returns:
        Everything; None where the recipe names no twin.

    Raises:
        DomainError: If the end of the run cannot be reckoned.
    """
    found = twin_of(plan)
    if found is None:
        return None
    element, use = found
    reader = _Reader(plan, visits, facts, element)
    told, added, unread = [], [], []
    for path in reader.runs({reader.anchor(one.value) for one in use.observes}):
        for seen in use.observes:
            if reader.anchor(seen.value) != split(path)[1]:
                continue
            try:
                told.append(Told(reader.hours(use.age, path), seen.output, reader.size(seen.value, path), path))
            except BatchwrightError as error:
                unread.append(f"{seen.output}: {error}")
    for path in reader.runs({one.phase for one in use.additions}):
        for one in use.additions:
            if one.phase == split(path)[1]:
                try:
                    added.append(Added(reader.hours(use.age, path), one, reader.size(one.volume, path), path))
                except BatchwrightError as error:
                    unread.append(f"{one.id}: {error}")
    return Observed(
        use, element, reader.known({one.state: one.value for one in use.starts}), tuple(told), tuple(added),
        reader.hours(use.until), reader.known({one.id: one.volume for one in use.additions if one.planned_at}),
        dict(reader.refills(use)), tuple(unread),
    )  # fmt: skip


class _Reader:
    """Reckons formulas as of a run."""

    def __init__(self, plan: Plan, visits: Mapping[str, Visit], facts: Facts, element: str) -> None:
        self.plan, self.visits, self.facts, self.element = plan, visits, facts, element

    def anchor(self, source: str) -> str:
        """The phase whose runs give rounds: the first that a formula names."""
        for one in expressions.walk(expressions.parse(source)):
            if isinstance(one, Reference) and len(one.path) > 1 and one.path[0] in self.plan.elements:
                return one.path[0]
        return ""

    def runs(self, phases: set[str]) -> Iterator[str]:
        """Completed runs of some phases, in the order in which they began; what was skipped left nothing."""
        for path, visit in self.visits.items():
            done = visit.state is State.COMPLETE and not visit.skipped
            if path and done and split(path)[1] in phases and path in self.facts.done:
                yield path

    def size(self, source: str, path: str = "") -> Size:
        """What a formula was worth when a run was complete; now, where no run is named."""
        visits = self.visits
        if path:
            visits = {}
            for name, visit in self.visits.items():
                visits[name] = visit
                if name == path:
                    break
        worth = Surroundings(self.plan, visits, self.facts, "", self.element).worth(source)
        if not isinstance(worth, Size):
            raise DomainError("this is no amount", value=source)
        return worth

    def hours(self, source: str, path: str = "") -> Fraction:
        """The same in hours."""
        return self.size(source, path).to(HOUR).value

    def known(self, sources: Mapping[str, str]) -> dict[str, Size]:
        """Those formulas whose values are there."""
        found = {}
        for name, source in sources.items():
            try:
                found[name] = self.size(source)
            except BatchwrightError:
                continue  # not there yet: the twin begins with what it was frozen with
        return found

    def refills(self, use: TwinUse) -> Iterator[tuple[str, tuple[Size, Size, Size]]]:
        """Limit, aim and volume of each addition by rule, as far as they are known."""
        for one in use.additions:
            if one.refill is not None:
                found = self.known({"below": one.refill.below, "to": one.refill.to, "for": one.refill.reckoned_for})
                if len(found) == 3:
                    yield one.id, (found["below"], found["to"], found["for"])


@dataclass(frozen=True, slots=True)
class Entered:
    """How people enter what a twin calls an output.

    Attributes:
        name: What they call it.
        unit: Unit in which they enter it.
        in_twin: What one of that unit is worth for the twin.
        decimals: How many decimals they enter; None where the recipe does not say it.
    """

    name: str
    unit: str
    in_twin: Size
    decimals: int | None = None


def entered_as(plan: Plan, use: TwinUse) -> dict[str, Entered]:
    """Say how people enter each output; one whose formula is more than a change of unit is left out.

    Args:
        plan: The procedure.
        use: What the recipe says of its twin.

    Returns:
        By output.
    """
    found = {}
    for one in use.observes:
        expression = expressions.parse(one.value)
        named = [part.path for part in expressions.walk(expression) if isinstance(part, Reference)]
        phase = plan.elements[named[0][0]].phase if len(named) == 1 and named[0][0] in plan.elements else None
        field = next((field for field in asked(phase) if (field.id,) == named[0][1:]), None) if phase else None
        if field is not None:
            worth = evaluate(expression, Given({".".join(named[0]): Quantity("1", field.unit)}))
            if isinstance(worth, Size):
                found[one.output] = Entered(field.name, field.unit, worth, field.decimals)
    return found


def in_unit(size: Size, unit: str) -> float:
    """Give a size as a number for a model.

    Args:
        size: The size.
        unit: UCUM code of the model's quantity.

    Returns:
        The number, near enough: a model reckons in floats.

    Raises:
        DomainError: If both measure different things.
    """
    wanted: Unit = units.parse(unit)
    return float(size.to(wanted).value)
