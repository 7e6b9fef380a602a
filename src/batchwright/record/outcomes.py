"""How writing an entry ends: with a receipt, or with a refusal that says who was first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.record import queries
from batchwright.record.models import GmpModel


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a writer gets back: where the entry stands."""

    seq: int
    at: datetime
    type: str
    subject: str
    hash: bytes
    repeated: bool = False
    """Whether this is the first result of a command that was sent again with the same key."""


class Stale(DomainError):
    """Somebody else changed the row since the caller read it."""


class AlreadyRecorded(DomainError):
    """The same command was recorded before; ``receipt`` is its first result."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(
            "This was recorded before",
            value=f"entry #{receipt.seq} at {clock.iso(receipt.at)}",
            remedy="Nothing more needs to be done.",
        )
        self.receipt = receipt


class Crossed(DomainError):
    """Somebody else wrote the same rows at the same moment, and the database let that one go first."""


_CROSSED = frozenset({"40P01", "40001"})
"""SQLSTATE of a deadlock that was ended, and of transactions that cannot have run one after the other."""


def crossed(error: BaseException) -> Crossed | None:
    """Say what happened where two writers were in each other's way.

    Args:
        error: What the database raised; its transaction is rolled back.

    Returns:
        The error to raise; ``None`` where something else went wrong.
    """
    if not isinstance(error, DatabaseError) or getattr(error.__cause__, "sqlstate", None) not in _CROSSED:
        return None
    return Crossed(
        "Somebody else changed the same at this moment", limit="nothing of this was recorded", remedy="Try again."
    )


def stale(fresh: GmpModel, version: int) -> Stale:
    """Say who changed what since a version was read.

    Args:
        fresh: The row as it is now.
        version: The version the caller saw.

    Returns:
        The error to raise.
    """
    since = []
    for found, images_of_row in queries.changes_of(fresh, after_version=version):
        before, after = images_of_row["before"] or {}, images_of_row["after"] or {}
        columns = [name for name in after if name != "version" and after[name] != before.get(name)]
        since.append(f"{found.actor_name} changed {', '.join(columns)} at {clock.iso(found.at)} (entry #{found.seq})")
    return Stale(
        f"{fresh.subject} was changed by somebody else meanwhile",
        value=f"you saw version {version}", limit=f"it is version {fresh.version} now: {'; '.join(since)}",
        remedy="Look at the change, then decide again.",
    )  # fmt: skip
