"""An entry while it is being written: the only way rows of GMP tables come to be."""

from __future__ import annotations

import secrets
from copy import copy
from typing import Any, TypeVar

from django.db import IntegrityError, connection, models, transaction

from batchwright.kernel import clock, identifiers
from batchwright.kernel.errors import DomainError
from batchwright.record import canonical, images, rows, stores
from batchwright.record.actor import Actor
from batchwright.record.backends import Appended, Draft, Mark, Write
from batchwright.record.models import Entry, GmpModel, Series, Unrecorded
from batchwright.record.outcomes import AlreadyRecorded, Receipt, Stale, stale
from batchwright.record.prepared import Prepared
from batchwright.record.typed import EntryData

Row = TypeVar("Row", bound=GmpModel)


class OpenEntry:
    """An entry while it is being written; made by :func:`batchwright.record.entry` alone."""

    def __init__(
        self,
        data: EntryData,
        *,
        actor: Actor,
        subject: str | GmpModel | None,
        reason: str,
        sponsor: str | None,
        key: str | None,
    ) -> None:
        self.data = data
        """The facts; may be replaced until the block ends, also by those of another type: what was found inside the
        transaction decides what is recorded, so that a fifth failed log-in is the alert itself."""
        self.actor = actor
        self.subject = subject
        self.reason = reason
        self.sponsor = sponsor
        self._key = key
        self._changes: list[dict[str, Any]] = []
        self._marks: list[Mark] = []
        self._attachments: list[dict[str, Any]] = []
        self._attestations: list[dict[str, Any]] = []
        self._receipt: Receipt | None = None
        self._touched: list[tuple[GmpModel, dict[str, Any]]] = []

    @property
    def receipt(self) -> Receipt:
        """Where the entry stands.

        Raises:
            Unrecorded: While the entry is not committed.
        """
        if self._receipt is None:
            raise Unrecorded("The entry is not committed yet", value=self.data.type, remedy="Ask after the block.")
        return self._receipt

    def create(self, row: Row) -> Row:
        """Insert a row.

        Args:
            row: An unsaved instance.

        Returns:
            The same instance, with its key.

        Raises:
            BadInput: If a value cannot be held exactly.
            ValidationError: If a value does not fit its column's type.
        """
        self._touched.append((row, _state_of(row)))
        row.version = 1
        for field in images.columns(type(row)):
            if not field.primary_key:
                setattr(row, field.attname, field.to_python(getattr(row, field.attname)))
        image = images.of(row)
        if row.pk:
            row.save_base(raw=True, force_insert=True)
        else:
            _table(row).insert(row)
        self._account(row, "create", before=None, after={**image, "id": row.pk}, row_version=1)
        return row

    def update(self, row: Row, *, expected_version: int | None = None, **values: Any) -> Row:
        """Change columns of a row.

        Args:
            row: The row as the caller read it; it is brought up to date.
            expected_version: The version the decision was made on, where it is not that of ``row`` (a form sends
                it back).
            **values: Fields and their new values.

        Returns:
            The same instance.

        Raises:
            Stale: If the row's version is another one now.
            BadInput: If a value cannot be held exactly.
        """
        fresh = self._expected(row, row.version if expected_version is None else expected_version)
        before = images.of(fresh)
        fields = [self._assign(fresh, name, new) for name, new in values.items()]
        fresh.version += 1
        after = images.of(fresh)
        _table(fresh).update(
            fresh, [*fields, *(field for field in images.columns(type(fresh)) if field.name == "version")]
        )
        self._account(fresh, "update", before=before, after=after, row_version=fresh.version)
        self._touched.append((row, _state_of(row)))
        for name in fresh.__dict__.keys() - {"_state"}:
            row.__dict__[name] = fresh.__dict__[name]
        # Rows it referred to before are read again when somebody follows the reference.
        row._state.fields_cache = dict(fresh._state.fields_cache)
        return row

    def delete(self, row: GmpModel, *, expected_version: int | None = None) -> None:
        """Delete a row; its last image stays in the ledger.

        Args:
            row: The row as the caller read it.
            expected_version: As for :meth:`update`.

        Raises:
            Stale: If the row's version is another one now.
        """
        fresh = self._expected(row, row.version if expected_version is None else expected_version)
        before = images.of(fresh)
        key, table = fresh.pk, fresh._meta.db_table
        _table(fresh).delete(key)
        self._note(table, key, "delete", before=before, after=None, row_version=before["version"])

    def lock(self, row: Row) -> Row:
        """Read a row anew and keep others from changing it until the entry is written.

        Args:
            row: The row as the caller has it.

        Returns:
            A fresh instance.

        Raises:
            Stale: If the row is gone.
        """
        found = _table(row).lock(row.pk)
        if not isinstance(found, type(row)):
            raise Stale(
                f"{row.subject} is no longer there", value=row.subject, remedy="Look at its history in the record."
            )
        return found

    def number(self, prefix: str) -> identifiers.Identifier:
        """Give out the next number of a series, never to be used again.

        Args:
            prefix: The series, for example ``L`` for lots.

        Returns:
            An identifier with its check character, for example ``L-0042-K``.
        """
        series = _SERIES.first(prefix=prefix)
        if series is None:
            try:
                with transaction.atomic():
                    return identifiers.compose(prefix, self.create(Series(prefix=prefix, last=1)).last)
            except IntegrityError:
                # Somebody else began the same series at the same moment, and has committed it by now.
                series = _series(prefix).get()
        return identifiers.compose(prefix, self.update(series, last=series.last + 1).last)

    def attach(self, name: str, content: bytes, *, media_type: str) -> str:
        """Keep a file with the entry; it is on disk before the entry is.

        Args:
            name: The file's name as people call it.
            content: Its bytes.
            media_type: For example ``application/pdf``.

        Returns:
            The SHA-256 of the content, 64 hexadecimal digits.
        """
        digest = stores.blobs().put(content)
        self._attachments.append({"name": name, "media_type": media_type, "sha256": digest, "size": len(content)})
        return digest

    def attest(self, attestation: dict[str, Any]) -> None:
        """Keep the proof of a signature inside the entry.

        Args:
            attestation: As :mod:`batchwright.record.verifier` checks it.
        """
        canonical.check(attestation, "attestation")
        self._attestations.append(attestation)

    def refuse_repetition(self) -> None:
        """Stop a command that was recorded before under the same key.

        Raises:
            AlreadyRecorded: If it was this command.
            DomainError: If the key belongs to another command.
        """
        if self._key is None:
            return
        first = _KEYED.first(key=self._key)
        if first is None:
            return
        if (first.type, first.actor) != (self.data.type, self.actor.id):
            raise DomainError(
                "This form was already sent for something else",
                value=f"entry #{first.seq} {first.type}", remedy="Open the page again and repeat the step.",
            )  # fmt: skip
        raise AlreadyRecorded(Receipt(first.seq, first.at, first.type, first.subject, bytes(first.hash), repeated=True))

    def undo(self) -> None:
        """Put the callers' instances back as they were; nothing of this entry was kept."""
        for row, state in reversed(self._touched):
            row.__dict__.clear()
            row.__dict__.update(state)

    def append(self, gate: Any) -> None:
        """Give the entry its place in the ledger; called by :func:`batchwright.record.entry` when its block ends.

        Args:
            gate: The gate of the connection.

        Raises:
            DomainError: If the entry has no subject.
        """
        subject = self.subject.subject if isinstance(self.subject, GmpModel) else self.subject
        if not subject:
            raise DomainError("An entry has no subject", value=self.data.type, remedy="Say what it is about.")
        self.subject = subject
        gate.append_at_commit(self._draft(subject))

    def conclude(self, place: Appended) -> None:
        """Take the place that the committed entry has; called by :func:`batchwright.record.entry` last.

        Args:
            place: What the gate says.
        """
        self._receipt = Receipt(place.seq, place.at, self.data.type, str(self.subject), place.hash)

    def _draft(self, subject: str) -> Draft:
        content = {
            "actor": self.actor.id,
            "actor_name": self.actor.name,
            "actor_role": self.actor.role,
            "attachments": self._attachments,
            "attestations": self._attestations,
            "changes": self._changes,
            "data": self.data.content(),
            "idempotency_key": self._key,
            "reason": self.reason,
            # Hashes of entries that a sponsor may not see stand in his proofs; the salt keeps them from being guessed.
            "salt": secrets.token_hex(16),
            "sponsor": self.sponsor,
            "subject": subject,
            "type": self.data.type,
        }
        return Draft(
            at=clock.iso(clock.now()), content=canonical.encode(content), type=self.data.type, actor=self.actor.id,
            subject=subject, sponsor=self.sponsor, idempotency_key=self._key, marks=tuple(self._marks),
        )  # fmt: skip

    def _expected(self, row: Row, version: int) -> Row:
        fresh = self.lock(row)
        if fresh.version != version:
            raise stale(fresh, version)
        return fresh

    @staticmethod
    def _assign(row: GmpModel, name: str, new: Any) -> models.Field[Any, Any]:
        field = row._meta.get_field(name)
        if not isinstance(field, models.Field):
            raise Unrecorded("Only columns of the row itself are changed", value=name, remedy="Change the other row.")
        if isinstance(new, models.Model):
            setattr(row, name, new)
        else:
            setattr(row, field.attname, field.to_python(new))
        return field

    def _account(self, row: GmpModel, op: str, *, before: Any, after: Any, row_version: int) -> None:
        self._note(row._meta.db_table, row.pk, op, before=before, after=after, row_version=row_version)

    def _note(self, table: str, key: int, op: str, *, before: Any, after: Any, row_version: int) -> None:
        self._changes.append({"table": table, "key": str(key), "before": before, "after": after})
        self._marks.append(Mark(Write(table, key, op), row_version))


def _keyed(key: str) -> models.QuerySet[Entry]:
    return Entry.objects.filter(idempotency_key=key)


_KEYED = Prepared(_keyed, key=str)


def _series(prefix: str) -> models.QuerySet[Series]:
    return Series._base_manager.select_for_update(no_key=True).filter(prefix=prefix)


_SERIES = Prepared(_series, prefix=str)


def _state_of(row: GmpModel) -> dict[str, Any]:
    """Copy everything an instance knows, for when the act fails: what stands in ``_state`` is changed in place."""
    state = copy(row._state)
    state.fields_cache = dict(state.fields_cache)
    return {**row.__dict__, "_state": state}


def _table(row: GmpModel) -> rows.Table:
    return rows.table(type(row), connection.alias, connection.vendor)
