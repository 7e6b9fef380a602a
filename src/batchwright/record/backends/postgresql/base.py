"""PostgreSQL: the gate is a transaction-local setting, a check at commit, and one function that appends.

Writers change their rows in parallel and meet only in ``record_append``, which takes the ledger's advisory lock. The
lock would be held through the flush of the commit to disk, one flush per entry for the whole plant. So the commit
itself does not wait for the flush, and the writer then waits for a flush that covers it before it reports success:
PostgreSQL groups those waits, fifty writers share one flush, and the order of entries is still the order of commits,
because the log is flushed in order. See ADR 0006.
"""

from typing import Any

from django.db.backends.postgresql import base

from batchwright.kernel import clock
from batchwright.record.backends import Appended, Draft, account
from batchwright.record.backends.refusals import Unaccounted

_OPEN = (
    "SELECT set_config('batchwright.entry', pg_current_xact_id()::text, true),"
    " set_config('batchwright.writes', '', true), set_config('synchronous_commit', 'off', true)"
)
_CLOSE = "SELECT set_config('batchwright.entry', '', true)"
_LEDGER = "SELECT set_config('batchwright.ledger', pg_current_xact_id()::text, true)"
_APPEND = "SELECT * FROM record_append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
# A transactional message is the smallest thing whose commit record must be flushed, and with it all before it. A
# server that was told not to wait for the disk is told otherwise here; one that waits for replicas too goes on so.
_FLUSH = (
    "SELECT set_config('synchronous_commit',"
    " CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END,"
    " true), pg_logical_emit_message(true, 'batchwright', '')"
)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL connection with the record's gate and a commit that shares its flush."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = PostgreSQLGate(self)
        self.flush_due = False

    def _commit(self) -> None:
        flush, self.flush_due = self.flush_due, False
        super()._commit()  # type: ignore[misc]
        if flush:
            self._flush()

    def _flush(self) -> None:
        with self.wrap_database_errors:
            # Still outside autocommit here: the statement opens a transaction of its own, committed synchronously.
            self.connection.execute(_FLUSH)
            self.connection.commit()

    def _rollback(self) -> None:
        self.flush_due = False
        super()._rollback()  # type: ignore[misc]


class PostgreSQLGate:
    """The gate of one PostgreSQL connection."""

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        self._wrapper = wrapper

    def open(self) -> None:
        """Let this transaction write GMP tables, and start counting what it writes."""
        with self._wrapper.cursor() as cursor:
            cursor.execute(_OPEN)

    def close(self) -> None:
        """Close the gate; PostgreSQL forgets the settings with the transaction."""

    def settle(self) -> None:
        """Wait until all that is visible now is on disk; called outside a transaction."""
        with self._wrapper.cursor() as cursor:
            cursor.execute(_FLUSH)

    def allow_ledger(self) -> None:
        """Let this transaction add to the ledger's own tables."""
        with self._wrapper.cursor() as cursor:
            cursor.execute(_LEDGER)

    def append(self, draft: Draft) -> Appended:
        """Give the draft its place under the ledger's lock.

        Args:
            draft: The entry.

        Returns:
            Its place.

        Raises:
            Unaccounted: If the rows written are not exactly those of the draft.
        """
        marks = draft.marks
        writes = [mark.write for mark in marks]
        arguments = [
            draft.at, draft.content, draft.type, draft.actor, draft.subject, draft.sponsor, draft.idempotency_key,
            account(writes), [write.table for write in writes], [write.key for write in writes],
            [mark.row_version for mark in marks],
        ]  # fmt: skip
        with self._wrapper.cursor() as cursor:
            cursor.execute(_APPEND, arguments)
            found = cursor.fetchone()
        if found is None:
            raise Unaccounted(
                "The entry does not account for every row that was written",
                value=f"{len(marks)} rows accounted for",
                remedy="Write through entry.create, entry.update and entry.delete alone.",
            )
        self._wrapper.flush_due = True
        return Appended(found[0], clock.parse(found[1]), found[2], bytes(found[3]))


__all__ = ["DatabaseWrapper", "PostgreSQLGate"]
