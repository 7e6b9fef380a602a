"""Choosing containers first expired, first out: pure (21 CFR 211.86, 211.150(a))."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from batchwright.kernel.errors import DomainError

_FAR = date.max


@dataclass(frozen=True, slots=True)
class Candidate:
    """A container that may be used.

    Attributes:
        key: Its key.
        available: What is in it and not allocated yet, in millionths of the unit.
        due_on: When its lot expires or is to be tested again, whichever comes first.
        received_on: When the lot came; the older of two that expire alike goes first.
        age: A number that grows with age of the container, smallest first.
    """

    key: int
    available: int
    due_on: date | None
    received_on: date | None
    age: int


@dataclass(frozen=True, slots=True)
class Pick:
    """How much is taken from which container."""

    key: int
    amount: int


def order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Put candidates in the order in which they go.

    Args:
        candidates: Usable containers.

    Returns:
        First expired first, then first received, then the container opened or filled first.
    """
    return sorted(candidates, key=lambda one: (one.due_on or _FAR, one.received_on or _FAR, one.age))


def pick(candidates: Iterable[Candidate], amount: int, *, shown: str) -> list[Pick]:
    """Choose containers for an amount.

    Args:
        candidates: Usable containers.
        amount: What is needed, in millionths of the unit.
        shown: The amount as people write it, for the refusal.

    Returns:
        Picks that add up to the amount exactly.

    Raises:
        DomainError: If there is not enough; nothing is picked then.
    """
    picks, left = [], amount
    for one in order(candidates):
        if left <= 0:
            break
        taken = min(one.available, left)
        if taken > 0:
            picks.append(Pick(one.key, taken))
            left -= taken
    if left > 0:
        raise DomainError(
            _("There is not enough usable material"), value=shown,
            limit=_("%(share)d of 1,000 parts of it are usable") % {"share": (amount - left) * 1000 // amount},
            remedy=_("Release a lot, order more, or take less."),
        )  # fmt: skip
    return picks
