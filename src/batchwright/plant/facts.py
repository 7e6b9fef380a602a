"""The facts about a unit on which its verdict depends, as they were effective at one time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from batchwright.plant.states import Position

REQUIRED_STAGES: Final = ("IQ", "OQ", "PQ")
"""Stages of qualification that every unit needs; a requalification renews them all."""
REQUALIFICATION: Final = "RQ"


class Extent(StrEnum):
    """How far a cleaning goes; "none" where a batch may follow without one."""

    NONE = "none"
    MINOR = "minor"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class CleaningFact:
    """A cleaning since which nothing was made.

    Attributes:
        procedure: Code and edition of the procedure.
        extent: How far it went.
        cleaned_at: When it was done; aware.
        verified_at: When a second person verified it; None while that is open.
        clean_hold: How long the unit stays clean after it; None without limit.
        soiled_at: When the use before it ended; None where nothing was made before.
        dirty_hold: How soon after use it had to be done; None without limit.
    """

    procedure: str
    extent: Extent
    cleaned_at: datetime
    verified_at: datetime | None = None
    clean_hold: timedelta | None = None
    soiled_at: datetime | None = None
    dirty_hold: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ClearanceFact:
    """A line clearance that is not spent: for which product and batch, and whether a second person verified it."""

    product: str
    batch: str
    cleared_at: datetime
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CampaignFact:
    """An open campaign: its product, how many batches it has had, and how many and how many days it may have."""

    product: str
    opened_at: datetime
    batches: int = 0
    max_batches: int | None = None
    max_days: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeoverFact:
    """What is asked between batches: of one campaign, and of different products or after a campaign."""

    same_product: Extent = Extent.MINOR
    other_product: Extent = Extent.FULL
    needs_clearance: bool = True


@dataclass(frozen=True, slots=True)
class QualificationFact:
    """A stage of qualification: IQ, OQ, PQ or RQ, its document, and when it must be done again."""

    stage: str
    document: str
    qualified_at: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InstrumentFact:
    """A mounted instrument.

    Attributes:
        tag: Its tag.
        due_at: Until when its calibration holds; None where it is not calibrated.
        held: Why it is held; "" where it is not.
    """

    tag: str
    due_at: datetime | None
    held: str = ""


@dataclass(frozen=True, slots=True)
class UseFact:
    """What is made, or was made last."""

    product: str
    batch: str
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """Everything that the verdict on a unit depends on.

    Attributes:
        position: Its state.
        since: Since when.
        why: Why it is held or out of service.
        use: The use that is going on.
        last_use: The last use that ended.
        cleaning: The last cleaning since which nothing was made.
        full_cleaning: Whether a full cleaning was done since the last use.
        dirty_hold: How soon after use cleaning must be done; None without limit.
        clearance: The clearance that is not spent.
        campaign: The campaign that is open.
        changeover: The rule between batches.
        qualifications: Every stage that was done.
        stages: The stages that this unit needs.
        instruments: What is mounted on it.
    """

    position: Position
    since: datetime
    why: str = ""
    use: UseFact | None = None
    last_use: UseFact | None = None
    cleaning: CleaningFact | None = None
    full_cleaning: bool = False
    dirty_hold: timedelta | None = None
    clearance: ClearanceFact | None = None
    campaign: CampaignFact | None = None
    changeover: ChangeoverFact = ChangeoverFact()
    qualifications: tuple[QualificationFact, ...] = ()
    stages: tuple[str, ...] = REQUIRED_STAGES
    instruments: tuple[InstrumentFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Intended:
    """What is to be made on the unit next."""

    product: str
    batch: str
