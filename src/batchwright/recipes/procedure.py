"""The master recipe of ISA-88 as a typed graph (IEC 61512-1 clause 5.3, IEC 61512-2 clause 6, BatchML).

`MasterRecipe` has a header, a formula, and a procedure: elements (procedure, unit procedure, operation, phase) inside
each other, and at each level a `ProcedureLogic`: steps, transitions and links. A step stands for one element, or for
the begin or the end. A link's end is a step, a transition **or another link**: a link without ends of its own is a
junction, where parallel (``ParallelDivergent``) or alternative (``SerialDivergent``) branches part or meet. A link from
step to step has an implicit transition: the next begins when the one before is complete.

Everything is frozen. Nothing here judges: what is incomplete can be held (an import has blank conditions and links that
miss an end), and `batchwright.recipes.checks` says what keeps it from approval.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from batchwright.kernel.clock import ensure_utc
from batchwright.kernel.errors import BadInput
from batchwright.recipes.phases import Classification, Phase
from batchwright.recipes.twin_use import TwinUse
from batchwright.recipes.values import (
    Amount,
    AnyAmount,
    Fixed,
    Limits,
    Name,
    Overage,
    Part,
    RoundingRule,
    Scaling,
    Text,
    Value,
    refusal,
)


def _in_utc(moment: datetime) -> datetime:
    try:
        return ensure_utc(moment)
    except BadInput as error:
        raise refusal(error) from error


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Level = Literal["procedure", "unit procedure", "operation", "phase"]
LEVELS: tuple[Level, ...] = ("procedure", "unit procedure", "operation", "phase")


class Modification(Part):
    """One line of the modification log."""

    at: Moment | None = None
    author: Text = ""
    what: Text = ""
    written_at: Text = ""
    """The time as another system wrote it, where it names no zone."""


class Approval(Part):
    """One signature of the approval history."""

    by: Text = ""
    at: Moment | None = None
    meaning: Text = ""
    version: Text = ""
    written_at: Text = ""


class BatchSize(Part):
    """The size that the formula is written for, and between which it may be scaled."""

    nominal: AnyAmount | None = None
    minimum: AnyAmount | None = None
    maximum: AnyAmount | None = None


class Header(Part):
    """Who the recipe is for, and its history."""

    product: Text = ""
    """Code of the product."""
    product_name: Text = ""
    strength: Text = ""
    sponsor: Text = ""
    batch_size: BatchSize = BatchSize()
    modifications: tuple[Modification, ...] = ()
    approvals: tuple[Approval, ...] = ()
    effective: Moment | None = None
    expires: Moment | None = None
    status: Text = ""


class Parameter(Part):
    """One line of the formula."""

    id: Name
    name: Text = ""
    kind: Literal["input", "output", "parameter"] = "parameter"
    """ProcessInput, ProcessOutput, ProcessParameter."""
    sub_type: Text = ""
    """What another system calls its sort, such as ``CTQ``."""
    material: Text = ""
    """Code of the material definition of an input or output."""
    value: Value | None = None
    scaling: Scaling = Fixed()
    rounding: RoundingRule | None = None
    limits: Limits | None = None
    classification: Classification = "none"
    cqas: tuple[Name, ...] = ()
    """Critical quality attributes that it bears on (ICH Q8)."""
    overage: Overage | None = None
    mass_per_unit: Amount | None = None
    """Mass of one unit of the value where that is no mass: ``1.02 kg`` for L, ``515 mg`` for a tablet."""
    balance: Literal["counted", "lost", "left out"] = "counted"
    """In the balance of masses: counted; an output that is an expected loss; or left out, with the reason."""
    description: Text = ""
    parameters: "tuple[Parameter, ...]" = ()


class EquipmentRequirement(Part):
    """What a unit has to offer; mirrors the capabilities of the plant's equipment."""

    id: Name
    equipment_class: Text = ""
    """Code of the class, such as ``HSG``."""
    property: Text = ""
    """Code of the property in the vocabulary of the plant, such as ``working-volume``."""
    comparison: Literal["at least", "at most", "within", "one of", "is"] = "is"
    amount: Amount | None = None
    """For at least, at most, is."""
    low: Amount | None = None
    """For within."""
    high: Amount | None = None
    words: tuple[Text, ...] = ()
    """For one of, is."""
    condition: Text = ""
    """What another system wrote."""


class InProcessControl(Part):
    """A test during manufacture (21 CFR 211.110)."""

    id: Name
    name: Text = ""
    method: Text = ""
    sample: Text = ""
    every: Amount | None = None
    """Time between two; None where it is done once."""
    limits: Limits | None = None
    criterion: Text = ""
    """Where the limit is no number."""
    cqas: tuple[Name, ...] = ()


class SamplingPoint(Part):
    """Where, how much and what for."""

    id: Name
    place: Text = ""
    amount: Amount | None = None
    containers: int = Field(default=1, ge=1, le=10_000)
    tests: tuple[Text, ...] = ()


