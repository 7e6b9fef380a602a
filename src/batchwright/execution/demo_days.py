"""Days of the demo plant, lived through by a clock that is moved: batches are performed act by act, as people do it.

The crew works by the same commands as people. Where everybody waits (for a time, for a module), the clock is put to
the next moment at which something can happen; each plant day begins with the daily check of the scales.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from batchwright import plant, record
from batchwright.execution import demo, queries, services
from batchwright.execution.adapters.modules import SimulatedModule
from batchwright.execution.models import Attempt, Batch, Run
from batchwright.execution.operators import Crew
from batchwright.execution.pace import pace_of, span
from batchwright.execution.plan import Plan
from batchwright.execution.services.machinery import key_of, tag_of
from batchwright.execution.states import ENDED, Command, State
from batchwright.execution.unit_operators import Preparer
from batchwright.kernel import clock as clocks
from batchwright.kernel.errors import DomainError
from batchwright.people import demo as people_demo
from batchwright.plant import demo_upkeep
from batchwright.plant.measuring import day_of
from batchwright.plant.models import UnitState
from batchwright.plant.verdicts import Remedy, Verdict
from batchwright.recipes.phases import Automated, Repeat, Wait

_ACT_SECONDS: Final = (45, 150)
"""How long people take for an act, with the way to the next one."""
_ACT_AT_MOST: Final = timedelta(minutes=1)
"""What the readings of the clock within one act add up to, with room."""
_GLANCE: Final = timedelta(minutes=5)
"""After how long somebody looks again where nobody can say when it goes on; each time after twice as long."""
_LONGEST_GLANCE: Final = timedelta(hours=6)
_MOST_GLANCES: Final = 20
"""Four days; after which nobody expects any more that time will help."""
Stop = Callable[[Batch], bool]


DemoClock = clocks.HandClock
"""The source of time of a process that plays days through."""


def perform_until(batch_number: str, stop: Stop, clock: DemoClock) -> None:
    """Perform a batch until it is where it was to be brought, or has ended.

    Args:
        batch_number: Number of a batch; it is started where nobody has.
        stop: Answers whether the batch, as it was read just now, is where it was to be brought.
        clock: The source of time of this process, installed by the caller; it is moved.

    Raises:
        DomainError: If nobody can act and no time will help; it says why.
    """
    perform_all({batch_number: stop}, clock)


def perform_all(stops: dict[str, Stop], clock: DemoClock) -> None:
    """Perform several batches side by side, each until it is where it was to be brought, or has ended.

    Args:
        stops: By number of the batch, as `perform_until` takes it; a batch that stands in the way of none of the
            others.
        clock: The source of time of this process, installed by the caller; it is moved.

    Raises:
        DomainError: If nobody can act for any of them and no time will help; it says why.
    """
    with demo_upkeep.scales_on_line():
        Days(stops, clock).live()


class People:
    """The people of the demo, and what they do whatever the clock is: a day's first work, and one act after another."""

    def __init__(self) -> None:
        """Call them together."""
        self.crew: Crew = demo.crew()
        self.crew.prepare = Helper(self.crew.prepare).__call__ if isinstance(self.crew.prepare, Preparer) else None
        self.day: date | None = None

    def begin_day(self) -> None:
        """Do what each plant day begins with, once."""
        today = plant.today()
        if today != self.day:
            self.day = today
            demo_upkeep.renew_calibrations()
            demo_upkeep.check_scales()
            people_demo.renew_trainings()

    def act(self, batch: Batch) -> str | None:
        """Do one thing for a batch.

        Args:
            batch: As it was read just now; it is started where nobody has.

        Returns:
            Why nothing can be done now; None where something was done.
        """
        if batch.state == State.IDLE:
            services.command_batch(actor=self.crew.members[0].actor, batch=batch, command=Command.START)
            return None
        done, _pause, why = self.crew.act(batch)
        return None if done is not None else why or f"{batch.number} waits"


