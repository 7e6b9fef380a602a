"""The port to a scale: what every scale can be asked, whatever it speaks, and the ways in which it says no.

A reading is a value with its unit, whether it was stable, when it was taken and the line it came from. Only a stable
reading in the unit that the scale is set up for becomes a value of a record; everything else is an error that says
what to do. Adapters stand in `batchwright.plant.adapters`. Source: OIML R 76-1, 4.4.2 (stable equilibrium);
21 CFR 211.68, 11.10(h).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self

from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.kernel.quantity import Quantity

STABLE_WITHIN: Final = timedelta(seconds=10)
"""How long a reading may take to become stable, where the caller does not say."""
ANSWER_WITHIN: Final = timedelta(seconds=2)
"""How long a scale may take for one answer; after that its line is given up, so that no late answer is taken for the
next."""


class Unstable(DomainError):
    """The load did not come to rest in time; no value is given."""


class Overload(DomainError):
    """More is on the scale than it can weigh."""


class Underload(DomainError):
    """Less is on the scale than nothing: the pan is missing or something holds it up."""


class WrongUnit(DomainError):
    """The scale shows another unit than it is set up for."""


class ConnectionLost(Unavailable):
    """The scale does not answer, or its line was cut."""


class Busy(Unavailable):
    """The scale does something else, or did not do what was asked."""


class NotUnderstood(Unavailable):
    """The scale answered what its protocol does not know, or did not know the command."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a scale showed.

    Attributes:
        value: The value, with the digits and in the unit that the scale sent.
        stable: Whether the scale called it stable; a value that is not is only ever shown.
        at: When it was received.
        raw: The line as it came, for the record.
    """

    value: Quantity
    stable: bool
    at: datetime
    raw: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a scale says it is.

    Attributes:
        model: Type, as the scale gives it.
        serial: Serial number, as the scale gives it.
    """

    model: str
    serial: str


class Scale(Protocol):
    """A scale that is connected; `with` closes it."""

    def read(self) -> Reading:
        """Give what it shows now, stable or not.

        Returns:
            The reading.

        Raises:
            Overload: If it is loaded above its capacity.
            Underload: If it is loaded below nothing.
            WrongUnit: If it shows another unit than it is set up for.
            Busy: If it does something else.
            ConnectionLost: If it does not answer.
            NotUnderstood: If its answer makes no sense.
        """

    def read_stable(self, timeout: timedelta = STABLE_WITHIN) -> Reading:
        """Give a stable value.

        Args:
            timeout: How long to wait for it.

        Returns:
            A stable reading.

        Raises:
            Unstable: If it did not come to rest.
        """

    def tare(self, timeout: timedelta = STABLE_WITHIN) -> Reading:
        """Take what is on it as tare, once it is stable.

        Args:
            timeout: How long to wait for stability.

        Returns:
            The stable weight that became the tare.

        Raises:
            Unstable: If it did not come to rest.
            Busy: If it did not tare.
        """

    def zero(self, timeout: timedelta = STABLE_WITHIN) -> None:
        """Set zero, once it is stable.

        Args:
            timeout: How long to wait for stability.

        Raises:
            Unstable: If it did not come to rest.
            Busy: If it did not set zero, such as outside its zero range.
        """

    def identify(self) -> Identity:
        """Ask who it is.

        Returns:
            Model and serial number.
        """

    def close(self) -> None:
        """Let the line go."""

    def __enter__(self) -> Self:
        """Use it."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the line go."""
