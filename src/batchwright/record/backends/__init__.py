"""Django's database back ends with what the record asks of a database: a gate that only an open entry unlocks.

Both engines offer the same few calls, listed in :class:`Gate`. The back end is the place for them because the gate
must be there on every connection, in every process and every thread, without anybody remembering to put it there.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


class Write(NamedTuple):
    """One row written, as the database's trigger saw it or as the entry accounts for it."""

    table: str
    key: int
    op: str
    """``create``, ``update`` or ``delete``."""


class Mark(NamedTuple):
    """A write with the version of the row that it left (or, for a deletion, found)."""

    write: Write
    row_version: int


class Appended(NamedTuple):
    """Where an entry came to stand."""

    seq: int
    at: datetime
    subject_seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as the writer says it, before it has a place in the ledger."""

    at: str
    content: bytes
    """Canonical bytes of the ``entry`` member of the envelope."""
    type: str
    actor: str
    subject: str
    sponsor: str | None
    idempotency_key: str | None
    marks: tuple[Mark, ...]


class Gate(Protocol):
    """What an engine does for the record; calls are made inside one transaction of the connection, or say otherwise."""

    appended: Appended | None
    """Where the last entry came to stand, once its transaction is committed."""

    def announce(self) -> None:
        """Say that the next transaction is an entry's; called outside a transaction, followed by :meth:`open` in it."""

    def open(self) -> None:
        """Let this transaction write GMP tables, and start counting what it writes."""

    def append(self, draft: Draft) -> Appended:
        """Give the draft its place in the ledger and close the gate.

        Args:
            draft: The entry.

        Returns:
            Its place.

        Raises:
            Unaccounted: If the rows written are not exactly those of the draft.
        """

    def append_at_commit(self, draft: Draft) -> None:
        """As :meth:`append`, but at the commit where the engine gains from that; the place is in ``appended`` then."""

    def close(self) -> None:
        """Close the gate without an entry; the transaction is about to be rolled back."""

    def settle(self) -> None:
        """Wait until all that is visible now is on disk; called outside a transaction."""

    def allow_ledger(self) -> None:
        """Let this transaction add checkpoints, tree nodes, cosignatures, time stamps and replayed entries."""


GENESIS = "0" * 64
"""The previous hash of the first entry."""


def envelope(*, at: str, content: bytes, prev_hash: str, seq: int, subject_seq: int) -> bytes:
    """Put an entry's canonical bytes together from its canonical content.

    Args:
        at: Time as ``2026-11-22T07:21:00.123456Z``.
        content: Canonical bytes of the ``entry`` member.
        prev_hash: The previous entry's hash, 64 hexadecimal digits.
        seq: The entry's number, from 1.
        subject_seq: Its number within its subject, from 1.

    Returns:
        The bytes that are hashed and stored.
    """
    return b'{"at":"%b","entry":%b,"prev_hash":"%b","seq":%d,"subject_seq":%d}' % (
        at.encode(), content, prev_hash.encode(), seq, subject_seq,
    )  # fmt: skip


def account(writes: tuple[Write, ...] | list[Write]) -> str:
    """Fold writes into one digest, in order; the database folds what its triggers see in the same way.

    Args:
        writes: Table, key and operation of each.

    Returns:
        64 hexadecimal digits; "" for no write.
    """
    folded = ""
    for table, key, op in writes:
        folded = hashlib.sha256(f"{folded}{table} {key} {op}".encode()).hexdigest()
    return folded
