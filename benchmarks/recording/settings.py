"""Django's settings for the benchmark: the plant's own, one table more, and a plain database beside it for the peer."""

import os
from typing import Any

from batchwright.site import database
from batchwright.site.settings import *  # noqa: F403 - the plant exactly as it runs
from batchwright.site.settings import CONFIGURATION, DATABASES, INSTALLED_APPS
from benchmarks.recording.settings_names import PEER, PEER_ADDRESS

_PLAIN = {
    "batchwright.record.backends.sqlite3": "django.db.backends.sqlite3",
    "batchwright.record.backends.postgresql": "django.db.backends.postgresql",
}

INSTALLED_APPS = [*INSTALLED_APPS, "simple_history", "benchmarks.recording.plant", "benchmarks.recording.peers"]


class PeerRouter:
    """Keep the peer's tables in the peer's database, and everything else out of it."""

    def db_for_read(self, model: Any, **_: Any) -> str:
        """Give the alias to read from."""
        return PEER if model._meta.app_label == "bench_peers" else "default"

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool:
        """Say whether an application's tables belong into a database."""
        return (db == PEER) == (app_label == "bench_peers")


_peer = database.parse(os.environ[PEER_ADDRESS], CONFIGURATION.plant_folder)
DATABASES = {**DATABASES, PEER: {**_peer, "ENGINE": _PLAIN[_peer["ENGINE"]]}}
DATABASE_ROUTERS = ["benchmarks.recording.settings.PeerRouter"]
