"""What stands in a batch record: plain parts that say who, when, what, and with which limits and instruments.

Every text is as it stands in the record. Amounts are texts with their units, such as ``48.000 kg``; moments are UTC.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, PlainSerializer

from batchwright.kernel import clock
from batchwright.recipes.values import Part

Instant = Annotated[
    datetime, AfterValidator(clock.ensure_utc), PlainSerializer(clock.iso, return_type=str, when_used="json")
]
"""A moment as the record writes it: UTC with microseconds."""

Use = Literal["component", "intermediate", "container or closure", "label", "other"]


class Person(Part):
    """Somebody, as the record names them."""

    id: str
    name: str = ""
    """Printed name."""
    role: str = ""


class Pair(Part):
    """A name and what stands under it."""

    name: str
    value: str


class SignatureLine(Part):
    """A signature (21 CFR 11.50)."""

    of: str
    """What was signed, as the record calls it."""
    meaning: str
    signer: Person
    at: Instant
    method: str = ""
    """How the signer was known: password, passkey."""
    shown_sha256: str = ""
    """Of exactly what the signer was shown."""
    state: str = "valid"
    """Whether it still stands for what it signed, and why not where it does not."""
    seq: int | None = None
    """Entry of the record that carries its proof."""


class Heading(Part):
    """What the batch is."""

    batch: str
    product: str = ""
    """Code of the product."""
    product_name: str = ""
    strength: str = ""
    lot: str = ""
    """Lot that the batch makes."""
    size: str
    sponsor: str = ""
    """Code of the sponsor; "" for the plant's own product."""
    sponsor_name: str = ""
    site: str = ""
    state: str
    planned_for: Instant | None = None
    began: Instant | None = None
    ended: Instant | None = None
    zone: str = "UTC"
    """IANA name of the zone in which times are printed."""
    made_at: Instant
    """The moment that the document tells of."""


class Master(Part):
    """The master recipe that the batch was made from (21 CFR 211.186, 211.188(a))."""

    recipe: str
    version: str
    name: str = ""
    sha256: str
    """Of the canonical text of the control recipe's master."""
    approved_sha256: str = ""
    """Of the version that was effective; the same where nothing was changed."""
    effective: Instant | None = None
    signatures: tuple[SignatureLine, ...] = ()


class Revision(Part):
    """One state of the control recipe."""

    number: int
    sha256: str
    why: str = ""
    by: Person | None = None
    at: Instant | None = None


class FormulaLine(Part):
    """One parameter of the formula, scaled to the batch."""

    path: str
    name: str = ""
    kind: str = "parameter"
    """input, output or parameter."""
    material: str = ""
    value: str = ""
    limits: str = ""
    classification: str = "none"
    explanation: str = ""
    provisional: bool = False


class EquipmentLine(Part):
    """A unit or a line that was used."""

    unit: str
    name: str = ""
    element: str = ""
    """Element of the recipe that it was bound to; "" for the whole."""
    requirements: tuple[str, ...] = ()
    began: Instant | None = None
    ended: Instant | None = None
    condition: str = ""
    """What was said of it when it was used: cleaning, calibration, qualification."""


class InstrumentLine(Part):
    """An instrument that gave values or weights."""

    tag: str
    name: str = ""
    calibrated_until: Instant | None = None
    values: int = 0
    """How many it gave."""


class ValueLine(Part):
    """One value of an attempt."""

    field: str
    name: str = ""
    text: str
    """Character for character as it came in."""
    value: str = ""
    """As it was read, with its unit; "" where it was refused or stands for itself."""
    limits: str = ""
    verdict: str = ""
    """within, alert, out of limit; "" where there is no limit."""
    source: str = "manual"
    instrument: str = ""
    calibrated_until: Instant | None = None
    classification: str = "none"


class ReasonLine(Part):
    """Why an attempt was refused."""

    sentence: str
    value: str = ""
    limit: str = ""


class AttemptLine(Part):
    """What somebody, or a machine, did at one moment; kept also where it was refused."""

    number: int
    kind: str = "perform"
    """perform, check or correct."""
    by: Person
    at: Instant
    done_at: Instant | None = None
    """When it was really done, where it was entered later."""
    checked_by: Person | None = None
    verdict: str
    """accepted, out of limit, refused."""
    entered: tuple[ValueLine, ...] = ()
    left: tuple[Pair, ...] = ()
    """What it left for the procedure, such as calculated values."""
    reasons: tuple[ReasonLine, ...] = ()
    reason: str = ""
    """What the person gave as the reason."""
    exceptions: tuple[str, ...] = ()
    """Numbers of the exceptions that it raised."""
    seq: int | None = None
    """Entry of the record that holds it."""


