"""What a batch made and what became of it: made, sampled, put away, and the difference, which is never silent.

Made is what the batch's own recorded yield says: the one yield of the recipe that is measured as its product is.
Samples count that were taken after that measure; what was taken before is not in it. Sources: 21 CFR 211.103,
211.184(c), 211.188(b)(7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from batchwright.execution import keeping
from batchwright.execution.marking import split
from batchwright.execution.plan import sampling_points
from batchwright.execution.states import ENDED, State
from batchwright.execution.yields import Yield
from batchwright.kernel.errors import BatchwrightError, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.units import Unit
from batchwright.materials import Container, Definition, Lot, Movement
from batchwright.materials.amounts import quantity
from batchwright.recipes import expressions
from batchwright.recipes.evaluation import Size
from batchwright.recipes.expressions import Reference
from batchwright.recipes.phases import Sample

if TYPE_CHECKING:  # services put away what this reckons
    from batchwright.execution.services.turning import Turn

MILLION = 1_000_000
ID = "put_away"
"""Of the reconciliation, among the yields of the batch."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A container that was filled.

    Attributes:
        container: The container as it is now, with its location.
        amount_e6: What was filled into it, in millionths of the product's unit.
        at: When.
    """

    container: Container
    amount_e6: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Output:
    """What a batch that has ended made, and what became of it; amounts in millionths of the product's unit.

    Attributes:
        definition: The product.
        lot: The lot that it made; None where nothing was weighed into it and nothing is put away yet.
        made_e6: What it made, by its own yield; None where the record does not say it.
        how: The yield that says so, or why none does.
        sampled_e6: Samples that were taken of what was measured.
        aside: Samples that are measured otherwise than the product, and so are not in the sum.
        filled: The containers, in the order in which they were filled.
    """

    definition: Definition
    lot: Lot | None
    made_e6: int | None
    how: str
    sampled_e6: int = 0
    aside: tuple[str, ...] = ()
    filled: tuple[Filled, ...] = ()

    @property
    def filled_e6(self) -> int:
        """What was put away."""
        return sum(one.amount_e6 for one in self.filled)

    @property
    def groups(self) -> list[tuple[int, str, int, str]]:
        """Containers that are alike: how many, their kind, what was filled into each, and where they stand."""
        alike = Counter((one.container.kind, one.amount_e6, one.container.location.name) for one in self.filled)
        return [(number, kind, amount, place) for (kind, amount, place), number in alike.items()]

    @property
    def left_e6(self) -> int | None:
        """What is not accounted for: made less samples less what was put away; None where nobody knows."""
        return None if self.made_e6 is None else self.made_e6 - self.sampled_e6 - self.filled_e6

    @property
    def within(self) -> bool:
        """Whether everything is accounted for, or what is not is within the material's limit."""
        limit, left = self.definition.limit_ppm or 0, self.left_e6
        if left is None or self.made_e6 is None:
            return bool(self.filled)
        return bool(self.filled) and abs(left) * MILLION <= limit * self.made_e6

    def said(self, amount: int) -> str:
        """An amount as people write it."""
        return str(quantity(amount, self.definition.unit))

    @property
    def sentence(self) -> str:
        """What was put away of what was made, in one sentence; the same in every language, for it is signed."""
        into = "1 container" if len(self.filled) == 1 else f"{len(self.filled)} containers"
        done = f"{self.said(self.filled_e6)} put away in {into}" if self.filled else "nothing is put away"
        if self.made_e6 is None or self.left_e6 is None:
            return f"{done}; how much was made is not on record: {self.how}"
        also = f", besides {', '.join(self.aside)} of samples" if self.aside else ""
        return (
            f"{self.said(self.made_e6)} made ({self.how}), {self.said(self.sampled_e6)} of samples{also}, {done}, "
            f"not accounted for {self.said(self.left_e6)}"
        )

    @property
    def as_yield(self) -> Yield:
        """The reconciliation beside the yields of the recipe."""
        percent = None
        if self.made_e6:
            hundredths = (self.filled_e6 + self.sampled_e6) * 10_000 // self.made_e6
            percent = Quantity(f"{hundredths // 100}.{hundredths % 100:02d}", "%")
        verdict = "within" if self.within else "alert"
        return Yield(ID, "Put away and sampled", verdict, self.sentence, percent=percent)  # type: ignore[arg-type]


def output_of(turn: Turn) -> Output | None:
    """Say what a batch, that the caller was allowed to read, made and what became of it.

    Args:
        turn: Where the batch stands.

    Returns:
        What it made; None while it has not ended, and where its product is no material of the plant.
    """
    batch, lot = turn.batch, None
    if State(batch.state) not in ENDED:
        return None
    # tenancy: what a batch makes is seen by whoever sees the batch
    if batch.lot_id is not None:
        lot = Lot.objects.select_related("definition", "sponsor").get(pk=batch.lot_id)
    elif batch.state != State.COMPLETE:
        return None
    definition = Definition.objects.filter(code=batch.product).first() if lot is None else lot.definition
    if definition is None:
        return None
    moved = Movement.objects.filter(lot=lot, kind="production") if lot is not None else Movement.objects.none()
    moved = moved.select_related("target__location", "target__lot__definition").order_by("id")
    filled = tuple(Filled(one.target, one.amount_e6, one.moved_at) for one in moved if one.target is not None)
    unit = definition.unit
    try:
        made, how, since = _measured(turn, unit)
    except BatchwrightError as error:
        return Output(definition, lot, None, str(error).rstrip("."), filled=filled)
    sampled, aside = 0, []
    for amount in _samples(turn, since):
        try:
            sampled += _millionths(Size.of(amount), unit)
        except DomainError:
            aside.append(str(amount))
    return Output(definition, lot, made, how, sampled, tuple(aside), filled)


def _millionths(size: Size, unit: str) -> int:
    """An amount as stocks are kept; what is finer is no stock."""
    return int(size.to(_measure(unit)).value * MILLION)


def _measure(unit: str) -> Unit:
    return Size.of(Quantity("1", unit)).unit


def _measured(turn: Turn, unit: str) -> tuple[int, str, datetime | None]:
    """What the one yield of the recipe says that is measured in the product's unit, and when that was measured."""
    found = []
    for one in turn.plan.recipe.yields:
        if one.reconciles or not one.actual.strip():
            continue
        worth = turn.surroundings.worth(one.actual)
        if isinstance(worth, Size) and worth.unit.dimension == _measure(unit).dimension:
            found.append((one, worth))
    if len(found) != 1:
        many = "no yield of the recipe is" if not found else "more than one yield of the recipe is"
        raise DomainError(f"{many} measured in {unit}")
    ((expected, worth),) = found
    named = {
        one.path[0] for one in expressions.walk(expressions.parse(expected.actual)) if isinstance(one, Reference)
    }
    times = [done.at for path, done in turn.facts.done.items() if split(path)[1] in named]
    return _millionths(worth, unit), expected.name or expected.id, max(times, default=None)


def _samples(turn: Turn, since: datetime | None) -> Iterator[Quantity]:
    """The samples that were taken after a moment; none where nobody knows when it was measured."""
    for run in turn.runs.values():
        phase = turn.plan.elements[run.element].phase
        if not isinstance(phase, Sample) or run.skipped or run.completed_at is None:
            continue
        if run.state != State.COMPLETE or since is None or run.completed_at <= since:
            continue
        points, entered = sampling_points(turn.plan, run.element), keeping.known(run.values)
        for name in phase.points:
            point, number = points.get(name), entered.get(name)
            if point is not None and point.amount is not None:
                yield point.amount * (number.value if isinstance(number, Quantity) else point.containers)
