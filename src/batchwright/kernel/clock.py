"""The only reader of time in the project: aware, UTC, and injectable.

Everything else asks `now()`. A test, a simulation or a replay puts its own source in with `set_source`, `frozen` or
`ticking`. The source is one per process, not one per thread, so that the threads of one test see the same time.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from batchwright.kernel.errors import BadInput

Source = Callable[[], datetime]
"""Answers an aware datetime."""

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def system() -> datetime:
    """The time of this machine's clock, aware, UTC, to the microsecond."""
    return datetime.now(UTC)


_source: Source = system


def now() -> datetime:
    """The time now.

    Returns:
        An aware datetime in UTC, to the microsecond.

    Raises:
        BadInput: The source in use answered a naive datetime.
    """
    return ensure_utc(_source())


def pace() -> float:
    """How fast time runs, for what is a matter of a wire or of a person at a screen and not of the plant.

    Returns:
        Seconds that pass here in one second of this machine: 1, unless the time is simulated.
    """
    return _source.speed if isinstance(_source, SimulatedTime) else 1.0


def set_source(source: Source) -> Source:
    """Make `source` the one that `now` asks, for the whole process.

    Args:
        source: Answers an aware datetime each time it is called.

    Returns:
        The source used until now, to be put back by the caller.
    """
    global _source
    previous, _source = _source, source
    return previous


@contextmanager
def frozen(at: datetime) -> Iterator[datetime]:
    """Let time stand still inside the block.

    Args:
        at: The time that `now` answers inside the block; aware.

    Yields:
        The same time in UTC.

    Raises:
        BadInput: `at` is naive.
    """
    moment = ensure_utc(at)
    with running(lambda: moment):
        yield moment


@contextmanager
def running(source: Source) -> Iterator[None]:
    """Let another source tell the time inside the block.

    Args:
        source: Answers an aware datetime each time it is called.

    Yields:
        Nothing.
    """
    previous = set_source(source)
    try:
        yield
    finally:
        set_source(previous)


def ticking(start: datetime, step: timedelta = timedelta(seconds=1)) -> Source:
    """A source that moves by one step at each reading, so that no two readings of a test are equal.

    Args:
        start: The first time it answers; aware.
        step: What each later reading adds.

    Returns:
        A source for `set_source`.

    Raises:
        BadInput: `start` is naive.
    """
    first = ensure_utc(start)
    readings = itertools.count()
    return lambda: first + next(readings) * step


class HandClock:
    """A source that somebody moves, and only forward: for a history that is played through."""

    def __init__(self, start: datetime, step: timedelta = timedelta(0)) -> None:
        """Set it.

        Args:
            start: The time that it shows first; aware.
            step: By how much it moves by itself at each reading of the source; what is done takes time.

        Raises:
            BadInput: `start` is naive.
        """
        self._now, self._step = ensure_utc(start), step

    def __call__(self) -> datetime:
        """The time that it shows, as a source for `set_source` answers it."""
        self._now += self._step
        return self._now

    @property
    def now(self) -> datetime:
        """The time that it shows."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move it on.

        Args:
            by: By how much; not below zero.

        Raises:
            BadInput: `by` is negative.
        """
        self.jump_to(self._now + by)

    def jump_to(self, moment: datetime) -> None:
        """Move it on to a moment.

        Args:
            moment: The time that it shows then; aware.

        Raises:
            BadInput: `moment` is naive or before the time that it shows.
        """
        then = ensure_utc(moment)
        if then < self._now:
            raise BadInput("a clock is not put back", value=iso(then), limit=f">= {iso(self._now)}")
        self._now = then


@dataclass(frozen=True, slots=True)
class SimulatedTime:
    """A source whose time runs at another speed than this machine's: the time of a plant that is played through.

    Every process that is given the same three values sees the same time.

    Args:
        machine: A time of this machine's clock.
        plant: The time in the plant at that moment.
        speed: Seconds that pass in the plant in one second of this machine; above zero.

    Raises:
        BadInput: A time is naive, or the speed is not above zero.
    """

    machine: datetime
    plant: datetime
    speed: float

    def __post_init__(self) -> None:
        """Refuse what would let time stand or run back."""
        ensure_utc(self.machine)
        ensure_utc(self.plant)
        if not self.speed > 0:
            raise BadInput("time must go on", value=str(self.speed), limit="> 0")

    def __call__(self) -> datetime:
        """The time in the plant now."""
        return self.plant + (system() - self.machine) * self.speed


def ensure_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Args:
        moment: An aware datetime in any time zone; where clocks were put back, its `fold` says which of two it is.

    Returns:
        The same moment, with the zone UTC.

    Raises:
        BadInput: `moment` is naive, falls outside the years 1 to 9999 once it is in UTC, or lies in the gap that its
            zone leaves when clocks are put forward.
    """
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise BadInput(
            "a time without a time zone is refused",
            value=moment.isoformat(),
            limit="an aware datetime",
            remedy="Say which time zone it is in, for example with tzinfo=UTC.",
        )
    try:
        utc = moment.astimezone(UTC)
        exists = utc.astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(tzinfo=None)
    except OverflowError as error:
        raise BadInput(
            "the time is outside the calendar", value=moment.isoformat(), limit="years 1 to 9999 in UTC"
        ) from error
    if not exists:
        raise BadInput(
            "the time does not exist in its time zone: the clocks were put forward over it",
            value=f"{moment.isoformat()} {moment.tzinfo}",
            remedy="Give the time before or after the change, or give it in UTC.",
        )
    return utc


def iso(moment: datetime) -> str:
    """Write a moment as the record writes it.

    Args:
        moment: An aware datetime in any time zone.

    Returns:
        27 characters, such as ``2026-11-22T07:21:00.123456Z``: ISO 8601, UTC, always with microseconds, so that the
        order of the texts is the order of the moments.

    Raises:
        BadInput: `moment` is naive or outside the calendar.
    """
    return ensure_utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse(text: str) -> datetime:
    """Read a moment written in ISO 8601 with its offset.

    Args:
        text: Such as ``2026-11-22T07:21:00.123456Z`` or ``2026-11-22T08:21:00+01:00``.

    Returns:
        The moment, aware, in UTC.

    Raises:
        BadInput: The text is not of that form, names no time zone, has digits finer than a microsecond (which would be
            lost), or is no date of the calendar.
    """
    limit = "YYYY-MM-DDThh:mm:ss[.ffffff] with Z or +hh:mm"
    if not _ISO.fullmatch(text):
        raise BadInput("the time cannot be read", value=repr(text), limit=limit)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"the time does not exist: {error}", value=repr(text), limit=limit) from error
    return ensure_utc(moment)
