"""Exceptions of a batch: raised by hand, assessed, and signed until the last signature closes them (21 CFR 211.192)."""

from typing import Any

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import entries, exceptions, statements
from batchwright.execution.exceptions import Given, Kind, Severity, raised
from batchwright.execution.models import Batch, BatchException, Run
from batchwright.execution.services.common import raise_exceptions
from batchwright.execution.standing import as_rules_see
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession
from batchwright.people.permissions import Refused

BY_HAND = (Kind.REMARK, Kind.EQUIPMENT, Kind.MATERIAL, Kind.OVERRIDDEN_SEQUENCE, Kind.LOST_CONNECTION)
"""Kinds that a person notices; the others are raised by what the record shows."""


def _touch(entry: record.OpenEntry, batch: Batch) -> None:
    """Count an act on the batch, so that a review of it which saw fewer is void."""
    fresh = entry.lock(batch)
    entry.update(fresh, acts=fresh.acts + 1)


@record.command
def raise_exception(
    *,
    actor: record.Actor,
    batch: Batch,
    kind: Kind,
    sentence: str,
    severity: Severity | None = None,
    run: Run | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Write down that something is not as it should be.

    Args:
        actor: Who noticed it.
        batch: The batch.
        kind: One of `BY_HAND`.
        sentence: What happened, in the person's own words.
        severity: Graver than the kind says by itself; None for that of the kind.
        run: Run that it is about; None for the batch.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If nothing is said, or it would be less grave than its kind.
    """
    if kind not in BY_HAND:
        raise DomainError(_("The record raises this kind by itself"), value=kind, limit=", ".join(BY_HAND))
    if not sentence.strip():
        raise DomainError(_("Say what happened"), remedy=_("Write it in your own words."))
    data = entries.ExceptionRaised(batch=batch.number, number="-", kind=kind.value, severity="-", what=sentence.strip())
    with record.entry(data, actor=actor, sponsor=batch.tenant, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "exception.raise")
        _require_visible(actor, batch)
        found = raised(kind, sentence.strip(), path="" if run is None else run.path)
        if severity is not None:
            seen = exceptions.BatchException(number="-", raised=found, at=clock.now(), by=actor.id)
            found = exceptions.raise_severity(seen, severity).raised
        _touch(entry, batch)
        row = raise_exceptions(entry, batch, [found], by=actor, run=run)[0]
        entry.subject = row
        entry.data = data.model_copy(update={"number": row.number, "severity": row.severity})
    return entry.receipt


def _require_visible(actor: record.Actor, batch: Batch) -> None:
    if actor.sponsor is not None and actor.sponsor != batch.tenant:
        raise Refused(_("There is no such batch"), value=batch.number)


@record.command
def assess_exception(
    *,
    actor: record.Actor,
    exception: BatchException,
    cause: str,
    impact: str,
    severity: Severity | None = None,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Write cause and impact of an exception; signatures that stand are void then.

    Args:
        actor: Who assessed it.
        exception: The exception.
        cause: Why it happened.
        impact: What it means for the product.
        severity: Graver than it stands; None leaves it.
        expected_version: Version of the row as it was seen.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is closed, a part is empty, or it would be less grave.
        Stale: If somebody else changed it meanwhile.
    """
    data = entries.ExceptionAssessed(
        batch=exception.batch.number, number=exception.number, severity=exception.severity, cause=cause.strip(),
        impact=impact.strip(),
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=exception, sponsor=exception.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "exception.assess")
        _require_visible(actor, exception.batch)
        if not cause.strip() or not impact.strip():
            raise DomainError(_("Cause and impact are both asked for"), value=exception.number)
        fresh = entry.lock(exception)
        seen = as_rules_see([fresh])[0]
        if not seen.is_open:
            raise DomainError(_("This exception is closed"), value=fresh.number)
        values: dict[str, Any] = {"cause": cause.strip(), "impact": impact.strip()}
        if severity is not None and severity != fresh.severity:
            values["severity"] = exceptions.raise_severity(seen, severity).raised.severity.value
        entry.update(exception, expected_version=expected_version, **values)
        _touch(entry, exception.batch)
        entry.data = data.model_copy(update={"severity": exception.severity})
    return entry.receipt


def next_meaning(exception: BatchException) -> str:
    """Give the meaning of the signature that an exception, which the caller was allowed to read, asks for next.

    Args:
        exception: The exception.

    Returns:
        reviewed or approved; "" where nothing is missing.
    """
    wanted = exceptions.missing(as_rules_see([exception])[0])
    return wanted[0].meaning if wanted else ""


@record.command
def sign_exception(
    *,
    actor: record.Actor,
    exception: BatchException,
    meaning: str,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Sign an exception, in the order of its seats; the last signature closes it.

    Args:
        actor: Who signs.
        exception: The exception, as it was shown.
        meaning: reviewed or approved, whichever is next.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or the signature is refused.
        DomainError: If cause or impact is not written, it is another meaning's turn, or the actor caused or signed it.
    """
    data = entries.ExceptionSigned(
        batch=exception.batch.number, number=exception.number, meaning=meaning, closed=False
    )
    with people.signed_entry(
        data, actor=actor, row=exception, meaning=meaning,
        shown=lambda fresh: statements.of_exception(fresh, meaning),
        name=name, given=given, session=session, address=address, sponsor=exception.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        _require_visible(actor, exception.batch)
        fresh = entry.lock(exception)
        # the signature of this entry is not on record yet: as the rules see it, those before it count
        seen = as_rules_see([fresh])[0]
        now = clock.now()
        signed = exceptions.sign(seen, Given(by=actor.id, role=actor.role, meaning=meaning, at=now))
        if not signed.is_open:
            entry.update(exception, closed_at=now)
        _touch(entry, exception.batch)
        entry.data = data.model_copy(update={"closed": not signed.is_open})
    return entry.receipt
