"""What a rule says of a thing at a moment: usable or not, why, what to do, and when the clock alone changes it.

Pure. Units (`batchwright.plant.fitness`) and instruments (`batchwright.plant.calibration`) are judged in the same form,
so that a page, a terminal and another capability show either without knowing which.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from batchwright.plant.reasons import Reason


class Remedy(StrEnum):
    """What takes an obstacle away."""

    END_USE = "end-use"
    CLEAN = "clean"
    CLEAN_FULLY = "clean-fully"
    VERIFY_CLEANING = "verify-cleaning"
    CLEAR_LINE = "clear-line"
    VERIFY_CLEARANCE = "verify-clearance"
    CLOSE_CAMPAIGN = "close-campaign"
    QUALIFY = "qualify"
    CALIBRATE = "calibrate"
    APPROVE_CALIBRATION = "approve-calibration"
    CHECK = "check"
    FREE = "free"
    RETURN_TO_SERVICE = "return-to-service"
    USE_ANOTHER = "use-another"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that speaks against use.

    Attributes:
        reason: Why, as a sentence without its full stop.
        remedy: What takes it away.
        since: From when; None if that is not known or has no time.
    """

    reason: Reason
    remedy: Remedy
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a thing can be used at a moment.

    Attributes:
        at: The moment.
        obstacles: What speaks against it, the most serious first; none where it can be used.
        conditions: What depends on what it is to be used for, where that was not said.
        changes_at: The next time at which the clock alone changes the verdict; None if it does not.
    """

    at: datetime
    obstacles: tuple[Obstacle, ...] = ()
    conditions: tuple[Obstacle, ...] = ()
    changes_at: datetime | None = None

    @property
    def usable(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.obstacles

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why not."""
        return tuple(one.reason for one in self.obstacles)

    @property
    def kinds(self) -> str:
        """Why not, by kind alone, such as ``in use; no clearance``: for records that other sponsors' people read.

        A full reason may name the batch of another sponsor, of whom they must not learn.
        """
        return "; ".join(one.code.replace("-", " ") for one in self.reasons)

    @property
    def remedy(self) -> Remedy | None:
        """What to do first."""
        return self.obstacles[0].remedy if self.obstacles else None
