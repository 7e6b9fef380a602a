"""What the gate says when it refuses."""

from batchwright.kernel.errors import BatchwrightError
from batchwright.record.backends import Write


class Unaccounted(BatchwrightError):
    """Rows were written that the entry does not account for; a bug or a bypass, and nothing was kept."""


def unaccounted(said: list[Write], seen: list[Write]) -> Unaccounted:
    """Say which rows differ.

    Args:
        said: What the entry accounts for.
        seen: What the database saw written.

    Returns:
        The error to raise.
    """
    stray = [write for write in seen if write not in said] or [write for write in said if write not in seen]
    return Unaccounted(
        "The entry does not account for every row that was written",
        value=", ".join(f"{table} {key} {op}" for table, key, op in stray[:5]) or "the order of writes",
        limit=f"{len(said)} rows accounted for, {len(seen)} written",
        remedy="Write through entry.create, entry.update and entry.delete alone.",
    )
