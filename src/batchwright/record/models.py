"""The tables of the record, and the base of every table whose rows the record answers for."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache, cached_property
from typing import Any, ClassVar, NoReturn, Self, TypeVar

from django.db import models
from django.db.models.base import ModelState

from batchwright.kernel.errors import BatchwrightError
from batchwright.record import typed

Row = TypeVar("Row", bound=models.Model)


class Unrecorded(BatchwrightError):
    """A write to a GMP table that does not pass through an entry; a bug, never a user's mistake."""


def refuse_unrecorded(what: str) -> NoReturn:
    """Refuse a write that would leave no entry.

    Args:
        what: The call that was made.

    Raises:
        Unrecorded: Always.
    """
    raise Unrecorded(
        "A GMP table is written through record.entry alone",
        value=what, remedy="Use entry.create, entry.update or entry.delete inside record.entry.",
    )  # fmt: skip


class GmpQuerySet(models.QuerySet[Any]):
    """Reads of a GMP table; every write a query set offers is refused before the database refuses it."""

    def create(self, **kwargs: Any) -> NoReturn:
        """Refuse; see :func:`refuse_unrecorded`."""
        refuse_unrecorded(f"{self.model.__name__}.objects.create")

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse; see :func:`refuse_unrecorded`."""
        refuse_unrecorded(f"{self.model.__name__}.objects.update")

    def delete(self) -> NoReturn:
        """Refuse; see :func:`refuse_unrecorded`."""
        refuse_unrecorded(f"{self.model.__name__}.objects.delete")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse; see :func:`refuse_unrecorded`."""
        refuse_unrecorded(f"{self.model.__name__}.objects.bulk_create")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse; see :func:`refuse_unrecorded`."""
        refuse_unrecorded(f"{self.model.__name__}.objects.bulk_update")


GmpManager = models.Manager.from_queryset(GmpQuerySet, class_name="GmpManager")


def _read(model: type[Row], db: str | None, values: Collection[Any]) -> Row | None:
    """Make the object of a row at once; None where some of its columns are to be read when they are asked for.

    Django makes an object column by column, and announces each to whoever listens; nobody listens here, as no
    business effect hangs on a signal.
    """
    names = _attributes(model)
    if len(values) != len(names):
        return None
    row = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, db
    row.__dict__.update(zip(names, values, strict=True), _state=state)
    return row


@cache
def _attributes(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


class GmpModel(models.Model):
    """A table whose every row is answered for by entries of the ledger.

    The database refuses any write to it while no entry is open, and refuses the entry unless it accounts for every
    row written (see :mod:`batchwright.record.guards`). Give a subclass a ``subject`` property that names the thing as
    people do, for example ``lot/L-0042-K``.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    """Counts the writes of this row; a writer says which version it saw (optimistic concurrency)."""

    secret_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields whose value never enters the ledger: the row image holds its SHA-256."""
    renamed_columns: ClassVar[dict[str, str]] = {}
    """Old column name to present one, so that row images from before a migration still compare."""

    objects = GmpManager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **given: Any) -> Self:
        """Make the object of a row that was read, in one step where that can be done."""
        row = None if given else _read(cls, db, values)
        return super().from_db(db, field_names, values, **given) if row is None else row

    @property
    def subject(self) -> str:
        """What the row is called in the record; subclasses name it as people do."""
        return f"{self._meta.db_table}/{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse; see :func:`refuse_unrecorded`."""
        refuse_unrecorded(f"{type(self).__name__}.save")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse; see :func:`refuse_unrecorded`."""
        refuse_unrecorded(f"{type(self).__name__}.delete")


class Entry(models.Model):
    """One entry of the ledger: the canonical bytes that were hashed, and columns to find it by.

    The columns repeat what the bytes say; verification compares them.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    type = models.CharField(max_length=80)
    actor = models.CharField(max_length=150)
    subject = models.CharField(max_length=200)
    subject_seq = models.BigIntegerField()
    sponsor = models.CharField(max_length=40, null=True)
    idempotency_key = models.CharField(max_length=200, null=True, unique=True)
    hash = models.BinaryField(max_length=32)
    body = models.BinaryField()
    transaction = models.BigIntegerField(null=True)
    """The database transaction that wrote it (PostgreSQL); how the commit check finds its entry."""

    class Meta:
        db_table = "record_entry"
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["subject", "subject_seq"], name="record_entry_subject_seq")]
        indexes = [
            models.Index(fields=["type", "seq"], name="record_entry_type"),
            models.Index(fields=["actor", "seq"], name="record_entry_actor"),
            models.Index(
                fields=["sponsor", "seq"], name="record_entry_sponsor", condition=models.Q(sponsor__isnull=False)
            ),
        ]

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **given: Any) -> Self:
        """Make the object of a row that was read, in one step where that can be done."""
        row = None if given else _read(cls, db, values)
        return super().from_db(db, field_names, values, **given) if row is None else row

    def __str__(self) -> str:
        return f"#{self.seq} {self.type} {self.subject}"

    @cached_property
    def envelope(self) -> dict[str, Any]:
        """The parsed canonical bytes."""
        parsed: dict[str, Any] = json.loads(bytes(self.body))
        return parsed

    @property
    def content(self) -> dict[str, Any]:
        """The part that the writer said: actor, type, subject, reason, data, changes, attachments, attestations."""
        said: dict[str, Any] = self.envelope["entry"]
        return said

    @property
    def actor_name(self) -> str:
        """The printed name of the actor at that time."""
        return str(self.content["actor_name"])

    @property
    def actor_role(self) -> str:
        """The role in which the actor acted."""
        return str(self.content["actor_role"])

    @property
    def reason(self) -> str:
        """The reason that was given."""
        return str(self.content["reason"])

    @property
    def data(self) -> dict[str, Any]:
        """The domain facts as stored."""
        facts: dict[str, Any] = self.content["data"]
        return facts

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The row images: table, key, before, after."""
        images: list[dict[str, Any]] = self.content["changes"]
        return images

    @property
    def hash_hex(self) -> str:
        """The entry's hash, which is its leaf hash in the Merkle log."""
        return bytes(self.hash).hex()

    @cached_property
    def typed(self) -> typed.EntryData | None:
        """The facts as their type reads them; ``None`` where no installed capability knows the type."""
        return typed.read(self.type, self.data)

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        facts = self.typed
        return facts.sentence() if facts is not None else self.type


