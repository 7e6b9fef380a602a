"""What happened in the demo plant before today: batches of three suites in every state, played through by its people.

Each batch begins some days ago and is brought to where the demo finds it; the clock is moved, nothing is written past
the services, and what a batch waits for (a hold time, a culture of fourteen days) it waits for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from batchwright.execution import demo, demo_days, demo_quality, services
from batchwright.execution.exceptions import Kind
from batchwright.execution.models import Batch
from batchwright.execution.states import Command
from batchwright.kernel import clock as clocks

HISTORY: Final = timedelta(days=33)
"""How far back the story of the plant goes."""
SETTLED: Final = timedelta(days=1)
"""What is left when the plant has been set up, before the first batch begins."""
LEFT_TO_PEOPLE: Final = "FCT40-0413"
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
        actor=supervisor, batch=_again(batch), command=Command.HOLD, reason="Nitrogen is not reliable"
    )


CHAPTERS: Final = (
    Chapter("MAB07", "MAB07-0030", 31.0),
    Chapter("MAB07", "MAB07-0031", 19.5),
    Chapter("FCT40", "FCT40-0410", 9.0, demo_quality.review),
    Chapter("FCT40", "FCT40-0411", 5.0),
    Chapter("LYO12", "LYO12-0007", 4.5),
    Chapter("LYO12", "LYO12-0008", 1.5, hold),
    Chapter("FCT40", "FCT40-0412", 1.2),
)


def play(clock: clocks.HandClock, *, until: datetime) -> None:
    """Play what happened, up to a moment.

    Args:
        clock: The source of time of this process; it is moved.
        until: The moment; the clock stands there afterwards.
    """
    days = demo_days.Days(clock, until=until)
    waiting = sorted(CHAPTERS, key=lambda one: -one.days_ago)
    for number, chapter in enumerate(waiting):
        begins = until - timedelta(days=chapter.days_ago)
        days.live(begins)
        demo.stock_for(chapter.recipe)
        demo.plan(chapter.recipe, chapter.number)
        days.take(chapter.number)
        _ = number
    days.live(until)
    for chapter in waiting:
        chapter.then(_again(Batch.objects.get(number=chapter.number)))
    demo.plan("FCT40", LEFT_TO_PEOPLE)
    clock.jump_to(max(clock.now, until))


def _again(batch: Batch) -> Batch:
    found: Batch = Batch.objects.select_related("sponsor", "recipe_version__recipe", "recipe_version__text").get(
        pk=batch.pk
    )
    return found
