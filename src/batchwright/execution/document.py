"""The batch record as one document: what 21 CFR 211.188 asks for, as data that a page is set from and that is kept.

The canonical JSON of it is what is attached to the PDF, so that a machine reads what a person reads. Nothing is left
out because it looks bad: refused attempts, skipped phases and what the procedure never came to have their place, and
`clauses` says for each line of the regulation what stands where, or that nothing is on record.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from batchwright.execution.control_recipe import canonical
from batchwright.execution.document_parts import (
    ContainerLine,
    ElementLine,
    EquipmentLine,
    ExceptionLine,
    FormulaLine,
    Heading,
    InspectionLine,
    InstrumentLine,
    LabelSpecimen,
    Master,
    MaterialLine,
    Pair,
    PhaseRun,
    RecordStatement,
    ReviewLine,
    Revision,
    SampleLine,
    SignatureLine,
    TestLine,
    ValueLine,
    WeighingLine,
    YieldLine,
)
from batchwright.recipes.values import Part

FORMAT: Literal["batchwright batch record/1"] = "batchwright batch record/1"


class BatchDocument(Part):
    """The record of one batch."""

    format: Literal["batchwright batch record/1"] = FORMAT
    heading: Heading
    master: Master
    revisions: tuple[Revision, ...] = ()
    """Each state of the control recipe, the first one first."""
    exceptions: tuple[ExceptionLine, ...] = ()
    redlines: tuple[Pair, ...] = ()
    """Number, and what it changed."""
    formula: tuple[FormulaLine, ...] = ()
    phases: tuple[PhaseRun, ...] = ()
    """In the order in which they began."""
    never_begun: tuple[ElementLine, ...] = ()
    materials: tuple[MaterialLine, ...] = ()
    weighings: tuple[WeighingLine, ...] = ()
    equipment: tuple[EquipmentLine, ...] = ()
    instruments: tuple[InstrumentLine, ...] = ()
    inspections: tuple[InspectionLine, ...] = ()
    samples: tuple[SampleLine, ...] = ()
    tests: tuple[TestLine, ...] = ()
    yields: tuple[YieldLine, ...] = ()
    stock: tuple[ContainerLine, ...] = ()
    """Containers that were filled with what the batch made."""
    labels: tuple[LabelSpecimen, ...] = ()
    signatures: tuple[SignatureLine, ...] = ()
    """All of them in order of time, those on exceptions and on the master too."""
    reviews: tuple[ReviewLine, ...] = ()
    record: RecordStatement

    @property
    def controls(self) -> tuple[tuple[PhaseRun, ValueLine], ...]:
        """Values that were held against limits, of attempts that count (21 CFR 211.110, 211.188(b)(5))."""
        return tuple(
            (run, value)
            for run in self.phases
            for attempt in run.attempts
            if attempt.verdict != "refused" and attempt.kind != "check"
            for value in attempt.entered
            if value.limits
        )

    @property
    def refused(self) -> int:
        """Attempts that were refused, and kept."""
        return sum(one.verdict == "refused" for run in self.phases for one in run.attempts)

    @property
    def open_exceptions(self) -> int:
        """Exceptions that nobody has closed."""
        return sum(one.closed_at is None for one in self.exceptions)


def canonical_json(document: BatchDocument) -> bytes:
    """The canonical JSON of a document (RFC 8785), which is attached to its PDF.

    Args:
        document: The document.

    Returns:
        UTF-8 bytes.
    """
    return canonical(document)


def digest(document: BatchDocument) -> str:
    """SHA-256 of the canonical JSON of a document.

    Args:
        document: The document.

    Returns:
        Hexadecimal.
    """
    return hashlib.sha256(canonical_json(document)).hexdigest()


Section = Literal[
    "master", "exceptions", "procedure", "materials", "equipment", "controls", "yields", "labels", "signatures",
    "record",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """A line of 21 CFR 211.188 and what the document has for it."""

    code: str
    asks: str
    """What is asked for, in short."""
    section: Section
    """Where it stands."""
    found: int
    """How many pieces of evidence; 0 where nothing is on record."""
    lacking: str = ""
    """What is not as it should be; "" where all is there."""


def clauses(document: BatchDocument) -> tuple[Clause, ...]:
    """Say for each line of 21 CFR 211.188 where it stands in a document.

    Args:
        document: The document.

    Returns:
        (a) and (b)(1) to (b)(13), in order.
    """
    return tuple(
        Clause(code, asks, section, *find(document)) for code, asks, section, find in _CLAUSES
    )  # fmt: skip


Found = tuple[int, str]


def _master(document: BatchDocument) -> Found:
    master = document.master
    if not master.approved_sha256 or master.sha256 != master.approved_sha256:
        return len(document.formula), "the control recipe is not the approved master"
    return len(document.formula) + 1, "" if master.signatures else "no signature on the master is on record"


def _dates(document: BatchDocument) -> Found:
    found = sum(one is not None for run in document.phases for one in (run.began, run.ended))
    undated = [run.name for run in document.phases if run.state == "Complete" and run.ended is None and not run.skipped]
    return found, f"complete without a time: {', '.join(undated)}" if undated else ""


def _lots(document: BatchDocument) -> Found:
    listed = {one.lot for one in document.materials}
    unlisted = dict.fromkeys(one.lot for one in document.weighings if one.returned_at is None and one.lot not in listed)
    return len(document.materials), f"weighed and not listed: {', '.join(unlisted)}" if unlisted else ""


def _weights(document: BatchDocument) -> Found:
    unread = sum(not one.scale for one in document.weighings)
    return len(document.weighings), f"not read from a scale: {unread}" if unread else ""


def _controls(document: BatchDocument) -> Found:
    beyond = sum(value.verdict in ("alert", "out of limit") for _, value in document.controls)
    open_tests = sum(one.verdict in ("", "open") for one in document.tests)
    said = {"beyond a limit": beyond, "open tests": open_tests}
    lacking = "; ".join(f"{what}: {count}" for what, count in said.items() if count)
    return len(document.controls) + len(document.tests), lacking


def _areas(document: BatchDocument) -> Found:
    seen = {(one.area, one.when) for one in document.inspections if one.clear}
    areas = dict.fromkeys(one.area for one in document.inspections)
    missing = [
        f"{area} was not found clear {when} use" for area in areas for when in ("before", "after")
        if (area, when) not in seen
    ]  # fmt: skip
    return len(document.inspections), "; ".join(missing)


def _yields(document: BatchDocument) -> Found:
    unknown = [one.name for one in document.yields if one.verdict == "not known"]
    return len(document.yields), f"not known: {', '.join(unknown)}" if unknown else ""


def _people(document: BatchDocument) -> Found:
    performed = [run for run in document.phases if run.attempts]
    alone = [
        run.name for run in performed
        if run.second_person and run.state == "Complete" and not any(one.checked_by for one in run.attempts)
    ]  # fmt: skip
    return len(performed), f"checked by nobody: {', '.join(alone)}" if alone else ""


def _investigations(document: BatchDocument) -> Found:
    left = document.open_exceptions
    return len(document.exceptions), f"open: {left}" if left else ""


def _containers(document: BatchDocument) -> Found:
    return sum(one.use == "container or closure" for one in document.materials) + len(document.stock), ""


_CLAUSES: tuple[tuple[str, str, Section, Callable[[BatchDocument], Found]], ...] = (
    ("211.188(a)", "Reproduction of the master record, checked, dated and signed", "master", _master),
    ("211.188(b)(1)", "Dates", "procedure", _dates),
    ("211.188(b)(2)", "Major equipment and lines", "equipment", lambda one: (len(one.equipment), "")),
    ("211.188(b)(3)", "Each lot of component or in-process material", "materials", _lots),
    ("211.188(b)(4)", "Weights and measures of components", "materials", _weights),
    ("211.188(b)(5)", "In-process and laboratory control results", "controls", _controls),
    ("211.188(b)(6)", "Inspection of areas before and after use", "equipment", _areas),
    ("211.188(b)(7)", "Actual yield and percentage of theoretical yield", "yields", _yields),
    ("211.188(b)(8)", "Label control records with specimens", "labels", lambda one: (len(one.labels), "")),
    ("211.188(b)(9)", "Containers and closures", "materials", _containers),
    ("211.188(b)(10)", "Sampling", "controls", lambda one: (len(one.samples), "")),
    ("211.188(b)(11)", "Who performed and who checked each step", "procedure", _people),
    ("211.188(b)(12)", "Investigations", "exceptions", _investigations),
    (
        "211.188(b)(13)", "Examination of packaged and labeled products", "controls",
        lambda one: (sum(test.examination for test in one.tests), ""),
    ),
)  # fmt: skip
