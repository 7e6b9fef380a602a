"""The life of a recipe's version: what follows what, when it is in force, and which finding may be justified.

Pure. A version is written (draft), signed by who prepared it (review), independently checked and signed by a second
person (approved; 21 CFR 211.186(a)), in force from a day on (effective) until another takes its place (superseded), or
taken out of use (withdrawn). An interval in force is half open: from `effective_from`, up to and without
`superseded_at`; so there is never more than one at any moment, and each moment that was stays as it was.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from batchwright.recipes.findings import Finding


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    EFFECTIVE = "effective"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """What a version is at one moment."""

    PENDING = "pending"
    """Not approved yet, or taken back before it ever was in force."""
    COMING = "coming"
    """Will be in force."""
    IN_FORCE = "in force"
    PAST = "past"


FOLLOWING: Final = MappingProxyType(
    {
        State.DRAFT: frozenset({State.REVIEW, State.WITHDRAWN}),
        State.REVIEW: frozenset({State.DRAFT, State.APPROVED, State.WITHDRAWN}),
        State.APPROVED: frozenset({State.EFFECTIVE, State.WITHDRAWN}),
        State.EFFECTIVE: frozenset({State.SUPERSEDED, State.WITHDRAWN}),
        State.SUPERSEDED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
)  # fmt: skip
"""What each state may be followed by; a text stays what it is from review on, unless it goes back to draft."""

JUSTIFIABLE: Final = frozenset({"no-unit", "overage"})
"""Errors that may stand where somebody says why: they rest on what is not in the text. All others are mended."""


class InForce(Protocol):
    """What a version says of its time."""

    @property
    def effective_from(self) -> datetime | None:
        """From when; None while it is not made effective."""

    @property
    def superseded_at(self) -> datetime | None:
        """To when; None if it goes on."""


def may_follow(before: str, after: str) -> bool:
    """Answer whether a state may be followed by another.

    Args:
        before: Where the version stands.
        after: Where it would stand.

    Returns:
        Whether it may.
    """
    return State(after) in FOLLOWING[State(before)]


def standing(version: InForce, at: datetime) -> Standing:
    """Say what a version is at a moment.

    Args:
        version: The version.
        at: An aware moment.

    Returns:
        Its standing.
    """
    begin, end = version.effective_from, version.superseded_at
    if begin is None or (end is not None and end <= begin):
        return Standing.PENDING
    if at < begin:
        return Standing.COMING
    return Standing.IN_FORCE if end is None or at < end else Standing.PAST


def key_of(finding: Finding) -> str:
    """Name a finding, so that a justification is about exactly this one.

    Args:
        finding: What was found.

    Returns:
        Code, place for people and sentence.
    """
    return f"{finding.code}|{finding.where}|{finding.sentence}"


def blocking(findings: Iterable[Finding], justified: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Give what keeps a version from review and approval.

    Args:
        findings: What was found.
        justified: Names of the findings for which somebody said why, as `key_of` gives them.

    Returns:
        Errors that may not stand, or that may and for which nobody said why.
    """
    said = set(justified)
    return tuple(
        one
        for one in findings
        if one.severity == "error" and not (one.code in JUSTIFIABLE and key_of(one) in said)
    )
