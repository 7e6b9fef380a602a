"""The record: one append-only ledger per site that nobody can bypass and anybody can check.

A state change and its entry commit together (21 CFR 11.10(e)); the database refuses a change that no entry accounts
for; entries are chained, held in a Merkle log (RFC 6962, RFC 9162) and covered by signed checkpoints that a sponsor
can cosign. This module is the face that other capabilities use; they import nothing else of the record.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchwright.record.actor import SITE, Actor
from batchwright.record.typed import EntryData, entry_type

if TYPE_CHECKING:
    from batchwright.record.journal import AlreadyRecorded, OpenEntry, Receipt, Stale, command, entry
    from batchwright.record.models import Change, Checkpoint, Entry, GmpManager, GmpModel, GmpQuerySet, Unrecorded
    from batchwright.record.queries import changes_of, entries_visible_to, history, latest_checkpoint
    from batchwright.record.services import checkpoint, checkpoint_if_due

__all__ = [
    "SITE", "Actor", "AlreadyRecorded", "Change", "Checkpoint", "Entry", "EntryData", "GmpManager", "GmpModel",
    "GmpQuerySet", "OpenEntry", "Receipt", "Stale", "Unrecorded", "changes_of", "checkpoint", "checkpoint_if_due",
    "command", "entries_visible_to", "entry", "entry_type", "history", "latest_checkpoint",
]  # fmt: skip

# Django imports this package before it has loaded any model, so whatever needs models is fetched at first use.
_LAZY = {
    **dict.fromkeys(("AlreadyRecorded", "OpenEntry", "Receipt", "Stale", "command", "entry"), "journal"),
    **dict.fromkeys(("Change", "Checkpoint", "Entry", "GmpManager", "GmpModel", "GmpQuerySet", "Unrecorded"), "models"),
    **dict.fromkeys(("changes_of", "entries_visible_to", "history", "latest_checkpoint"), "queries"),
    **dict.fromkeys(("checkpoint", "checkpoint_if_due"), "services"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
