"""What a verification of the record says."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with its place."""

    cause: str
    """``edited``, ``deleted``, ``inserted``, ``reordered``, ``backdated``, ``truncated``, ``rewritten``, ``row``,
    ``index``, ``signature``, ``attachment``, ``checkpoint``, ``timestamp``, ``witness``, ``guard`` or
    ``unreadable``."""
    message: str
    seq: int | None = None
    """The entry, where the finding has one."""
    table: str | None = None
    key: str | None = None
    """The row, where the finding has one."""

    def __str__(self) -> str:
        place = f"entry #{self.seq}: " if self.seq is not None else ""
        place += f"{self.table} {self.key}: " if self.table is not None and self.key is not None else ""
        return f"{place}{self.message} ({self.cause})"


MOST = 100
"""Findings that are listed; further ones are counted."""


@dataclass(slots=True)
class Report:
    """The outcome of one verification."""

    scope: str = "whole record"
    entries: int = 0
    rows: int = 0
    checkpoints: int = 0
    cosignatures: int = 0
    timestamps: int = 0
    attachments: int = 0
    attestations: int = 0
    unknown_types: dict[str, int] = field(default_factory=dict)
    """Entry types that no installed capability reads, and how many entries have them: not a fault, but said."""
    tree_size: int = 0
    root: str = ""
    covered_to: int = 0
    """The last entry under a signed checkpoint."""
    seconds: float = 0.0
    complete: bool = True
    """False if the run was cancelled, or stopped where going on would have meant nothing."""
    findings: list[Finding] = field(default_factory=list)
    more_findings: int = 0

    @property
    def whole(self) -> bool:
        """Whether everything was looked at and nothing is wrong."""
        return self.complete and not self.findings

    def add(self, finding: Finding) -> None:
        """Note a finding.

        Args:
            finding: What is wrong.
        """
        if len(self.findings) < MOST:
            self.findings.append(finding)
        else:
            self.more_findings += 1

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines.

        Returns:
            JSON values.
        """
        return {**asdict(self), "whole": self.whole}