class Days(People):
    """What the people of the demo do until some batches are where they were to be brought."""

    def __init__(self, stops: dict[str, Stop], clock: DemoClock) -> None:
        """Call the people together.

        Args:
            stops: As `perform_all` takes them.
            clock: The source of time; it is moved.
        """
        super().__init__()
        self.stops, self.clock = stops, clock
        self.die = random.Random("/".join(stops))  # noqa: S311 - no secret; alike each time
        self.rests: dict[str, datetime] = {}
        """When to look at a batch again for which nothing could be done."""
        self.glances: dict[str, int] = {}
        """How often that was only a guess."""

    def live(self) -> None:
        """Act, and where nobody can, let time pass."""
        while open_ones := [one for one in map(_read, self.stops) if not self._is_there(one)]:
            self.go_round(open_ones)
        for number in self.stops:
            demo.put_away(_read(number))

    def go_round(self, batches: Sequence[Batch], *, until: datetime | None = None) -> None:
        """Do one thing for each batch that something can be done for, and let pass what that takes.

        Args:
            batches: As they were read just now.
            until: The clock is not moved beyond it where nobody can act; None for no such moment.

        Raises:
            DomainError: If no time will help any of them; it says why.
        """
        self.begin_day()
        awake = [one for one in batches if self.rests.get(one.number, self.clock.now) <= self.clock.now]
        acted = [one.number for one in awake if self._acts(one)]
        if acted:
            self.clock.advance(timedelta(seconds=self.die.randint(*_ACT_SECONDS)))
            return
        moments = [self.rests[one.number] for one in batches]
        self.clock.jump_to(max(self.clock.now, min([*moments, *([until] if until else [])])))

    def _acts(self, batch: Batch) -> bool:
        """Do one thing; where nothing can be done, note when to look again."""
        if day_of(self.clock.now + _ACT_AT_MOST) != plant.today():
            self.clock.advance(_ACT_AT_MOST)  # nobody begins what midnight would find unfinished: the checks come first
        self.begin_day()
        why = self.act(batch)
        if why is None:
            self.rests.pop(batch.number, None)
            self.glances.pop(batch.number, None)
            return True
        known = [one for one in self.moments(batch) if one > self.clock.now]
        looked = 0 if known else self.glances.get(batch.number, 0) + 1
        if looked > _MOST_GLANCES:
            raise DomainError(
                "nobody can act, and no time will help", value=batch.number, limit=why,
                remedy="Look at the batch, and mend what it waits for.",
            )  # fmt: skip
        self.glances[batch.number] = looked
        longer = min(_GLANCE * 2 ** min(looked, 10), _LONGEST_GLANCE)
        self.rests[batch.number] = min(known, default=self.clock.now + longer)
        return False

    def _is_there(self, batch: Batch) -> bool:
        return State(batch.state) in ENDED or self.stops[batch.number](batch)

    def act(self, batch: Batch) -> str | None:
        """Do one thing for a batch; where its people cannot, let its modules and its times go on.

        Args:
            batch: As it was read just now.

        Returns:
            Why nothing can be done now; None where something was done.
        """
        why = super().act(batch)
        if why is None:
            return None
        keys = {batch.pk}
        if self.crew.module_of is not None and services.run_modules(self.crew.module_of, only=keys):
            return None
        return None if services.watch_the_clock(only=keys) else why

    def moments(self, batch: Batch) -> Iterator[datetime]:
        """Say when something can happen again.

        Args:
            batch: A batch.

        Yields:
            Moments, past ones among them, as far as they are known.
        """
        turn = queries.standing(self.crew.members[0].actor, batch).turn
        for run in turn.runs.values():
            if run.level != "phase" or run.state != State.RUNNING or run.started_at is None:
                continue
            phase = turn.plan.elements[run.element].phase
            match phase:
                case Wait() | Repeat():
                    pace = pace_of(phase, run.started_at, _latest_round(run))
                    yield pace.ready or pace.due or run.started_at
                case Automated():
                    module = None if self.crew.module_of is None else self.crew.module_of(tag_of(run, phase))
                    ends = module.ends_at(key_of(run)) if isinstance(module, SimulatedModule) else None
                    if ends is not None:
                        yield ends
        yield from _holds(turn.plan, turn.runs.values())


def _latest_round(run: Run) -> datetime | None:
    rows = Attempt.objects.filter(run=run, kind="perform").exclude(verdict="refused").order_by("-number")
    found: datetime | None = rows.values_list("at", flat=True).first()
    return found


def _holds(plan: Plan, runs: Iterable[Run]) -> Iterator[datetime]:
    """When hold times end that have begun."""
    ended = {run.element: run.completed_at for run in runs if run.completed_at is not None}
    for hold in plan.holds:
        since = ended.get(hold.after)
        if since is not None and hold.at_least is not None:
            yield since + span(hold.at_least)


class Helper:
    """Makes units ready: cleans and clears like everybody, and does what an instrument of the unit lacks.

    Args:
        preparer: Who cleans and clears.
    """

    def __init__(self, preparer: Preparer) -> None:
        self.preparer = preparer

    def __call__(self, run: Run, verdict: Verdict) -> record.Receipt | None:
        """Do what the plant says is to be done first, before a unit is used for a batch.

        Args:
            run: Run of the step that waits for the unit, with its batch.
            verdict: Why the unit cannot be used.

        Returns:
            Where the entry stands; None where it takes something that only people decide.
        """
        match verdict.remedy:
            case Remedy.CHECK | Remedy.CALIBRATE:
                return demo_upkeep.mend(run.unit)
            case Remedy.END_USE | Remedy.CLOSE_CAMPAIGN:
                return self._make_way(run, verdict.remedy)
            case _:
                return self.preparer(run, verdict)

    def _make_way(self, run: Run, remedy: Remedy) -> record.Receipt | None:
        """End what stands in the way and is over: the use by a batch of before this system, and its campaign."""
        unit = plant.EquipmentElement.objects.get(tag=run.unit)
        state = UnitState.objects.select_related("use", "campaign").get(unit=unit)
        if state.use is not None and Batch.objects.filter(number=state.use.batch).exists():
            return None
        give = plant.services.end_use if remedy is Remedy.END_USE else plant.services.close_campaign
        return give(actor=self.preparer.cleaner, unit=unit, reason=f"Made way for {run.batch.number}")


def _read(number: str) -> Batch:
    found: Batch = Batch.objects.select_related("sponsor", "recipe_version__recipe").get(number=number)
    return found
