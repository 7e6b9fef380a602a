"""What the screen of a dispensing shows: its lines, what is at hand, what it weighs, and what speaks against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from batchwright import materials, people, plant, record
from batchwright.execution.dispense_lines import Asked
from batchwright.execution.models import Batch, Run, Vessel, Weighing
from batchwright.execution.ordered import order_of, position_of
from batchwright.execution.services import turning
from batchwright.execution.services.acting import refusal_of
from batchwright.execution.services.weighing_facts import (
    Dispensing,
    lot_of,
    read_dispensing,
    scale_of,
    total_in,
    vessel_of,
)
from batchwright.execution.tolerance_bar import Mark, mark
from batchwright.execution.weighing import Refusal, may_weigh
from batchwright.execution.weighing import Vessel as VesselFact
from batchwright.execution.weighing_amounts import Bar, DispenseLine, Lot, bar, reverse_net, total
from batchwright.kernel import clock
from batchwright.kernel.errors import BatchwrightError, DomainError, Unavailable
from batchwright.kernel.quantity import Quantity
from batchwright.plant.scales import Reading
from batchwright.recipes.phases import Dispense
from batchwright.recipes.weighing import WeighedAmount, WeighingReport


@dataclass(frozen=True)
class LineShown:
    """One line, as the screen shows it."""

    asked: Asked
    line: DispenseLine | None
    """None where it waits for something."""
    waits_for: str
    """What it waits for; "" where it does not."""
    why: str
    """How its amount came about, where something gave way."""
    weighed: Quantity | None
    full: bool
    rows: tuple[Weighing, ...]


@dataclass(frozen=True)
class AtHand:
    """What was scanned: the lot, the vessel and the scale, with the numbers of the bar."""

    container: materials.Container | None = None
    lot: Lot | None = None
    line: LineShown | None = None
    numbers: Bar | None = None
    vessel: VesselFact | None = None
    row: Vessel | None = None
    instrument: plant.Instrument | None = None
    held: Quantity | None = None
    """What the vessel holds already."""
    reasons: tuple[Refusal, ...] = ()
    """Why it cannot be weighed now, in the order of the work."""

    @property
    def to_stage(self) -> bool:
        """Whether the potency of this lot has to become known to the batch first."""
        return any(one.code == "potency" for one in self.reasons) and self.line is not None

    @property
    def to_ready(self) -> bool:
        """Whether the vessel has to be made ready first."""
        return self.vessel is not None and bool(self.vessel.code) and self.row is None


@dataclass(frozen=True)
class DispenseView:
    """A dispensing phase, as the screen shows it."""

    batch: Batch
    run: Run
    phase: Dispense
    lines: tuple[LineShown, ...]
    hand: AtHand
    vessels: tuple[Vessel, ...]
    scales: tuple[plant.Instrument, ...]
    scanned: Mapping[str, str] = field(default_factory=dict)

    @property
    def weights(self) -> list[Weighing]:
        """What counts of this step, the latest first."""
        return sorted((row for one in self.lines for row in one.rows), key=lambda row: -row.pk)

    @property
    def titled(self) -> list[tuple[Weighing, str]]:
        """The same, each with what people call its line."""
        titles = {row.pk: one.asked.title for one in self.lines for row in one.rows}
        return [(row, titles[row.pk]) for row in self.weights]

    @property
    def now(self) -> LineShown | None:
        """The first line that is not weighed."""
        return next((one for one in self.lines if not one.full), None)


SCANS = ("source", "vessel", "scale", "line", "method")
"""What a dispensing screen keeps of what was scanned, in its address."""


def dispense_view(actor: record.Actor, run: Run, scanned: Mapping[str, str] | None = None) -> DispenseView:
    """Give what the screen of a dispensing shows.

    Args:
        actor: Who looks.
        run: A run that the actor was allowed to read, with its batch.
        scanned: Source, vessel, scale, line and method, as scanned or chosen until now.

    Returns:
        Lines, what is at hand, and why it cannot be weighed now.

    Raises:
        Refused: If the actor may not see batches.
        DomainError: If nothing is dispensed in this step.
    """
    people.authorize(actor, "batch.read")
    turn = turning.read(run.batch, clock.now())
    phase = turn.plan.elements[run.element].phase
    if not isinstance(phase, Dispense):
        raise DomainError(_("Nothing is dispensed in this step"), value=run.name)
    given = {name: (scanned or {}).get(name, "")[:200] for name in SCANS}
    dispensing = read_dispensing(turn, run)
    lines = tuple(_shown(dispensing, one) for one in dispensing.own)
    inside = actor.sponsor is None
    scales = list(plant.instruments(actor, kind="scale")) if inside else []
    return DispenseView(
        run.batch, run, phase, lines, _at_hand(actor, run, dispensing, lines, given) if inside else AtHand(),
        tuple(Vessel.visible_to(actor).filter(run=run).order_by("id")), tuple(one for one in scales if one.protocol),
        given,
    )  # fmt: skip


def _shown(dispensing: Dispensing, asked: Asked) -> LineShown:
    rows = tuple(one for one in dispensing.rows if one.line == asked.path)
    try:
        line, why = dispensing.line(asked)
    except DomainError as error:
        return LineShown(asked, None, str(error), "", None, full=False, rows=rows)
    weighed = dispensing.weighed.get(asked.path, ())
    done = total(line, weighed) if weighed else None
    return LineShown(asked, line, "", why, done, dispensing.full(asked), rows)


def _at_hand(
    actor: record.Actor, run: Run, dispensing: Dispensing, lines: Sequence[LineShown], given: Mapping[str, str]
) -> AtHand:
    """Judge what was scanned, in the order of the work."""
    instrument = plant.instrument(actor, given["scale"]) if given["scale"] else None
    vessel, row = vessel_of(actor, run, given["vessel"]) if given["vessel"] else (None, None)
    reasons: list[Refusal] = []
    if given["scale"] and instrument is None:
        reasons.append(Refusal("scale", _("There is no such scale"), given["scale"]))
    if not given["source"]:
        return AtHand(vessel=vessel, row=row, instrument=instrument, reasons=tuple(reasons))
    container = materials.container(given["source"], actor)
    if container is None:
        missing = Refusal("item", _("There is no such container"), given["source"],
                          remedy=_("Scan the label of the container."))  # fmt: skip
        return AtHand(vessel=vessel, row=row, instrument=instrument, reasons=(missing, *reasons))
    lot = lot_of(container, run.batch.tenant, run.batch.number)
    line = _line_for(lines, lot.material, given["line"])
    hand: dict[str, Any] = {
        "container": container, "lot": lot, "line": line, "vessel": vessel, "row": row, "instrument": instrument
    }  # fmt: skip
    if line is None:
        wanted = ", ".join(dict.fromkeys(one.asked.material for one in lines))
        reasons.insert(0, Refusal("item", _("%s is not what is weighed here") % lot.number, lot.material, wanted,
                                  _("Scan the right material.")))  # fmt: skip
    elif line.line is None:
        code: Any = "potency" if line.asked.provisional else "line full"
        reasons.insert(0, Refusal(code, line.waits_for))
    else:
        done = dispensing.weighed.get(line.asked.path, ())
        try:
            hand["numbers"] = bar(line.line, done, lot)
        except DomainError as error:
            reasons.insert(0, refusal_of(error, "potency"))
        if instrument is not None and vessel is not None and hand.get("numbers") is not None:
            tared = vessel if given["method"] != "reverse" else vessel.model_copy(
                update={"tare": Quantity("0", line.line.theoretical.unit)}
            )  # fmt: skip
            now = clock.now()
            reasons += may_weigh(line.line, done, lot, tared, scale_of(instrument, run.unit), now, plant.today())
        elif lot.unusable:
            reasons.append(Refusal("lot", _("%s cannot be used") % lot.number, "; ".join(lot.unusable)))
        if vessel is not None:
            hand["held"] = total_in(dispensing.rows, vessel.code, line.line.theoretical.unit)
    hand.setdefault("numbers", None)
    return AtHand(**hand, reasons=tuple(reasons))


def _line_for(lines: Sequence[LineShown], material: str, named: str) -> LineShown | None:
    fitting = [one for one in lines if one.asked.material == material]
    chosen = [one for one in fitting if named in (one.asked.path, one.asked.name)] or fitting
    return next((one for one in chosen if not one.full), next(iter(chosen), None))


def weighing_report(actor: record.Actor, batch: Batch) -> WeighingReport:
    """Give what was weighed for a batch, in the form in which other systems report it.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.

    Returns:
        The report: what counts, in the order in which it was weighed.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    rows = Weighing.visible_to(actor).filter(batch=batch, returned_at__isnull=True)
    found = list(rows.select_related("lot__definition", "source").order_by("id"))
    latest = {one.line: one.pk for one in found}
    name = batch.recipe_version.recipe.source_id
    return WeighingReport(
        id=batch.number, order=order_of(name),
        weighed=tuple(
            WeighedAmount(
                position=position_of(one.line), material=one.lot.definition.code, lot=one.lot.identifier,
                container=one.source.identifier, amount=Quantity.parse(one.net), emptied=one.emptied,
                complete=one.last and latest[one.line] == one.pk,
            )
            for one in found
        ),
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- live numbers
@dataclass(frozen=True)
class Live:
    """What the scale shows now, for looking at: no value of the record."""

    reading: Reading | None = None
    net: Quantity | None = None
    mark: Mark | None = None
    error: str = ""


def live(actor: record.Actor, view: DispenseView) -> Live:
    """Read the scale at hand for the tolerance bar.

    Args:
        actor: Who looks.
        view: As `dispense_view` gives it.

    Returns:
        The reading with its place on the bar; an error in words where there is none.
    """
    hand = view.hand
    if hand.instrument is None:
        return Live(error=_("No scale was chosen"))
    try:
        reading = plant.read_scale(actor=actor, scale=hand.instrument)
    except (DomainError, Unavailable) as error:
        return Live(error=str(error))
    if hand.numbers is None or hand.line is None or hand.line.line is None:
        return Live(reading)
    numbers, unit = hand.numbers, hand.line.line.theoretical.unit
    try:
        net = _net(reading.value.to(unit), hand, view.scanned.get("method", ""), unit)
    except BatchwrightError as error:
        return Live(reading, error=str(error))
    if net is None:
        return Live(reading)
    return Live(reading, net, mark(net, numbers.low, numbers.high, numbers.target))


def _net(gross: Quantity, hand: AtHand, method: str, unit: str) -> Quantity | None:
    if method == "reverse":
        if hand.row is None or not hand.row.before:
            return None
        before = Quantity.parse(hand.row.before).to(unit)
        return reverse_net(before, gross) if gross < before else before - gross
    if hand.vessel is None or hand.vessel.tare is None:
        return None
    held = hand.held or Quantity("0", unit)
    return gross - hand.vessel.tare.to(unit) - held
