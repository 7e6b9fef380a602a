"""Verification as people start it from a page or a terminal, with its progress where every web process can see it.

A run is no record of the plant, so its table is a plain one; what it found is read from the record again by anybody.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, connections, models

from batchwright.kernel import clock
from batchwright.record.actor import Actor
from batchwright.record.findings import Report

if TYPE_CHECKING:
    from batchwright.record.verification import Progress

SILENCE = timedelta(seconds=30)
"""A run that has said nothing for so long lost its process."""
_BEAT = timedelta(milliseconds=400)


class VerificationRun(models.Model):
    """One verification: who started it, how far it is, what it found."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=150)
    started_name = models.CharField(max_length=150)
    heard_at = models.DateTimeField()
    step = models.CharField(max_length=80, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    cancelled = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    class Meta:
        db_table = "record_verification_run"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"verification {self.id} {self.state}"

    @property
    def state(self) -> str:
        """running, lost, cancelled, whole or broken."""
        if self.finished_at is None:
            return "running" if clock.now() - self.heard_at < SILENCE else "lost"
        if self.report.get("whole"):
            return "whole"
        return "broken" if self.report.get("findings") else "cancelled"

    @property
    def active(self) -> bool:
        """Whether it still runs."""
        return self.state == "running"

    @property
    def covered_to(self) -> int:
        """The last entry it checked."""
        return int(self.report.get("tree_size", 0))


def latest_outcome() -> VerificationRun | None:
    """Give the last run that came to an end with a verdict.

    Returns:
        The run, whole or broken; None before the first one.
    """
    ended = VerificationRun.objects.filter(finished_at__isnull=False)[:20]
    return next((run for run in ended if run.state in ("whole", "broken")), None)


def start(actor: Actor) -> VerificationRun:
    """Start a verification of the whole record in the background, or give the one that is running.

    Args:
        actor: Who wants to know.

    Returns:
        The run.
    """
    for run in VerificationRun.objects.filter(finished_at__isnull=True):
        if run.active:
            return run
    run = _begin(actor)
    # A daemon: a web process that is asked to stop does not wait for it, and the page says that the run was lost.
    threading.Thread(target=_run_and_close, args=(run.id,), name=f"verification-{run.id}", daemon=True).start()
    return run


def wait_for(actor: Actor, progress: Progress | None = None) -> tuple[Report, bool]:
    """Verify the whole record now, and come back when it is done; it counts like a run that a page started.

    Args:
        actor: Who wants to know.
        progress: Called now and then; answers False to cancel.

    Returns:
        What was checked and what is wrong, and whether the run is kept: a copy that can only be read keeps none.
    """
    try:
        run = _begin(actor)
    except DatabaseError:
        return _verified(progress), False
    return perform(run.id, progress), True


def _verified(progress: Progress | None) -> Report:
    from batchwright.record import verification  # with keys and certificates: most commands verify nothing

    return verification.verify(progress=progress)


def _begin(actor: Actor) -> VerificationRun:
    now = clock.now()
    return VerificationRun.objects.create(started_at=now, started_by=actor.id, started_name=actor.name, heard_at=now)


def cancel(run: VerificationRun) -> None:
    """Ask a run to stop; it does at its next sign of life.

    Args:
        run: The run.
    """
    VerificationRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(cancelled=True)


def _run_and_close(run_id: uuid.UUID) -> None:
    try:
        perform(run_id)
    finally:
        connection.close()  # this thread's own


def perform(run_id: uuid.UUID, progress: Progress | None = None) -> Report:
    """Verify, telling the table how far it is.

    Args:
        run_id: The run.
        progress: Told the same.

    Returns:
        What was checked and what is wrong; the run keeps it too.
    """
    run = VerificationRun.objects.filter(pk=run_id)
    heard = clock.now()

    def told(step: str, done: int, total: int) -> bool:
        nonlocal heard
        wanted = progress is None or progress(step, done, total)
        now = clock.now()
        if now - heard < _BEAT and done < total:
            return wanted
        heard = now
        return aside(partial(_heard, run, step=step, done=done, total=total)) and wanted

    with _apart() as aside:
        found = _verified(told)
    run.update(report=found.as_json(), finished_at=clock.now(), heard_at=clock.now())
    return found


def _heard(run: models.QuerySet[VerificationRun], **progress: Any) -> bool:
    """Say how far the run is, and learn whether it is to go on."""
    run.update(heard_at=clock.now(), **progress)
    return not run.filter(cancelled=True).exists()


@contextmanager
def _apart() -> Iterator[Callable[[Callable[[], bool]], bool]]:
    """Act through a connection of its own while this one is in the middle of reading.

    SQLite refuses to let a connection write that still reads what was there before somebody else wrote ("database is
    locked", at once: waiting would not help), and a plant is written to while it is verified.
    """
    if connection.in_atomic_block:  # what stands in it is seen by no other connection
        yield lambda act: act()
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="verification") as beside:
        try:
            yield lambda act: beside.submit(act).result()
        finally:
            beside.submit(connections.close_all).result()
