"""The label of a container that was filled (21 CFR 211.101(b), 211.130)."""

from collections.abc import Sequence
from datetime import date, datetime

from batchwright.execution.weighing import Vessel
from batchwright.execution.weighing_amounts import DispenseLine, Lot, Weighed, total
from batchwright.kernel.errors import DomainError
from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Amount, Name, Part, Text


class Label(Part):
    """What stands on the label of a container that was filled (21 CFR 211.101(b))."""

    batch: Name
    product: Text
    material: Name
    material_name: Text
    lots: tuple[Name, ...]
    container: Name
    number: Text
    """Which container of how many, such as ``2 of 3``."""
    net: Amount
    tare: Amount
    gross: Amount
    use_before: date | None = None
    """The earliest expiry of its lots."""
    weighed_at: Moment
    weighed_by: Name
    checked_by: Text = ""


def label(
    line: DispenseLine, weighed: Sequence[Weighed], lots: Sequence[Lot], vessel: Vessel, *, batch: str, product: str,
    material_name: str, at: datetime, by: str, checked_by: str,
) -> Label:  # fmt: skip
    """What stands on the label of one container.

    Args:
        line: What was weighed.
        weighed: Everything that was accepted for the line.
        lots: The lots that it was taken from.
        vessel: The container, with its tare.
        batch: Number of the batch.
        product: Name of the product.
        material_name: Name of the material.
        at: When the container was filled.
        by: Who filled it.
        checked_by: Who checked it.

    Returns:
        The label.

    Raises:
        DomainError: Nothing was weighed into the container, or its tare is not known.
    """
    own = [one for one in weighed if one.into == vessel.code]
    if not own or vessel.tare is None:
        raise DomainError(
            f"there is nothing to label in {vessel.code}", value=f"{len(own)} weights, tare {vessel.tare}"
        )
    vessels = list(dict.fromkeys(one.into for one in weighed))
    names = tuple(dict.fromkeys(one.lot for one in own))
    dates = [one.expires_on for one in lots if one.number in names and one.expires_on is not None]
    net = total(line, own)
    return Label(
        batch=batch,
        product=product,
        material=line.material,
        material_name=material_name,
        lots=names,
        container=vessel.code,
        number=f"{vessels.index(vessel.code) + 1} of {len(vessels)}",
        net=net,
        tare=vessel.tare,
        gross=net + vessel.tare,
        use_before=min(dates, default=None),
        weighed_at=at,
        weighed_by=by,
        checked_by=checked_by,
    )
