"""Say how the engine keeps commits: ``python -m benchmarks.recording.durability``."""

from __future__ import annotations

import json

import django

from benchmarks.recording.settings_names import PEER

_PRAGMAS = ("journal_mode", "synchronous")
_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")


def main() -> None:
    """Ask the connections themselves, Batchwright's and the peer's."""
    django.setup()
    from django.db import connections

    said = {}
    for alias in ("default", PEER):
        with connections[alias].cursor() as cursor:
            sqlite = connections[alias].vendor == "sqlite"
            for name in _PRAGMAS if sqlite else _SETTINGS:
                cursor.execute(f"PRAGMA {name}" if sqlite else f"SHOW {name}")
                said[f"{'batchwright' if alias == 'default' else alias} {name}"] = str(cursor.fetchone()[0])
    print(json.dumps(said))


if __name__ == "__main__":
    main()
