"""When a step that has its own time may be performed, is due, and is late: repetitions and waits. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Phase, Repeat, Wait

_NEAR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of a step; None where it has none.

    Attributes:
        since: From when they count.
        ready: Before this it is refused.
        due: When it is asked for.
        late: After this it is an exception.
    """

    since: datetime
    ready: datetime | None = None
    due: datetime | None = None
    late: datetime | None = None

    def sleeps(self, now: datetime) -> bool:
        """Whether nothing has to be done at this moment."""
        first = self.ready or self.due
        return first is not None and now < first

    @property
    def form(self) -> str:
        """How its times are written: hour and minute alone where all are near, else with the day."""
        times = [one for one in (self.ready, self.due, self.late) if one is not None]
        return "clock" if all(one - self.since < _NEAR for one in times) else ""

    def is_overdue(self, now: datetime) -> bool:
        """Whether it was asked for before this moment."""
        return self.due is not None and now > self.due

    def is_late(self, now: datetime) -> bool:
        """Whether it is an exception by now."""
        return self.late is not None and now > self.late


def pace_of(phase: Phase | None, started: datetime, latest: datetime | None = None) -> Pace:
    """Give the times of a step.

    Args:
        phase: What it does.
        started: When it began; aware.
        latest: When its latest round was accepted; None where there was none.

    Returns:
        Its times: the first round is due at once, each other one interval after the one before, and late after two; a
        wait may end after its lower limit and is late after its upper one.
    """
    match phase:
        case Repeat(every=Quantity() as every):
            if latest is None:
                return Pace(started, due=started, late=started + 2 * span(every))
            return Pace(latest, due=latest + span(every), late=latest + 2 * span(every))
        case Wait(at_least=least, at_most=most):
            ready = None if least is None else started + span(least)
            late = None if most is None else started + span(most)
            return Pace(started, ready=ready, due=ready or started, late=late)
        case _:
            return Pace(started)


def span(amount: Quantity) -> timedelta:
    """Give an amount of time as a span.

    Args:
        amount: In any unit of time.

    Returns:
        The span, to the microsecond.
    """
    root = amount.in_root_units()
    return timedelta(microseconds=int(root * 1_000_000))
