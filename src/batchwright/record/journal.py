"""Writing the record: one transaction, one entry.

:func:`entry` opens a transaction, lets its body write rows of GMP tables, and commits them together with the entry
that accounts for them, or not at all. Success is reported only when the entry is on disk.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec

from django.db import IntegrityError, connection, transaction

from batchwright.kernel.errors import DomainError
from batchwright.record.actor import Actor
from batchwright.record.models import GmpModel
from batchwright.record.open_entry import OpenEntry
from batchwright.record.outcomes import AlreadyRecorded, Receipt, crossed
from batchwright.record.typed import EntryData

P = ParamSpec("P")
_writing: ContextVar[bool] = ContextVar("writing", default=False)


def is_writing() -> bool:
    """Say whether an entry is open here, in whose body everything that decides is read from the database.

    Returns:
        Whether this is the body of :func:`entry`.
    """
    return _writing.get()


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
        Crossed: If somebody else writes the same rows in another order at this moment; trying again helps.
        Unaccounted: If rows were written past the entry.
    """
    if data.reason_required and not reason.strip():
        raise DomainError("A reason is required", value=data.type, remedy="Say why, in your own words.")
    opened = OpenEntry(data, actor=actor, subject=subject, reason=reason.strip(), sponsor=sponsor, key=idempotency_key)
    gate = connection.gate  # type: ignore[attr-defined]
    before = _writing.set(True)
    try:
        gate.announce()
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
        crossing = crossed(error)
        if crossing is not None:
            raise crossing from error
        raise
    finally:
        gate.close()
        _writing.reset(before)
    opened.conclude(gate.appended)


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
