"""Calibration and daily checks as pure rules, and whether an instrument suits what it is to measure now.

A calibration compares what the instrument indicates with references, as found and, where it was adjusted, as left. As
found out of tolerance means that what was measured since the last good calibration has to be looked at. Sources: 21 CFR
211.68(a), 211.160(b)(4), 11.10(h); EU GMP 3.41; USP <41> (repeatability from at least ten weighings, twice the
standard deviation within 0.10 % of the smallest weight, the standard deviation taken as no less than 0.41 d) and
USP <1251> (daily checks).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from fractions import Fraction
from statistics import stdev
from typing import Final

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.plant.reasons import because
from batchwright.plant.reasons import marked as _
from batchwright.plant.verdicts import Obstacle, Remedy, Verdict

WEIGHINGS: Final = 10
"""Repeatability is determined with at least so many weighings (USP <41>)."""
FACTOR: Final = 2000
"""The smallest weight is so many standard deviations: 2 s / 0.10 % (USP <41>)."""
LEAST_DEVIATION: Final = Decimal("0.41")
"""Digits that a standard deviation is taken for where it is smaller (USP <41>)."""


class Outcome(StrEnum):
    """What a calibration came to."""

    PASSED = "passed"
    ADJUSTED = "adjusted"
    """Out of tolerance as found, within it as left."""
    FAILED = "failed"
    """Out of tolerance as left: the instrument must not be used."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What an instrument may be wrong by.

    Attributes:
        fixed: By so much anywhere.
        percent: And by so much of the reference.
    """

    fixed: Quantity
    percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.fixed.value < 0 or self.percent < 0 or (self.fixed.value == 0 and self.percent == 0):
            raise BadInput("a tolerance is more than nothing", value=str(self))
        if self.fixed.measured_in.is_point:
            raise BadInput("a tolerance is a difference, not a point on a scale", value=str(self), limit="such as K")

    def at(self, reference: Quantity) -> Quantity:
        """Give what is allowed at a reference.

        Args:
            reference: The reference.

        Returns:
            The largest allowed error, in the unit of the fixed part.

        Raises:
            DomainError: If the reference measures something else, or a part of a point on a scale is asked for.
        """
        if self.percent == 0:
            return self.fixed
        share = abs(reference * (self.percent / 100)).to(self.fixed.unit)
        return self.fixed + share

    def __str__(self) -> str:
        return f"{self.fixed}" if self.percent == 0 else f"{self.fixed} + {self.percent} %"


@dataclass(frozen=True, slots=True)
class Point:
    """One comparison.

    Attributes:
        reference: What the reference is.
        indicated: What the instrument showed.
    """

    reference: Quantity
    indicated: Quantity


@dataclass(frozen=True, slots=True)
class JudgedPoint:
    """One comparison with its verdict.

    Attributes:
        point: The comparison.
        error: What the instrument showed too much.
        allowed: The largest allowed error.
        within: Whether it is.
    """

    point: Point
    error: Quantity
    allowed: Quantity
    within: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a calibration or a check came to.

    Attributes:
        as_found: The comparisons before anything was done to the instrument.
        as_left: Those after it was adjusted; none where it was not.
        outcome: What it came to.
    """

    as_found: tuple[JudgedPoint, ...]
    as_left: tuple[JudgedPoint, ...]
    outcome: Outcome

    @property
    def impact(self) -> bool:
        """Whether what was measured before has to be looked at."""
        return not all(one.within for one in self.as_found)

    @property
    def worst(self) -> JudgedPoint:
        """The comparison, as found, that used most of its tolerance."""
        return max(self.as_found, key=_share_used)


def judged(point: Point, tolerance: Tolerance) -> JudgedPoint:
    """Judge one comparison.

    Args:
        point: The comparison.
        tolerance: What is allowed.

    Returns:
        The comparison with its error; on the limit is within it.

    Raises:
        DomainError: If reference, indication and tolerance measure different things.
    """
    allowed = tolerance.at(point.reference)
    error = (point.indicated - point.reference).to(allowed.unit)
    return JudgedPoint(point, error, allowed, abs(error) <= allowed)


