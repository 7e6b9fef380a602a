"""What happened in the demo plant before today: batches of three suites in every state, played through by its people.

Each batch begins some days ago and is brought to where the demo finds it; the clock is moved, nothing is written past
the services, and what a batch waits for (a hold time, a culture of fourteen days) it waits for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from batchwright import plant, record
from batchwright.execution import demo, demo_days, demo_quality, services
from batchwright.execution.exceptions import Kind
from batchwright.execution.models import Batch
from batchwright.execution.states import ENDED, Command, State
from batchwright.kernel import clock as clocks
from batchwright.people import demo as people_demo
from batchwright.plant import demo_upkeep

HISTORY: Final = timedelta(days=33)
"""How far back the story of the plant goes."""
Tell = Callable[[int], None]
LEFT_TO_PEOPLE: Final = "FCT40-0414"
"""A batch that is planned and waits for whoever signs in."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One batch of the story.

    Args:
        recipe: Identifier of its recipe.
        number: Of the batch.
        days_ago: When it began, in days before today.
        then: What happens when it is complete or when today has come; nothing by default.
    """

    recipe: str
    number: str
    days_ago: float
    then: Callable[[Batch], object] = lambda _batch: None


def hold(batch: Batch) -> None:
    """Hold a batch because of something that somebody saw.

    Args:
        batch: A running one.
    """
    supervisor = demo.actor(demo_quality.SUPERVISOR)
    services.raise_exception(
        actor=supervisor, batch=batch, kind=Kind.EQUIPMENT,
        sentence="Pressure of the nitrogen line fell below 5 bar twice within the hour; the supplier is on the way.",
    )  # fmt: skip
    services.command_batch(
        actor=supervisor, batch=_again(batch.number), command=Command.HOLD, reason="Nitrogen is not reliable"
    )


CHAPTERS: Final = (
    Chapter("MAB07", "MAB07-0030", 29.8),
    Chapter("MAB07", "MAB07-0031", 19.5),
    Chapter("FCT40", "FCT40-0410", 9.0, demo_quality.review),
    Chapter("FCT40", "FCT40-0411", 5.0),
    Chapter("LYO12", "LYO12-0007", 2.5),
    Chapter("LYO12", "LYO12-0008", 1.5, hold),
    Chapter("FCT40", "FCT40-0412", 0.3),
    Chapter("FCT40", "FCT40-0413", 0.03),  # it is being weighed, so that there is something to see and to do at once
)


class Days(demo_days.Days):
    """Days of several batches that begin one after another."""

    def __init__(self, clock: clocks.HandClock, tell: Tell) -> None:
        """Call the people together.

        Args:
            clock: The source of time; it is moved.
            tell: Told of each day that begins.
        """
        super().__init__({}, clock)
        self.chapters: dict[str, Chapter] = {}
        self.tell, self.began = tell, clock.now

    def begin_day(self) -> None:
        """Do what each plant day begins with, once, and tell of it."""
        if plant.today() != self.day:
            self.tell((self.clock.now - self.began).days + 1)
        super().begin_day()

    def take(self, chapter: Chapter) -> None:
        """Begin a batch.

        Args:
            chapter: What it is.
        """
        demo.supply(chapter.recipe)
        demo.plan(chapter.recipe, chapter.number)
        self.chapters[chapter.number] = chapter

    def live_until(self, moment: datetime) -> None:
        """Let days pass, with what people do in them.

        Args:
            moment: When they end.
        """
        while self.clock.now < moment:
            open_ones = [_again(number) for number in self.chapters]
            for one in open_ones:
                if State(one.state) in ENDED:
                    demo.put_away(one)
                    self.chapters.pop(one.number).then(one)
            if running := [one for one in open_ones if one.number in self.chapters]:
                self.go_round(running, until=moment)
            else:
                people_demo.renew_trainings()
                self.clock.jump_to(min(moment, self.clock.now + timedelta(days=1)))


def play(clock: clocks.HandClock, *, until: datetime, tell: Tell = lambda _day: None) -> None:
    """Play what happened, up to a moment.

    Args:
        clock: The source of time of this process; it is moved.
        until: The moment; the clock stands there afterwards.
        tell: Told the number of each day that begins, from 1.
    """
    days = Days(clock, tell)
    with demo_upkeep.scales_on_line():
        for chapter in sorted(CHAPTERS, key=lambda one: -one.days_ago):
            days.live_until(until - timedelta(days=chapter.days_ago))
            days.take(chapter)
        days.live_until(until)
        for chapter in days.chapters.values():
            chapter.then(_again(chapter.number))
        demo.plan("FCT40", LEFT_TO_PEOPLE)


def _again(number: str) -> Batch:
    [found] = _BATCHES.all(number=number)
    return found


def _numbered(number: str) -> QuerySet[Batch]:
    rows = Batch.objects.select_related("sponsor", "recipe_version__recipe", "recipe_version__text")
    return rows.filter(number=number)


_BATCHES: Final = record.Prepared(_numbered, number=str)
