"""Say how the engine keeps commits: ``python -m benchmarks.recording.durability``."""

from __future__ import annotations

import json
import os
from typing import Any

import django

from benchmarks.recording.peers.events import Containers
from benchmarks.recording.settings_names import PEER

_PRAGMAS = ("journal_mode", "synchronous")
_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")


def main() -> None:
    """Ask the connections themselves, Batchwright's and the peers'."""
    django.setup()
    from django.db import connections

    said = {}
    for alias in ("default", PEER):
        with connections[alias].cursor() as cursor:
            sqlite = connections[alias].vendor == "sqlite"
            for name in _PRAGMAS if sqlite else _SETTINGS:
                cursor.execute(f"PRAGMA {name}" if sqlite else f"SHOW {name}")
                said[f"{'batchwright' if alias == 'default' else alias} {name}"] = str(cursor.fetchone()[0])
    print(json.dumps({**said, **_eventsourcing()}))


def _eventsourcing() -> dict[str, str]:
    application = Containers(dict(os.environ))  # kept: with it goes its pool of connections
    recorder: Any = application.recorder
    said = {}
    if os.environ["PERSISTENCE_MODULE"] == "eventsourcing.sqlite":
        with recorder.datastore.transaction(commit=False) as cursor:
            for name in _PRAGMAS:
                cursor.execute(f"PRAGMA {name}")
                said[f"eventsourcing {name}"] = str(cursor.fetchone()[0])
        return said
    with recorder.datastore.get_connection() as connection, connection.cursor() as cursor:
        for name in _SETTINGS:
            said[f"eventsourcing {name}"] = str(cursor.execute(f"SHOW {name}").fetchone()[name])
    return said


if __name__ == "__main__":
    main()
