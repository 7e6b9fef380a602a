"""What the certificate of a lot says of its potency, by which it is dispensed (21 CFR 211.84(d), 211.101(a))."""

from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries
from batchwright.materials.models import Lot
from batchwright.materials.statuses import LotStatus

ASSAY: Final = (Fraction(1, 2), Fraction(3, 2))
"""Between these an assay is credible; more than 1 where the substance is purer than its reference."""
WATER: Final = (Fraction(0), Fraction(1, 2))
LONGEST_CERTIFICATE: Final = 80


@record.command
def certify_lot(
    *,
    actor: record.Actor,
    lot: Lot,
    assay: Quantity,
    water: Quantity | None = None,
    certificate: str,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Enter assay and water of a lot from its certificate; another person then approves the lot on it.

    Args:
        actor: Who enters it.
        lot: The lot, as the actor saw it.
        assay: Pure substance, such as 98.6 %; of the anhydrous substance where water is given.
        water: Water or loss on drying; None where the certificate does not say it.
        certificate: Number of the certificate.
        reason: Why, where something was entered before.
        expected_version: Version the actor saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot is approved or rejected, a value is no credible fraction, or a correction has no reason.
        BadInput: If the certificate has no number.
        Stale: If the lot was changed meanwhile.
    """
    if not 1 <= len(certificate.strip()) <= LONGEST_CERTIFICATE:
        raise BadInput(
            _("The certificate has no number"), value=certificate, limit=f"1 to {LONGEST_CERTIFICATE} characters"
        )
    values = {"assay": _share(_("The assay"), assay, ASSAY)}
    values["water"] = "" if water is None else _share(_("The water"), water, WATER)
    data = entries.LotCertified(lot=lot.identifier, certificate=certificate.strip(), **values)
    with record.entry(
        data, actor=actor, subject=lot, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.certify")
        fresh = entry.lock(lot)
        if fresh.status in (LotStatus.APPROVED, LotStatus.REJECTED):
            raise DomainError(
                _("The certificate of this lot was decided on"), value=fresh.status,
                limit=f"{LotStatus.QUARANTINE}, {LotStatus.HOLD}",
                remedy=_("Put it on hold first; quality assurance then decides anew."),
            )  # fmt: skip
        if fresh.assay and not reason.strip():
            raise DomainError(
                _("A correction needs a reason"), value=f"{fresh.assay} ({fresh.certificate})", remedy=_("Write why.")
            )
        entry.update(lot, expected_version=expected_version, certificate=certificate.strip(), **values)
    return entry.receipt


def _share(what: str, amount: Quantity, within: tuple[Fraction, Fraction]) -> str:
    if amount.measured_in.dimension != Quantity("1", "1").measured_in.dimension:
        raise DomainError(_("%(what)s is no fraction") % {"what": what}, value=amount, limit=_("such as 98.6 %"))
    if not within[0] <= amount.in_root_units() <= within[1]:
        low, high = (f"{float(one * 100):g} %" for one in within)
        raise DomainError(
            _("%(what)s is not credible") % {"what": what}, value=amount, limit=f"{low} to {high}",
            remedy=_("Check the certificate."),
        )  # fmt: skip
    return str(amount)
