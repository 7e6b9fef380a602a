"""What a batch took and where it went, as its document tells it: weights, lots, containers, labels."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from batchwright import materials
from batchwright.execution.document_parts import (
    ContainerLine,
    LabelSpecimen,
    MaterialLine,
    Pair,
    Person,
    Use,
    WeighingLine,
)
from batchwright.execution.gathering import Gathered
from batchwright.execution.models import Attempt, Weighing
from batchwright.kernel.quantity import Quantity
from batchwright.materials import Descent, Lot

_USES: dict[str, Use] = {
    "component": "component", "intermediate": "intermediate", "product": "intermediate",
    "packaging": "container or closure",
}  # fmt: skip


def weighings(gathered: Gathered) -> tuple[WeighingLine, ...]:
    """Give the weights that counted, also those of what was given back.

    Args:
        gathered: The rows of the batch.

    Returns:
        In the order in which they were weighed.
    """
    return tuple(_weighing(gathered, one) for one in gathered.weighings)


def _by(one: Attempt) -> tuple[Person, Person | None]:
    checker = Person(id=one.checked_by, name=one.checked_by_name) if one.checked_by else None
    return Person(id=one.by, name=one.by_name, role=one.role), checker


def _weighing(gathered: Gathered, one: Weighing) -> WeighingLine:
    by, checker = _by(one.attempt)
    made = gathered.maker(one)
    return WeighingLine(
        line=one.line, name=gathered.turn.plan.line_name(one.line), material=one.lot.definition.code,
        lot=one.lot.identifier, source=one.source.identifier,
        vessel=one.vessel, gross=one.gross, tare=one.tare, net=one.net, factor=one.factor, method=one.method,
        read_from=one.read_from, scale=one.scale, calibrated_until=one.calibrated_until, by=by, checked_by=checker,
        at=one.attempt.at, charged=one.charged, returned_at=one.returned_at, seq=None if made is None else made.seq,
    )  # fmt: skip


def lots(gathered: Gathered) -> tuple[MaterialLine, ...]:
    """Give each lot that was weighed for the batch or went into its own lot.

    Args:
        gathered: The rows of the batch.

    Returns:
        By material and lot, with the sum of the weights that were not given back.
    """
    found: dict[int, Lot] = {}
    sums: dict[int, Quantity] = {}
    for one in gathered.weighings:
        if one.returned_at is None:
            found[one.lot_id] = one.lot
            net = Quantity.parse(one.net)
            sums[one.lot_id] = sums[one.lot_id] + net if one.lot_id in sums else net
    if gathered.batch.lot_id is not None:
        # A lot that went in is on the record of the batch, whoever owns it: what the batch may see, its reader may.
        for descent in Descent.objects.filter(child_id=gathered.batch.lot_id).select_related("parent__definition"):
            found.setdefault(descent.parent_id, descent.parent)
    lines = [_lot(lot, sums.get(key)) for key, lot in found.items()]
    return tuple(sorted(lines, key=lambda line: (line.material, line.lot)))


def _lot(lot: Lot, amount: Quantity | None) -> MaterialLine:
    definition = lot.definition
    return MaterialLine(
        material=definition.code, name=definition.name, use=_USES.get(definition.kind, "other"),
        description=definition.specification, lot=lot.identifier, supplier_lot=lot.supplier_lot,
        expires_on=lot.expires_on, status=lot.status, amount="" if amount is None else str(amount),
    )  # fmt: skip


def filled(gathered: Gathered) -> tuple[ContainerLine, ...]:
    """Give the containers that were filled with what the batch made (21 CFR 211.142, 211.188(b)(9)).

    Args:
        gathered: The rows of the batch.

    Returns:
        In the order in which they were filled.
    """
    output = gathered.output
    if output is None:
        return ()
    return tuple(
        ContainerLine(
            container=one.container.identifier, kind=one.container.kind, amount=output.said(one.amount_e6),
            location=one.container.location.name, at=one.at,
        )
        for one in output.filled
    )  # fmt: skip


def specimens(gathered: Gathered) -> tuple[LabelSpecimen, ...]:
    """Give the label of each container that was dispensed, and one of each kind that holds what the batch made.

    Sources: 21 CFR 211.101(b), 211.130, 211.188(b)(8).

    Args:
        gathered: The rows of the batch.

    Returns:
        In the order in which they were filled.
    """
    ordered = sorted(gathered.weighings, key=lambda one: (one.line, one.vessel, one.pk))
    groups = [list(group) for _, group in groupby(ordered, key=lambda one: (one.line, one.vessel))]
    dispensed = (_specimen(gathered, group) for group in sorted(groups, key=lambda group: group[0].pk))
    return (*dispensed, *_of_product(gathered))


def _of_product(gathered: Gathered) -> Iterator[LabelSpecimen]:
    """The label of the first container of each kind; those of the others differ in their name and amount alone."""
    kinds: set[str] = set()
    for one in () if gathered.output is None else gathered.output.filled:
        if one.container.kind in kinds:
            continue
        kinds.add(one.container.kind)
        lot = one.container.lot
        said = {
            "Batch": gathered.batch.number, "Product": lot.definition.code, "Lot": lot.identifier,
            "Container": f"{one.container.identifier} {one.container.kind}".strip(),
            "Amount": materials.shown(one.amount_e6, lot),
            "Use by": "" if lot.expires_on is None else lot.expires_on.isoformat(),
        }  # fmt: skip
        yield LabelSpecimen(
            title=lot.definition.name, container=one.container.identifier, at=one.at,
            lines=tuple(Pair(name=name, value=value) for name, value in said.items() if value),
            elements=materials.label_of(one.container).elements,
        )  # fmt: skip


def _specimen(gathered: Gathered, group: list[Weighing]) -> LabelSpecimen:
    # Where a container is filled from several lots, what it held before counts as tare of the later weights.
    first, last = group[0], group[-1]
    by, checker = _by(last.attempt)
    expiries = [one.lot.expires_on for one in group if one.lot.expires_on is not None]
    kept = [Quantity.parse(one.net) for one in group if one.returned_at is None]
    said = {
        "Batch": gathered.batch.number, "Product": gathered.batch.name, "Material": last.lot.definition.code,
        "Lot": _joined(one.lot.identifier for one in group), "Container": last.vessel,
        "Net": str(sum(kept[1:], kept[0])) if kept else "given back", "Tare": first.tare,
        "Use before": min(expiries).isoformat() if expiries else "",
        "Checked by": "" if checker is None else checker.name or checker.id,
    }  # fmt: skip
    return LabelSpecimen(
        title=last.lot.definition.name, container=last.vessel, at=last.attempt.at, by=by,
        lines=tuple(Pair(name=name, value=value) for name, value in said.items() if value),
        elements="" if last.into is None else materials.label_of(last.into).elements,
    )  # fmt: skip


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
