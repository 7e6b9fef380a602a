"""The kinds of phase that a plant executes, each with its own parameters.

Whatever the kind, a phase says who may perform it and whether a second person checks it (21 CFR 211.188(b)(11)), and
which results it leaves for formulas: `results_of`.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from batchwright.recipes.values import Amount, Limits, Name, Part, RoundingRule, Text, unit_code

UnitCode = Annotated[str, AfterValidator(unit_code)]
Classification = Literal["none", "KPP", "CPP"]


class PhaseKind(Part):
    """What all phases say."""

    role: str = ""
    """Code of the role that performs it; "" for the role of the operation."""
    second_person: bool = False
    """Whether another person checks it before it is complete."""
    uninterrupted: bool = False
    """Whether it goes on when the batch is paused, held or stopped, because stopping it would spoil the product."""
    training: tuple[str, ...] = ()
    """Codes of the trainings that the performer holds."""


class Entry(Part):
    """One value that is entered, read or attached."""

    id: Name
    name: Text = ""
    type: Literal["number", "text", "choice", "date", "picture"] = "number"
    unit: UnitCode = "1"
    decimals: int | None = Field(default=None, ge=0, le=12)
    limits: Limits | None = None
    options: tuple[Text, ...] = ()
    classification: Classification = "none"
    cqas: tuple[Name, ...] = ()
    method: Text = ""


class Result(Part):
    """One value that is calculated or delivered by a machine."""

    id: Name
    name: Text = ""
    formula: Text = ""
    type: Literal["number", "text", "choice", "yes or no"] = "number"
    unit: UnitCode = "1"
    rounding: RoundingRule | None = None
    limits: Limits | None = None
    classification: Classification = "none"
    cqas: tuple[Name, ...] = ()


class Instruct(PhaseKind):
    """An instruction that is read and acknowledged."""

    kind: Literal["instruct"] = "instruct"
    text: Text = ""
    document: Text = ""
    """Number of the procedure that says more."""


class Enter(PhaseKind):
    """Values are entered: number with limits, text, choice, date, picture."""

    kind: Literal["enter"] = "enter"
    text: Text = ""
    entries: tuple[Entry, ...] = ()


class Calculate(PhaseKind):
    """Values are reckoned by formulas."""

    kind: Literal["calculate"] = "calculate"
    results: tuple[Result, ...] = ()


class Scan(PhaseKind):
    """A label is scanned and compared with what is expected."""

    kind: Literal["scan"] = "scan"
    what: Literal["material", "container", "equipment", "place", "person"] = "material"
    expects: Text = ""
    """Code that has to be found, or the name of a parameter that holds a material; "" for any of the kind."""


class Tolerance(Part):
    """How far a weight may be from its target."""

    below: Amount
    """Such as ``0.1 %`` of the target, or ``50 g``."""
    above: Amount


class Weigh(PhaseKind):
    """Something is weighed on a suitable scale: a product, a drum, a loss."""

    kind: Literal["weigh"] = "weigh"
    what: Text = ""
    unit: UnitCode = "kg"
    target: str = ""
    """Parameter that holds the target; "" where the weight is only taken down."""
    tolerance: Tolerance | None = None
    limits: Limits | None = None
    tare: bool = True


class Dispense(PhaseKind):
    """Inputs of the formula are weighed out of released lots into labelled containers."""

    kind: Literal["dispense"] = "dispense"
    inputs: tuple[Name, ...] = ()
    """Parameters that are process inputs."""
    tolerance: Tolerance | None = None


class Charge(PhaseKind):
    """Dispensed inputs, or what an earlier operation made, go into a unit."""

    kind: Literal["charge"] = "charge"
    inputs: tuple[Name, ...] = ()
    into: Text = ""
    text: Text = ""


class ClearLine(PhaseKind):
    """The line is set up and cleared of the product before (21 CFR 211.130)."""

    kind: Literal["clear line"] = "clear line"
    area: Text = ""
    document: Text = ""
    points: tuple[Text, ...] = ()
    """What is looked at."""


class Clean(PhaseKind):
    """Equipment is cleaned by a procedure."""

    kind: Literal["clean"] = "clean"
    procedure: Text = ""
    level: Literal["minor", "full", "clean in place", "sterilise in place"] = "full"


class Sample(PhaseKind):
    """Samples are taken and labelled."""

    kind: Literal["sample"] = "sample"
    points: tuple[Name, ...] = ()
    """Sampling points of the element above."""
    text: Text = ""


class Wait(PhaseKind):
    """Time passes, with a lower and an upper limit."""

    kind: Literal["wait"] = "wait"
    at_least: Amount | None = None
    at_most: Amount | None = None
    text: Text = ""


class Verify(PhaseKind):
    """A second person confirms what the first one did."""

    kind: Literal["verify"] = "verify"
    statement: Text = ""
    phases: tuple[Name, ...] = ()
    """Phases whose records are confirmed; empty for the one before."""


class Sign(PhaseKind):
    """A signature with its meaning (21 CFR 11.50)."""

    kind: Literal["sign"] = "sign"
    meaning: Text = ""
    statement: Text = ""


class Decide(PhaseKind):
    """Somebody, or a formula, decides how the procedure goes on; the transitions after it read the choice."""

    kind: Literal["decide"] = "decide"
    question: Text = ""
    options: tuple[Text, ...] = ()
    formula: Text = ""
    """Where it is given it proposes the choice; the person may only differ with a reason."""


class Repeat(PhaseKind):
    """Values are entered again and again while something runs, such as fill weights every 15 min."""

    kind: Literal["repeat"] = "repeat"
    every: Amount | None = None
    until: Text = ""
    at_most: int | None = Field(default=None, ge=1, le=100_000)
    entries: tuple[Entry, ...] = ()
    text: Text = ""


class ServiceParameter(Part):
    """One parameter of a module's service."""

    name: Name
    value: Name
    """Parameter of the recipe that is sent."""


class Automated(PhaseKind):
    """A service of a module runs (VDI/VDE/NAMUR 2658); what it reports is recorded with its source."""

    kind: Literal["automated"] = "automated"
    service: Text = ""
    procedure: Text = ""
    """The service's own procedure, MtpProcedure; "" for its default."""
    parameters: tuple[ServiceParameter, ...] = ()
    results: tuple[Result, ...] = ()
    text: Text = ""


class Attach(PhaseKind):
    """The reading or the file of an instrument is attached."""

    kind: Literal["attach"] = "attach"
    instrument: Text = ""
    media_types: tuple[Text, ...] = ()
    entries: tuple[Entry, ...] = ()


Phase = Annotated[
    Instruct | Enter | Calculate | Scan | Weigh | Dispense | Charge | ClearLine | Clean | Sample | Wait | Verify | Sign
    | Decide | Repeat | Automated | Attach,
    Field(discriminator="kind"),
]  # fmt: skip
"""What a phase does."""
