"""What is shown to whoever signs a decision on materials; the page and the command write it alike."""

from datetime import date
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from batchwright.materials import amounts
from batchwright.materials.models import Container, Lot, Supplier

NOTHING: Final = "\N{EN DASH}"
MEANINGS: Final = MappingProxyType({"approved": "approved", "rejected": "rejected", "withdrawn": "rejected"})
"""The meaning of the signature on each decision."""


def of_lot(lot: Lot, status: str, reason: str) -> str:
    """Write what is signed with a decision on a lot.

    Args:
        lot: The lot.
        status: approved or rejected.
        reason: On what ground.

    Returns:
        The text.
    """
    lines = [
        *_lot_lines(lot),
        _("Retest: %(day)s") % {"day": lot.retest_on or NOTHING},
        *_potency_lines(lot),
        _("Status: %(before)s -> %(after)s") % {"before": lot.status, "after": status},
        _ground(reason),
    ]
    return "\n".join(lines)


def of_retest(lot: Lot, retest_on: date, reason: str) -> str:
    """Write what is signed with the day of the next retest.

    Args:
        lot: The lot.
        retest_on: The day.
        reason: On what ground.

    Returns:
        The text.
    """
    moved = _("Next retest: %(before)s -> %(after)s") % {"before": lot.retest_on or NOTHING, "after": retest_on}
    return "\n".join([*_lot_lines(lot), moved, _ground(reason)])


def of_container(container: Container, reason: str) -> str:
    """Write what is signed when a held container is freed.

    Args:
        container: The container.
        reason: On what ground.

    Returns:
        The text.
    """
    lot = container.lot
    part = _("Container %(container)s, %(amount)s: on hold -> free") % {
        "container": container.identifier, "amount": amounts.quantity(container.amount_e6, lot.definition.unit),
    }  # fmt: skip
    return "\n".join([part, *_lot_lines(lot), _ground(reason)])


def of_supplier(supplier: Supplier, approval: str, approved_until: date | None, reason: str) -> str:
    """Write what is signed with a decision on a supplier.

    Args:
        supplier: The supplier.
        approval: approved or withdrawn.
        approved_until: Last day of the approval.
        reason: On what ground.

    Returns:
        The text.
    """
    lines = [
        _("Supplier %(code)s %(name)s, %(place)s (%(country)s)")
        % {"code": supplier.code, "name": supplier.name, "place": supplier.place, "country": supplier.country},
        _("Approval: %(before)s -> %(after)s") % {"before": supplier.approval, "after": approval},
        _("Last day of the approval: %(day)s") % {"day": approved_until or NOTHING},
        _ground(reason),
    ]
    return "\n".join(lines)


def _lot_lines(lot: Lot) -> list[str]:
    return [
        _("Lot %(lot)s, %(material)s %(name)s")
        % {"lot": lot.identifier, "material": lot.definition.code, "name": lot.definition.name},
        _("Supplier's lot: %(lot)s") % {"lot": lot.supplier_lot or NOTHING},
        _("Last day of use: %(day)s") % {"day": lot.expires_on or NOTHING},
    ]


def _potency_lines(lot: Lot) -> list[str]:
    if not lot.assay:
        return []
    return [
        _("Assay: %(assay)s, water: %(water)s, by certificate %(certificate)s")
        % {"assay": lot.assay, "water": lot.water or NOTHING, "certificate": lot.certificate}
    ]


def _ground(reason: str) -> str:
    return _("Ground: %(reason)s") % {"reason": reason}
