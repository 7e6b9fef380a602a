"""Putting away what a batch made: all containers at once, each with its name, in one entry of the batch's record."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from batchwright import materials, people, record
from batchwright.execution.entries import BatchPutAway
from batchwright.execution.models import Batch
from batchwright.execution.outputs import Output, output_of
from batchwright.execution.services import turning
from batchwright.execution.services.charging import lot_of
from batchwright.execution.states import State
from batchwright.kernel.errors import DomainError


@record.command
def put_away(
    *,
    actor: record.Actor,
    batch: Batch,
    fills: Sequence[materials.Fill],
    location: materials.Location,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Fill what a batch made into containers and put them away; the lot keeps its status, which is quarantine.

    Args:
        actor: Who puts it away.
        batch: A batch that has ended.
        fills: How many containers of which kind, and what is in each.
        location: Where they stand; it is of the material's storage class.
        reason: Why, where more is filled than was made, the batch is not complete, or its record was reviewed before.
        expected_version: Version of the lot that the actor saw; of the batch where it has no lot yet.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the batch.

    Raises:
        Refused: If the actor may not.
        DomainError: If the batch has not ended, its product is no material of the plant, the lot is rejected or not
            kept there, or a reason is missing.
        BadInput: If there are no containers, or too many.
        Stale: If the lot was changed meanwhile.
    """
    data = BatchPutAway(
        batch=batch.number, lot="-", location=location.code, amount="-", containers=[], made="", unaccounted=""
    )
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.make")
        turn = turning.begin(entry, batch)
        before = require_output(output_of(turn), batch)
        lot = before.lot
        if lot is None:  # nothing was weighed into it: its lot begins with what comes out
            if expected_version not in (None, batch.version):
                entry.update(batch, expected_version=expected_version)
            lot = lot_of(turn)
        else:
            # Writes the row, so that two people do not put away the same product.
            entry.update(lot, expected_version=expected_version)
        made = materials.fill_lot(entry, lot=lot, fills=fills, location=location, strictly=True)
        after = require_output(output_of(turn), batch)
        _require_reason(batch, before, after, reason)
        entry.data = data.model_copy(update=_facts(lot, after, after.filled_e6 - before.filled_e6, made))
    return entry.receipt


def require_output(found: Output | None, batch: Batch) -> Output:
    """Refuse a batch that has nothing to put away.

    Args:
        found: What it made.
        batch: The batch.

    Returns:
        What it made.

    Raises:
        DomainError: If it has not ended, or its product is no material of the plant.
    """
    if found is not None:
        return found
    if batch.ended_at is not None:
        raise DomainError(
            _("The product of this batch is no material of the plant, or it made none"),
            value=batch.product or _("not said"), remedy=_("Define the material, and name it in the recipe."),
        )  # fmt: skip
    raise DomainError(
        _("The batch has not ended"), value=batch.state, limit=State.COMPLETE.value,
        remedy=_("Put its product away when it is complete."),
    )  # fmt: skip


def _require_reason(batch: Batch, before: Output, after: Output, reason: str) -> None:
    for error in _asks_why(batch, before, after):
        if not reason.strip():
            raise error


def _asks_why(batch: Batch, before: Output, after: Output) -> Iterator[DomainError]:
    if after.left_e6 is not None and before.left_e6 is not None and after.left_e6 < 0:
        yield DomainError(
            _("More is filled than the batch made"), value=after.said(after.filled_e6 - before.filled_e6),
            limit=_("%(left)s left of %(made)s")
            % {"left": after.said(max(before.left_e6, 0)), "made": after.said(after.made_e6 or 0)},
            remedy=_("Count again, or give the reason."),
        )  # fmt: skip
    if batch.state != State.COMPLETE:
        yield DomainError(
            _("The batch did not come to its end"), value=batch.state, limit=State.COMPLETE.value,
            remedy=_("Give the reason why its product is kept."),
        )  # fmt: skip
    if batch.reviewed_at is not None:
        yield DomainError(
            _("The record of this batch was reviewed already"), value=batch.reviewed_by,
            remedy=_("Give the reason why it is put away only now."),
        )  # fmt: skip


def _facts(
    lot: materials.Lot, after: Output, amount: int, made: Sequence[materials.Container]
) -> dict[str, object]:  # fmt: skip
    by_key = {one.container.pk: one.amount_e6 for one in after.filled}
    return {
        "lot": lot.identifier, "amount": after.said(amount),
        "containers": [f"{one.identifier} {one.kind} {after.said(by_key[one.pk])}".replace("  ", " ") for one in made],
        "made": "" if after.made_e6 is None else after.said(after.made_e6),
        "unaccounted": "" if after.left_e6 is None else after.said(after.left_e6),
    }  # fmt: skip
