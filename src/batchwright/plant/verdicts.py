"""What a rule says of a thing at a moment: usable or not, why, what to do, and when the clock alone changes it.

Pure. Units (`batchwright.plant.states`) and instruments (`batchwright.plant.calibration`) are judged in the same form,
so that a page, a terminal and another capability show either without knowing which.
"""

from dataclasses import dataclass
from datetime import datetime

from batchwright.kernel.errors import DomainError
from batchwright.plant.reasons import Reason


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that speaks against use.

    Attributes:
        reason: Why, as a sentence without its full stop.
        remedy: What to do, as an imperative sentence without its full stop; None where nothing can be done.
        since: From when; None if that is not known or has no time.
        until: When the clock alone ends it; None if it does not.
    """

    reason: Reason
    remedy: Reason | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def code(self) -> str:
        """The kind of reason, such as ``calibration-overdue``."""
        return self.reason.code


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a thing can be used at a moment.

    Attributes:
        at: The moment.
        objections: What speaks against it, the most pressing first; none where it can be used.
        changes_at: The next time at which the clock alone changes the verdict; None if it does not.
    """

    at: datetime
    objections: tuple[Objection, ...] = ()
    changes_at: datetime | None = None

    @property
    def usable(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.objections

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why not."""
        return tuple(one.reason for one in self.objections)

    @property
    def remedy(self) -> Reason | None:
        """What to do first."""
        return next((one.remedy for one in self.objections if one.remedy is not None), None)

    def require(self, what: str) -> None:
        """Refuse what cannot be used.

        Args:
            what: What people call it.

        Raises:
            DomainError: If something speaks against it; all reasons are said.
        """
        if self.objections:
            raise DomainError(
                "this cannot be used now",
                value=what,
                limit="; ".join(str(one) for one in self.reasons),
                remedy="" if self.remedy is None else f"{self.remedy}.",
            )
