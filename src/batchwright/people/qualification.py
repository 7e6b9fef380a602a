"""Whether a person is trained: states of a training at a time, and what is missing.

Pure. Source: 21 CFR 211.25(a), 11.10(i); EU GMP Part I 2.10 to 2.14.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from batchwright.kernel import clock

DUE_SOON: Final = timedelta(days=30)
"""How long before its end a training is shown as due."""


class TrainingState(StrEnum):
    """Where a person stands with one qualification at one time."""

    VALID = "valid"
    DUE = "due"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    UNSIGNED = "unsigned"
    MISSING = "missing"

    @property
    def qualifies(self) -> bool:
        """Whether the person may work under it."""
        return self in (TrainingState.VALID, TrainingState.DUE)


@dataclass(frozen=True, slots=True)
class Achievement:
    """One training of one person, as far as the rules need it.

    Attributes:
        qualification: Code of the qualification.
        edition: Version of its document that was trained.
        achieved_at: When competence was assessed; None while a signature is open.
        expires_at: First moment at which it no longer holds; None where it does not age.
        void: Whether one of its signatures is void.
    """

    qualification: str
    edition: str
    achieved_at: datetime | None
    expires_at: datetime | None
    void: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """One qualification that an operation asks for.

    Attributes:
        code: Its code.
        title: What people call it.
        edition: The version of its document that is effective.
        effective_at: Since when that version is effective.
    """

    code: str
    title: str
    edition: str
    effective_at: datetime


def state(requirement: Requirement, achievements: Iterable[Achievement], at: datetime) -> TrainingState:
    """Say where a person stood with one qualification.

    Args:
        requirement: The qualification as it was effective at that time.
        achievements: The person's trainings; those of other qualifications are left aside.
        at: The time of the verdict; aware.

    Returns:
        The best state that any of them gives.
    """
    moment = clock.ensure_utc(at)
    order = list(TrainingState)
    states = [_state_of(requirement, one, moment) for one in achievements if one.qualification == requirement.code]
    return min(states, key=order.index, default=TrainingState.MISSING)


def _state_of(requirement: Requirement, one: Achievement, at: datetime) -> TrainingState:
    if one.achieved_at is None or one.achieved_at > at or one.void:
        return TrainingState.UNSIGNED
    if one.expires_at is not None and one.expires_at <= at:
        return TrainingState.EXPIRED
    if one.edition != requirement.edition:
        return TrainingState.SUPERSEDED
    if one.expires_at is not None and one.expires_at - at <= DUE_SOON:
        return TrainingState.DUE
    return TrainingState.VALID


def missing(
    requirements: Sequence[Requirement], achievements: Sequence[Achievement], at: datetime
) -> list[tuple[Requirement, TrainingState]]:
    """List what keeps a person from an operation.

    Args:
        requirements: What the operation asks for.
        achievements: The person's trainings.
        at: The time of the verdict; aware.

    Returns:
        Each requirement that is not met, with its state, in the given order; empty if the person is trained.
    """
    verdicts = [(one, state(one, achievements, at)) for one in requirements]
    return [(one, verdict) for one, verdict in verdicts if not verdict.qualifies]
