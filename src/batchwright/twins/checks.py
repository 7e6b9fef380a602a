"""Reference numbers and how far a model is from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """One reference number.

    Args:
        model: Name of the model.
        name: What is computed.
        value: What this code gives.
        reference: What was published, or the closed form.
        tolerance: Largest admissible error.
        unit: UCUM code of both.
        error_is: Whether the tolerance is relative or absolute.
        source: Where the reference comes from.
    """

    model: str
    name: str
    value: float
    reference: float
    tolerance: float
    unit: str = "1"
    error_is: Literal["relative", "absolute"] = "relative"
    source: str = ""

    @property
    def error(self) -> float:
        """Distance from the reference, relative or absolute as the tolerance is."""
        distance = abs(self.value - self.reference)
        return distance / abs(self.reference) if self.error_is == "relative" else distance

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance; a NaN never is."""
        return self.error <= self.tolerance
