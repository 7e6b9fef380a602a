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
from batchwright.plant.services.common import log, next_number, require_pdf
from batchwright.plant.services.instruments import check_tolerance_of, require_present, tolerance_of


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
        require_pdf(*certificate)
    due = rules.due_on(measuring.day_of(done_at), instrument.interval_days)
    row = Calibration(
        instrument=instrument, calibrated_at=done_at, due_on=due, counts_until=measuring.end_of(due),
        tolerance=str(tolerance_of(instrument)), as_found=_kept(judgement.as_found), as_left=_kept(judgement.as_left),
        outcome=judgement.outcome.value, impact=judgement.impact,
        weighings=[str(one.to(instrument.unit).value) for one in weighings],
        minimum_value="" if minimum is None else str(minimum.to(instrument.unit).value), standard=standard.strip(),
        performed_by=actor.id, performed_by_name=actor.name, number=1,
    )  # fmt: skip
    record.checked(row, exclude=("instrument",))
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


def _minimum(instrument: Instrument, weighings: Sequence[Quantity]) -> Quantity | None:
    """The smallest weight by repeated weighings, where there are some; only of a scale."""
    if not weighings:
        return None
    if instrument.readability is None or not instrument.is_scale:
        raise BadInput(_("Only a scale has a minimum weight"), value=instrument.tag)
    return rules.minimum_weight(weighings, instrument.readability)


def _kept(points: Sequence[JudgedPoint]) -> list[dict[str, Any]]:
    """Comparisons as a row and an entry keep them."""
    return [
        {
            "reference": str(one.point.reference), "indicated": str(one.point.indicated), "error": str(one.error),
            "allowed": str(one.allowed), "within": one.within,
        }
        for one in points
    ]  # fmt: skip


def _compared(points: Sequence[dict[str, Any]]) -> list[entries.Compared]:
    return [entries.Compared(**one) for one in points]


def _calibrated(row: Calibration) -> entries.InstrumentCalibrated:
    return entries.InstrumentCalibrated(
        tag=row.instrument.tag, number=row.number, calibrated_at=row.calibrated_at, tolerance=row.tolerance,
        as_found=_compared(row.as_found), as_left=_compared(row.as_left), outcome=row.outcome, standard=row.standard,
        minimum="" if row.minimum is None else str(row.minimum), due_on=row.due_on,
    )  # fmt: skip


def _good_since(instrument: Instrument) -> datetime | None:
    """When it was last known to be in tolerance: by the last calibration that left it so."""
    good = Calibration.objects.filter(instrument=instrument).exclude(outcome=Result.FAILED)
    last = good.order_by("-calibrated_at", "-id").first()
    return None if last is None else last.calibrated_at


def shown(row: Calibration, reason: str = "") -> str:
    """Write what is shown to the person who approves a calibration, and signed.

    Args:
        row: The calibration.
        reason: On what ground, above all what follows where it was found out of tolerance.

    Returns:
        Lines of text.
    """
    stages = {"as_found": _("As found"), "as_left": _("As left")}
    nothing = "\N{EN DASH}"
    lines = [
        _("Calibration %(number)s of %(tag)s %(name)s")
        % {"number": row.number, "tag": row.instrument.tag, "name": row.instrument.name},
        _("Calibrated %(at)s by %(person)s") % {"at": clock.iso(row.calibrated_at), "person": row.performed_by_name},
        _("References: %(standard)s") % {"standard": row.standard},
        _("Tolerance: %(tolerance)s") % {"tolerance": row.tolerance},
    ]
    for stage, points in row.points:
        lines += [
            f"{stages[stage]}: {one['reference']} -> {one['indicated']}; {one['error']} / {one['allowed']}; "
            + (_("within") if one["within"] else _("OUT OF TOLERANCE"))
            for one in points
        ]
    lines += [
        _("Outcome: %(outcome)s") % {"outcome": Result(row.outcome).label},
        _("Minimum weight: %(minimum)s") % {"minimum": row.minimum or nothing},
        _("Certificate: %(name)s %(sha)s") % {"name": row.certificate_name or nothing, "sha": row.certificate_sha256},
        _("Counts to: %(day)s") % {"day": row.due_on.isoformat()},
    ]
    if reason.strip():
        lines.append(_("What follows: %(reason)s") % {"reason": reason.strip()})
    return "\n".join(lines)


@record.command
def approve_calibration(
    *,
    actor: record.Actor,
    calibration: Calibration,
    reason: str = "",
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Approve another person's calibration and sign it; from then on it counts (21 CFR 211.68(b)).

    Args:
        actor: Who approves.
        calibration: The calibration, as it was shown.
        reason: On what ground, above all where it has an impact.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, calibrated it, or the signature is refused.
        DomainError: If it is approved already, or an impact is passed over without a word.
    """
    data = entries.CalibrationApproved(
        tag=calibration.instrument.tag, number=calibration.number, outcome=calibration.outcome,
        due_on=calibration.due_on,
    )  # fmt: skip
    if calibration.impact and not reason.strip():
        raise DomainError(
            _("It was found out of tolerance: say what follows for what was measured since it was last good"),
            value=calibration.subject, remedy=_("Look at the readings that the page lists, and give your judgement."),
        )  # fmt: skip
    with people.signed_entry(
        data, actor=actor, row=calibration, meaning="approved", shown=lambda fresh: shown(fresh, reason),
        name=name, given=given, session=session, address=address, reason=reason, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "instrument.approve")
        fresh = entry.lock(calibration)
        people.require_other_person(actor, fresh.performed_by)
        if fresh.approved_at is not None:
            raise DomainError(
                _("The calibration is approved already"), value=calibration.subject, limit=fresh.approved_by_name
            )
        entry.update(calibration, approved_at=clock.now(), approved_by=actor.id, approved_by_name=actor.name)
    return entry.receipt


@record.command
def check_instrument(
    *,
    actor: record.Actor,
    instrument: Instrument,
    indicated: Sequence[Quantity],
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Record the daily check: what the instrument showed for each of its check references.

    Args:
        actor: Who checked.
        instrument: The instrument.
        indicated: What it showed, in the order of its references.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        BadInput: If it has no daily check, or a value is missing.
        DomainError: If the instrument is retired, or a value measures something else.
    """
    references = [Quantity(value, instrument.unit) for value in instrument.check_values]
    if not references or len(indicated) != len(references):
        asked = ", ".join(str(one) for one in references)
        raise BadInput(
            _("A daily check takes one value for each reference"), value=len(indicated),
            limit=asked or _("%(tag)s has no daily check") % {"tag": instrument.tag},
        )  # fmt: skip
    tolerance = check_tolerance_of(instrument)
    points = [
        rules.judged(Point(reference, shows), tolerance)
        for reference, shows in zip(references, indicated, strict=True)
    ]
    kept, passed = _kept(points), all(one.within for one in points)
    data = entries.ScaleChecked(tag=instrument.tag, number=1, points=_compared(kept), passed=passed)
    with record.entry(data, actor=actor, subject=instrument, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "instrument.check")
        require_present(entry.lock(instrument))
        now = clock.now()
        number = next_number(DailyCheck, instrument=instrument)
        entry.data = data.model_copy(update={"number": number})
        entry.create(
            DailyCheck(
                instrument=instrument, number=number, checked_at=now, points=kept, passed=passed,
                counts_until=measuring.end_of(measuring.day_of(now)), checked_by=actor.id, checked_by_name=actor.name,
            )
        )  # fmt: skip
        unit = measuring.unit_of(instrument.element)
        if unit is not None:
            log(entry, unit, LineKind.CHECKED, detail=data.sentence())
    return entry.receipt
