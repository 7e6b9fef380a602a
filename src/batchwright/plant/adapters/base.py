"""What all scales on a line have in common: waiting for stability, minding the unit, and their errors."""

import time
from abc import abstractmethod
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from batchwright.kernel.quantity import Quantity
from batchwright.plant.adapters.lines import LineConnection
from batchwright.plant.scales import (
    ANSWER_WITHIN,
    STABLE_WITHIN,
    Busy,
    NotUnderstood,
    Overload,
    Reading,
    Scale,
    Underload,
    Unstable,
    WrongUnit,
)

_POLL_SECONDS: Final = 0.1


class ScaleOnLine(Scale):
    """A scale behind a TCP port.

    Args:
        host: Its address.
        port: Its TCP port.
        unit: UCUM code of the unit it is set up for; any other is refused, also one that could be converted.
        answer_within: How long connecting and each answer may take.

    Raises:
        ConnectionLost: If nobody answers there.
    """

    def __init__(self, host: str, port: int, *, unit: str, answer_within: timedelta = ANSWER_WITHIN) -> None:
        self.unit = unit
        self._line = LineConnection(host, port, answer_within=answer_within)

    @abstractmethod
    def read(self) -> Reading:
        """Give what it shows now, stable or not."""

    def read_stable(self, timeout: timedelta = STABLE_WITHIN) -> Reading:
        """Give a stable value."""
        deadline = time.monotonic() + timeout.total_seconds()
        while True:
            reading = self.read()
            if reading.stable:
                return reading
            if time.monotonic() >= deadline:
                raise Unstable(
                    "the scale did not come to rest",
                    value=f"last {reading.value}",
                    limit=f"stable within {timeout.total_seconds():g} s",
                    remedy="Keep draughts and hands away from the scale, then read again.",
                )
            time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """Let the line go."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _quantity(self, value: str, code: str, sent: str) -> Quantity:
        """A weight in the unit that the scale is set up for; `code` is empty where the unit is not known."""
        if code != self.unit:
            raise WrongUnit(
                "the scale shows another unit than it is set up for",
                value=f"{value} {sent}",
                limit=self.unit,
                remedy=f"Switch the scale to {self.unit}.",
            )
        return Quantity(value, code)

    def _overload(self) -> Overload:
        return Overload(
            "the scale is loaded above its capacity", value=self._line.place, remedy="Take some of the load off."
        )

    def _underload(self) -> Underload:
        return Underload(
            "the scale is loaded below nothing",
            value=self._line.place,
            remedy="Check that the pan is in place and nothing lifts it, then set zero.",
        )

    def _busy(self, command: str) -> Busy:
        return Busy(
            "the scale cannot carry this out now",
            value=f"{command} at {self._line.place}",
            remedy="Wait until it has finished what it does, then try again.",
        )

    def _strange(self, raw: str, wanted: str) -> NotUnderstood:
        self.close()
        return NotUnderstood(
            "the scale answered what its protocol does not know",
            value=f"{raw[:60]!r} from {self._line.place}",
            limit=wanted,
            remedy="Check that the protocol of the scale is the one it is set up for.",
        )
