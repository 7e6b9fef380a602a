"""How the plant of the demo is filled: its people, units, materials and recipes, and its past, played through by them.

Everything goes through the services that people use; the clock is moved by hand.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from batchwright.kernel import clock
from batchwright.record import durable
from batchwright.site import start

SEEDED = ("people", "plant", "materials", "recipes")
"""Capabilities whose `demo.seed()` fills the demo plant, the lower floors first; that of people gives the log-ins."""
_TAKES = timedelta(milliseconds=100)
"""What one reading of the clock takes while the past is played through: an act reads it some thirty times."""


def make(progress: Path | None = None) -> None:
    """Fill the empty plant of this process's environment: what people see as its past, up to now.

    Args:
        progress: File that says how far it is; None for nobody who looks.
    """
    start.set_up_django()
    from django.conf import settings
    from django.db import connection

    from batchwright import record
    from batchwright.execution.demo_story import HISTORY
    from batchwright.site import plant_time
    from batchwright.site.making import Progress, tell

    def say(part: str, day: int = 0) -> None:
        if progress is not None:
            tell(progress, Progress(part, day, HISTORY.days))

    today = clock.system()
    hand = clock.HandClock(today - HISTORY, step=_TAKES)
    with _synced_at_the_end(connection):
        with clock.running(hand):
            say("tables")
            start.migrate()
            fill(hand, today, say)
        plant_time.begin(settings.CONFIGURATION, 1.0, last=hand.now)
        record.checkpoint()


@contextmanager
def _synced_at_the_end(connection: Any) -> Iterator[None]:
    """Wait for the disk once: until the folder is put into place nobody relies on what stands in it.

    What is broken off is made anew; what is whole is on the disk before it is put into place. A plant that stands in
    its place is never written like this.
    """
    options = connection.settings_dict["OPTIONS"]
    usual = options.get("init_command")
    if connection.vendor != "sqlite":
        yield
        connection.close()
        return
    options["init_command"] = usual.replace("synchronous=FULL", "synchronous=OFF")
    try:
        yield
    finally:
        connection.close()
        options["init_command"] = usual
    durable.sync(Path(connection.settings_dict["NAME"]))


def fill(hand: clock.HandClock, today: datetime, say: Callable[..., None] = lambda _part, _day=0: None) -> None:
    """Bring people, plant, materials and recipes in, and play through what happened up to today.

    Args:
        hand: The source of time of this process; it is moved.
        today: When the story ends.
        say: Told of each part as it begins, and of each day of the past.
    """
    from batchwright.execution import demo_story
    from batchwright.materials import demo_lots

    for name in SEEDED:
        say(name)
        importlib.import_module(f"batchwright.{name}.demo").seed()
    say("lots")
    demo_lots.seed()
    demo_story.play(hand, until=today, tell=partial(say, "days"))
