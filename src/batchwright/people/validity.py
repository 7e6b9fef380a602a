"""Whether a signature still holds: derived from the record each time, never stored, so that it cannot be forgotten.

A signature is void as soon as a later entry changes what it covers (21 CFR 11.70). What it covers is every column of
the signed row, or those that the row's table names for this meaning in ``signed_fields``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
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
    signing = next((entry for entry, _change in record.changes_of(signature)), None)
    if signing is None or not _proves(signing, signature):
        return SignatureStatus(seq=None if signing is None else signing.seq, proven=False)
    signed = _signed_row(signature)
    covered = getattr(signed, "signed_fields", {}).get(signature.meaning)
    for entry, change in record.changes_of(signed, after_version=signature.signed_version - 1):
        fields = _changed(change, covered) if entry.seq > signing.seq else ()
        if fields:
            return SignatureStatus(
                seq=signing.seq, void_seq=entry.seq, void_by=entry.actor_name, void_at=entry.at, fields=fields
            )
    return SignatureStatus(seq=signing.seq)


def _proves(entry: record.Entry, signature: Signature) -> bool:
    """Whether the entry is about what was signed, by the signer, and holds the proof of this very statement."""
    if (entry.subject, entry.actor) != (signature.subject_text, signature.signer.username):
        return False
    return any(statement_hash(one) == signature.statement_sha256 for one in entry.content["attestations"])


def _signed_row(signature: Signature) -> record.GmpModel:
    for model in apps.get_models():
        if model._meta.db_table == signature.signed_table and issubclass(model, record.GmpModel):
            return model(id=signature.signed_key)
    raise LookupError(signature.signed_table)


def _changed(change: dict[str, Any], covered: frozenset[str] | None) -> tuple[str, ...]:
    before, after = change["before"] or {}, change["after"] or {}
    columns = covered if covered is not None else (before.keys() | after.keys()) - {"version"}
    return tuple(sorted(name for name in columns if before.get(name) != after.get(name)))
