"""What a review reads of a batch: plain facts, each with where its evidence is. A service fills them from rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from batchwright.execution.exceptions import BatchException
from batchwright.execution.states import State
from batchwright.execution.yields import Yield


@dataclass(frozen=True, slots=True)
class ValueFact:
    """A value that a phase left."""

    field: str
    name: str
    value: str
    limit: str = ""
    verdict: Literal["within", "no limit", "alert", "out of limit"] = "no limit"
    source: str = "manual"
    critical: bool = False
    """Whether its parameter is critical."""
    instrument: str = ""
    calibrated_until: datetime | None = None
    at: datetime | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class PhaseFact:
    """A run of a phase."""

    path: str
    name: str
    state: Literal["complete", "skipped", "not performed"]
    by: str = ""
    at: datetime | None = None
    checked_by: str = ""
    needs_second: bool = False
    values: tuple[ValueFact, ...] = ()
    refused: int = 0
    """Attempts that were refused, and kept."""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class LotFact:
    """A lot that went into the batch."""

    number: str
    material: str
    status: Literal["approved", "quarantine", "hold", "rejected"]
    """Now."""
    in_date: bool = True
    """Whether it was in date when it was used."""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class TestFact:
    """A test of the batch."""

    __test__ = False  # it is no test of this project

    name: str
    state: Literal["open", "within", "out of specification"]
    result: str = ""
    investigation: Literal["none", "open", "closed"] = "none"
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class DeviationFact:
    """A deviation that concerns the batch."""

    number: str
    title: str
    is_open: bool
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """A signature that the record asks for, or carries."""

    of: str
    """What is signed."""
    meaning: str
    by: str = ""
    """"" where it is missing."""
    at: datetime | None = None
    signed_at: datetime | None = None
    """When what it signs was last changed."""
    holds: bool = True
    """Whether its cryptographic proof holds."""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class EquipmentFact:
    """A unit that was used."""

    unit: str
    usable: bool
    """Whether it was clean, calibrated and qualified when it was used."""
    sentence: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class RedlineFact:
    """A change of the running recipe."""

    number: str
    sentences: tuple[str, ...]
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch as its record tells it."""

    batch: str
    state: State
    record_whole: bool
    """Whether the verification of the record found nothing."""
    record_sentence: str
    master: str
    """SHA-256 of the master in the control recipe."""
    approved_master: str
    """SHA-256 of the version that was effective when the batch was made; "" where none was."""
    phases: tuple[PhaseFact, ...] = ()
    exceptions: tuple[BatchException, ...] = ()
    deviations: tuple[DeviationFact, ...] = ()
    lots: tuple[LotFact, ...] = ()
    tests: tuple[TestFact, ...] = ()
    signatures: tuple[SignatureFact, ...] = ()
    equipment: tuple[EquipmentFact, ...] = ()
    redlines: tuple[RedlineFact, ...] = ()
    yields: tuple[Yield, ...] = ()
    areas: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each area with what its inspections miss."""
    evidence: str = ""
