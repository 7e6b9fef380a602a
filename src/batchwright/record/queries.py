"""Reading the record. Every query begins at what the actor may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from batchwright.record import verifier
from batchwright.record.actor import Actor
from batchwright.record.models import Change, Checkpoint, Cosignature, Entry, GmpModel, Node, SiteKey, Witness

Row = TypeVar("Row", bound=GmpModel)

NODE_STEP = 8
"""Subtree hashes are kept at levels 8, 16, 24 ...: a proof hashes at most 255 leaves anew per kept level."""


def entries_visible_to(actor: Actor) -> QuerySet[Entry]:
    """Give the entries that an actor may see.

    Args:
        actor: A sponsor's person sees that sponsor's entries; the plant's own people see all.

    Returns:
        Entries in order.
    """
    if actor.sponsor is None:
        return Entry.objects.all()
    return Entry.objects.filter(sponsor=actor.sponsor)


def history(subject: str | GmpModel, actor: Actor) -> QuerySet[Entry]:
    """Give the entries about one subject.

    Args:
        subject: Its name, or the row.
        actor: Who asks.

    Returns:
        Entries in order; none where the actor may not see them.
    """
    name = subject.subject if isinstance(subject, GmpModel) else subject
    return entries_visible_to(actor).filter(subject=name)


def entries_writing(rows: QuerySet[Row], actor: Actor) -> QuerySet[Entry]:
    """Give the entries that wrote any of some rows, whatever they are about.

    Args:
        rows: Rows of one table, which the actor was allowed to read.
        actor: Who asks.

    Returns:
        Entries in order; none that the actor may not see.
    """
    written = Change.objects.filter(table=rows.model._meta.db_table, key__in=rows.order_by().values("pk"))
    return entries_visible_to(actor).filter(seq__in=written.values("entry_id"))


def changes_of(row: GmpModel, *, after_version: int = 0) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Give the entries that wrote a row, each with its image of the row.

    Args:
        row: A row the caller was allowed to read.
        after_version: Only changes after this version of the row.

    Yields:
        The entry and its change (table, key, before, after), oldest first.
    """
    written = Change.objects.filter(table=row._meta.db_table, key=row.pk, row_version__gt=after_version)
    for change in written.select_related("entry").order_by("entry_id", "position"):
        yield change.entry, change.entry.changes[change.position]


def latest_checkpoint() -> Checkpoint | None:
    """Give the last signed tree head.

    Returns:
        ``None`` before the first one.
    """
    return Checkpoint.objects.order_by("-tree_size").first()


def site_key() -> str:
    """Give the public key that the site signs with now, as `verify.py` takes it.

    Returns:
        "" before there is one.
    """
    current = SiteKey.objects.filter(retired_at_seq__isnull=True).order_by("-id").first()
    return "" if current is None else current.vkey


def cosignatures_for(checkpoint: Checkpoint, sponsor: str | None) -> list[Cosignature]:
    """Give the cosignatures that a sponsor's copy may show: no other sponsor's witness is named.

    Args:
        checkpoint: The tree head.
        sponsor: Whose copy it is; ``None`` for one that is handed to nobody in particular.

    Returns:
        Those of the plant's own witnesses and of that sponsor's.
    """
    own = Witness.objects.filter(Q(sponsor__isnull=True) | Q(sponsor=sponsor)).values_list("vkey", flat=True)
    return list(checkpoint.cosignatures.filter(vkey__in=own).order_by("id"))


def head() -> Entry | None:
    """Give the last entry.

    Returns:
        ``None`` in an empty record.
    """
    return Entry.objects.order_by("-seq").first()


class StoredTree:
    """The Merkle tree as the database keeps it, for proofs; reads leaf hashes in blocks of one kept subtree."""

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._block: tuple[int, list[bytes]] = (-1, [])

    def __call__(self, level: int, index: int) -> bytes | None:
        """Give a subtree's root, as :data:`verifier.Subtree` asks.

        Args:
            level: Height of the subtree.
            index: Its place at that height.

        Returns:
            The hash, or ``None`` if it is not kept.
        """
        if level == 0:
            return self._leaf(index)
        if level % NODE_STEP:
            return None
        node = Node.objects.using(self._using).filter(level=level, index=index).values_list("hash", flat=True).first()
        return None if node is None else bytes(node)

    def _leaf(self, index: int) -> bytes | None:
        number, place = divmod(index, 1 << NODE_STEP)
        if self._block[0] != number:
            first = (number << NODE_STEP) + 1
            rows = (
                Entry.objects.using(self._using)
                .filter(seq__gte=first, seq__lt=first + (1 << NODE_STEP))
                .order_by("seq")
                .values_list("hash", flat=True)
            )
            self._block = (number, [bytes(row) for row in rows])
        return self._block[1][place] if place < len(self._block[1]) else None


def inclusion_proof(seq: int, tree_size: int) -> list[bytes]:
    """Give the proof that an entry is under a tree head.

    Args:
        seq: The entry's number.
        tree_size: The tree head's size.

    Returns:
        The audit path.

    Raises:
        verifier.Broken: If the entry is not in that tree.
    """
    return verifier.inclusion_proof_from(StoredTree(), seq - 1, tree_size)


def consistency_proof(old_size: int, new_size: int) -> list[bytes]:
    """Give the proof that one tree head continues another.

    Args:
        old_size: Size of the earlier one.
        new_size: Size of the later one.

    Returns:
        The proof's hashes.

    Raises:
        verifier.Broken: If a size is zero or they are in the wrong order.
    """
    return verifier.consistency_proof_from(StoredTree(), old_size, new_size)
