"""Exceptions as the rules see them, read from rows: signatures that a later change voided do not count."""

from collections.abc import Sequence

from batchwright.execution.exceptions import BatchException, Given, Kind, Raised, Severity
from batchwright.execution.models import Batch
from batchwright.execution.models import BatchException as Row
from batchwright.people import Signature
from batchwright.people.validity import statuses


def exceptions_of(batch: Batch) -> tuple[BatchException, ...]:
    """Give the exceptions of a batch that the caller was allowed to read.

    Args:
        batch: The batch.

    Returns:
        In the order in which they were raised.
    """
    return as_rules_see(list(Row.objects.filter(batch_id=batch.pk).order_by("id")))


def as_rules_see(rows: Sequence[Row]) -> tuple[BatchException, ...]:
    """Give exceptions as the rules see them.

    Args:
        rows: Rows that the caller was allowed to read.

    Returns:
        One for each row, with the signatures that hold.
    """
    made = Signature.objects.filter(signed_table=Row._meta.db_table, signed_key__in=[one.pk for one in rows])
    signatures = list(made.select_related("signer").order_by("signed_at", "id")) if rows else []
    holds = statuses(signatures)
    given: dict[int, list[Given]] = {}
    for one in signatures:
        if holds[one.pk].valid:
            given.setdefault(one.signed_key, []).append(
                Given(by=one.signer.username, role=one.role, meaning=one.meaning, at=one.signed_at)
            )
    return tuple(
        BatchException(
            number=row.number, raised=raised_of(row), at=row.raised_at, by=row.raised_by, cause=row.cause,
            impact=row.impact, signatures=tuple(given.get(row.pk, ())), closed=row.closed_at,
        )
        for row in rows
    )  # fmt: skip


def raised_of(row: Row) -> Raised:
    """Give what a row says was not as it should be."""
    return Raised(
        kind=Kind(row.kind), severity=Severity(row.severity), sentence=row.sentence, path=row.path, field=row.field,
        value=row.value, limit=row.limit,
    )  # fmt: skip
