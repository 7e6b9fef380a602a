"""SQLite: the gate is a function of the connection, which no other program's connection has.

A guarded table's triggers call ``record_write``; the ledger's call ``record_append``. The ``sqlite3`` shell knows
neither, so it cannot even prepare a statement that writes those tables.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from batchwright.kernel import clock
from batchwright.record.backends import GENESIS, Appended, Draft, Write, envelope
from batchwright.record.backends.refusals import unaccounted
from batchwright.record.backends.sqlite3 import queueing


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite connection with the record's gate, and writers that queue instead of polling."""

    run_mark = "?"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = SQLiteGate(self)
        self._queue: queueing.Queue | None = None
        self._turn: int | None = None
        self._file: tuple[int, int] | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection that has the gate's functions.

        Args:
            conn_params: Django's connection parameters.

        Returns:
            The connection.
        """
        connection = super().get_new_connection(conn_params)
        connection.create_function("record_write", 3, self.gate.saw)
        connection.create_function("record_append", 0, lambda: int(self.gate.appending))
        self._file = self._file_now()
        return connection

    def close_if_unusable_or_obsolete(self) -> None:
        """Close a kept connection also where another file stands now at the place of the one that it opened."""
        if self.connection is not None and not self.in_atomic_block and self._file != self._file_now():
            self.close()
        super().close_if_unusable_or_obsolete()

    def _file_now(self) -> tuple[int, int] | None:
        try:
            found = Path(self.settings_dict["NAME"]).stat()
        except OSError:  # none, or a database of tests in memory
            return None
        return found.st_dev, found.st_ino

    def run(self, statement: str, values: Sequence[Any]) -> Any:
        """Run a statement that comes again and again inside a transaction; the connection keeps it prepared.

        Args:
            statement: SQL with :attr:`run_mark` for each value.
            values: What Django's fields prepared for this engine.

        Returns:
            The driver's cursor.
        """
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return self.connection.execute(statement, values)

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            if self.connection is None or not self.connection.in_transaction:
                self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.gate.close()
            self._leave_queue()

    def _savepoint(self, sid: str) -> None:
        super()._savepoint(sid)  # type: ignore[misc]
        self.gate.mark(sid)

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.gate.forget_since(sid)

    def close(self) -> None:
        """Close the connection and give the queue's place back."""
        super().close()
        self._leave_queue()

    def _enter_queue(self) -> None:
        self._queue = queueing.of(str(self.settings_dict["NAME"]))
        self._turn = self._queue.enter(float(self.settings_dict["OPTIONS"]["timeout"]))

    def _leave_queue(self) -> None:
        if self._turn is not None and self._queue is not None:
            self._queue.leave(self._turn)
            self._turn = None


class SQLiteGate:
    """The gate of one SQLite connection."""

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        self._wrapper = wrapper
        self._writes: list[Write] | None = None
        self._marked: dict[str, int] = {}
        self.appending = False
        self.appended: Appended | None = None

    def saw(self, table: str, key: int, op: str) -> int:
        """Note a write that a trigger reports.

        Args:
            table: The guarded table.
            key: The row's primary key.
            op: ``create``, ``update`` or ``delete``.

        Returns:
            1 if an entry is open, 0 to make the trigger refuse.
        """
        if self._writes is None:
            return 0
        self._writes.append(Write(table, key, op))
        return 1

    def mark(self, savepoint: str) -> None:
        """Remember how much was written when a savepoint was set.

        Args:
            savepoint: Its name.
        """
        self._marked[savepoint] = len(self._writes or [])

    def forget_since(self, savepoint: str) -> None:
        """Forget the writes that a rollback to a savepoint took back; an entry that claims them is refused.

        Args:
            savepoint: Its name.
        """
        if self._writes is not None:
            del self._writes[self._marked.get(savepoint, 0) :]

    def announce(self) -> None:
        """Do nothing: opening the gate costs no message here."""

    def open(self) -> None:
        """Let this transaction write GMP tables, and start counting what it writes."""
        self.appended = None
        self._writes = []
        self._marked = {}

    def close(self) -> None:
        """Close the gate."""
        self._writes = None
        self.appending = False

    def settle(self) -> None:
        """Do nothing: SQLite shows no commit before it is on disk."""

    def allow_ledger(self) -> None:
        """Let this transaction add to the ledger's own tables."""
        self.appending = True

    def append_at_commit(self, draft: Draft) -> None:
        """Append now: here the write lock is held since BEGIN anyway.

        Args:
            draft: The entry.

        Raises:
            Unaccounted: If the rows written are not exactly those of the draft.
        """
        self.append(draft)

    def append(self, draft: Draft) -> Appended:
        """Write the entry after the last one; the write lock is held since BEGIN IMMEDIATE.

        Args:
            draft: The entry.

        Returns:
            Its place.

        Raises:
            Unaccounted: If the rows written are not exactly those of the draft.
        """
        said = [mark.write for mark in draft.marks]
        if self._writes != said:
            raise unaccounted(said, self._writes or [])
        self._writes = None
        self.appending = True
        try:
            self.appended = _append(self._wrapper.run, draft)
        finally:
            self.appending = False
        return self.appended


def _append(run: Callable[[str, Sequence[Any]], Any], draft: Draft) -> Appended:
    # The time as the bytes say it: the column of a replayed entry may be written without its microseconds.
    head = run("SELECT seq, hash, substr(body, 8, 27) FROM record_entry ORDER BY seq DESC LIMIT 1", ()).fetchone()
    seq, prev_hash, at = 1, GENESIS, draft.at
    if head is not None:
        seq, prev_hash = head[0] + 1, bytes(head[1]).hex()
        at = max(at, bytes(head[2]).decode())
    last = run(
        "SELECT subject_seq FROM record_entry WHERE subject = ? ORDER BY subject_seq DESC LIMIT 1", [draft.subject]
    ).fetchone()
    subject_seq = 1 if last is None else last[0] + 1
    body = envelope(at=at, content=draft.content, prev_hash=prev_hash, seq=seq, subject_seq=subject_seq)
    digest = hashlib.sha256(b"\x00" + body).digest()
    moment = clock.parse(at)
    run(
        "INSERT INTO record_entry (seq, at, type, actor, subject, subject_seq, sponsor, idempotency_key, hash, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [seq, _stored(at), draft.type, draft.actor, draft.subject, subject_seq, draft.sponsor,
         draft.idempotency_key, digest, body],
    )  # fmt: skip
    for position, mark in enumerate(draft.marks):
        run(
            'INSERT INTO record_change (seq, position, "table", key, row_version) VALUES (?, ?, ?, ?, ?)',
            (seq, position, mark.write.table, mark.write.key, mark.row_version),
        )
    return Appended(seq, moment, subject_seq, digest)


def _stored(at: str) -> str:
    # The text form in which Django keeps an aware datetime in SQLite.
    return at.replace("T", " ").removesuffix("Z")
