"""Rows that the constraints and rules of execution take; `tests.gmp.filling` asks for them."""

from batchwright.execution.models import Attempt, Batch, BatchException, Run, Vessel, Weighing
from batchwright.record.open_entry import OpenEntry
from tests.gmp.filling import fill, plain, row_of


@row_of(Batch)
def batch(entry: OpenEntry) -> Batch:
    """A batch that nobody has started."""
    return plain(
        entry, Batch, state="Idle", tokens=[], ended_at=None, reviewed_by="", reviewed_at=None, started_at=None
    )


@row_of(Run)
def run(entry: OpenEntry) -> Run:
    """A step that runs."""
    return plain(entry, Run, state="Running", values={}, level="phase", completed_at=None)


@row_of(Attempt)
def attempt(entry: OpenEntry) -> Attempt:
    """An attempt that was accepted."""
    one = fill(entry, Run)
    return plain(
        entry, Attempt, run=one, batch=one.batch, verdict="accepted", checked_by="", entered=[], values={}, reasons=[],
        kind="perform",
    )  # fmt: skip


@row_of(Weighing)
def weighing(entry: OpenEntry) -> Weighing:
    """A weight that counts."""
    one = fill(entry, Attempt)
    return plain(entry, Weighing, attempt=one, run=one.run, batch=one.batch, charged=False, returned_at=None)


@row_of(Vessel)
def vessel(entry: OpenEntry) -> Vessel:
    """A new drum that was weighed empty."""
    one = fill(entry, Run)
    return plain(entry, Vessel, run=one, batch=one.batch, clean_as="new", tare="1 kg", before="", before_of=None)


@row_of(BatchException)
def exception(entry: OpenEntry) -> BatchException:
    """An exception that nobody has closed."""
    one = fill(entry, Attempt)
    return plain(
        entry, BatchException, batch=one.batch, run=one.run, attempt=one, kind="remark", severity="minor",
        closed_at=None,
    )  # fmt: skip
