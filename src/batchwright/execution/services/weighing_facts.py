"""What the plant says of a lot, a vessel and a scale, as the rules of weighing ask for it; read anew in each act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from batchwright import materials, plant, record
from batchwright.execution.dispense_lines import Asked, asked_of, line_of
from batchwright.execution.models import Run, Vessel, Weighing
from batchwright.execution.services.turning import Turn
from batchwright.execution.weighing import Scale
from batchwright.execution.weighing import Vessel as VesselFact
from batchwright.execution.weighing_amounts import DispenseLine, Lot, Weighed, is_full
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.plant.calibration import suitability
from batchwright.plant.measuring import facts_of, unit_of
from batchwright.plant.services.weighing import said

_TOLD_ELSEWHERE = frozenset(
    {"calibration-failed", "not-approved", "not-calibrated", "calibration-overdue", "no-check", "check-failed"}
)
"""Reasons of an instrument that the rules of weighing say themselves."""


def weighed_of(row: Weighing) -> Weighed:
    """Give a weight as the rules see it."""
    return Weighed(
        lot=row.lot.identifier, factor=row.factor, net=Quantity.parse(row.net), source=row.source.identifier,
        into=row.vessel, emptied=row.emptied, last=row.last,
    )  # fmt: skip


@dataclass(frozen=True)
class Dispensing:
    """A dispensing phase while somebody looks at it or weighs: what it asks for, and what was weighed."""

    run: Run
    every: Mapping[str, Asked]
    """Inputs of every dispensing of the procedure."""
    own: tuple[Asked, ...]
    """Those of this phase, in the order of the recipe."""
    rows: tuple[Weighing, ...]
    """What counts of this run, in the order in which it was weighed."""
    weighed: Mapping[str, Sequence[Weighed]]
    """What counts, by line; of this phase that of this run."""

    def line(self, asked: Asked) -> tuple[DispenseLine, str]:
        """Give what is weighed for an input now, and how its amount came about.

        Args:
            asked: The input.

        Returns:
            The line; "" where nothing gave way.

        Raises:
            DomainError: It waits for something.
        """
        return line_of(asked, self.every, self.weighed)

    def full(self, asked: Asked, more: Sequence[Weighed] = ()) -> bool:
        """Answer whether an input is weighed.

        Args:
            asked: The input.
            more: Weights that come to those that count.

        Returns:
            Whether nothing more has to be weighed; no, where it still waits for something.
        """
        try:
            line, _why = self.line(asked)
        except DomainError:
            return False
        if line.theoretical.value == 0:
            return True
        return is_full(line, (*self.weighed.get(asked.path, ()), *more))


def read_dispensing(turn: Turn, run: Run) -> Dispensing:
    """Read a dispensing phase.

    Args:
        turn: The turn.
        run: Run of the phase.

    Returns:
        What it asks for, and what was weighed.
    """
    every = asked_of(turn.control, turn.plan)
    rows = _WEIGHED.all(batch=turn.batch.pk)
    latest = {row.line: row.run.position for row in rows}
    weighed: dict[str, list[Weighed]] = {}
    own = tuple(one for one in every.values() if one.element == run.element)
    paths = {one.path for one in own}
    for row in rows:
        counts = row.run_id == run.pk if row.line in paths else row.run.position == latest[row.line]
        if counts:
            weighed.setdefault(row.line, []).append(weighed_of(row))
    return Dispensing(run, every, own, tuple(row for row in rows if row.run_id == run.pk), weighed)


def _weighed(batch: int) -> QuerySet[Weighing]:
    found = Weighing.objects.filter(batch_id=batch, returned_at__isnull=True)
    return found.select_related("lot", "source", "into", "attempt", "run").order_by("id")


_WEIGHED: Final = record.Prepared(_weighed, batch=int)


def lot_of(container: materials.Container, batch_tenant: str | None, purpose: str) -> Lot:
    """Give what is known of the lot in a container.

    Args:
        container: The container, which the actor was allowed to read.
        batch_tenant: Whose batch it is weighed for.
        purpose: The batch; what is promised to others is not there.

    Returns:
        The lot.
    """
    lot = container.lot
    foreign = lot.tenant not in (None, batch_tenant)
    # what is refused stands in the record of the batch, whose sponsor must not learn what another one has
    why = [_("it belongs to another sponsor")] if foreign else list(materials.fitness(lot, held=container.held).why)
    return Lot(
        number=lot.identifier, material=_("another sponsor's") if foreign else lot.definition.code,
        unusable=tuple(why), expires_on=lot.expires_on,
        assay=Quantity.parse(lot.assay) if lot.assay else None, water=Quantity.parse(lot.water) if lot.water else None,
        container=container.identifier, contents=materials.available(container, purpose),
    )  # fmt: skip


def vessel_of(actor: record.Actor, run: Run, code: str) -> tuple[VesselFact, Vessel | None]:
    """Give what is known of a vessel that is filled.

    Args:
        actor: Who fills it.
        run: Run of the dispensing.
        code: As scanned.

    Returns:
        The vessel; not clean where nobody has made it ready, or the unit that it is cannot be used.
    """
    row = Vessel.objects.filter(run=run, code=code).first()
    tare = None if row is None or not row.tare else Quantity.parse(row.tare)
    unit = plant.unit(actor, code)
    if unit is not None:
        verdict = plant.verdict_of(unit)
        return VesselFact(code=code, clean=verdict.usable, clean_until=verdict.changes_at, tare=tare), row
    return VesselFact(code=code, clean=row is not None, tare=tare), row


def scale_of(instrument: plant.Instrument, where: str = "") -> Scale:
    """Give what is known of a scale.

    Args:
        instrument: The instrument, which the actor was allowed to read.
        where: Tag of the unit in which is weighed; a scale that is mounted on another one is not used. "" for any.

    Returns:
        The scale.
    """
    now = clock.now()
    facts = facts_of([instrument], now)[instrument.pk]
    nothing = Quantity("0", instrument.unit)
    counts = facts.failed_at is None and facts.adjusted_at is None
    checked = facts.checked_at if facts.check_passed or not facts.needs_check else None
    obstacles = suitability(facts, now=now).reasons
    unit = unit_of(instrument.element)
    elsewhere = [
        _("it is mounted on %(unit)s, and not on %(where)s") % {"unit": unit.tag, "where": where}
    ] if unit is not None and where and unit.tag != where else []  # fmt: skip
    day = plant.day_of(facts.checked_at) if checked is not None and facts.checked_at is not None else None
    return Scale(
        tag=instrument.tag, capacity=facts.high, minimum=facts.minimum or nothing,
        increment=instrument.readability or nothing, calibrated_until=facts.calibrated_until if counts else None,
        checked_on=plant.today() if not facts.needs_check else day,
        unusable=(*(said(one) for one in obstacles if one.code not in _TOLD_ELSEWHERE), *elsewhere),
    )  # fmt: skip


def total_in(rows: Sequence[Weighing], vessel: str, unit: str) -> Quantity:
    """What a vessel holds already: the scale shows it with the next weight.

    Args:
        rows: Weights of the run that count.
        vessel: Code of the vessel.
        unit: In which the sum is given.

    Returns:
        The sum of what was weighed into it.
    """
    found = Quantity("0", unit)
    for row in rows:
        if row.vessel == vessel:
            found = found + Quantity.parse(row.net).to(unit)
    return found