def judge(as_found: Sequence[Point], as_left: Sequence[Point], tolerance: Tolerance) -> Judgement:
    """Judge a calibration.

    Args:
        as_found: Comparisons before anything was done to the instrument; at least one.
        as_left: Those after it was adjusted; none where it was not.
        tolerance: What is allowed.

    Returns:
        The judgement.

    Raises:
        BadInput: If nothing was compared as found: what it did until now would stay unknown.
        DomainError: If the comparisons measure different things than the tolerance.
    """
    if not as_found:
        raise BadInput(
            "nothing was compared as found", limit="at least one comparison before the instrument is adjusted",
            remedy="Compare it with a reference first: what was measured until now depends on it.",
        )  # fmt: skip
    found = tuple(judged(one, tolerance) for one in as_found)
    left = tuple(judged(one, tolerance) for one in as_left)
    if not all(one.within for one in left or found):
        outcome = Outcome.FAILED
    elif all(one.within for one in found):
        outcome = Outcome.PASSED
    else:
        outcome = Outcome.ADJUSTED
    return Judgement(found, left, outcome)


def _share_used(one: JudgedPoint) -> Fraction:
    return Fraction(abs(one.error).value) / Fraction(one.allowed.value)


def require_covered(low: Quantity, high: Quantity, points: Sequence[Point]) -> None:
    """Refuse a calibration that leaves part of the range unknown: its ends are compared, give or take a tenth of it.

    Args:
        low: Lower end of the range.
        high: Upper end.
        points: The comparisons that count.

    Raises:
        BadInput: If the comparisons do not reach the ends, with what they reach.
    """
    values = [one.reference.in_root_units() for one in points]
    bottom, top = low.in_root_units(), high.in_root_units()
    slack = (top - bottom) / 10
    if min(values) > bottom + slack or max(values) < top - slack:
        least = min(points, key=lambda one: one.reference.in_root_units()).reference
        most = max(points, key=lambda one: one.reference.in_root_units()).reference
        raise BadInput(
            "the comparisons do not cover the range of the instrument", value=f"{least} to {most}",
            limit=f"{low} to {high}, each end give or take a tenth of the range",
            remedy="Compare it near both ends of its range.",
        )  # fmt: skip


def minimum_weight(weighings: Sequence[Quantity], readability: Quantity) -> Quantity:
    """Give the smallest net weight that may be weighed, from repeated weighings of one load (USP <41>).

    Args:
        weighings: At least ten, of the same load.
        readability: The digit of the scale.

    Returns:
        2000 standard deviations, each taken as no less than 0.41 digits, rounded up to a digit; in the unit of the
        readability.

    Raises:
        BadInput: If there are fewer than ten weighings.
        DomainError: If they are not weights.
    """
    if len(weighings) < WEIGHINGS:
        raise BadInput(
            "too few weighings for a repeatability", value=len(weighings), limit=f"at least {WEIGHINGS} (USP <41>)"
        )
    values = [one.to(readability.unit).value for one in weighings]
    deviation = max(stdev(values), LEAST_DEVIATION * readability.value)
    steps = (FACTOR * deviation / readability.value).to_integral_value(ROUND_CEILING)
    return Quantity(steps * readability.value, readability.unit)


def due_on(calibrated_on: date, interval_days: int) -> date:
    """Give the last day on which a calibration is good.

    Args:
        calibrated_on: Day of the calibration.
        interval_days: Days from one to the next.

    Returns:
        The day.
    """
    return calibrated_on + timedelta(days=interval_days)


@dataclass(frozen=True, slots=True)
class InstrumentFacts:
    """What is known of an instrument at a moment; all times aware.

    Attributes:
        unit: UCUM code in which it measures.
        low: Lower end of its range; for a scale nothing.
        high: Upper end; for a scale its capacity.
        minimum: Smallest net weight that may be weighed; None where there is none.
        calibrated_until: When the approved calibration that counts ends; None if there is none.
        awaits_approval: Whether a calibration is done that nobody approved yet.
        adjusted_at: When it was found out of tolerance and adjusted, by a calibration that nobody approved yet.
        failed_at: When it was found out of tolerance and left so, by the latest calibration.
        needs_check: Whether it must be checked each day.
        checked_at: When it was last checked; None if never.
        check_passed: Whether that check passed.
        checked_until: Until when that check counts: the end of its day.
        held_since: Since when it is held; None if it is not.
        held_why: Why it is held.
        retired_at: When it was taken out of use for good; None if it was not.
    """

    unit: str
    low: Quantity
    high: Quantity
    minimum: Quantity | None = None
    calibrated_until: datetime | None = None
    awaits_approval: bool = False
    adjusted_at: datetime | None = None
    failed_at: datetime | None = None
    needs_check: bool = False
    checked_at: datetime | None = None
    check_passed: bool = False
    checked_until: datetime | None = None
    held_since: datetime | None = None
    held_why: str = ""
    retired_at: datetime | None = None


