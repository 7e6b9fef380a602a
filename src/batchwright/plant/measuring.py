"""The facts of instruments as they were effective at a time, collected from their rows, and the verdict on them.

Whoever calls has made sure that the actor may read the instrument.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.plant.calibration import InstrumentFacts, suitability
from batchwright.plant.facts import InstrumentFact
from batchwright.plant.models import Calibration, DailyCheck, EquipmentElement, Instrument, Level, Result
from batchwright.plant.verdicts import Verdict


def day_of(at: datetime) -> date:
    """Give the day of a time, in the zone of the site."""
    return timezone.localdate(at, timezone.get_default_timezone())


def today() -> date:
    """Give the day now, in the zone of the site."""
    return day_of(clock.now())


def end_of(day: date) -> datetime:
    """Give the moment at which a day is over, in the zone of the site."""
    midnight = datetime.combine(day + timedelta(days=1), time.min)
    return clock.ensure_utc(timezone.make_aware(midnight, timezone.get_default_timezone()))


def facts_of(instruments: Sequence[Instrument], at: datetime) -> dict[int, InstrumentFacts]:
    """Collect the facts of many instruments, with few queries however many they are.

    Args:
        instruments: Instruments as they are now.
        at: The time; calibrations, approvals and checks of later do not count.

    Returns:
        Key of the instrument to its facts.
    """
    keys = [one.pk for one in instruments]
    done: dict[int, list[Calibration]] = defaultdict(list)
    for row in _CALIBRATIONS.all(instruments=keys, at=at):
        done[row.instrument_id].append(row)
    checks = {one.instrument_id: one for one in _CHECKS.all(instruments=keys, at=at)}
    return {one.pk: _facts(one, done[one.pk], checks.get(one.pk), at) for one in instruments}


def _calibrations(instruments: list[int], at: datetime) -> QuerySet[Calibration]:
    found = Calibration.objects.filter(instrument__in=instruments, calibrated_at__lte=at)
    return found.select_related("instrument").order_by("calibrated_at", "id")


def _latest_checks(instruments: list[int], at: datetime) -> QuerySet[DailyCheck]:
    """A scale is checked every day for years: only the last one of each before the time is read."""
    before = DailyCheck.objects.filter(instrument=OuterRef("instrument"), checked_at__lte=at)
    latest = before.order_by("-checked_at", "-id").values("id")[:1]
    return DailyCheck.objects.filter(instrument__in=instruments, id=Subquery(latest)).order_by()


def _below(elements: list[int]) -> QuerySet[EquipmentElement, tuple[int, int | None]]:
    return EquipmentElement.objects.filter(parent__in=elements).order_by().values_list("id", "parent_id")


def _mounted(elements: list[int]) -> QuerySet[Instrument]:
    return Instrument.objects.filter(element__in=elements, retired_at__isnull=True).order_by("tag")


_CALIBRATIONS = record.Prepared(_calibrations, instruments=list[int], at=datetime)
_CHECKS = record.Prepared(_latest_checks, instruments=list[int], at=datetime)
_BELOW = record.Prepared(_below, elements=list[int])
_MOUNTED = record.Prepared(_mounted, elements=list[int])


def _facts(one: Instrument, done: list[Calibration], check: DailyCheck | None, at: datetime) -> InstrumentFacts:
    approved = [
        row for row in done
        if row.approved_at is not None and row.approved_at <= at and row.outcome != Result.FAILED
    ]  # fmt: skip
    latest = done[-1] if done else None
    failed = latest is not None and latest.outcome == Result.FAILED
    awaits = latest is not None and not failed and (latest.approved_at is None or latest.approved_at > at)
    adjusted = awaits and latest is not None and latest.outcome == Result.ADJUSTED
    return InstrumentFacts(
        unit=one.unit, low=one.low, high=one.high,
        minimum=next((row.minimum for row in reversed(approved) if row.minimum is not None), None),
        calibrated_until=approved[-1].counts_until if approved else None,
        awaits_approval=awaits,
        adjusted_at=latest.calibrated_at if adjusted and latest is not None else None,
        failed_at=latest.calibrated_at if failed and latest is not None else None,
        needs_check=bool(one.check_values),
        checked_at=None if check is None else check.checked_at,
        check_passed=check is not None and check.passed,
        checked_until=None if check is None else check.counts_until,
        held_since=one.held_since, held_why=one.held_why, retired_at=one.retired_at,
    )  # fmt: skip


def verdict_on(instrument: Instrument, *, load: Quantity | None = None, at: datetime | None = None) -> Verdict:
    """Judge an instrument at a time, with what was effective then.

    Args:
        instrument: The instrument as it is now.
        load: What is to be measured; None for the instrument alone.
        at: The time, aware; None for now.

    Returns:
        The verdict.

    Raises:
        DomainError: If the instrument was not there yet.
    """
    now = clock.now()
    moment = now if at is None else clock.ensure_utc(at)
    then = instrument if moment >= now else _as_it_was(instrument, moment)
    return suitability(facts_of([then], moment)[then.pk], load=load, now=moment)


def facts_on(instrument: Instrument) -> InstrumentFacts:
    """Give what is known of an instrument now, for rules of higher floors.

    Args:
        instrument: The instrument as it is now.

    Returns:
        Its facts.
    """
    return facts_of([instrument], clock.now())[instrument.pk]


def verdicts_on(instruments: Sequence[Instrument], at: datetime) -> dict[int, Verdict]:
    """Judge many instruments as they are now.

    Args:
        instruments: The instruments.
        at: Now.

    Returns:
        Key of the instrument to its verdict.
    """
    return {key: suitability(facts, now=at) for key, facts in facts_of(instruments, at).items()}


def _as_it_was(instrument: Instrument, at: datetime) -> Instrument:
    image = None
    for entry, change in record.changes_of(instrument):
        if entry.at > at:
            break
        image = change["after"]
    if image is None:
        raise DomainError(
            _("The instrument was not there yet"), value=instrument.tag, limit=clock.iso(at),
            remedy=_("Ask for a later time."),
        )  # fmt: skip
    fields = {field.column: field for field in Instrument._meta.concrete_fields}
    return Instrument(**{fields[name].attname: fields[name].to_python(held) for name, held in image.items()})


def calibrated_until(tag: str) -> datetime | None:
    """Say until when all instruments are calibrated that a unit measures with.

    Args:
        tag: Of the unit.

    Returns:
        The earliest end of a calibration; None where the unit has no instrument, or one that is not calibrated.
    """
    keys = EquipmentElement.objects.filter(tag=tag).values_list("pk", flat=True)
    ends = [one.due_at for found in mounted_on(keys, clock.now()).values() for one in found]
    known = [one for one in ends if one is not None]
    return min(known) if known and len(known) == len(ends) else None


def mounted_on(units: Iterable[int], at: datetime) -> dict[int, list[InstrumentFact]]:
    """Give what the verdict on units asks of the instruments mounted on them or on their modules.

    Args:
        units: Keys of the units.
        at: The time.

    Returns:
        Key of the unit to its instruments' facts, by tag.
    """
    owner = {key: key for key in units}
    layer = list(owner)
    while layer:
        below = _BELOW.all(elements=layer)
        for key, parent in below:
            if parent is not None:
                owner[key] = owner[parent]
        layer = [key for key, _parent in below]
    rows = _MOUNTED.all(elements=list(owner))
    facts = facts_of(rows, at)
    found: dict[int, list[InstrumentFact]] = defaultdict(list)
    for row in rows:
        one = facts[row.pk]
        held = one.held_why if one.held_since is not None and one.held_since <= at else ""
        counts = one.failed_at is None and one.adjusted_at is None
        if row.element_id is not None:
            due = one.calibrated_until if counts else None
            found[owner[row.element_id]].append(InstrumentFact(row.tag, due, held))
    return dict(found)


def unit_of(element: EquipmentElement | None) -> EquipmentElement | None:
    """Give the unit that an element is or belongs to.

    Args:
        element: The element that something is mounted on; None where it is portable.

    Returns:
        The unit, or None if there is none above it.
    """
    while element is not None and element.level != Level.UNIT:
        element = element.parent
    return element
