"""Writing the record: one transaction, one entry.

:func:`entry` opens a transaction, lets its body write rows of GMP tables, and commits them together with the entry
that accounts for them, or not at all. Success is reported only when the entry is on disk.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, connection, models, transaction

from batchwright.kernel import clock, identifiers
from batchwright.kernel.errors import DomainError
from batchwright.record import canonical, images, rows
from batchwright.record.actor import Actor
from batchwright.record.backends import Draft, Mark, Write
from batchwright.record.models import Entry, GmpModel, Series, Unrecorded
from batchwright.record.typed import EntryData

Row = TypeVar("Row", bound=GmpModel)
P = ParamSpec("P")


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


@contextmanager
def entry(
    data: EntryData,
    *,
    actor: Actor,
    subject: str | GmpModel | None = None,
    reason: str = "",
    sponsor: str | None = None,
    idempotency_key: str | None = None,
) -> Iterator[OpenEntry]:
    """Open an entry; leaving the block commits it together with the rows it wrote.

    Args:
        data: The typed facts.
        actor: Who acts.
        subject: What the entry is about, as text or as the row; may be set on the open entry once it is known.
        reason: Why; required by some types.
        sponsor: The code of the sponsor who owns the subject; ``None`` for the plant's own.
        idempotency_key: The caller's key for this very command; the same key never acts twice.

    Yields:
        The open entry.

    Raises:
        AlreadyRecorded: If the key was used before for the same command.
        DomainError: If the key was used for another command, a required reason is missing, or no subject is given.
        Stale: If a row was changed by somebody else meanwhile.
        Unaccounted: If rows were written past the entry.
    """
    if data.reason_required and not reason.strip():
        raise DomainError("A reason is required", value=data.type, remedy="Say why, in your own words.")
    opened = OpenEntry(data, actor=actor, subject=subject, reason=reason.strip(), sponsor=sponsor, key=idempotency_key)
    gate = connection.gate  # type: ignore[attr-defined]
    try:
        with transaction.atomic(durable=True):
            gate.open()
            opened.refuse_repetition()
            yield opened
            opened.append(gate)
    except BaseException as error:
        opened.undo()
        if isinstance(error, IntegrityError | DomainError) and not isinstance(error, AlreadyRecorded):
            # Two requests with one key at once: the second meets the first at the unique key, at a newer version of
            # the row, or at a rule that the first result now fulfils.
            opened.refuse_repetition()
        raise
    finally:
        gate.close()
    opened.committed = True


def command(service: Callable[P, Receipt]) -> Callable[P, Receipt]:
    """Make a service answer a repeated command with its first receipt.

    Args:
        service: A function that records one entry and returns its receipt.

    Returns:
        The service; called again with the same idempotency key it changes nothing.
    """

    @functools.wraps(service)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Receipt:
        try:
            return service(*args, **kwargs)
        except AlreadyRecorded as repeated:
            # The first result may be visible and not yet on disk.
            connection.gate.settle()  # type: ignore[attr-defined]
            return repeated.receipt

    return answered


class OpenEntry:
    """An entry while it is being written; made by :func:`entry` alone."""

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
        """The facts; may be replaced by another instance of the same type until the block ends."""
        self.actor = actor
        self.subject = subject
        self.reason = reason
        self.sponsor = sponsor
        self.committed = False
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
        if self._receipt is None or not self.committed:
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
        row.save_base(raw=True, force_insert=True)
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
        _table(fresh).update(fresh, [*fields, fresh._meta.get_field("version")])
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
        series = _series(prefix).first()
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
        from batchwright.record import stores

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
        first = Entry.objects.filter(idempotency_key=self._key).first()
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
        """Give the entry its place in the ledger; called by :func:`entry` when its block ends.

        Args:
            gate: The gate of the connection.

        Raises:
            DomainError: If the entry has no subject.
        """
        subject = self.subject.subject if isinstance(self.subject, GmpModel) else self.subject
        if not subject:
            raise DomainError("An entry has no subject", value=self.data.type, remedy="Say what it is about.")
        place = gate.append(self._draft(subject))
        self._receipt = Receipt(place.seq, place.at, self.data.type, subject, place.hash)

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


def _series(prefix: str) -> models.QuerySet[Series]:
    return Series._base_manager.select_for_update(no_key=True).filter(prefix=prefix)


def _state_of(row: GmpModel) -> dict[str, Any]:
    """Copy everything an instance knows, for when the act fails: what stands in ``_state`` is changed in place."""
    state = copy(row._state)
    state.fields_cache = dict(state.fields_cache)
    return {**row.__dict__, "_state": state}


def _table(row: GmpModel) -> rows.Table:
    return rows.table(type(row), connection.alias, connection.vendor)


def stale(fresh: GmpModel, version: int) -> Stale:
    """Say who changed what since a version was read.

    Args:
        fresh: The row as it is now.
        version: The version the caller saw.

    Returns:
        The error to raise.
    """
    from batchwright.record.queries import changes_of  # reads stand above writes; only this message needs them

    since = []
    for found, images_of_row in changes_of(fresh, after_version=version):
        before, after = images_of_row["before"] or {}, images_of_row["after"] or {}
        columns = [name for name in after if name != "version" and after[name] != before.get(name)]
        since.append(f"{found.actor_name} changed {', '.join(columns)} at {clock.iso(found.at)} (entry #{found.seq})")
    return Stale(
        f"{fresh.subject} was changed by somebody else meanwhile",
        value=f"you saw version {version}", limit=f"it is version {fresh.version} now: {'; '.join(since)}",
        remedy="Look at the change, then decide again.",
    )  # fmt: skip


def key_for(*parts: str) -> str:
    """Make an idempotency key from what identifies a command, for imports that may run twice.

    Args:
        *parts: What makes the command unique.

    Returns:
        A key of 64 hexadecimal digits.
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