def suitability(facts: InstrumentFacts, *, load: Quantity | None = None, now: datetime) -> Verdict:
    """Judge whether an instrument may be used now, and for this load.

    Args:
        facts: What is known of it.
        load: What is to be measured; None to judge the instrument alone. Another unit than its own is an obstacle.
        now: The moment; aware.

    Returns:
        The verdict; every obstacle is named, not only the first.
    """
    found = [*_of_state(facts), *_of_calibration(facts, now), *_of_check(facts, now)]
    if load is not None:
        found += _of_load(facts, load)
    ends = [facts.calibrated_until, facts.checked_until if facts.needs_check and facts.check_passed else None]
    ahead = [end for end in ends if end is not None and end > now]
    return Verdict(now, tuple(found), changes_at=min(ahead, default=None))


def _of_state(facts: InstrumentFacts) -> list[Obstacle]:
    found = []
    if facts.retired_at is not None:
        why = because("retired", _("out of use since %(since)s"), since=facts.retired_at)
        found.append(Obstacle(why, Remedy.USE_ANOTHER, facts.retired_at))
    if facts.held_since is not None:
        why = because("held", _("held since %(since)s: %(why)s"), since=facts.held_since, why=facts.held_why)
        found.append(Obstacle(why, Remedy.FREE, facts.held_since))
    return found


def _of_calibration(facts: InstrumentFacts, now: datetime) -> list[Obstacle]:
    remedy = Remedy.APPROVE_CALIBRATION if facts.awaits_approval else Remedy.CALIBRATE
    if facts.failed_at is not None:
        why = because("calibration-failed", _("found out of tolerance at %(since)s"), since=facts.failed_at)
        return [Obstacle(why, Remedy.CALIBRATE, facts.failed_at)]
    if facts.adjusted_at is not None:
        why = because(
            "not-approved", _("adjusted at %(since)s, which nobody approved yet"), since=facts.adjusted_at
        )
        return [Obstacle(why, remedy, facts.adjusted_at)]
    if facts.calibrated_until is None:
        if facts.awaits_approval:
            return [Obstacle(because("not-approved", _("its calibration is not approved")), remedy)]
        return [Obstacle(because("not-calibrated", _("not calibrated")), remedy)]
    if now >= facts.calibrated_until:
        why = because(
            "calibration-overdue", _("calibration overdue for %(late)s, since %(since)s"),
            late=now - facts.calibrated_until, since=facts.calibrated_until,
        )  # fmt: skip
        return [Obstacle(why, remedy, facts.calibrated_until)]
    return []


def _of_check(facts: InstrumentFacts, now: datetime) -> list[Obstacle]:
    if not facts.needs_check:
        return []
    if facts.checked_at is None or facts.checked_until is None:
        return [Obstacle(because("no-check", _("never checked with its check weights")), Remedy.CHECK)]
    if now >= facts.checked_until:
        why = because("no-check", _("no check today; the last was at %(last)s"), last=facts.checked_at)
        return [Obstacle(why, Remedy.CHECK, facts.checked_until)]
    if not facts.check_passed:
        why = because("check-failed", _("failed its check at %(since)s"), since=facts.checked_at)
        return [Obstacle(why, Remedy.CHECK, facts.checked_at)]
    return []


def _of_load(facts: InstrumentFacts, load: Quantity) -> list[Obstacle]:
    if load.unit != facts.unit:
        why = because("wrong-unit", _("it measures in %(unit)s, not in %(asked)s"), unit=facts.unit, asked=load.unit)
    elif load > facts.high:
        why = because("capacity", _("%(load)s is above its capacity of %(high)s"), load=load, high=facts.high)
    elif facts.minimum is not None and load < facts.minimum:
        why = because(
            "minimum", _("%(load)s is below its minimum weight of %(minimum)s"), load=load, minimum=facts.minimum
        )
    elif load < facts.low:
        why = because("range", _("%(load)s is below its range from %(low)s"), load=load, low=facts.low)
    else:
        return []
    return [Obstacle(why, Remedy.USE_ANOTHER)]
