"""Sampling a delivery by the plan of its material, and reconciling what became of a lot."""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.materials import amounts, entries
from batchwright.materials.balances import balance_of
from batchwright.materials.models import Container, Lot, Movement
from batchwright.materials.reconciliation import percent
from batchwright.materials.services.common import keep_still, move, require_enough, shown
from batchwright.materials.services.stock import named


@record.command
def sample_lot(
    *,
    actor: record.Actor,
    lot: Lot,
    sample_name: str,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Take the planned sample of every container that is marked for it and not sampled yet.

    Args:
        actor: Who samples.
        lot: The lot, as the actor saw it.
        sample_name: Number of the sample.
        reason: Why.
        expected_version: Version the actor saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If nothing is left to sample, or a container holds too little.
        BadInput: If the sample has no number.
        Stale: If the lot was changed meanwhile.
    """
    each = lot.definition.sample_e6
    data = entries.LotSampled(lot=lot.identifier, sample=named(sample_name), containers=[], amount="")
    with record.entry(
        data, actor=actor, subject=lot, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.sample")
        waiting = unsampled(lot)
        keep_still(entry, *waiting, lot)
        # Writes the row, so that two people do not sample one delivery.
        entry.update(lot, expected_version=expected_version)
        if not waiting or each is None:
            raise DomainError(
                _("Nothing is left to sample by plan"), value=lot.identifier,
                remedy=_("Take a sample of a single container on its page."),
            )  # fmt: skip
        for container in waiting:
            require_enough(entry.lock(container), each, lot)
            move(entry, kind="sample", lot=lot, amount=each, origin=container, reference=sample_name)
        names = [one.identifier for one in waiting]
        entry.data = data.model_copy(update={"containers": names, "amount": shown(each * len(names), lot)})
    return entry.receipt


def unsampled(lot: Lot) -> list[Container]:
    """Give the containers that are marked for sampling and not sampled yet.

    Args:
        lot: The lot, which the caller was allowed to read.

    Returns:
        Containers in the order of receipt.
    """
    done = Movement.objects.filter(lot=lot, kind="sample").values("origin_id")
    marked = Container.objects.filter(lot=lot, to_sample=True).exclude(pk__in=done)
    return list(marked.select_related("lot__definition", "location").order_by("id"))


@record.command
def reconcile_lot(
    *,
    actor: record.Actor,
    lot: Lot,
    reason: str,
    exception: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Set what came in of a lot beside what became of it; beyond the material's limit an exception says why.

    Args:
        actor: Who reconciles.
        lot: The lot, as the actor saw it.
        reason: On what ground: the counts that were looked at.
        exception: What explains a difference beyond the limit.
        expected_version: Version the actor saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If nothing came in, or the difference is beyond the limit and no exception explains it.
        BadInput: If there is an exception where the difference is within the limit.
        Stale: If the lot was changed meanwhile.
    """
    data = entries.LotReconciled(
        lot=lot.identifier, received="", parts={}, difference="", limit="", within=True, exception=exception
    )
    with record.entry(
        data, actor=actor, subject=lot, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.count")
        entry.update(lot, expected_version=expected_version)
        found = balance_of(lot)
        if found.difference_ppm is None:
            raise DomainError(_("Nothing of this lot came in yet"), value=lot.identifier)
        limit = _("none") if found.limit_ppm is None else percent(found.limit_ppm)
        if found.within and exception:
            raise BadInput(_("The difference is within the limit; it takes no exception"), value=exception, limit=limit)
        if not found.within and not exception.strip():
            raise DomainError(
                _("The difference is beyond the limit"), value=percent(found.difference_ppm), limit=limit,
                remedy=_("Count again, or state the exception that explains it."),
            )  # fmt: skip
        unit = lot.definition.unit
        said = {kind: str(amounts.quantity(amount, unit)) for kind, amount in found.parts.items()}
        entry.data = data.model_copy(
            update={
                "received": str(amounts.quantity(found.received, unit)), "parts": said, "limit": limit,
                "difference": percent(found.difference_ppm), "within": found.within,
            }
        )  # fmt: skip
    return entry.receipt
