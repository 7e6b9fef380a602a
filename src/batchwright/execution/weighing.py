"""Weigh and dispense: what is checked before, what is said of each weight, what stands on the label.

The order of checks is that of the work: the material, its lot, the container that it comes from, the container that it
goes into, the scale, the tare (21 CFR 211.68(b), 211.101). Every weight that was read is kept; one out of tolerance is
taken in only with an exception.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.weighing_amounts import (
    DispenseLine,
    Lot,
    Weighed,
    amount_in,
    bar,
    factor_of,
    is_full,
)
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Amount, Name, Part, Text

ReasonPolicy = Literal["off", "optional", "mandatory", "mandatory when out of tolerance"]
Method = Literal["net", "reverse", "pallet"]


class Vessel(Part):
    """A container that is filled."""

    code: Name
    clean: bool
    clean_until: Moment | None = None
    tare: Amount | None = None


class Scale(Part):
    """A scale as the plant knows it."""

    tag: Name
    capacity: Amount
    minimum: Amount
    """Least net weight that may be weighed on it (USP <41>)."""
    increment: Amount
    """Its smallest step."""
    calibrated_until: Moment | None = None
    checked_on: date | None = None
    """Day of the latest daily check that passed, in the zone of the site."""
    unusable: tuple[Text, ...] = ()
    """Why the plant does not let it be used."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is weighed."""

    code: Literal[
        "item", "lot", "potency", "container empty", "vessel", "scale", "calibration", "daily check", "capacity",
        "minimum weight", "resolution", "tare", "line full", "unstable", "negative", "more than held", "reason",
        "same person", "checker", "overweight",
    ]  # fmt: skip
    sentence: str
    value: str = ""
    limit: str = ""
    remedy: str = ""


def may_weigh(
    line: DispenseLine, weighed: Sequence[Weighed], lot: Lot, vessel: Vessel, scale: Scale, now: datetime, today: date
) -> tuple[Refusal, ...]:
    """What keeps a lot from being weighed into a container on a scale, in the order of the work.

    Args:
        line: What is weighed.
        weighed: What has been accepted for it.
        lot: What was scanned.
        vessel: Container that is filled.
        scale: The scale.
        now: The moment.
        today: The day, in the zone of the site.

    Returns:
        Every reason, the first one first; none where it may be weighed.
    """
    found = [*_of_material(line, weighed, lot), *_of_vessel(vessel, now), *scale_refusals(scale, now, today)]
    if not found:
        found = _of_amount(line, weighed, lot, vessel, scale)
    if vessel.tare is None:
        found.append(Refusal("tare", f"The tare of {vessel.code} is not known", remedy="Weigh it empty."))
    return tuple(found)


def _of_material(line: DispenseLine, weighed: Sequence[Weighed], lot: Lot) -> list[Refusal]:
    found = []
    if lot.material != line.material:
        found.append(
            Refusal(
                "item",
                f"{lot.number} is not what is weighed here",
                lot.material,
                line.material,
                "Scan the right material.",
            )
        )
    if lot.unusable:
        found.append(Refusal("lot", f"{lot.number} cannot be used", "; ".join(lot.unusable), "approved and in date",
                             "Choose another lot, or ask quality assurance."))  # fmt: skip
    try:
        factor_of(line, lot)
    except DomainError as error:
        found.append(Refusal("potency", str(error), error.value or "", error.limit or "", error.remedy))
    if lot.contents.value <= 0 or any(one.source == lot.container and one.emptied for one in weighed):
        found.append(
            Refusal("container empty", f"{lot.container} is empty", str(lot.contents), "> 0", "Scan another container.")
        )
    if is_full(line, weighed):
        found.append(Refusal("line full", f"{line.path} is weighed", remedy="Go on with the next material."))
    return found


def _of_vessel(vessel: Vessel, now: datetime) -> list[Refusal]:
    if not vessel.clean:
        return [Refusal("vessel", f"{vessel.code} is not clean", "not clean", "clean", "Choose a clean container.")]
    if vessel.clean_until is not None and vessel.clean_until < now:
        return [
            Refusal(
                "vessel",
                f"The cleaning of {vessel.code} has expired",
                clock.iso(vessel.clean_until),
                clock.iso(now),
                "Choose a clean container.",
            )
        ]
    return []


