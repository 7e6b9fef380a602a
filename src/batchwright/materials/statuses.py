"""The status of a lot: a pure table of what may follow what, and whether a lot can be used on a day.

A lot begins in quarantine (21 CFR 211.82(b)) and is used only once it is approved (211.84(a)); what is rejected stays
so (211.89). A hold stops use at once and ends in a decision, never by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from batchwright.kernel.errors import DomainError


class LotStatus(StrEnum):
    """What quality assurance says of a lot."""

    QUARANTINE = "quarantine"
    APPROVED = "approved"
    HOLD = "hold"
    REJECTED = "rejected"


NEXT: Final[Mapping[LotStatus, frozenset[LotStatus]]] = MappingProxyType(
    {
        LotStatus.QUARANTINE: frozenset({LotStatus.APPROVED, LotStatus.REJECTED, LotStatus.HOLD}),
        LotStatus.APPROVED: frozenset({LotStatus.HOLD, LotStatus.QUARANTINE, LotStatus.REJECTED}),
        LotStatus.HOLD: frozenset({LotStatus.QUARANTINE, LotStatus.APPROVED, LotStatus.REJECTED}),
        LotStatus.REJECTED: frozenset(),
    }
)
"""What may follow each status. Approved goes back to quarantine when it is due for a retest (211.87)."""


def require_step(now: str, then: str) -> None:
    """Refuse a change of status that the table does not name.

    Args:
        now: The status.
        then: The wanted one.

    Raises:
        DomainError: If it may not follow.
    """
    allowed = NEXT[LotStatus(now)]
    if LotStatus(then) not in allowed:
        raise DomainError(
            _("This status may not follow"), value=f"{now} -> {then}",
            limit=", ".join(sorted(allowed)) or _("nothing follows %(now)s") % {"now": now},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fitness:
    """Whether something can be used on a day, and if not, why.

    Attributes:
        why: Reasons against it; none where it can be used.
    """

    why: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.why


def fitness(
    *, status: str, on: date, expires_on: date | None = None, retest_on: date | None = None, held: bool = False
) -> Fitness:
    """Judge a lot, or a container of it, on a day.

    Args:
        status: The lot's status.
        on: The day, in the zone of the site.
        expires_on: Last day of use; None if it does not expire.
        retest_on: Day from which it has to be tested again; None if it has not.
        held: Whether this container is held while its lot is not.

    Returns:
        The judgement.
    """
    why = []
    if status != LotStatus.APPROVED:
        words = {
            LotStatus.QUARANTINE: _("the lot is in quarantine"),
            LotStatus.HOLD: _("the lot is on hold"),
            LotStatus.REJECTED: _("the lot is rejected"),
        }
        why.append(words[LotStatus(status)])
    if held:
        why.append(_("the container is on hold"))
    if expires_on is not None and on > expires_on:
        why.append(_("the lot expired on %(day)s") % {"day": expires_on.isoformat()})
    if retest_on is not None and on >= retest_on:
        why.append(_("the lot is due for a retest since %(day)s") % {"day": retest_on.isoformat()})
    return Fitness(tuple(why))


def require_usable(judged: Fitness, what: str) -> None:
    """Refuse what cannot be used.

    Args:
        judged: The judgement.
        what: What people call it.

    Raises:
        DomainError: If something speaks against it.
    """
    if judged.why:
        raise DomainError(
            _("This cannot be used"), value=what, limit="; ".join(judged.why),
            remedy=_("Choose another lot, or ask quality assurance."),
        )  # fmt: skip
