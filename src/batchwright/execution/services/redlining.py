"""Redlines: a change of the running recipe of one batch, which is an exception and leaves the master as it was."""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import redlines
from batchwright.execution.entries import BatchRedlined
from batchwright.execution.exceptions import Kind, raised
from batchwright.execution.models import Batch
from batchwright.execution.redlines import Change
from batchwright.execution.services import turning
from batchwright.execution.services.common import fits_for, raise_exceptions
from batchwright.kernel import clock


def told(actor: record.Actor, batch: Batch, change: Change) -> tuple[str, ...]:
    """Say what a redline would change, before it is made.

    Args:
        actor: Who asks.
        batch: A batch that the actor was allowed to read.
        change: The change.

    Returns:
        Sentences.

    Raises:
        DomainError: If it cannot be made, with the reason.
    """
    turn = turning.read(batch, clock.now())
    return redlines.redline(turn.control, turn.marking, _("the redline"), change, fits_for(actor)).sentences


@record.command
def redline(
    *,
    actor: record.Actor,
    batch: Batch,
    change: Change,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Change the control recipe of a batch; it becomes an exception with the same number.

    Args:
        actor: Who changes it.
        batch: The batch.
        change: What is changed.
        reason: Why.
        expected_version: Version of the batch that the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If what is changed is not there, has been performed, or the procedure has gone past it.
        Stale: If the batch went on since it was shown.
    """
    data = BatchRedlined(batch=batch.number, exception="-", sentences=[], revision=0, control_sha256="-")
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "batch.redline")
        turn = turning.begin(entry, batch, expected_version=expected_version)
        number = str(entry.number("E"))
        changed = redlines.redline(turn.control, turn.marking, number, change, fits_for(actor))
        turn.recast(changed.control, f"redline {number}")
        turn.go_on()
        turn.write()
        found = raised(Kind.REDLINE, f"{'; '.join(changed.sentences)}. {reason.strip()}", value=change.kind)
        raise_exceptions(entry, batch, [found], by=actor, number=number)
        rows = raise_exceptions(entry, batch, turn.found(), by=actor)
        entry.data = data.model_copy(
            update={
                "exception": number, "sentences": list(changed.sentences), "revision": batch.revision,
                "control_sha256": batch.control_sha256, "events": turn.happened,
                "exceptions": [number, *(one.number for one in rows)],
            }
        )  # fmt: skip
    return entry.receipt
