"""Charging what was dispensed: the containers of this batch and no other go in, and the genealogy follows by itself."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from batchwright import materials, record
from batchwright.execution.attempts import Judged, Reason
from batchwright.execution.dispense_lines import path_of
from batchwright.execution.marking import Known
from batchwright.execution.models import Run, Weighing
from batchwright.execution.services.turning import Turn
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials.adapters import scanning
from batchwright.recipes.phases import Charge


def codes(text: str) -> list[str]:
    """Read the codes that were scanned for one input; several are separated by commas.

    Args:
        text: As it came: codes, or what the scanner read of labels.

    Returns:
        The code of each container.
    """
    return [meant(one.strip()) for one in text.split(",") if one.strip()]


def meant(text: str) -> str:
    """Give the container that a scan means; what is no label means itself."""
    if not scanning.looks_scanned(text):
        return text
    try:
        return scanning.read(text).container or text
    except BadInput:
        return text


def dispensed_for(turn: Turn, run: Run, name: str) -> list[Weighing]:
    """Give what was dispensed for an input and has not gone in yet.

    Args:
        turn: The turn.
        run: Run of the phase that charges.
        name: Of the input, as the phase names it.

    Returns:
        Weights, in the order in which they were weighed.
    """
    path = path_of(turn.plan, run.element, name)
    return _DISPENSED.all(batch=turn.batch.pk, line=path)


def _dispensed(batch: int, line: str) -> QuerySet[Weighing]:
    found = Weighing.objects.filter(batch_id=batch, line=line, charged=False, returned_at__isnull=True)
    rows = found.select_related("lot__definition", "lot__sponsor", "into__lot__definition", "into__lot__sponsor")
    return rows.order_by("id")


_DISPENSED = record.Prepared(_dispensed, batch=int, line=str)


def judge_charge(turn: Turn, run: Run, phase: Charge, judged: Judged) -> Judged:
    """Hold what was scanned against what was dispensed for each input.

    Args:
        turn: The turn.
        run: Run of the phase.
        phase: What it charges.
        judged: What was said until now.

    Returns:
        The same, or refused: a container of another input, one that was left out, or one whose lot cannot be used now.
    """
    if judged.verdict == "refused":
        return judged
    reasons: list[Reason] = []
    for name in phase.inputs:
        rows = dispensed_for(turn, run, name)
        if rows:
            reasons += _against(name, codes(str(judged.values.get(name, ""))), rows)
    return Judged(judged.attempt, "refused", reasons=tuple(reasons)) if reasons else judged


def _against(name: str, scanned: list[str], rows: list[Weighing]) -> list[Reason]:
    known = {code for row in rows for code in _codes_of(row)}
    wrong = [one for one in scanned if one not in known]
    limit = ", ".join(dict.fromkeys(row.vessel for row in rows))
    found = [
        Reason(
            code="wrong container", field=name, sentence=_("This container was not dispensed for %s") % name, value=one,
            limit=limit, remedy=_("Scan the right container."),
        )
        for one in wrong
    ]  # fmt: skip
    left = dict.fromkeys(row.vessel for row in rows if not _codes_of(row) & set(scanned))
    if left and not wrong:
        found.append(
            Reason(
                code="missing", field=name, sentence=_("Not everything that was dispensed for %s was scanned") % name,
                value=", ".join(scanned), limit=limit, remedy=_("Scan every container: %s.") % ", ".join(left),
            )
        )  # fmt: skip
    for row in rows:
        why = () if row.into is None else materials.fitness(row.lot, held=row.into.held).why
        if why:
            found.append(
                Reason(
                    code="lot", field=name, sentence=_("Lot %s cannot be used any more") % row.lot.identifier,
                    value="; ".join(why), limit=_("approved and in date"),
                    remedy=_("Ask quality assurance, or give it back and dispense another lot."),
                )
            )  # fmt: skip
    return found


def _codes_of(row: Weighing) -> set[str]:
    """The codes that mean a weight: that of its vessel, and that on the label of its container."""
    return {row.vessel, "" if row.into is None else row.into.identifier}


def charge(turn: Turn, run: Run, phase: Charge, values: dict[str, Known]) -> None:
    """Use up what was dispensed, once the phase is complete; what a batch makes gets its lot with the first of it.

    Args:
        turn: The turn, inside its open entry.
        run: Run of the phase.
        phase: What it charges.
        values: What was scanned, by input.

    Raises:
        Refused: If the actor may not use material.
        DomainError: If a lot cannot be used, or the product is no material of the plant.
    """
    for name in phase.inputs:
        if name not in values:
            continue
        for row in dispensed_for(turn, run, name):
            if row.into is None:
                continue
            materials.charge(
                turn.entry, container=row.into, amount=Quantity.parse(row.net), into=lot_of(turn),
                purpose=turn.batch.number,
            )  # fmt: skip
            turn.entry.update(row, charged=True)


def lot_of(turn: Turn) -> materials.Lot:
    """Give the lot that a batch makes; it begins with the first material that goes in.

    Args:
        turn: The turn, inside its open entry.

    Returns:
        The lot.

    Raises:
        Refused: If the actor may not begin a lot.
        DomainError: If the product is no material of the plant.
    """
    batch, entry = turn.batch, turn.entry
    if batch.lot is not None:
        return batch.lot
    definition = materials.definition(entry.actor, batch.product) if batch.product else None
    if definition is None:
        raise DomainError(
            _("The product of this batch is no material of the plant"), value=batch.product or _("not said"),
            remedy=_("Define the material, and name it in the recipe."),
        )  # fmt: skip
    size = Quantity.parse(batch.size)
    like = size.measured_in.dimension == Quantity("1", definition.unit).measured_in.dimension
    lot = materials.begin_lot(entry, definition=definition, nominal=size if like else None)
    entry.update(batch, lot=lot)
    return lot
