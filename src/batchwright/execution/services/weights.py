"""Recording weights: judged against the line, and drawn out of the warehouse (21 CFR 211.101)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from batchwright import materials, plant, record
from batchwright.execution.attempts import Judged
from batchwright.execution.dispense_lines import Asked
from batchwright.execution.entries import WeightRecorded
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.models import Attempt, Batch, Vessel, Weighing
from batchwright.execution.services.acting import Act, Shown, attempted, refusal_of, shown_by
from batchwright.execution.services.weighing_facts import (
    Dispensing,
    lot_of,
    read_dispensing,
    scale_of,
    total_in,
    vessel_of,
)
from batchwright.execution.weighing import (
    Method,
    Reading,
    Refusal,
    Scale,
    WeightJudged,
    judge_weight,
    may_weigh,
)
from batchwright.execution.weighing import Vessel as VesselFact
from batchwright.execution.weighing_amounts import (
    DispenseLine,
    Lot,
    Weighed,
    bar,
    pallet_net,
    reverse_net,
    total,
)
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity


@dataclass(frozen=True)
class WeightPut:
    """What is put in for one weight.

    Attributes:
        source: Container that it is taken from, as scanned.
        vessel: Container that it goes into, as scanned.
        scale: Tag of the scale, as scanned.
        line: Parameter of the formula; "" for the first one of this material that is not weighed.
        method: Net of a tared vessel, reverse (what the source has lost) or a pallet of closed containers.
        part: At most so much goes into this vessel; None for all that is still to weigh.
        last: Whether the line is full with it; None where that follows from the weight.
        empties: Whether the source is empty then.
        manual: Net weight, where no scale can be read; needs a reason, and raises an exception.
        pallet: Weight of the empty pallet.
        tares: Of each container on the pallet.
    """

    source: str
    vessel: str
    scale: str = ""
    line: str = ""
    method: Method = "net"
    part: Quantity | None = None
    last: bool | None = None
    empties: bool = False
    manual: Quantity | None = None
    pallet: Quantity | None = None
    tares: tuple[Quantity, ...] = ()


def record_weight(
    *,
    actor: record.Actor,
    batch: Batch,
    path: str,
    put: WeightPut,
    checker: record.Actor | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Read the scale and record what it shows as a weight of a line; what is refused is kept all the same.

    Args:
        actor: Who weighs.
        batch: The batch.
        path: Of the dispensing's run.
        put: What was scanned and said.
        checker: Second person, who identified in the same request.
        reason: Why, where a weight is out of tolerance or by hand.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; the phase is complete where every line is full with it.

    Raises:
        Refused: If the actor may not perform steps.
        AttemptRefused: If the weight was refused; it is on record, with every reason.
        DomainError: If it is not the turn of this phase; then nothing is recorded.
    """
    shown = Shown("") if put.manual is not None else shown_by(actor, put.scale)
    return attempted(
        lambda refusal: _record(
            actor=actor, batch=batch, path=path, put=put, shown=shown, checker=checker, reason=reason, refusal=refusal,
            idempotency_key=idempotency_key,
        )
    )  # fmt: skip


