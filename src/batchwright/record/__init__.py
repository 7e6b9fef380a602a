"""The record: one append-only ledger per site that nobody can bypass and anybody can check.

A state change and its entry commit together (21 CFR 11.10(e)); the database refuses a change that no entry accounts
for; entries are chained, held in a Merkle log (RFC 6962, RFC 9162) and covered by signed checkpoints that a sponsor
can cosign. This module is the face that other capabilities use; they import nothing else of the record.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchwright.record.actor import SITE, Actor
from batchwright.record.rules import Rule, register_rules
from batchwright.record.typed import EntryData, entry_type

if TYPE_CHECKING:
    from batchwright.record.attachments import Attachment, attachment
    from batchwright.record.exporting import Exported, export
    from batchwright.record.journal import command, entry, is_writing
    from batchwright.record.models import Change, Checkpoint, Entry, GmpManager, GmpModel, GmpQuerySet, Unrecorded
    from batchwright.record.open_entry import OpenEntry
    from batchwright.record.outcomes import AlreadyRecorded, Crossed, Receipt, Stale
    from batchwright.record.prepared import Prepared
    from batchwright.record.queries import (
        changes_of,
        entries_visible_to,
        entries_writing,
        history,
        latest_checkpoint,
        site_key,
    )
    from batchwright.record.runs import VerificationRun, latest_outcome
    from batchwright.record.services import checkpoint, checkpoint_if_due, record_migration
    from batchwright.record.validating import checked

__all__ = [
    "SITE", "Actor", "AlreadyRecorded", "Attachment", "Change", "Checkpoint", "Crossed", "Entry", "EntryData",
    "Exported", "GmpManager", "GmpModel", "GmpQuerySet", "OpenEntry", "Prepared", "Receipt", "Rule", "Stale",
    "Unrecorded", "VerificationRun", "attachment", "changes_of", "checked", "checkpoint", "checkpoint_if_due",
    "command", "entries_visible_to", "entries_writing", "entry", "entry_type", "export", "history", "is_writing",
    "latest_checkpoint", "latest_outcome", "record_migration", "register_rules", "site_key",
]  # fmt: skip

# Django imports this package before it has loaded any model, so whatever needs models is fetched at first use.
_LAZY = {
    **dict.fromkeys(("command", "entry", "is_writing"), "journal"),
    **dict.fromkeys(("Attachment", "attachment"), "attachments"),
    **dict.fromkeys(("Exported", "export"), "exporting"),
    "OpenEntry": "open_entry",
    "Prepared": "prepared",
    **dict.fromkeys(("AlreadyRecorded", "Crossed", "Receipt", "Stale"), "outcomes"),
    **dict.fromkeys(("Change", "Checkpoint", "Entry", "GmpManager", "GmpModel", "GmpQuerySet", "Unrecorded"), "models"),
    **dict.fromkeys(
        ("changes_of", "entries_visible_to", "entries_writing", "history", "latest_checkpoint", "site_key"), "queries"
    ),
    **dict.fromkeys(("VerificationRun", "latest_outcome"), "runs"),
    **dict.fromkeys(("checkpoint", "checkpoint_if_due", "record_migration"), "services"),
    "checked": "validating",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
