"""The values that phases left, each beside its limits, in the order in which they matter."""

from collections.abc import Iterator
from dataclasses import dataclass

from batchwright.execution import keeping
from batchwright.execution.exceptions import Kind, Raised
from batchwright.execution.facts import fields_of
from batchwright.execution.fields import Field, out_of_limit
from batchwright.execution.marking import Known
from batchwright.execution.models import Run
from batchwright.execution.plan import Plan
from batchwright.execution.queries import Standing
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.values import Limits

_ORDER = {"CPP": 0, "KPP": 1, "none": 2}
_BEYOND = 120
"""How far outside its limits a value is drawn at the most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One value of a batch.

    Attributes:
        run: Run of the phase that left it.
        name: What people call it.
        amount: Its number, or the whole of what is no amount.
        unit: Its unit; "" for what is no amount.
        limits: Its limits, None where the recipe sets none.
        classification: CPP, KPP or none.
        verdict: ``within``, ``alert``, ``out of limit`` or ``no limit``.
        bar: Where it lies between its limits.
    """

    run: Run
    name: str
    amount: str
    unit: str
    limits: Limits | None
    classification: str
    verdict: str
    bar: "Bar | None" = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A value between its limits, as per mille of the drawing's width; it may lie outside 0 to 1000.

    Attributes:
        low: Lower action limit; None where there is none.
        high: Upper action limit.
        alert_low: Lower alert limit.
        alert_high: Upper alert limit.
        at: The value.
    """

    low: int | None
    high: int | None
    alert_low: int | None
    alert_high: int | None
    at: int


def shown(standing: Standing) -> tuple[list[Shown], list[Shown]]:
    """Give the values of a batch.

    Args:
        standing: Where the batch stands.

    Returns:
        What is critical or key or beyond a limit; and all others. Both in the order of the class, then of the runs.
    """
    plan = standing.turn.plan
    found = [one for run in standing.turn.runs.values() for one in _of_run(plan, run)]
    found.sort(key=lambda one: (_ORDER[one.classification], one.run.position))
    grave = [one for one in found if one.classification != "none" or one.verdict in ("alert", "out of limit")]
    return grave, [one for one in found if one not in grave]


def of_run(standing: Standing, run: Run) -> list[Shown]:
    """Give the values of one run.

    Args:
        standing: Where the batch stands.
        run: The run.

    Returns:
        In the order of its fields.
    """
    return list(_of_run(standing.turn.plan, run))


def _of_run(plan: Plan, run: Run) -> Iterator[Shown]:
    if run.level != "phase" or not run.values:
        return
    phase = plan.elements[run.element].phase if run.element in plan.elements else None
    fields = fields_of(phase)
    for name, value in keeping.known(run.values).items():
        yield _shown(run, fields.get(name) or Field(name, name), value)


def _shown(run: Run, field: Field, value: Known) -> Shown:
    amount, unit = keeping.shown(value), ""
    if isinstance(value, Quantity):
        amount, _space, unit = amount.partition(" ")
    verdict = "no limit"
    if field.limits is not None and isinstance(value, Quantity):
        verdict = _verdict(out_of_limit(field, value, run.path))
    return Shown(run, field.name, amount, unit, field.limits, field.classification, verdict, bar(field.limits, value))


def _verdict(broken: Raised | None) -> str:
    if broken is None:
        return "within"
    return "alert" if broken.kind is Kind.ALERT else "out of limit"


def bar(limits: Limits | None, value: Known) -> Bar | None:
    """Place a value between its limits.

    Args:
        limits: Its limits.
        value: The value.

    Returns:
        The places; None where fewer than two limits span a width, or the value is no amount.
    """
    if limits is None or not isinstance(value, Quantity):
        return None
    every = (limits.action_low, limits.action_high, limits.alert_low, limits.alert_high)
    given = [one.in_root_units() for one in every if one is not None]
    if len(given) < 2 or min(given) == max(given):
        return None
    low, width = min(given), max(given) - min(given)

    def place(one: Quantity) -> int:
        return max(-_BEYOND, min(1000 + _BEYOND, int((one.in_root_units() - low) * 1000 / width)))

    places = [None if one is None else place(one) for one in every]
    return Bar(places[0], places[1], places[2], places[3], place(value))

