"""Whether a signature still holds: derived from the record each time, never stored, so that it cannot be forgotten.

A signature is void as soon as a later entry changes what it covers (21 CFR 11.70). What it covers is every column of
the signed row, or those that the row's table names for this meaning in ``signed_fields``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people.evidence import statement_hash
from batchwright.people.models import Signature


@dataclass(frozen=True, slots=True)
class SignatureStatus:
    """What the record says about a signature.

    Attributes:
        seq: Number of the entry that holds it; None if none does.
        void_seq: Number of the entry that voided it; None if it holds.
        void_by: Printed name of who voided it.
        void_at: When.
        fields: What was changed.
        proven: Whether the entry holds the proof of exactly this statement.
    """

    seq: int | None
    void_seq: int | None = None
    void_by: str = ""
    void_at: datetime | None = None
    fields: tuple[str, ...] = ()
    proven: bool = True

    @property
    def valid(self) -> bool:
        """Whether it holds."""
        return self.proven and self.void_seq is None

    def sentence(self) -> str:
        """Say it in words.

        Returns:
            ``valid``, or since when, by whom and by what it is void.
        """
        if not self.proven:
            return _("void: the record holds no proof of it")
        if self.void_seq is None or self.void_at is None:
            return _("valid")
        return _("void since entry #%(seq)s of %(at)s: %(name)s changed %(fields)s") % {
            "seq": self.void_seq, "at": clock.iso(self.void_at), "name": self.void_by, "fields": ", ".join(self.fields),
        }  # fmt: skip


def signature_status(signature: Signature) -> SignatureStatus:
    """Derive from the record whether a signature holds.

    Args:
        signature: The signature, which the caller was allowed to read.

    Returns:
        Its state now.
    """
    return statuses([signature])[signature.pk]


def statuses(signatures: Iterable[Signature]) -> dict[int, SignatureStatus]:
    """Derive from the record which of many signatures hold, with few queries however many they are.

    Args:
        signatures: Signatures that the caller was allowed to read.

    Returns:
        Keys of the signatures and their states now.
    """
    asked = list(signatures)
    signings = _signings(asked)
    found: dict[int, SignatureStatus] = {}
    proven: list[tuple[Signature, int]] = []
    for one in asked:
        entry = signings.get(one.pk)
        if entry is None or not _proves(entry, one):
            found[one.pk] = SignatureStatus(seq=None if entry is None else entry.seq, proven=False)
        else:
            proven.append((one, entry.seq))
    later = _later_changes(proven)
    for one, seq in proven:
        found[one.pk] = _after(one, seq, later.get((one.signed_table, one.signed_key), []))
    return found


def _after(signature: Signature, seq: int, later: list[record.Change]) -> SignatureStatus:
    """Look for the first entry after the signing that changes what is covered."""
    covered = _covered(signature)
    for change in later:
        fields = _changed(change.entry.changes[change.position], covered) if change.entry_id > seq else ()
        if fields:
            entry = change.entry
            return SignatureStatus(
                seq=seq, void_seq=entry.seq, void_by=entry.actor_name, void_at=entry.at, fields=fields
            )
    return SignatureStatus(seq=seq)


def _signings(signatures: list[Signature]) -> dict[int, record.Entry]:
    """The entry that made each signature."""
    made = _CHANGES.all(table=Signature._meta.db_table, keys=[one.pk for one in signatures], after=0)
    return {change.key: change.entry for change in reversed(made)}


def _later_changes(signed: list[tuple[Signature, int]]) -> dict[tuple[str, int], list[record.Change]]:
    """The changes of the signed rows after the earliest signing of each table's, oldest first."""
    later: dict[tuple[str, int], list[record.Change]] = {}
    for table in {one.signed_table for one, _seq in signed}:
        here = [(one.signed_key, seq) for one, seq in signed if one.signed_table == table]
        keys, first = {key for key, _seq in here}, min(seq for _key, seq in here)
        for change in _CHANGES.all(table=table, keys=keys, after=first):
            later.setdefault((table, change.key), []).append(change)
    return later


def _changes(table: str, keys: list[int], after: int) -> QuerySet[record.Change]:
    found = record.Change.objects.filter(table=table, key__in=keys, entry_id__gt=after)
    return found.select_related("entry").order_by("entry_id", "position")


_CHANGES = record.Prepared(_changes, table=str, keys=list[int], after=int)


def _proves(entry: record.Entry, signature: Signature) -> bool:
    """Whether the entry is about what was signed, by the signer, and holds the proof of this very statement."""
    if (entry.subject, entry.actor) != (signature.subject_text, signature.signer.username):
        return False
    return any(statement_hash(one) == signature.statement_sha256 for one in entry.content["attestations"])


def _covered(signature: Signature) -> frozenset[str] | None:
    """The columns that the signed row's table names for this meaning; None for all."""
    for model in apps.get_models():
        if model._meta.db_table == signature.signed_table:
            named: frozenset[str] | None = getattr(model, "signed_fields", {}).get(signature.meaning)
            return named
    raise LookupError(signature.signed_table)


def _changed(change: dict[str, Any], covered: frozenset[str] | None) -> tuple[str, ...]:
    before, after = change["before"] or {}, change["after"] or {}
    columns = covered if covered is not None else (before.keys() | after.keys()) - {"version"}
    return tuple(sorted(name for name in columns if before.get(name) != after.get(name)))