def scale_refusals(scale: Scale, now: datetime, today: date) -> list[Refusal]:
    """What keeps a scale from being used at all, whatever is weighed on it.

    Args:
        scale: The scale.
        now: The moment.
        today: The day, in the zone of the site.

    Returns:
        Every reason; none where it may be used.
    """
    found = []
    if scale.unusable:
        found.append(
            Refusal("scale", f"{scale.tag} cannot be used", "; ".join(scale.unusable), remedy="Use another scale.")
        )
    if scale.calibrated_until is None or scale.calibrated_until < now:
        until = "never" if scale.calibrated_until is None else clock.iso(scale.calibrated_until)
        found.append(
            Refusal("calibration", f"{scale.tag} is not calibrated", until, clock.iso(now), "Use a calibrated scale.")
        )
    if scale.checked_on != today:
        value = "never" if scale.checked_on is None else scale.checked_on.isoformat()
        found.append(
            Refusal(
                "daily check",
                f"{scale.tag} has not been checked today",
                value,
                today.isoformat(),
                "Check it with its weights.",
            )
        )
    return found


def _of_amount(line: DispenseLine, weighed: Sequence[Weighed], lot: Lot, vessel: Vessel, scale: Scale) -> list[Refusal]:
    numbers = bar(line, weighed, lot)
    wanted = min(numbers.target, lot.contents)
    load = wanted if vessel.tare is None else wanted + vessel.tare.to(wanted.unit)
    found = []
    if load > scale.capacity:
        found.append(Refusal("capacity", f"{load} is more than {scale.tag} carries", str(load), f"<= {scale.capacity}",
                             "Use a larger scale, or several containers."))  # fmt: skip
    if wanted < scale.minimum:
        found.append(Refusal("minimum weight", f"{wanted} is less than may be weighed on {scale.tag}", str(wanted),
                             f">= {scale.minimum}", "Use a finer scale."))  # fmt: skip
    width = amount_in(numbers.high, "g") - amount_in(numbers.low, "g")
    if amount_in(scale.increment, "g") > width:
        found.append(Refusal("resolution", f"{scale.tag} is too coarse for the tolerance", str(scale.increment),
                             f"{numbers.low} to {numbers.high}", "Use a finer scale."))  # fmt: skip
    return found


# ----------------------------------------------------------------------------------------------------------- a weight
class Reading(Part):
    """A weight as somebody wants to record it."""

    net: Amount
    gross: Amount | None = None
    tare: Amount | None = None
    method: Method = "net"
    source: Literal["scale", "manual"] = "scale"
    stable: bool = True
    last: bool = True
    """Whether the line is to be full with it; else more follows, from this or another container."""
    empties: bool = False
    """Whether the source container is empty then."""
    by: Name
    checked_by: str = ""
    reason: Text = ""


@dataclass(frozen=True, slots=True)
class WeightJudged:
    """What is said of a weight; the reading is kept whatever is said."""

    reading: Reading
    verdict: Literal["accepted", "out of tolerance", "refused"]
    weighed: Weighed | None = None
    """What counts for the line; None where the reading is refused."""
    reasons: tuple[Refusal, ...] = ()
    exceptions: tuple[Raised, ...] = ()


