"""Calibrating and checking instruments: what was compared, what it came to, and who approved it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession
from batchwright.plant import calibration as rules
from batchwright.plant import entries, measuring
from batchwright.plant.calibration import JudgedPoint, Point
from batchwright.plant.models import Calibration, DailyCheck, Instrument, LineKind, Result
from batchwright.plant.services.common import checked, log, next_number
from batchwright.plant.services.instruments import check_tolerance_of, require_present, tolerance_of

LARGEST_CERTIFICATE = 20 * 1024 * 1024
"""Bytes."""


@record.command
def calibrate(
    *,
    actor: record.Actor,
    instrument: Instrument,
    as_found: Sequence[Point],
    as_left: Sequence[Point] = (),
    weighings: Sequence[Quantity] = (),
    standard: str,
    calibrated_at: datetime | None = None,
    certificate: tuple[str, bytes] | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Record a calibration; it counts once a second person approved it, and a failed one stops the instrument at once.

    Args:
        actor: Who calibrated.
        instrument: The instrument.
        as_found: Comparisons before anything was done to it.
        as_left: Comparisons after it was adjusted; none where it was not.
        weighings: Repeated weighings of one load, at least ten, for the minimum weight of a scale.
        standard: The references, and to what they are traceable.
        calibrated_at: When; None for now. Not later than now, and not before the last calibration.
        certificate: Name and content of the certificate, a PDF.
        reason: Why, where it is out of turn.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject names the calibration.

    Raises:
        Refused: If the actor may not.
        BadInput: If nothing was compared as found, the range is not covered, or a particular is malformed.
        DomainError: If the instrument is retired, or a comparison measures something else.
    """
    now = clock.now()
    done_at = now if calibrated_at is None else clock.ensure_utc(calibrated_at)
    judgement = rules.judge(as_found, as_left, tolerance_of(instrument))
    rules.require_covered(instrument.low, instrument.high, as_left or as_found)
    minimum = _minimum(instrument, weighings)
    if certificate is not None:
        _require_pdf(*certificate)
    due = rules.due_on(measuring.day_of(done_at), instrument.interval_days)
    row = Calibration(
        instrument=instrument, calibrated_at=done_at, due_on=due, counts_until=measuring.end_of(due),
        tolerance=str(tolerance_of(instrument)), as_found=_kept(judgement.as_found), as_left=_kept(judgement.as_left),
        outcome=judgement.outcome.value, impact=judgement.impact,
        weighings=[str(one.to(instrument.unit).value) for one in weighings],
        minimum_value="" if minimum is None else str(minimum.to(instrument.unit).value), standard=standard.strip(),
        performed_by=actor.id, performed_by_name=actor.name, number=1,
    )  # fmt: skip
    checked(row, exclude=("instrument",))
    data = _calibrated(row)
    with record.entry(data, actor=actor, reason=reason, subject=instrument, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "instrument.calibrate")
        require_present(entry.lock(instrument))
        last = Calibration.objects.filter(instrument=instrument).order_by("-calibrated_at", "-id").first()
        if done_at > now or (last is not None and done_at < last.calibrated_at):
            raise BadInput(
                _("A calibration is recorded in its turn"), value=clock.iso(done_at),
                limit=_("not before the last one and not after now"),
            )  # fmt: skip
        row.number = next_number(Calibration, instrument=instrument)
        row.good_since = _good_since(instrument)
        entry.data = data.model_copy(update={"number": row.number})
        entry.subject = row.subject
        if certificate is not None:
            row.certificate_name = certificate[0]
            row.certificate_sha256 = entry.attach(certificate[0], certificate[1], media_type="application/pdf")
        entry.create(row)
        unit = measuring.unit_of(instrument.element)
        if unit is not None:
            log(entry, unit, LineKind.CALIBRATED, detail=data.sentence())
    return entry.receipt
