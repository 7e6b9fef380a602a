"""Reading the mass balance of a lot out of its movements."""

from django.db.models import Sum

from batchwright.materials.models import Container, Lot, Movement
from batchwright.materials.models.stock import INWARD
from batchwright.materials.reconciliation import Balance


def balance_of(lot: Lot) -> Balance:
    """Give the mass balance of a lot.

    Args:
        lot: The lot, which the caller was allowed to read.

    Returns:
        What came in, what went out, what is there.
    """
    entered: dict[str, int] = {}
    left: dict[str, int] = {}
    own = Movement.objects.filter(lot=lot).order_by().values_list("kind").annotate(total=Sum("amount_e6"))
    for kind, total in own.values_list("kind", "total"):
        if kind in INWARD:
            entered[kind] = int(total)
        elif kind != "transfer":
            left[kind] = int(total)
    became = Movement.objects.filter(into_lot=lot, kind="conversion").aggregate(total=Sum("amount_e6"))["total"]
    if became:
        entered["conversion"] = int(became)
    held = Container.objects.filter(lot=lot).aggregate(total=Sum("amount_e6"))["total"] or 0
    return Balance(entered, left, int(held), lot.nominal_e6, lot.definition.limit_ppm)