class PhaseRun(Part):
    """One run of a phase."""

    path: str
    position: int
    """In the order in which runs began."""
    name: str
    around: tuple[str, ...] = ()
    """Names of the elements around it, the outermost first."""
    kind: str = ""
    unit: str = ""
    text: str = ""
    """What is to be done."""
    role: str = ""
    second_person: bool = False
    state: str
    began: Instant | None = None
    ended: Instant | None = None
    skipped: bool = False
    attempts: tuple[AttemptLine, ...] = ()


class ElementLine(Part):
    """A phase of the recipe that the procedure never came to."""

    element: str
    name: str = ""
    around: tuple[str, ...] = ()


class WeighingLine(Part):
    """A weight that counts (21 CFR 211.101)."""

    line: str
    """Parameter of the formula."""
    name: str = ""
    """What people call it."""
    material: str = ""
    lot: str
    source: str
    """Container that it was taken from."""
    vessel: str
    """Container that was filled."""
    gross: str = ""
    tare: str = ""
    net: str
    factor: str = "1"
    """Pure substance in the lot, as an exact fraction."""
    method: str = ""
    read_from: str = ""
    scale: str = ""
    calibrated_until: Instant | None = None
    by: Person
    checked_by: Person | None = None
    at: Instant
    charged: bool = False
    returned_at: Instant | None = None
    seq: int | None = None


class MaterialLine(Part):
    """What was taken from one lot."""

    material: str
    name: str = ""
    use: Use = "component"
    description: str = ""
    lot: str
    supplier_lot: str = ""
    expires_on: date | None = None
    status: str = ""
    amount: str = ""


class ExceptionLine(Part):
    """What was not as the recipe says, and what became of it (21 CFR 211.192)."""

    number: str
    kind: str
    severity: str
    sentence: str
    path: str = ""
    field: str = ""
    value: str = ""
    limit: str = ""
    raised_by: Person
    raised_at: Instant
    cause: str = ""
    impact: str = ""
    signatures: tuple[SignatureLine, ...] = ()
    closed_at: Instant | None = None
    seq: int | None = None


class YieldLine(Part):
    """A yield or a reconciliation (21 CFR 211.103, 211.125)."""

    id: str
    name: str
    percent: str = ""
    """Share of the theoretical."""
    verdict: str
    sentence: str
    """Actual, theoretical and how they make the share."""


class ContainerLine(Part):
    """A container that was filled with what the batch made (21 CFR 211.142, 211.188(b)(9))."""

    container: str
    kind: str = ""
    amount: str
    """What was filled into it."""
    location: str
    """Where it stands at the moment that the document tells of."""
    at: Instant | None = None


class InspectionLine(Part):
    """A look at an area before or after its use."""

    area: str
    when: Literal["before", "after"]
    at: Instant
    by: Person
    checked_by: Person | None = None
    clear: bool = True


class LabelSpecimen(Part):
    """A label as it was printed."""

    title: str
    container: str = ""
    elements: str = ""
    """GS1 element string with brackets; "" where the label carries no symbol."""
    lines: tuple[Pair, ...] = ()
    at: Instant | None = None
    by: Person | None = None


class SampleLine(Part):
    """A sample that was taken."""

    point: str
    place: str = ""
    amount: str = ""
    containers: int = 1
    tests: tuple[str, ...] = ()
    by: Person | None = None
    at: Instant | None = None


class TestLine(Part):
    """A result of the laboratory."""

    __test__ = False  # it is no test of this project

    name: str
    result: str = ""
    limits: str = ""
    verdict: str = ""
    investigation: str = ""
    examination: bool = False
    """Whether it is one of packaged and labelled products (21 CFR 211.134)."""
    at: Instant | None = None


class ReviewLine(Part):
    """One check of the review, with the judgement where one was asked for."""

    code: str
    about: str = ""
    verdict: str
    sentence: str
    why: str = ""
    judgement: str = ""
    judged_by: Person | None = None
    judged_at: Instant | None = None


class RecordStatement(Part):
    """Where the batch stands in the record, so that the paper can be held against it."""

    subject: str
    """What the record calls the batch; its runs and exceptions stand below it."""
    entries: int
    first_seq: int
    last_seq: int
    site: str = ""
    """Name of the site's key."""
    tree_size: int = 0
    """Entries under the checkpoint; 0 where none covers the batch."""
    root: str = ""
    """Root hash of the Merkle tree, hexadecimal."""
    key: str = ""
    """The site's public key, as `verify.py` takes it."""