@record.command
def _record(
    *, actor: record.Actor, batch: Batch, path: str, put: WeightPut, shown: Shown, checker: record.Actor | None,
    reason: str, refusal: Refusal | None, idempotency_key: str | None,
) -> record.Receipt:  # fmt: skip
    data = WeightRecorded(
        batch=batch.number, path=path, name="-", attempt=0, verdict="-", source=put.source[:200],
        vessel=put.vessel[:60], scale=shown.tag[:60], raw="" if shown.reading is None else shown.reading.raw,
        read_from="scale" if put.manual is None else "manual", method=put.method,
        checked_by="" if checker is None else checker.id,
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        act = Act.begin(entry, batch, path, checker=checker, reason=reason)
        _enter(act, put, shown)
        if refusal is not None:
            act.refuse([refusal])
        weight = _Weight(act, put, shown, read_dispensing(act.turn, act.run))
        weight.judge()
        entry.data = weight.keep(data)
    return entry.receipt


def _enter(act: Act, put: WeightPut, shown: Shown) -> None:
    """Keep everything as it came, before anything is said of it."""
    act.enter("source", put.source)
    act.enter("vessel", put.vessel)
    act.enter("scale", put.scale)
    if put.manual is not None:
        act.enter("net", str(put.manual), "manual")
    if shown.reading is not None:
        act.enter("reading", str(shown.reading.value), "scale", shown)
        act.enter("raw", shown.reading.raw, "scale", shown)
    if put.pallet is not None:
        act.enter("pallet", str(put.pallet), "manual")
        act.enter("tares", ", ".join(map(str, put.tares)), "manual")


class _Weight:
    """One weight while it is judged and kept, inside its entry."""

    def __init__(self, act: Act, put: WeightPut, shown: Shown, dispensing: Dispensing) -> None:
        self.act, self.put, self.shown, self.dispensing = act, put, shown, dispensing
        self.container: materials.Container | None = None
        self.asked: Asked | None = None
        self.line: DispenseLine | None = None
        self.why = ""
        self.lot: Lot | None = None
        self.vessel: VesselFact | None = None
        self.row: Vessel | None = None
        self.judged: WeightJudged | None = None
        self.exceptions: list[Raised] = []

    def judge(self) -> None:
        """Find everything that speaks against it, in the order of the work."""
        act = self.act
        self.container = materials.container(self.put.source, act.actor)
        if self.container is None:
            self._refuse("source", Refusal("item", _("There is no such container"), self.put.source,
                                           remedy=_("Scan the label of the container.")))  # fmt: skip
            return
        self._choose(self.container)
        if self.asked is None:
            return
        try:
            self.line, self.why = self.dispensing.line(self.asked)
        except DomainError as error:
            self._refuse("line", refusal_of(error, "potency"))
            return
        self.lot = lot_of(self.container, act.turn.batch.tenant, act.turn.batch.number)
        self.vessel, self.row = vessel_of(act.actor, act.run, self.put.vessel)
        scale = self._scale()
        before = len(act.reasons)
        vessel = self.vessel
        if self.put.method != "net" or self.put.manual is not None:
            vessel = vessel.model_copy(update={"tare": Quantity("0", self.line.theoretical.unit)})
        if self.put.method == "pallet":  # closed containers, which nothing is filled into
            self.vessel = vessel = vessel.model_copy(update={"clean": True})
        if scale is not None:
            self._may(scale, vessel)
        if len(act.reasons) == before and (scale is not None or self.put.manual is not None):
            self._judge(scale)

    def _refuse(self, name: str, *refusals: Refusal) -> None:
        self.act.refuse(refusals, name)

    def _choose(self, container: materials.Container) -> None:
        """Find the line: the one that was named, or the first of this material that is not weighed."""
        code, own = container.lot.definition.code, self.dispensing.own
        named = [one for one in own if self.put.line in (one.path, one.name)] if self.put.line else list(own)
        fitting = [one for one in named if one.material == code]
        still = [one for one in fitting if not self.dispensing.full(one)]
        self.asked = next(iter([*still, *fitting]), None)
        if self.asked is None:
            wanted = ", ".join(dict.fromkeys(one.material for one in named)) or _("nothing")
            self._refuse("source", Refusal("item", _("%(lot)s is not what is weighed here") % {"lot": container.lot},
                                           code, wanted, _("Scan the right material.")))  # fmt: skip

    def _scale(self) -> Scale | None:
        """The scale; a value by hand needs none."""
        if self.put.manual is not None:
            return None
        self._refuse("scale", *self.shown.refusals)
        return None if self.shown.instrument is None else scale_of(self.shown.instrument, self.act.run.unit)

    def _may(self, scale: Scale, vessel: VesselFact) -> None:
        if self.line is None or self.lot is None:
            return
        part = self.put.part
        held = self.lot if part is None else self.lot.model_copy(update={"contents": min(self.lot.contents, part)})
        now, done = self.act.turn.facts.now, self.dispensing.weighed.get(self.line.path, ())
        try:
            found = may_weigh(self.line, done, held, vessel, scale, now, plant.today())
        except DomainError as error:  # an amount that cannot be compared: another unit of measure
            found = (refusal_of(error, "potency"),)
        names = {"vessel": "vessel", "tare": "vessel", "item": "source", "lot": "source", "container empty": "source"}
        for one in found:
            self._refuse(names.get(one.code, "scale"), one)

    def _judge(self, scale: Scale | None) -> None:
        line, lot, vessel, act = self.line, self.lot, self.vessel, self.act
        if line is None or lot is None or vessel is None:
            return
        reading = self._reading(line, lot, vessel)
        if reading is None:
            return
        if scale is not None and reading.net < scale.minimum:
            self._refuse("net", Refusal("minimum weight", _("This is less than may be weighed on %s") % scale.tag,
                                        str(reading.net), f">= {scale.minimum}", _("Use a finer scale.")))  # fmt: skip
        if self.put.manual is not None:
            if not act.reason:
                self._refuse("net", Refusal("reason", _("A weight by hand needs a reason"), str(reading.net),
                                            remedy=_("Write why.")))  # fmt: skip
            if not vessel.clean:
                self._refuse("vessel", Refusal("vessel", _("%s is not clean") % vessel.code, _("not clean"),
                                               _("clean"), _("Choose a clean container.")))  # fmt: skip
            if lot.unusable:
                self._refuse("source", Refusal("lot", _("%s cannot be used") % lot.number, "; ".join(lot.unusable),
                                               remedy=_("Choose another lot, or ask quality assurance.")))  # fmt: skip
        done = self.dispensing.weighed.get(line.path, ())
        self.judged = judge_weight(
            line, done, lot, vessel, reading, second_person=act.phase.second_person, path=act.run.path
        )
        told = {one.code for one in act.reasons}
        self._refuse("net", *(one for one in self.judged.reasons if one.code not in told))

    def _reading(self, line: DispenseLine, lot: Lot, vessel: VesselFact) -> Reading | None:
        """The weight, as it follows from what the scale showed."""
        act, put, unit = self.act, self.put, line.theoretical.unit
        checked = "" if act.checker is None else act.checker.id
        given: dict[str, Any] = {"by": act.actor.id, "checked_by": checked, "reason": act.reason}
        shown = self.shown.reading
        try:
            if put.manual is not None:
                net, gross, tare = put.manual.to(unit), None, vessel.tare
            elif shown is None:
                return None
            else:
                gross = shown.value.to(unit)
                tare, net = self._net(gross, vessel, unit)
        except DomainError as error:
            self._refuse("net", refusal_of(error, "negative"))
            return None
        numbers = bar(line, self.dispensing.weighed.get(line.path, ()), lot)
        return Reading(
            net=net, gross=gross, tare=tare, method=put.method, source="scale" if put.manual is None else "manual",
            last=net >= numbers.low if put.last is None else put.last, empties=put.empties, **given,
        )  # fmt: skip

    def _net(self, gross: Quantity, vessel: VesselFact, unit: str) -> tuple[Quantity | None, Quantity]:
        """Tare, if there is one, and net weight, by the method."""
        if self.put.method == "reverse":
            row = self.row
            if row is None or not row.before or row.before_of_id != getattr(self.container, "pk", None):
                raise DomainError(
                    _("The source was not weighed before"), value=self.put.source,
                    remedy=_("Weigh it before you take anything out of it."),
                )  # fmt: skip
            return None, reverse_net(Quantity.parse(row.before).to(unit), gross)
        if self.put.method == "pallet":
            pallet = (self.put.pallet or Quantity("0", unit)).to(unit)
            return pallet, pallet_net(gross, pallet, [one.to(unit) for one in self.put.tares])
        if vessel.tare is None:
            raise DomainError(_("The tare of %s is not known") % vessel.code, remedy=_("Weigh it empty."))
        tare = vessel.tare.to(unit)
        held = total_in(self.dispensing.rows, vessel.code, unit)
        return tare + held, gross - tare - held

    # --------------------------------------------------------------------------------------------------------- keeping
    def keep(self, data: WeightRecorded) -> WeightRecorded:
        """Keep the attempt, and where it counts the weight, the movement and the exceptions."""
        act, judged = self.act, self.judged
        data = data.model_copy(update=self._told())
        if act.reasons or judged is None or judged.weighed is None or self.line is None or self.asked is None:
            refused: WeightRecorded = act.take_in(data)
            return refused
        verdict = "out of limit" if judged.verdict == "out of tolerance" else "accepted"
        more = judged.weighed
        values = {
            one.name: total(self._own(one), (*self.dispensing.weighed.get(one.path, ()), *self._new(one, more)))
            for one in self.dispensing.own
            if self.dispensing.weighed.get(one.path) or one == self.asked
        }
        complete = all(self.dispensing.full(one, self._new(one, more)) for one in self.dispensing.own)
        exceptions = (*judged.exceptions, *self._left_over(judged))
        attempt = act.attempt()
        kept: WeightRecorded = act.take_in(
            data, Judged(attempt, verdict, values, (), exceptions, complete)  # type: ignore[arg-type]  # one of three
        )
        if kept.verdict == "refused":
            return kept
        into = self._draw(judged)
        row = Attempt.objects.get(run=act.run, number=kept.attempt)
        act.turn.entry.create(self._row(judged, into, row))
        return kept.model_copy(update={"container": into.identifier})

    def _own(self, asked: Asked) -> DispenseLine:
        return self.dispensing.line(asked)[0]

    def _new(self, asked: Asked, weighed: Weighed) -> Sequence[Weighed]:
        return (weighed,) if asked == self.asked else ()

    def _told(self) -> dict[str, Any]:
        """What the entry says of it, as far as it came."""
        found: dict[str, Any] = {}
        if self.container is not None:
            lot = self.container.lot
            found |= {"lot": lot.identifier, "material": lot.definition.code, "source": self.container.identifier}
        if self.asked is not None:
            found["line"] = self.asked.path
        if self.line is not None and self.lot is not None:
            try:
                numbers = bar(self.line, self.dispensing.weighed.get(self.line.path, ()), self.lot)
            except DomainError:
                return found
            low, high = str(numbers.low), str(numbers.high)
            found |= {"target": str(numbers.target), "low": low, "high": high, "why": self.why or numbers.why}
        if self.judged is not None:
            reading = self.judged.reading
            found |= {
                "net": str(reading.net), "gross": "" if reading.gross is None else str(reading.gross),
                "tare": "" if reading.tare is None else str(reading.tare),
            }  # fmt: skip
        return found

    def _left_over(self, judged: WeightJudged) -> list[Raised]:
        """A source that is empty although something should be left in it."""
        lot = self.lot
        if lot is None or not judged.reading.empties or judged.reading.net >= lot.contents:
            return []
        left = lot.contents - judged.reading.net.to(lot.contents.unit)
        sentence = _("%(container)s is empty, and %(left)s of it should be left") % {
            "container": lot.container, "left": left
        }  # fmt: skip
        return [raised(Kind.REMARK, sentence, path=self.act.run.path, field=judged.reading.by, value=left)]

    def _draw(self, judged: WeightJudged) -> materials.Container:
        """Move the weight out of the source, and take the reading of the scale down."""
        act, shown, container = self.act, self.shown, self.container
        if container is None:
            raise DomainError(_("There is no such container"), value=self.put.source)
        what = f"{act.turn.batch.number} {act.run.path}, {self.put.vessel}"
        if shown.instrument is not None and shown.reading is not None:
            plant.keep_reading(act.turn.entry, scale=shown.instrument, reading=shown.reading, purpose=what)
        same = (self.put.vessel, container.lot_id)
        before = next((one.into for one in self.dispensing.rows if (one.vessel, one.lot_id) == same), None)
        into = None if before is None else materials.container(before.identifier, act.actor)
        return materials.draw(
            act.turn.entry, source=container, amount=judged.reading.net, purpose=act.turn.batch.number, into=into
        )

    def _row(self, judged: WeightJudged, into: materials.Container, attempt: Attempt) -> Weighing:
        reading, shown, weighed, act = judged.reading, self.shown, judged.weighed, self.act
        instrument = shown.instrument
        return Weighing(
            batch=act.turn.batch, run=act.run, attempt=attempt, line="" if self.line is None else self.line.path,
            lot=into.lot, source=self.container, into=into, vessel=self.put.vessel, net=str(reading.net),
            gross="" if reading.gross is None else str(reading.gross),
            tare="" if reading.tare is None else str(reading.tare), factor="1" if weighed is None else weighed.factor,
            method=reading.method, read_from=reading.source, scale=shown.tag,
            calibrated_until=None if instrument is None else plant.facts_on(instrument).calibrated_until,
            raw="" if shown.reading is None else shown.reading.raw[:200], last=reading.last, emptied=reading.empties,
        )  # fmt: skip
