"""Yields and reconciliation: what was made of what could have been made (21 CFR 211.103, 211.125, 211.184).

A yield is actual over theoretical, in per cent, rounded once for the reader and judged before it is rounded. Labels are
reconciled one by one: issued = used + destroyed + returned + specimens, and beyond the limit the difference is
investigated. An area is inspected before and after (21 CFR 211.188(b)(6)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel.errors import BatchwrightError, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.rounding import Rounding
from batchwright.recipes.evaluation import Size
from batchwright.recipes.expression_types import PLAIN
from batchwright.recipes.procedure import ExpectedYield, Moment
from batchwright.recipes.scaling import plain
from batchwright.recipes.values import Limits, Name, Part, Text

SHOWN = Rounding.half_up(decimals=2)


@dataclass(frozen=True, slots=True)
class Yield:
    """A yield, or why there is none."""

    id: str
    name: str
    verdict: Literal["within", "alert", "out of limit", "not known"]
    sentence: str
    """How it came about: ``98.50 % = 237.0 kg / 240.6 kg, at least 96.0 %``."""
    actual: Fraction | None = None
    """In root units of its dimension."""
    theoretical: Fraction | None = None
    percent: Quantity | None = None
    """Rounded to two decimals."""
    exception: Raised | None = None


def reckon(expected: ExpectedYield, around: Surroundings) -> Yield:
    """Reckon a yield that the recipe asks for.

    Args:
        expected: The yield with its formulas and limits.
        around: Where it stands in the running recipe.

    Returns:
        The yield; "not known" with the reason where a value is missing.
    """
    name = expected.name or expected.id
    try:
        actual, theoretical = (_size(around, one) for one in (expected.actual, expected.theoretical))
        share = _share(actual, theoretical)
    except BatchwrightError as error:
        return Yield(expected.id, name, "not known", f"{name} cannot be reckoned: {error}")
    how = f"{plain(actual.value)} {actual.unit} / {plain(theoretical.value)} {theoretical.unit}"
    return judged(expected.id, name, share, expected.limits, how, around.path, (actual, theoretical))


def judged(
    identifier: str, name: str, share: Fraction, limits: Limits | None, how: str, path: str,
    sizes: tuple[Size, Size] | None = None,
) -> Yield:  # fmt: skip
    """Hold a share against limits; alert limits first ask for a look, action limits for an investigation.

    Args:
        identifier: Of the yield.
        name: What people call it.
        share: The exact share; 1 is 100 %.
        limits: As fractions or in per cent; None where none are given.
        how: How the share came about.
        path: Run that it belongs to.
        sizes: Actual and theoretical.

    Returns:
        The yield.
    """
    percent = Quantity(SHOWN.of(share * 100), "%")
    text = f"{percent} = {how}"
    actual, theoretical = (None, None) if sizes is None else (one.in_root_units() for one in sizes)
    broken = None if limits is None else _broken(share, limits)
    if broken is None:
        shown = "no limits are given" if limits is None else str(limits)
        return Yield(identifier, name, "within", f"{text}, {shown}", actual, theoretical, percent)
    kind, limit = broken
    verdict: Literal["alert", "out of limit"] = "alert" if kind is Kind.ALERT else "out of limit"
    sentence = f"{name} {text}, limit {limit}"
    exception = raised(kind, sentence, path=path, field=identifier, value=percent, limit=limit)
    return Yield(identifier, name, verdict, sentence, actual, theoretical, percent, exception)


def _size(around: Surroundings, source: str) -> Size:
    if not source.strip():
        raise DomainError("the recipe does not say how")
    found = around.worth(source)
    if not isinstance(found, Size):
        raise DomainError("this is no amount", value=source)
    return found


def _share(actual: Size, theoretical: Size) -> Fraction:
    if theoretical.in_root_units() <= 0:
        raise DomainError("the theoretical amount is not more than nothing", value=plain(theoretical.value))
    return actual.to(theoretical.unit).value / theoretical.value


def _broken(share: Fraction, limits: Limits) -> tuple[Kind, str] | None:
    def fraction(limit: Quantity) -> Fraction:
        return Size.of(limit).to(PLAIN).value

    for kind, low, high in (
        (Kind.YIELD, limits.action_low, limits.action_high),
        (Kind.ALERT, limits.alert_low, limits.alert_high),
    ):
        if low is not None and share < fraction(low):
            return kind, f">= {low}"
        if high is not None and share > fraction(high):
            return kind, f"<= {high}"
    return None


def reconcile_labels(
    issued: int, accounted: Mapping[str, int], limits: Limits, *, path: str = "", name: str = "Labels"
) -> Yield:
    """Reconcile labels, or anything else that is counted.

    Args:
        issued: How many were issued.
        accounted: What became of them: used, destroyed, returned, specimens ...
        limits: Between which the share has to be; 100 % to 100 % allows no difference.
        path: Run that it belongs to.
        name: What is counted.

    Returns:
        The share that is accounted for.

    Raises:
        DomainError: A count is less than nothing, or nothing was issued.
    """
    negative = [word for word, number in accounted.items() if number < 0]
    if issued <= 0 or negative:
        value = f"{issued} issued" if issued <= 0 else f"{negative[0]} {accounted[negative[0]]}"
        raise DomainError("this cannot be counted", value=value, limit="issued > 0, all others >= 0")
    whole = sum(accounted.values())
    parts = " + ".join(f"{number} {word}" for word, number in accounted.items()) or "0"
    return judged(name, name, Fraction(whole, issued), limits, f"({parts}) / {issued} issued", path)


class Inspection(Part):
    """A look at an area, before or after."""

    area: Name
    when: Literal["before", "after"]
    at: Moment
    by: Name
    checked_by: Text = ""
    clear: bool


def reconcile_area(area: str, inspections: tuple[Inspection, ...], began: Moment, ended: Moment) -> tuple[str, ...]:
    """Whether an area was inspected before and after its use, by two people, and was clear.

    Args:
        area: The area.
        inspections: All that are on record.
        began: When it was used first.
        ended: When it was used last.

    Returns:
        What is missing, as sentences; none where all is there.
    """
    missing = []
    for when in ("before", "after"):
        own = [
            one
            for one in inspections
            if one.area == area and one.when == when and (one.at <= began if when == "before" else one.at >= ended)
        ]
        if not own:
            missing.append(f"{area} was not inspected {when} its use")
            continue
        # the nearest to the use counts: an earlier look does not tell what came after it
        latest = max(own, key=lambda one: one.at) if when == "before" else min(own, key=lambda one: one.at)
        if not latest.clear:
            missing.append(f"{area} was not clear {when} its use")
        if not latest.checked_by or latest.checked_by == latest.by:
            missing.append(f"The inspection of {area} {when} its use was not checked by a second person")
    return tuple(missing)
