"""Reading instruments, their calibrations and checks: each function begins at what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.plant import measuring
from batchwright.plant.models import Calibration, DailyCheck, Instrument, Measurement, Result
from batchwright.plant.verdicts import Remedy, Verdict


def instruments(
    actor: record.Actor, *, text: str = "", kind: str = "", retired: bool = False
) -> QuerySet[Instrument]:
    """Find instruments.

    Args:
        actor: Who reads.
        text: Part of a tag, a name, a serial number or of the tag of what it is mounted on; "" for all.
        kind: Kind; "" for any.
        retired: Whether to give also those that are out of use.

    Returns:
        Instruments by tag; none for a sponsor's people.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    found = Instrument.visible_to(actor).select_related("element")
    if not retired:
        found = found.filter(retired_at__isnull=True)
    if text:
        found = found.filter(
            Q(tag__icontains=text) | Q(name__icontains=text) | Q(serial_number__icontains=text)
            | Q(element__tag__icontains=text)
        )  # fmt: skip
    return found.filter(kind=kind) if kind else found


def instrument(actor: record.Actor, tag: str) -> Instrument | None:
    """Find one instrument by its tag, as painted or scanned, or None; also one that is out of use."""
    return instruments(actor, retired=True).filter(tag=tag.strip().upper()).first()


def mounted(actor: record.Actor, element: int) -> QuerySet[Instrument]:
    """Give the instruments that are mounted on one element itself.

    Args:
        actor: Who reads.
        element: Its key.

    Returns:
        Instruments by tag.
    """
    return instruments(actor).filter(element=element)


def calibrations(actor: record.Actor, one: Instrument) -> QuerySet[Calibration]:
    """Give the calibrations of an instrument, the latest first."""
    people.authorize(actor, "plant.read")
    return Calibration.visible_to(actor).filter(instrument=one).select_related("instrument").order_by("-number")


def calibration(actor: record.Actor, tag: str, number: int) -> Calibration | None:
    """Find one calibration of an instrument, or None.

    Args:
        actor: Who reads.
        tag: Tag of the instrument.
        number: Its number.

    Returns:
        The calibration.
    """
    people.authorize(actor, "plant.read")
    found = Calibration.visible_to(actor).select_related("instrument__element")
    return found.filter(instrument__tag=tag, number=number).first()


def checks(actor: record.Actor, one: Instrument) -> QuerySet[DailyCheck]:
    """Give the daily checks of an instrument, the latest first."""
    people.authorize(actor, "plant.read")
    return DailyCheck.visible_to(actor).filter(instrument=one).order_by("-number")


def readings(actor: record.Actor, one: Instrument) -> QuerySet[record.Entry]:
    """Give the entries that hold a reading of an instrument, the latest first; also acts that it was read for."""
    people.authorize(actor, "plant.read")
    return record.entries_visible_to(actor).filter(_holds_reading(actor, one)).order_by("-seq")


def _holds_reading(actor: record.Actor, one: Instrument) -> Q:
    read = record.entries_writing(Measurement.visible_to(actor).filter(instrument=one), actor)
    return Q(seq__in=read.values("seq")) | Q(subject=one.subject, type="reading.taken/1")


def attempts(actor: record.Actor, one: Instrument) -> QuerySet[record.Entry]:
    """Give the readings of an instrument and the attempts that were refused, the latest first."""
    people.authorize(actor, "plant.read")
    found = _holds_reading(actor, one) | Q(subject=one.subject, type="reading.refused/1")
    return record.entries_visible_to(actor).filter(found).order_by("-seq")


def impact(actor: record.Actor, one: Calibration) -> QuerySet[record.Entry]:
    """Give what was measured between the last time an instrument was known to be good and this calibration.

    Args:
        actor: Who reads.
        one: A calibration that found it out of tolerance.

    Returns:
        Entries of readings, the latest first; none where it was found in tolerance.
    """
    found = readings(actor, one.instrument).filter(at__lte=one.calibrated_at)
    if not one.impact:
        return found.none()
    return found if one.good_since is None else found.filter(at__gt=one.good_since)


@dataclass(frozen=True, slots=True)
class Judged:
    """An instrument with the verdict on it now.

    Attributes:
        instrument: The instrument.
        verdict: The verdict.
        due_on: Last day on which its calibration counts; None where none is approved.
    """

    instrument: Instrument
    verdict: Verdict
    due_on: date | None

    @property
    def needs_calibration(self) -> bool:
        """Whether a calibration, or the approval of one, is what it waits for."""
        waits = (Remedy.CALIBRATE, Remedy.APPROVE_CALIBRATION)
        return any(one.remedy in waits for one in self.verdict.obstacles)


