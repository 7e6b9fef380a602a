"""The shift of the demo: automatic operators who keep three suites moving, by the same services that people use.

They perform the batches that the demo itself planned, one act of each suite in turn; a person may take any step before
they do. What only people decide, they leave for a while, so that somebody who looks finds it: an open exception, a
batch that waits for its review, one that is held. When a suite has nothing left to make, its next batch is planned.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from django.db import close_old_connections, connection

from batchwright import record
from batchwright.execution import demo, demo_days, demo_quality, queries
from batchwright.execution.demo_story import LEFT_TO_PEOPLE
from batchwright.execution.models import Batch
from batchwright.execution.states import State
from batchwright.kernel import clock
from batchwright.kernel.errors import BatchwrightError

_log = logging.getLogger(__name__)
SUITES: Final = demo.RECIPES
"""The recipe that each suite makes."""
WAITS_FOR_PEOPLE: Final = timedelta(hours=6)
"""How long an exception stays open for whoever looks, before the demo's own people decide on it."""


class Shift:
    """Who performs, decides and reviews while the demo runs."""

    def __init__(self) -> None:
        """Call the people together."""
        self.people = demo_days.People()
        self.said: dict[str, str] = {}

    def round(self) -> None:
        """Do one act in each suite, and what quality assurance has to do."""
        self._try("the day", self.people.begin_day)
        waiting = {one.number for one in queries.to_put_away(demo.actor(demo.CREW[0]))}
        for recipe in SUITES:
            suite = [one for one in _theirs() if one.recipe_version.recipe.identifier == recipe]
            for one in suite:
                if one.state in (State.RUNNING, State.IDLE):
                    self._try(one.number, partial(self.people.act, one))
                elif one.number in waiting:
                    self._try(one.number, partial(demo.put_away, one))
            if not any(one.state in (State.RUNNING, State.IDLE) for one in suite):
                self._try(recipe, partial(_plan, recipe))
        self._try("quality", _decide)

    def _try(self, about: str, act: Callable[[], str | None]) -> None:
        """Act; what is refused, or was done by somebody else meanwhile, is said once and tried again later."""
        try:
            said = act() or ""
        except BatchwrightError as error:
            said = str(error)
            if said != self.said.get(about):
                _log.info("the shift could not act: %s: %s", about, said)
        self.said[about] = said


def work(ended: threading.Event, *, pace_seconds: float) -> None:
    """Keep the suites moving until told to end; an error that nobody foresaw ends the process.

    Args:
        ended: Set to end the shift.
        pace_seconds: From one act of a suite to the next.
    """
    shift = Shift()
    while not ended.wait(pace_seconds):
        close_old_connections()
        shift.round()
    connection.close()


def _theirs() -> list[Batch]:
    """The batches that the demo planned and nobody has reviewed, but the one that is left to people."""
    rows = Batch.objects.filter(reviewed_at__isnull=True).exclude(number=LEFT_TO_PEOPLE).order_by("number")
    found = list(rows.select_related("sponsor", "recipe_version__recipe", "recipe_version__text"))
    keys = [demo.key_of(one.number) for one in found]
    theirs = set(record.Entry.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", flat=True))
    return [one for one in found if demo.key_of(one.number) in theirs]


def _plan(recipe: str) -> None:
    """Plan the next batch of a suite."""
    made = Batch.objects.filter(number__regex=rf"^{recipe}-\d{{4}}$").order_by("-number").first()
    demo.supply(recipe)
    demo.plan(recipe, f"{recipe}-{1 if made is None else int(made.number[-4:]) + 1:04d}")


def _decide() -> None:
    """Decide on exceptions that have waited long enough, and review what was made before the latest."""
    theirs, long_ago = _theirs(), clock.now() - WAITS_FOR_PEOPLE
    for one in demo_quality.open_ones([one for one in theirs if one.state != State.HELD]):
        if one.raised_at < long_ago:
            demo_quality.decide(one)
    complete = [one for one in theirs if one.state == State.COMPLETE]
    complete.sort(key=lambda one: one.ended_at or one.created_at)
    for batch in complete[:-1]:
        if not demo_quality.open_ones([batch]):
            demo_quality.review(batch)