class Change(models.Model):
    """Which entry wrote which row: an index over the entries' row images, compared with them by verification."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, models.PROTECT, db_column="seq", db_constraint=False, related_name="+")
    position = models.PositiveIntegerField()
    table = models.CharField(max_length=63)
    key = models.BigIntegerField()
    row_version = models.PositiveIntegerField()
    """The row's version after the change; after a deletion, the version that was deleted."""

    class Meta:
        db_table = "record_change"
        indexes = [models.Index(fields=["table", "key", "entry"], name="record_change_row")]

    def __str__(self) -> str:
        return f"{self.table} {self.key} version {self.row_version} by #{self.entry_id}"


class Node(models.Model):
    """The hash of a perfect subtree of the Merkle log, kept at every eighth level so that proofs stay cheap."""

    id = models.BigAutoField(primary_key=True)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "record_node"
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="record_node_place")]

    def __str__(self) -> str:
        return f"level {self.level} index {self.index}"


class Checkpoint(models.Model):
    """A signed tree head (C2SP tlog-checkpoint) over the first ``tree_size`` entries."""

    tree_size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    root = models.BinaryField(max_length=32)
    key_name = models.CharField(max_length=200)
    note = models.TextField()
    pending = models.BinaryField()
    """The tree's pending nodes at this size, so that the next checkpoint goes on from here."""

    class Meta:
        db_table = "record_checkpoint"
        ordering = ["tree_size"]

    def __str__(self) -> str:
        return f"checkpoint at {self.tree_size}"


class Cosignature(models.Model):
    """A witness's signature line on a checkpoint (C2SP tlog-cosignature)."""

    id = models.BigAutoField(primary_key=True)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, db_column="tree_size", related_name="cosignatures")
    witness = models.CharField(max_length=200)
    vkey = models.CharField(max_length=300)
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "record_cosignature"
        constraints = [models.UniqueConstraint(fields=["checkpoint", "vkey"], name="record_cosignature_once")]

    def __str__(self) -> str:
        return f"{self.witness} on {self.checkpoint_id}"


class TimeStamp(models.Model):
    """What a time-stamp authority said about a checkpoint's root."""

    id = models.BigAutoField(primary_key=True)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, db_column="tree_size", related_name="timestamps")
    kind = models.CharField(max_length=40)
    token = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "record_timestamp"

    def __str__(self) -> str:
        return f"{self.kind} on {self.checkpoint_id}"


class SiteKey(GmpModel):
    """A key with which the site signs its checkpoints; old ones stay for verification."""

    name = models.CharField(max_length=200)
    vkey = models.CharField(max_length=300, unique=True)
    fingerprint = models.CharField(max_length=64)
    file = models.CharField(max_length=100)
    valid_from_seq = models.BigIntegerField()
    retired_at_seq = models.BigIntegerField(null=True)
    retired_why = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "record_site_key"

    def __str__(self) -> str:
        return self.vkey

    @property
    def subject(self) -> str:
        """``site-key/`` and the first of the fingerprint."""
        return f"site-key/{self.fingerprint[:16]}"


class Witness(GmpModel):
    """Somebody outside the plant who cosigns its checkpoints, so that it cannot show two histories."""

    name = models.CharField(max_length=200)
    vkey = models.CharField(max_length=300, unique=True)
    sponsor = models.CharField(max_length=40, null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "record_witness"

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """``witness/`` and the name."""
        return f"witness/{self.name}"


class Series(GmpModel):
    """The last number given out under one prefix, so that an identifier is never used twice (21 CFR 11.100(a))."""

    prefix = models.CharField(max_length=12, unique=True)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "record_series"

    def __str__(self) -> str:
        return f"{self.prefix} {self.last}"


APPEND_ONLY = (Entry, Change, Node, Checkpoint, Cosignature, TimeStamp)
"""The ledger itself: rows are added by the record's own services and never changed."""