def judged(found: Sequence[Instrument], at: datetime | None = None) -> list[Judged]:
    """Judge instruments that the actor was allowed to read, with few queries however many they are.

    Args:
        found: The instruments.
        at: Now, where the caller has read the clock already.

    Returns:
        Each with its verdict, in the same order.
    """
    now = clock.now() if at is None else at
    verdicts = measuring.verdicts_on(found, now)
    due = dict(
        Calibration.objects.filter(  # tenancy: of instruments that the caller was allowed to read
            instrument__in=[one.pk for one in found], approved_at__isnull=False, approved_at__lte=now
        )
        .exclude(outcome="failed").order_by("calibrated_at", "id").values_list("instrument_id", "due_on")
    )  # fmt: skip
    return [Judged(one, verdicts[one.pk], due.get(one.pk)) for one in found]


def to_approve(actor: record.Actor) -> list[Calibration]:
    """Give the calibrations that wait for a second person: the last of each instrument, unless the actor did it.

    Args:
        actor: Who would approve.

    Returns:
        Calibrations, the oldest first.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    last = Calibration.visible_to(actor).filter(instrument=OuterRef("instrument")).order_by("-number").values("id")[:1]
    found = Calibration.visible_to(actor).filter(approved_at__isnull=True, instrument__retired_at__isnull=True)
    found = found.exclude(outcome=Result.FAILED).exclude(performed_by=actor.id).filter(id=Subquery(last))
    return list(found.select_related("instrument").order_by("calibrated_at", "id"))


def to_do(actor: record.Actor) -> tuple[list[Judged], list[Judged]]:
    """Give the instruments that cannot be used before somebody calibrates or checks them.

    Args:
        actor: Who would do it.

    Returns:
        Those whose calibration is overdue, missing or failed, and those that want their daily check alone; by tag.

    Raises:
        Refused: If the actor may not see the plant.
    """
    rows = judged(list(instruments(actor)))
    return (
        [one for one in rows if one.verdict.remedy is Remedy.CALIBRATE],
        [one for one in rows if one.verdict.remedy is Remedy.CHECK],
    )


@dataclass(frozen=True, slots=True)
class Month:
    """What is due in a month.

    Attributes:
        first: Its first day; None for what is overdue or was never calibrated.
        due: What is due, the first day first.
    """

    first: date | None
    due: tuple[Judged, ...]


def calendar(actor: record.Actor) -> list[Month]:
    """Say what has to be calibrated when: what is overdue first, then month by month.

    Args:
        actor: Who reads.

    Returns:
        Months with something due; the first may be what is overdue.
    """
    months: dict[date | None, list[Judged]] = {}
    for one in judged(list(instruments(actor))):
        first = None if one.needs_calibration or one.due_on is None else one.due_on.replace(day=1)
        months.setdefault(first, []).append(one)
    ordered = sorted(months, key=lambda first: (first is not None, first or date.min))
    return [
        Month(first, tuple(sorted(months[first], key=lambda one: (one.due_on or date.min, one.instrument.tag))))
        for first in ordered
    ]


def shown(one: Judged) -> dict[str, Any]:
    """Give an instrument with its verdict for machines and terminals.

    Args:
        one: The instrument.

    Returns:
        Texts, numbers as texts, times as the record writes them.
    """
    row, verdict = one.instrument, one.verdict
    return {
        "tag": row.tag, "name": row.name, "kind": row.kind, "serial_number": row.serial_number,
        "mounted_on": None if row.element is None else row.element.tag,
        "range": {"low": row.low.as_json(), "high": row.high.as_json()},
        "readability": None if row.readability is None else row.readability.as_json(),
        "protocol": row.protocol, "usable": verdict.usable, "why_not": [str(why) for why in verdict.reasons],
        "codes": [why.code for why in verdict.reasons],
        "remedy": None if verdict.remedy is None else verdict.remedy.value,
        "changes_at": None if verdict.changes_at is None else clock.iso(verdict.changes_at),
        "due_on": None if one.due_on is None else one.due_on.isoformat(),
    }  # fmt: skip


def told(row: Calibration) -> dict[str, Any]:
    """Give a calibration for machines and terminals.

    Args:
        row: The calibration.

    Returns:
        Its comparisons, its outcome, and who did and approved it.
    """
    return {
        "number": row.number, "calibrated_at": clock.iso(row.calibrated_at), "outcome": row.outcome,
        "impact": row.impact, "due_on": row.due_on.isoformat(), "tolerance": row.tolerance, "as_found": row.as_found,
        "as_left": row.as_left, "minimum": None if row.minimum is None else row.minimum.as_json(),
        "performed_by": row.performed_by, "approved_by": row.approved_by or None,
        "certificate": row.certificate_name or None, "certificate_sha256": row.certificate_sha256 or None,
    }  # fmt: skip
