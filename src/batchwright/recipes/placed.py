"""A finding and the line in which it stands: what a version's row holds and what is shown of it."""

from dataclasses import dataclass
from typing import Any

from batchwright.recipes.findings import Finding, Place
from batchwright.recipes.lifecycle import JUSTIFIABLE, key_of


@dataclass(frozen=True, slots=True)
class Placed:
    """One finding, or one thing that keeps the text from being read, with its line."""

    finding: Finding
    line: int

    @property
    def severity(self) -> str:
        """Error or warning."""
        return self.finding.severity

    @property
    def may_be_justified(self) -> bool:
        """Whether it may stand where somebody says why."""
        return self.finding.severity == "error" and self.finding.code in JUSTIFIABLE

    @property
    def key(self) -> str:
        """Its name."""
        return key_of(self.finding)

    def as_json(self) -> dict[str, Any]:
        """Give it for machines, and for the version's row."""
        one = self.finding
        return {
            "code": one.code, "severity": one.severity, "where": one.where, "sentence": one.sentence,
            "remedy": one.remedy, "line": self.line, "place": [str(part) for part in one.place],
        }  # fmt: skip


def read_finding(said: dict[str, Any]) -> Placed:
    """Read a finding back that a version's row holds.

    Args:
        said: What `Placed.as_json` gave.

    Returns:
        The finding.
    """
    place: Place = tuple(said["place"])
    finding = Finding(said["code"], said["severity"], place, said["where"], said["sentence"], said["remedy"])
    return Placed(finding, said["line"])