def judge_weight(
    line: DispenseLine, weighed: Sequence[Weighed], lot: Lot, vessel: Vessel, reading: Reading, *,
    policy: ReasonPolicy = "mandatory when out of tolerance", second_person: bool = True, path: str = "",
) -> WeightJudged:  # fmt: skip
    """Judge a weight that `may_weigh` allowed.

    Args:
        line: What is weighed.
        weighed: What has been accepted for it.
        lot: The lot and container that it is taken from.
        vessel: Container that it goes into.
        reading: The weight.
        policy: Whether a reason is asked for.
        second_person: Whether another person checks it; one who verifies is asked also where a scale reads by itself
            (21 CFR 211.101(c)).
        path: Run of the phase, for exceptions.

    Returns:
        What is said of it. A last weight outside the tolerance is taken in only with an exception.
    """
    numbers = bar(line, weighed, lot)
    over = reading.net > numbers.high
    under = reading.last and reading.net < numbers.low
    reasons = [
        *_of_reading(reading, lot, second_person=second_person),
        *_of_reason(reading, policy, broken=over or under),
    ]
    if over and not reading.last:
        reasons.append(
            Refusal(
                "overweight",
                "This is more than the line takes",
                str(reading.net),
                f"<= {numbers.high}",
                "Take some out.",
            )
        )
    if reasons:
        return WeightJudged(reading, "refused", reasons=tuple(reasons))
    exceptions = []
    if over or under:
        beyond = f"above {numbers.high}" if over else f"below {numbers.low}"
        limit = f"<= {numbers.high}" if over else f">= {numbers.low}"
        sentence = f"{line.path} {reading.net} is {beyond}: {reading.reason}"
        exceptions.append(
            raised(
                Kind.OUT_OF_LIMIT,
                sentence,
                path=path,
                field=line.path,
                value=reading.net,
                limit=limit,
                classification="KPP",
            )
        )
    if reading.source == "manual":
        exceptions.append(
            raised(
                Kind.MANUAL_VALUE,
                f"{line.path} {reading.net} was entered by hand",
                path=path,
                field=line.path,
                value=reading.net,
            )
        )
    factor = factor_of(line, lot)
    found = Weighed(
        lot=lot.number, factor=str(factor), net=reading.net, source=lot.container, into=vessel.code,
        emptied=reading.empties,
        last=reading.last,
    )  # fmt: skip
    return WeightJudged(reading, "out of tolerance" if over or under else "accepted", found, (), tuple(exceptions))


def _of_reading(reading: Reading, lot: Lot, *, second_person: bool) -> list[Refusal]:
    found = []
    if not reading.stable:
        found.append(
            Refusal("unstable", "The scale is not at rest", str(reading.net), remedy="Wait until it is stable.")
        )
    gross, tare = reading.gross, reading.tare
    mismatch = gross is not None and tare is not None and reading.method == "net" and gross - tare != reading.net
    if reading.net.value <= 0 or mismatch:
        found.append(Refusal("negative", "Net is not gross less tare, or not more than nothing", str(reading.net),
                             f"{gross} - {tare}" if mismatch else "> 0", "Tare, and weigh again."))  # fmt: skip
    if reading.net > lot.contents:
        found.append(
            Refusal(
                "more than held",
                f"{lot.container} held less than was weighed",
                str(reading.net),
                f"<= {lot.contents}",
                "Count the container, and correct its contents first.",
            )
        )
    if reading.checked_by == reading.by:
        found.append(
            Refusal(
                "same person",
                "The second person is the first one",
                reading.by,
                "another person",
                "Ask somebody else to check.",
            )
        )
    elif second_person and not reading.checked_by:
        found.append(Refusal("checker", "Nobody has checked the weight", remedy="Ask somebody to check it."))
    return found


def _of_reason(reading: Reading, policy: ReasonPolicy, *, broken: bool) -> list[Refusal]:
    given = bool(reading.reason.strip())
    if policy == "off" and given:
        return [
            Refusal("reason", "No reason is asked for here", reading.reason, "none", "Record an exception instead.")
        ]
    if not given and (policy == "mandatory" or (policy == "mandatory when out of tolerance" and broken)):
        what = "A weight out of tolerance needs a reason" if broken else "A weight needs a reason"
        return [Refusal("reason", what, remedy="Choose a reason, or weigh again.")]
    return []


def undo(
    weighed: Sequence[Weighed], number: int, *, by: str, checked_by: str, reason: str
) -> tuple[tuple[Weighed, ...], Raised]:
    """Give a weight back to the container that it came from, before it is charged.

    Args:
        weighed: What has been accepted for a line.
        number: Which of them, from 0.
        by: Who gives it back.
        checked_by: Second person.
        reason: Why.

    Returns:
        What is left, and the exception; the weight itself stays in the record.

    Raises:
        DomainError: There is no such weight, no reason, or no second person.
    """
    if not 0 <= number < len(weighed):
        raise DomainError("there is no such weight", value=number + 1, limit=len(weighed))
    if not reason.strip():
        raise DomainError("giving back needs a reason", remedy="Write why.")
    if not checked_by or checked_by == by:
        raise DomainError("giving back needs a second person", value=checked_by or "nobody", limit=f"another than {by}")
    one = weighed[number]
    sentence = f"{one.net} of {one.lot} given back from {one.into} to {one.source}: {reason}"
    left = (*weighed[:number], *weighed[number + 1 :])
    return left, raised(Kind.CORRECTION, sentence, value=one.net)
