"""What the people of the demo plant do day by day, so that its scales and instruments stay fit: nothing is waived.

Daily checks are made on each plant day, and what is due is calibrated and approved, through the same commands as
everywhere. What the story of the demo leaves open on its last day stays open where nobody needs it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Q

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.quantity import Quantity
from batchwright.people import access
from batchwright.people import demo as people_demo
from batchwright.people.models import User
from batchwright.plant import demo_instruments, measuring
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from batchwright.plant.calibration import Point
from batchwright.plant.models import Calibration, Instrument
from batchwright.plant.services import calibrating
from batchwright.plant.services.instruments import tolerance_of
from batchwright.plant.verdicts import Remedy

OPERATOR: Final = ("m.kowalska", "operator")
ENGINEER: Final = ("s.lindqvist", "process_engineer")
QUALITY: Final = ("a.novak", "qa")


@contextmanager
def scales_on_line() -> Iterator[None]:
    """Answer for the simulated scales while no process of their own does, with loads that come to rest at once.

    Yields:
        Nothing; inside the block each of them can be read over its line.
    """
    demo_instruments.settle()
    with ExitStack() as stack:
        for one in demo_instruments.simulated():
            scale = SimulatedScale(
                tag=one.tag, unit=one.unit, capacity=Decimal(one.capacity), readability=Decimal(one.digit),
                model=f"Simulated {one.capacity} {one.unit}", serial=f"SIM-{one.port}", settle_seconds=0.0,
            )  # fmt: skip
            port = Instrument.objects.get(tag=one.tag).port
            stack.enter_context(ScaleServer(scale, port or 0, demo_instruments.HOST))
        yield


def check_scales() -> int:
    """Make the daily check of every scale that lacks nothing else.

    Returns:
        How many were checked.
    """
    tags = [one.tag for one in demo_instruments.simulated()]
    rows = list(Instrument.objects.filter(tag__in=tags).select_related("element__parent").order_by("tag"))
    found = measuring.verdicts_on(rows, clock.now())
    due = [row for row in rows if {one.remedy for one in found[row.pk].obstacles} == {Remedy.CHECK}]
    for row in due:
        check(row)
    return len(due)


def renew_calibrations() -> int:
    """Calibrate every instrument whose calibration counts, and ends within a day.

    Returns:
        How many were calibrated.
    """
    now = clock.now()
    rows = list(Instrument.objects.filter(retired_at__isnull=True).select_related("element__parent").order_by("tag"))
    facts = measuring.facts_of(rows, now)
    ends = {row.pk: facts[row.pk].calibrated_until for row in rows}
    due = [row for row in rows if (end := ends[row.pk]) is not None and now < end < now + timedelta(days=1)]
    for row in due:
        calibrate(row)
    return len(due)


def check(instrument: Instrument) -> record.Receipt:
    """Make the daily check of an instrument.

    Args:
        instrument: It shows its references to the digit, or one digit beside them.

    Returns:
        Where the entry stands.
    """
    operator = _actor(*OPERATOR)
    digit = _digit(instrument)
    beside = digit * (measuring.today().toordinal() % 3 - 1)
    values = [Quantity(Decimal(one) + beside, instrument.unit) for one in instrument.check_values]
    return calibrating.check_instrument(actor=operator, instrument=instrument, indicated=values)


def calibrate(instrument: Instrument) -> record.Receipt:
    """Calibrate an instrument that is due, and have it approved.

    Args:
        instrument: The instrument; it is found in order.

    Returns:
        Where the entry of the approval stands.
    """
    low, high = instrument.low.value, instrument.high.value
    beside = tolerance_of(instrument).fixed.value / 5
    points = [
        Point(Quantity(low + (high - low) * part / 4, instrument.unit),
              Quantity(low + (high - low) * part / 4 + beside * (part % 2), instrument.unit))
        for part in range(5)
    ]  # fmt: skip
    digit = _digit(instrument)
    weighings = [Quantity(high / 2 + digit * (number % 3 == 0), instrument.unit) for number in range(10)]
    calibrating.calibrate(
        actor=_actor(*ENGINEER), instrument=instrument, as_found=points,
        weighings=weighings if instrument.kind == "scale" else (),
        standard="Reference instrument RI-04, certificate K-1203",
    )  # fmt: skip
    return approve(Calibration.objects.select_related("instrument").filter(instrument=instrument).latest("number"))


def approve(row: Calibration) -> record.Receipt:
    """Approve a calibration, as quality assurance does.

    Args:
        row: The calibration.

    Returns:
        Where the entry stands.
    """
    quality = _actor(*QUALITY)
    session, evidence = people_demo.desk_of(quality.id)
    prepared = people.prepare(
        actor=quality, row=row, meaning="approved", shown=calibrating.shown(row), session=session
    )
    return calibrating.approve_calibration(
        actor=quality, calibration=row, name=prepared.name, given=evidence, session=session,
        address=people_demo.ADDRESS,
    )  # fmt: skip


def mend(tag: str) -> record.Receipt | None:
    """Check or calibrate an instrument of a unit for which that is all that it needs.

    Args:
        tag: Of the unit.

    Returns:
        Where the entry stands; None where there was nothing of that kind to do.
    """
    mounted = Q(element__tag=tag) | Q(element__parent__tag=tag)
    rows = list(Instrument.objects.filter(mounted, retired_at__isnull=True).select_related("element__parent"))
    found = measuring.verdicts_on(rows, clock.now())
    for row in rows:
        asked = {one.remedy for one in found[row.pk].obstacles}
        if asked and asked <= {Remedy.CALIBRATE, Remedy.CHECK}:
            return calibrate(row) if Remedy.CALIBRATE in asked else check(row)
    return None


def _digit(instrument: Instrument) -> Decimal:
    return Decimal(0) if instrument.readability is None else instrument.readability.value


def _actor(username: str, role: str) -> record.Actor:
    return access.actor_of(User.objects.select_related("sponsor").get(username=username), role)
