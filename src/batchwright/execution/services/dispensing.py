"""Weighing and dispensing: lots are staged, and vessels made ready, before anything is weighed."""

from typing import Any

from django.utils.translation import gettext as _

from batchwright import materials, plant, record
from batchwright.execution.control_recipe import LotPotency, digest, with_potency
from batchwright.execution.dispense_lines import Asked
from batchwright.execution.entries import LotStaged, VesselReadied
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.models import Batch, CleanAs, Vessel, Weighing
from batchwright.execution.services.acting import Act, Shown, attempted, shown_by
from batchwright.execution.services.creating import keep
from batchwright.execution.services.weighing_facts import read_dispensing, scale_of
from batchwright.execution.weighing import Refusal, scale_refusals
from batchwright.kernel import clock
from batchwright.kernel.quantity import Quantity


def stage_lot(
    *, actor: record.Actor, batch: Batch, path: str, lot: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Make the potency of a lot known to a batch, before any of it is weighed; provisional lines become final.

    Args:
        actor: Who stages it.
        batch: The batch.
        path: Of the dispensing's run.
        lot: Label of the lot or of one of its containers, as scanned.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not perform steps.
        AttemptRefused: If the lot is not one that is weighed by its potency here, cannot be used, or its certificate
            says too little; the attempt is on record.
        DomainError: If it is not the turn of this phase.
    """
    return attempted(
        lambda refusal: _stage(
            actor=actor, batch=batch, path=path, lot=lot, refusal=refusal, idempotency_key=idempotency_key
        )
    )


@record.command
def _stage(
    *, actor: record.Actor, batch: Batch, path: str, lot: str, refusal: Refusal | None, idempotency_key: str | None
) -> record.Receipt:
    data = LotStaged(batch=batch.number, path=path, name="-", attempt=0, verdict="-", source=lot[:200])
    with record.entry(
        data, actor=actor, subject=batch, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        act = Act.begin(entry, batch, path, checker=None, reason="")
        act.enter("lot", lot)
        own = read_dispensing(act.turn, act.run).own
        found = _scanned(actor, lot)
        asked = None if found is None else next((one for one in own if one.material == found.definition.code), None)
        act.refuse([refusal] if refusal is not None else _against(found, asked, own, lot, batch.tenant), "lot")
        if act.reasons or found is None or asked is None:
            entry.data = act.settle(data)
        else:
            entry.data = _staged(act, data, entry.lock(found), asked)
    return entry.receipt


def _scanned(actor: record.Actor, text: str) -> materials.Lot | None:
    """A lot is scanned by its own label or by that of one of its containers."""
    container = materials.container(text, actor)
    return container.lot if container is not None else materials.lot(actor, text)


def _against(
    lot: materials.Lot | None, asked: Asked | None, own: tuple[Asked, ...], scanned: str, tenant: str | None
) -> list[Refusal]:
    if lot is None:
        return [Refusal("lot", _("There is no such lot"), scanned, remedy=_("Scan the label of the lot."))]
    if lot.tenant not in (None, tenant):
        return [
            Refusal("lot", _("This lot cannot be used"), scanned, _("it belongs to another sponsor"),
                    _("Choose another lot, or ask quality assurance."))
        ]  # fmt: skip
    if asked is None or asked.correction == "none":
        return [
            Refusal(
                "item", _("This step weighs nothing of this lot by its potency"),
                f"{lot.identifier} ({lot.definition.code})",
                ", ".join(one.material for one in own if one.correction != "none") or _("nothing"),
                _("Weigh it as it is, or scan the right lot."),
            )
        ]  # fmt: skip
    why = list(materials.fitness(lot).why)
    if why:
        return [
            Refusal("lot", _("This lot cannot be used"), lot.identifier, "; ".join(why),
                    _("Choose another lot, or ask quality assurance."))
        ]  # fmt: skip
    if not lot.assay or (asked.correction == "anhydrous" and not lot.water):
        wanted = _("assay and water") if asked.correction == "anhydrous" else _("assay")
        return [
            Refusal("potency", _("The certificate of this lot says too little of its potency"), lot.identifier, wanted,
                    _("Have the laboratory enter it from the certificate."))
        ]  # fmt: skip
    return []


def _staged(act: Act, data: LotStaged, lot: materials.Lot, asked: Asked) -> LotStaged:
    turn = act.turn
    potency = LotPotency(
        path=asked.path, assay=Quantity.parse(lot.assay), water=Quantity.parse(lot.water or "0 %"), lot=lot.identifier
    )
    control = with_potency(turn.control, potency)
    before = {one.path: one for one in turn.control.lines}
    changed = {one.path: one.explanation for one in control.lines if one != before.get(one.path)}
    sha256, revision = digest(control), turn.batch.revision + 1
    found: LotStaged = act.settle(data, revision=revision, control_sha256=sha256)
    keep(turn.entry, turn.batch, control, why=f"potency of lot {lot.identifier}")
    return found.model_copy(
        update={
            "line": asked.path, "lot": lot.identifier, "assay": lot.assay, "water": lot.water, "lines": changed,
            "revision": revision, "control_sha256": sha256,
        }
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- a vessel
def ready_vessel(
    *,
    actor: record.Actor,
    batch: Batch,
    path: str,
    vessel: str,
    scale: str = "",
    new: bool = False,
    source: str = "",
    tare: Quantity | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Make a vessel ready before it is filled: clean, and weighed empty; in a reverse dispense the source is weighed.

    Args:
        actor: Who does it.
        batch: The batch.
        path: Of the dispensing's run.
        vessel: Code of the vessel: a unit of the plant, or one that is new.
        scale: Tag of the scale that it stands on.
        new: Whether it is new and used for the first time; else it has to be a clean unit of the plant.
        source: In a reverse dispense, the container that will be weighed before and after; it stands on the scale now.
        tare: What it weighs empty, where no scale can be read; needs a reason, and raises an exception.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not perform steps.
        AttemptRefused: If the vessel is not clean, the scale does not suit, or the source is not there; the attempt is
            on record.
        DomainError: If it is not the turn of this phase.
    """
    shown = Shown("") if tare is not None else shown_by(actor, scale)
    return attempted(
        lambda refusal: _ready(
            actor=actor, batch=batch, path=path, vessel=vessel.strip(), shown=shown, new=new, source=source, tare=tare,
            reason=reason, refusal=refusal, idempotency_key=idempotency_key,
        )
    )  # fmt: skip


@record.command
def _ready(
    *, actor: record.Actor, batch: Batch, path: str, vessel: str, shown: Shown, new: bool, source: str,
    tare: Quantity | None, reason: str, refusal: Refusal | None, idempotency_key: str | None,
) -> record.Receipt:  # fmt: skip
    data = VesselReadied(
        batch=batch.number, path=path, name="-", attempt=0, verdict="-", source=source[:200], vessel=vessel[:60],
        scale=shown.tag[:60], raw="" if shown.reading is None else shown.reading.raw,
        read_from="scale" if tare is None else "manual",
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        act = Act.begin(entry, batch, path, checker=None, reason=reason)
        weight = tare if shown.reading is None else shown.reading.value
        act.enter("vessel", vessel)
        act.enter("source", source)
        act.enter("scale", shown.tag)
        act.enter(
            "before" if source else "tare", "" if weight is None else str(weight),
            "manual" if tare is not None else "scale", shown,
        )  # fmt: skip
        act.refuse([refusal] if refusal is not None else _against_vessel(act, vessel, new=new), "vessel")
        held = materials.container(source, actor) if source else None
        if source and held is None:
            act.refuse([Refusal("item", _("There is no such container"), source)], "source")
        act.refuse(_against_scale(act, shown, tare), "scale")
        if act.reasons or weight is None:
            entry.data = act.settle(data)
        else:
            entry.data = _readied(act, data, shown, weight, held)
    return entry.receipt


def _against_vessel(act: Act, code: str, *, new: bool) -> list[Refusal]:
    if not code:
        return [Refusal("vessel", _("No vessel was scanned"), remedy=_("Scan its label."))]
    unit = plant.unit(act.actor, code)
    if unit is not None:
        verdict = plant.verdict_of(unit)
        why = verdict.kinds  # the batch's sponsor reads this, and not what else is made in the unit
        return [] if verdict.usable else [
            Refusal("vessel", _("%(code)s cannot be used") % {"code": code}, why, _("clean"),
                    _("Choose a clean container."))
        ]  # fmt: skip
    if not new:
        return [
            Refusal("vessel", _("%(code)s is not known to be clean") % {"code": code}, limit=_("a clean unit, or new"),
                    remedy=_("Scan a clean unit of the plant, or say that it is new."))
        ]  # fmt: skip
    if Weighing.objects.filter(vessel=code, returned_at__isnull=True).exclude(batch=act.turn.batch).exists():
        return [
            Refusal("vessel", _("%(code)s holds or held another batch's material") % {"code": code},
                    remedy=_("Take another one, and label it."))
        ]  # fmt: skip
    if Weighing.objects.filter(run=act.run, vessel=code, returned_at__isnull=True).exists():
        return [Refusal("tare", _("%(code)s holds something already") % {"code": code}, remedy=_("Go on weighing."))]
    return []


def _against_scale(act: Act, shown: Shown, tare: Quantity | None) -> list[Refusal]:
    if tare is not None:
        if not act.reason:
            return [Refusal("reason", _("A weight by hand needs a reason"), str(tare), remedy=_("Write why."))]
        return [] if tare.value > 0 else [Refusal("tare", _("A tare is more than nothing"), str(tare), "> 0")]
    if shown.refusals or shown.instrument is None or shown.reading is None:
        return list(shown.refusals)
    found = scale_refusals(scale_of(shown.instrument, act.run.unit), act.turn.facts.now, plant.today())
    if shown.reading.value.value <= 0:
        found.append(
            Refusal("tare", _("Nothing stands on the scale"), str(shown.reading.value), "> 0",
                    _("Put the vessel on it, and read again."))
        )  # fmt: skip
    return found


def _readied(
    act: Act, data: VesselReadied, shown: Shown, weight: Quantity, held: materials.Container | None
) -> VesselReadied:
    entry, what = act.turn.entry, f"{act.turn.batch.number} {act.run.path}, {data.vessel}"
    exceptions: list[Raised] = []
    if shown.instrument is not None and shown.reading is not None:
        plant.keep_reading(entry, scale=shown.instrument, reading=shown.reading, purpose=what, tare=True)
    else:
        said = _("tare %(tare)s of %(vessel)s was entered by hand: %(why)s")
        sentence = said % {"tare": weight, "vessel": data.vessel, "why": act.reason}
        exceptions.append(raised(Kind.MANUAL_VALUE, sentence, path=act.run.path, field="tare", value=weight))
    columns: dict[str, Any] = {
        "clean_as": CleanAs.UNIT if plant.unit(act.actor, data.vessel) is not None else CleanAs.NEW,
        "tare": "" if held is not None else str(weight), "before": "" if held is None else str(weight),
        "before_of": held, "read_from": data.read_from, "scale": data.scale, "raw": data.raw[:200],
        "by": act.actor.id, "by_name": act.actor.name, "at": clock.now(),
    }  # fmt: skip
    known = Vessel.objects.filter(run=act.run, code=data.vessel).first()
    if known is None:
        entry.create(Vessel(batch=act.turn.batch, run=act.run, code=data.vessel, **columns))
    else:
        entry.update(known, **columns)
    found: VesselReadied = act.settle(data, exceptions)
    return found.model_copy(
        update={"clean_as": str(columns["clean_as"]), "tare": columns["tare"], "before": columns["before"]}
    )
