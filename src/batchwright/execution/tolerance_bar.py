"""Where a weight stands between nothing and too much, as the bar of the step screen draws it. Pure.

Below the tolerance the bar is coarse, inside it fine: the same movement of the hand moves the mark further, the nearer
the weight comes to its target.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from batchwright.execution.weighing_amounts import amount_in
from batchwright.kernel.quantity import Quantity

LOW: Final = 60
"""Where the tolerance begins, in hundredths of the bar."""
HIGH: Final = 85
"""Where it ends."""
Side = Literal["too little", "within", "too much"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a weight stands."""

    side: Side
    place: Decimal
    """In hundredths of the bar, with one decimal."""
    target: Decimal
    """Where the target stands."""
    missing: Quantity | None = None
    """What is still to come until the tolerance begins."""
    over: Quantity | None = None
    """What is too much."""


def mark(net: Quantity, low: Quantity, high: Quantity, target: Quantity) -> Mark:
    """Say where a weight stands.

    Args:
        net: What is on the scale, net; less than nothing counts as nothing.
        low: Least that is within the tolerance.
        high: Most that is.
        target: What is aimed at.

    Returns:
        The mark; a weight at a limit is within.
    """
    if net < low:
        side: Side = "too little"
    else:
        side = "too much" if net > high else "within"
    return Mark(
        side, _place(net, low, high), _place(target, low, high), low - net if side == "too little" else None,
        net - high if side == "too much" else None,
    )  # fmt: skip


def _place(net: Quantity, low: Quantity, high: Quantity) -> Decimal:
    value, begin, end = (amount_in(one, low.unit) for one in (net, low, high))
    if value <= 0:
        return Decimal("0.0")
    if value < begin:
        found = value / begin * LOW
    elif value <= end:
        found = LOW + (value - begin) / (end - begin) * (HIGH - LOW) if end > begin else Fraction(LOW + HIGH, 2)
    else:
        # as much again as the tolerance is wide reaches the end of the bar
        width = max(end - begin, end / 1000)
        found = min(HIGH + (value - end) / width * (100 - HIGH), Fraction(100))
    tenths = round(found * 10)
    return Decimal(tenths) / 10
