"""PostgreSQL: the gate is a transaction-local setting, a check at commit, and one function that appends.

Writers change their rows in parallel and meet only in ``record_append``, which takes the ledger's advisory lock. The
lock would be held through the flush of the commit to disk, one flush per entry for the whole plant. So the commit
itself does not wait for the flush, and the writer then waits for a flush that covers it before it reports success:
PostgreSQL groups those waits, fifty writers share one flush, and the order of entries is still the order of commits,
because the log is flushed in order. Nor is the lock held while a message travels: the entry, the commit and the wait
for the flush reach the server as one message. See ADR 0006.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import DatabaseError
from django.db.backends.postgresql import base

from batchwright.kernel import clock
from batchwright.record.backends import Appended, Draft, account
from batchwright.record.backends.postgresql.guards import UNACCOUNTED
from batchwright.record.backends.refusals import Unaccounted

_OPEN = (
    "SELECT set_config('batchwright.entry', pg_current_xact_id()::text, true),"
    " set_config('batchwright.writes', '', true), set_config('synchronous_commit', 'off', true)"
)
_CLOSE = "SELECT set_config('batchwright.entry', '', true)"
_LEDGER = "SELECT set_config('batchwright.ledger', pg_current_xact_id()::text, true)"
_APPEND = "SELECT seq, at, subject_seq, hash FROM record_append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
# A transactional message is the smallest thing whose commit record must be flushed, and with it all before it. A
# server that was told not to wait for the disk is told otherwise here; one that waits for replicas too goes on so.
_FLUSH = (
    "SELECT set_config('synchronous_commit',"
    " CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END,"
    " true), pg_logical_emit_message(true, 'batchwright', '')"
)
_COMMIT = f"COMMIT; {_FLUSH}"
_NEVER_BY_ITSELF = 2**31


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL connection with the record's gate and a commit that shares its flush."""

    run_mark = "%s"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = PostgreSQLGate(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection that prepares statements when it is asked to.

        Args:
            conn_params: Django's connection parameters.

        Returns:
            The connection.
        """
        connection = super().get_new_connection(conn_params)
        connection.prepare_threshold = _NEVER_BY_ITSELF
        return connection

    def run(self, statement: str, values: Sequence[Any]) -> Any:
        """Run a statement that comes again and again inside a transaction; the server parses and plans it once.

        Args:
            statement: SQL with :attr:`run_mark` for each value.
            values: What Django's fields prepared for this engine.

        Returns:
            The driver's cursor.
        """
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return psycopg.Cursor(self.connection).execute(statement, values, prepare=True)

    def _start_transaction_under_autocommit(self) -> None:
        # Django's hook for back ends that begin transactions themselves: an entry's opens the gate in the same message.
        with self.wrap_database_errors:
            self.connection.execute(self.gate.begin())

    def _commit(self) -> None:
        if not self.gate.commit():
            super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self.gate.close()
        super()._rollback()  # type: ignore[misc]


class PostgreSQLGate:
    """The gate of one PostgreSQL connection."""

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        self._wrapper = wrapper
        self._announced = self._opened = self._flush_due = False
        self._draft: Draft | None = None
        self.appended: Appended | None = None

    def announce(self) -> None:
        """Say that the next transaction is an entry's, so that one message begins it and opens the gate."""
        self._announced = True

    def begin(self) -> str:
        """Give the statements that begin a transaction.

        Returns:
            SQL; it opens the gate if an entry was announced.
        """
        self._opened, self._announced = self._announced, False
        return f"BEGIN; {_OPEN}" if self._opened else "BEGIN"

    def open(self) -> None:
        """Let this transaction write GMP tables, and start counting what it writes."""
        self.appended = None
        if not self._opened:
            with self._wrapper.cursor() as cursor:
                cursor.execute(_OPEN)
        self._opened = False

    def close(self) -> None:
        """Close the gate; PostgreSQL forgets the settings with the transaction."""
        self._announced = self._opened = self._flush_due = False
        self._draft = None

    def settle(self) -> None:
        """Wait until all that is visible now is on disk; called outside a transaction."""
        with self._wrapper.cursor() as cursor:
            cursor.execute(_FLUSH)

    def allow_ledger(self) -> None:
        """Let this transaction add to the ledger's own tables."""
        with self._wrapper.cursor() as cursor:
            cursor.execute(_LEDGER)

    def append(self, draft: Draft) -> Appended:
        """Give the draft its place now; the ledger's lock is then held until the transaction ends.

        Args:
            draft: The entry.

        Returns:
            Its place.

        Raises:
            Unaccounted: If the rows written are not exactly those of the draft.
        """
        self.appended = self._append(draft, _APPEND)
        self._flush_due = True
        return self.appended

    def append_at_commit(self, draft: Draft) -> None:
        """Give the draft its place together with the commit.

        Args:
            draft: The entry.

        Raises:
            Unaccounted: If the rows written are not exactly those of the draft; raised by the commit.
        """
        if self._wrapper.savepoint_ids:
            self.append(draft)  # what ends next is a savepoint, not the transaction
        else:
            self._draft = draft

    def commit(self) -> bool:
        """Append a waiting draft, commit, and wait for the flush, all by one message.

        Returns:
            Whether there was an entry to commit; if not, nothing was done.

        Raises:
            Unaccounted: If the rows written are not exactly those of the draft; the transaction is rolled back.
        """
        draft, due = self._draft, self._flush_due
        self._draft, self._flush_due = None, False
        if draft is not None:
            try:
                self.appended = self._append(draft, f"{_APPEND}; {_COMMIT}")
            except Unaccounted:
                self._wrapper._rollback()  # noqa: SLF001 - gate and wrapper are one back end
                raise
        elif due:
            with self._wrapper.cursor() as cursor:
                cursor.execute(_COMMIT)
        return due or draft is not None

    def _append(self, draft: Draft, statements: str) -> Appended:
        marks = draft.marks
        writes = [mark.write for mark in marks]
        arguments = [
            draft.at, draft.content, draft.type, draft.actor, draft.subject, draft.sponsor, draft.idempotency_key,
            account(writes), _array(write.table for write in writes), _array(write.key for write in writes),
            _array(mark.row_version for mark in marks),
        ]  # fmt: skip
        try:
            with self._wrapper.cursor() as cursor:
                cursor.execute(statements, arguments)
                seq, at, subject_seq, digest = cursor.fetchone()
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) != UNACCOUNTED:
                raise
            raise Unaccounted(
                "The entry does not account for every row that was written",
                value=f"{len(marks)} rows accounted for",
                remedy="Write through entry.create, entry.update and entry.delete alone.",
            ) from error
        return Appended(seq, clock.parse(at), subject_seq, bytes(digest))


def _array(values: Iterable[object]) -> str:
    """Write an array as PostgreSQL reads it; finding out the type of each list anew costs the driver longer."""
    quoted = [str(value).replace("\\", r"\\").replace('"', r"\"") for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


__all__ = ["DatabaseWrapper", "PostgreSQLGate"]
