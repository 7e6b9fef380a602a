"""Reconciling a lot: does what came in stand beside what became of it? Pure (21 CFR 211.184(c); EU GMP chapter 5).

Movements have two sides, so the books always close; what a count found missing or too much is a movement as well, and
is what there is to reconcile. A material has a limit for it; beyond the limit an exception has to say why.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MILLION = 1_000_000
_ENTERING = ("receipt", "production", "conversion")


@dataclass(frozen=True, slots=True)
class Balance:
    """The mass balance of a lot, in millionths of its unit.

    Attributes:
        entered: By kind of movement, what came in.
        left: By kind of movement, what went out.
        on_hand: What the containers hold.
        nominal: Batch size, where one is said.
        limit_ppm: What counts may differ, in millionths of what came in; None where the material has no limit.
    """

    entered: Mapping[str, int]
    left: Mapping[str, int]
    on_hand: int
    nominal: int | None = None
    limit_ppm: int | None = None

    @property
    def received(self) -> int:
        """What came in; of a lot that was taken over, what was counted then."""
        came = sum(self.entered.get(kind, 0) for kind in _ENTERING)
        return came or self.entered.get("found", 0)

    @property
    def adjusted(self) -> int:
        """What counts took away, less what they added; below zero where more was found than was missing."""
        opening = not any(self.entered.get(kind) for kind in _ENTERING)
        return self.left.get("missing", 0) - (0 if opening else self.entered.get("found", 0))

    @property
    def parts(self) -> dict[str, int]:
        """What became of what was received; the parts add up to it.

        Returns:
            By name: in stock, used, converted, sampled, destroyed, shipped, adjusted.
        """
        return {
            "in_stock": self.on_hand, "used": self.left.get("consumption", 0),
            "converted": self.left.get("conversion", 0), "sampled": self.left.get("sample", 0),
            "destroyed": self.left.get("destruction", 0), "shipped": self.left.get("shipment", 0),
            "adjusted": self.adjusted,
        }  # fmt: skip

    @property
    def unaccounted(self) -> int:
        """What the movements do not explain; the database keeps it at zero."""
        return self.received - sum(self.parts.values())

    @property
    def difference_ppm(self) -> int | None:
        """What counts differ by, in millionths of what came in, rounded up; None where nothing came in."""
        if not self.received:
            return None
        return -(-abs(self.adjusted) * MILLION // self.received)

    @property
    def within(self) -> bool:
        """Whether the difference is within the material's limit, or there is none."""
        if self.limit_ppm is None or self.difference_ppm is None:
            return True
        return self.difference_ppm <= self.limit_ppm

    @property
    def yield_ppm(self) -> int | None:
        """What was made of the batch size, in millionths."""
        made = self.entered.get("production", 0)
        return made * MILLION // self.nominal if self.nominal and made else None


def percent(ppm: int) -> str:
    """Write a share as people do.

    Args:
        ppm: Millionths.

    Returns:
        Per cent, without superfluous zeros.
    """
    whole, rest = divmod(ppm, 10_000)
    decimals = f"{rest:04d}".rstrip("0")
    return f"{whole}.{decimals} %" if decimals else f"{whole} %"
