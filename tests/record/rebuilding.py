"""Rebuilding a plant from its record into a copy of an empty migrated plant, which takes seconds to migrate anew.

That a replay migrates what it rebuilds into is shown by the tests of the replay itself and of its command.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.db import connections

from batchwright.record import replay
from tests.databases import PlantDatabase, copy, discard, engine, named


def _copied(command: str, *, database: str, **options: Any) -> None:
    """What is done instead of migrating an empty database; one of the other engine is migrated."""
    if connections[database].vendor != engine():
        call_command(command, database=database, **options)
        return
    connections[database].close()
    empty = PlantDatabase(engine(), str(connections[database].settings_dict["NAME"]), "")
    discard(empty)
    copy(named("stage_template", Path(os.environ["BATCHWRIGHT_TEST_STAGES"])), empty)


@contextmanager
def copies() -> Iterator[None]:
    """Let replays begin with copies of the migrated plant of this run."""
    with mock.patch.object(replay, "call_command", _copied):
        yield


def rebuilt(target: dict[str, Any]) -> replay.ReplayReport:
    """Rebuild the plant, and compare it with the live one.

    Args:
        target: Django settings of an empty database.

    Returns:
        The comparison.
    """
    with copies():
        return replay.replay(target)
