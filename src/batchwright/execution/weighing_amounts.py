"""How much is weighed: targets by the potency of each lot, tolerances of a line, the excipient that gives way.

A line is filled from as many containers and lots as it takes: what counts is the pure substance, so each lot is weighed
by its own potency (21 CFR 211.101(a))::

    factor = assay                      (as is)        factor = assay x (1 - water)      (anhydrous)
    still to weigh of this lot = (theoretical - sum of net x factor) / factor

and the excipient gives way by what was really weighed: ``excipient = nominal - (sum of net - theoretical)``. Tolerances
are held for the line as a whole, at the target that its lots give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.rounding import Rounding
from batchwright.recipes.evaluation import Size
from batchwright.recipes.phases import Tolerance
from batchwright.recipes.scaling import plain
from batchwright.recipes.values import Amount, Name, Part, Text

Correction = Literal["none", "as is", "anhydrous"]


class DispenseLine(Part):
    """One input of the formula that is weighed out."""

    path: Name
    """Parameter of the formula."""
    material: Name
    """Code of the definition."""
    theoretical: Amount
    """Pure substance, scaled to the batch; for what is not corrected, the target."""
    correction: Correction = "none"
    tolerance: Tolerance
    decimals: int = 3
    """To which a target is rounded, in the unit of the line."""


class Lot(Part):
    """What is known of a lot and of the container that it is taken from."""

    number: Name
    material: Name
    unusable: tuple[Text, ...] = ()
    """Why it cannot be used today, as materials say: on hold, in quarantine, rejected, expired, due for a retest."""
    assay: Amount | None = None
    water: Amount | None = None
    expires_on: date | None = None
    container: Name
    contents: Amount
    """What the container holds."""


class Weighed(Part):
    """One weight that was accepted."""

    lot: Name
    factor: Text
    """Pure substance in the lot, as an exact fraction such as ``4831/5000``."""
    net: Amount
    source: Name
    """Container that it was taken from."""
    into: Name
    emptied: bool = False
    last: bool = False
    """Whether the line was closed with it, also out of tolerance with an exception."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The numbers of the tolerance bar, for the next weight of a lot."""

    target: Quantity
    """Of the lot at hand, rounded; what is still to weigh if all of it is."""
    low: Quantity
    high: Quantity
    weighed: Quantity
    """Net weights of the line until now."""
    why: str
    """How the target came about."""


def factor_of(line: DispenseLine, lot: Lot) -> Fraction:
    """Pure substance in a lot.

    Args:
        line: What is weighed.
        lot: The lot, with assay and water where the line is corrected.

    Returns:
        A fraction; 1 where the line is not corrected.

    Raises:
        DomainError: The assay, or the water, is not known or not credible.
    """
    if line.correction == "none":
        return Fraction(1)
    assay = _share(lot.assay, f"the assay of {lot.number}", Fraction(1, 2), Fraction(3, 2))
    if line.correction == "as is":
        return assay
    return assay * (1 - _share(lot.water, f"the water of {lot.number}", Fraction(0), Fraction(1, 2)))


def _share(amount: Quantity | None, what: str, low: Fraction, high: Fraction) -> Fraction:
    if amount is None:
        raise DomainError(f"{what} is not known", remedy="Enter it from the certificate.")
    if amount.measured_in.dimension != Quantity("1", "1").measured_in.dimension:
        raise DomainError(f"{what} is no fraction", value=amount, limit="such as 98.6 %")
    share = amount.in_root_units()
    if not low <= share <= high:
        limit = f"{plain(low * 100)} % to {plain(high * 100)} %"
        raise DomainError(f"{what} is not credible", value=amount, limit=limit, remedy="Check the certificate.")
    return share


def amount_in(amount: Quantity, unit: str) -> Fraction:
    """The exact size of an amount in a unit.

    Args:
        amount: The amount.
        unit: UCUM code of the same dimension.

    Returns:
        A fraction.
    """
    return Size.of(amount).to(Size.of(Quantity("1", unit)).unit).value


def _sum(line: DispenseLine, weighed: Sequence[Weighed]) -> Fraction:
    return sum((amount_in(one.net, line.theoretical.unit) for one in weighed), Fraction(0))


def _pure(line: DispenseLine, weighed: Sequence[Weighed]) -> Fraction:
    return sum((amount_in(one.net, line.theoretical.unit) * Fraction(one.factor) for one in weighed), Fraction(0))


def _tolerances(line: DispenseLine, whole: Fraction) -> tuple[Fraction, Fraction]:
    """How far the line may be below and above, at the target that its lots give."""

    def part(of: Quantity) -> Fraction:
        is_share = of.measured_in.dimension == Quantity("1", "1").measured_in.dimension
        return of.in_root_units() * whole if is_share else amount_in(of, line.theoretical.unit)

    return part(line.tolerance.below), part(line.tolerance.above)