class ExpectedYield(Part):
    """A yield with the limits beyond which it is investigated (21 CFR 211.186(b)(7))."""

    id: Name
    name: Text = ""
    actual: Text = ""
    """Formula or name of the amount that was made."""
    theoretical: Text = ""
    """Formula or name of the amount that could have been made."""
    limits: Limits | None = None
    reconciles: Text = ""
    """What is reconciled, such as labels; "" for a yield of product."""


class HoldTime(Part):
    """How long something may or has to stand between two steps (21 CFR 211.111)."""

    id: Name
    what: Text = ""
    after: Name
    """Element whose completion begins it."""
    before: Name
    """Element whose start ends it."""
    at_least: Amount | None = None
    at_most: Amount | None = None
    conditions: Text = ""


class SafetyNote(Part):
    """What may harm, and what protects."""

    text: Text
    hazards: tuple[Text, ...] = ()
    """Codes of GHS statements, such as H361."""
    protection: tuple[Text, ...] = ()


class Step(Part):
    """One box of the chart."""

    id: Name
    kind: Literal["begin", "element", "end"] = "element"
    element: str = ""
    """Element that it stands for."""
    element_version: Text = ""
    description: Text = ""


class Transition(Part):
    """What has to be true for the procedure to go on."""

    id: Name
    condition: Text = ""
    """In the language of `batchwright.recipes.expressions`; "" where nobody has written one."""
    description: Text = ""


class End(Part):
    """One end of a link."""

    kind: Literal["step", "transition", "link", ""] = ""
    """"" where another system did not say it."""
    id: str
    external: bool = False


LinkKind = Literal[
    "ControlLink", "TransferLink", "SynchronizationLink", "ParallelDivergent", "ParallelConvergent", "SerialDivergent",
    "SerialConvergent", "Other",
]  # fmt: skip
JUNCTIONS: frozenset[str] = frozenset(
    {"ParallelDivergent", "ParallelConvergent", "SerialDivergent", "SerialConvergent"}
)


class Link(Part):
    """A line of the chart, or a junction that lines end at."""

    id: Name
    kind: LinkKind = "ControlLink"
    source: End | None = None
    target: End | None = None
    depiction: Text = ""
    order: int | None = None
    """Order in which alternatives are looked at."""
    description: Text = ""

    @property
    def is_junction(self) -> bool:
        """Whether branches part or meet here."""
        return self.kind in JUNCTIONS


class ProcedureLogic(Part):
    """The graph of one level."""

    steps: tuple[Step, ...] = ()
    transitions: tuple[Transition, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not (self.steps or self.transitions or self.links)


class RecipeElement(Part):
    """A procedure, unit procedure, operation or phase, with the elements inside it."""

    id: Name
    level: Level
    name: Text = ""
    description: Text = ""
    version: Text = ""
    building_block: Text = ""
    """Element of a library that it was made from."""
    building_block_version: Text = ""
    header: Header | None = None
    """Where an element has a history of its own."""
    parameters: tuple[Parameter, ...] = ()
    equipment: tuple[EquipmentRequirement, ...] = ()
    controls: tuple[InProcessControl, ...] = ()
    samples: tuple[SamplingPoint, ...] = ()
    yields: tuple[ExpectedYield, ...] = ()
    holds: tuple[HoldTime, ...] = ()
    safety: tuple[SafetyNote, ...] = ()
    twin: TwinUse | None = None
    """Twin by which its runs are forecast; it advises and decides nothing."""
    phase: Phase | None = None
    """What a phase does; None in an import that does not say it, and on higher levels."""
    logic: ProcedureLogic = ProcedureLogic()
    elements: "tuple[RecipeElement, ...]" = ()

    def walk(self) -> "Iterator[RecipeElement]":
        """This element and all inside it, each before what is inside it."""
        yield self
        for element in self.elements:
            yield from element.walk()


class Formula(Part):
    """What goes in, what comes out, and at which settings."""

    parameters: tuple[Parameter, ...] = ()
    balance_tolerance: Amount | None = None
    """How far the masses of inputs and outputs may differ, such as ``0.5 %``; None where no balance is asked."""


class MasterRecipe(Part):
    """One version of a recipe."""

    id: Name
    version: Text = ""
    name: Text = ""
    description: Text = ""
    header: Header = Header()
    formula: Formula = Formula()
    equipment: tuple[EquipmentRequirement, ...] = ()
    yields: tuple[ExpectedYield, ...] = ()
    holds: tuple[HoldTime, ...] = ()
    safety: tuple[SafetyNote, ...] = ()
    logic: ProcedureLogic = ProcedureLogic()
    """What another system draws above its procedure; empty where the procedure is the only element."""
    elements: tuple[RecipeElement, ...] = ()

    def walk(self) -> Iterator[RecipeElement]:
        """All elements of the recipe, each before what is inside it."""
        for element in self.elements:
            yield from element.walk()