def bar(line: DispenseLine, weighed: Sequence[Weighed], lot: Lot) -> Bar:
    """What is still to be weighed if the rest of the line is taken from a lot.

    Args:
        line: What is weighed.
        weighed: What has been accepted for it.
        lot: The lot at hand.

    Returns:
        Target and limits, rounded inwards for the limits, so that what is shown as good is good.

    Raises:
        DomainError: As `factor_of`.
    """
    factor = factor_of(line, lot)
    unit = line.theoretical.unit
    rest = (Fraction(line.theoretical.value) - _pure(line, weighed)) / factor
    done = _sum(line, weighed)
    below, above = _tolerances(line, done + rest)
    why = f"{line.theoretical}"
    if weighed:
        why = f"({why} - {plain(_pure(line, weighed))} {unit} pure in {len(weighed)} weighed)"
    if factor != 1:
        why = f"{why} / {plain(factor)}"
    target = Quantity(Rounding.half_up(decimals=line.decimals).of(rest), unit)
    return Bar(
        target, _inwards(rest - below, line, up=True), _inwards(rest + above, line, up=False),
        total(line, weighed), f"{target} = {why}",
    )  # fmt: skip


def _inwards(limit: Fraction, line: DispenseLine, *, up: bool) -> Quantity:
    scaled = limit * 10**line.decimals
    whole = -(-scaled.numerator // scaled.denominator) if up else scaled.numerator // scaled.denominator
    return Quantity(
        Rounding.half_up(decimals=line.decimals).of(Fraction(whole, 10**line.decimals)), line.theoretical.unit
    )


def is_full(line: DispenseLine, weighed: Sequence[Weighed]) -> bool:
    """Whether a line is within its tolerance.

    Args:
        line: What is weighed.
        weighed: What has been accepted.

    Returns:
        Whether nothing more has to be weighed.
    """
    if not weighed or weighed[-1].last:
        return bool(weighed)
    # what is missing is reckoned at the potency of the latest lot, which is the one at hand
    rest = (Fraction(line.theoretical.value) - _pure(line, weighed)) / Fraction(weighed[-1].factor)
    below, above = _tolerances(line, _sum(line, weighed) + rest)
    return -above <= rest <= below


def total(line: DispenseLine, weighed: Sequence[Weighed]) -> Quantity:
    """The net weights of a line together.

    Args:
        line: What is weighed.
        weighed: What has been accepted for it.

    Returns:
        Exactly their sum, in the unit of the line.
    """
    found = Quantity(0, line.theoretical.unit)
    for one in weighed:
        found = found + one.net
    return found


def compensated(
    nominal: Quantity, corrected: Sequence[tuple[DispenseLine, Sequence[Weighed]]], decimals: int
) -> tuple[Quantity, str]:
    """What an excipient has to be, after the substances that it gives way to have been weighed.

    Args:
        nominal: The excipient without giving way, scaled to the batch.
        corrected: The lines that it gives way to, with what was weighed.
        decimals: To which it is rounded.

    Returns:
        The theoretical amount of its line, and how it came about.

    Raises:
        DomainError: A line is not full yet, or the excipient would be less than nothing.
    """
    gain = Fraction(0)
    parts = []
    for line, weighed in corrected:
        if not is_full(line, weighed):
            raise DomainError(f"{line.path} is not weighed yet", value=line.theoretical, remedy="Weigh it first.")
        own = total(line, weighed)
        gain += amount_in(own, nominal.unit) - amount_in(line.theoretical, nominal.unit)
        parts.append(f"({own} - {line.theoretical} of {line.path})")
    rest = Fraction(nominal.value) - gain
    if rest < 0:
        raise DomainError(
            "the excipient cannot give way so far",
            value=f"{plain(gain)} {nominal.unit}",
            limit=f"<= {nominal}",
            remedy="Choose lots of higher potency.",
        )
    found = Quantity(Rounding.half_up(decimals=decimals).of(rest), nominal.unit)
    return found, f"{found} = {nominal} - {' - '.join(parts)}"


def pallet_net(gross: Quantity, pallet: Quantity, tares: Sequence[Quantity]) -> Quantity:
    """The net weight of a pallet of closed containers: gross less pallet less the tare of each container.

    Args:
        gross: What the floor scale shows.
        pallet: Weight of the empty pallet.
        tares: Of each container.

    Returns:
        The net weight.

    Raises:
        DomainError: It is not more than nothing.
    """
    net = gross - pallet
    for tare in tares:
        net = net - tare
    return _positive(net, f"{gross} - {pallet} - {len(tares)} tares")


def reverse_net(before: Quantity, after: Quantity) -> Quantity:
    """The net weight of a reverse dispense: what the source container has lost.

    Args:
        before: Gross weight of the source before.
        after: Gross weight of the source after.

    Returns:
        The net weight.

    Raises:
        DomainError: The source has not become lighter.
    """
    return _positive(before - after, f"{before} - {after}")


def _positive(net: Quantity, how: str) -> Quantity:
    if net.value <= 0:
        raise DomainError("the net weight is not more than nothing", value=f"{net} = {how}", limit="> 0",
                          remedy="Check gross and tare.")  # fmt: skip
    return net
