"""Databases for the benchmark: files on SQLite, a durable server of its own on PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.recording.settings_names import PEER_ADDRESS, SETTINGS
from tests import postgresql

ENGINES = ("sqlite", "postgresql")
FRESH = "fresh"
"""A copy of the plant's database as it was before anybody wrote to it."""
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Databases:
    """Where each contender of one run keeps its rows."""

    engine: str
    """``sqlite`` or ``postgresql``."""
    folder: Path
    """The plant folder; SQLite's files lie in it."""
    server: postgresql.Server | None

    def address(self, name: str) -> str:
        """Give the address of a database as the plant's configuration takes it.

        Args:
            name: ``plant``, ``history``, ``events``, or the name of a copy.

        Returns:
            The address.
        """
        if self.server is None:
            return f"sqlite:///{name}.sqlite3"
        return self.server.address(name)

    def file(self, name: str) -> Path:
        """Give the file of a SQLite database."""
        return self.folder / f"{name}.sqlite3"

    def environment(self, name: str = "plant") -> dict[str, str]:
        """Give the environment of a process that works on a database of the plant and on those of the peers."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("BATCHWRIGHT_", "DJANGO_"))}
        return {
            **kept,
            "BATCHWRIGHT_PLANT_FOLDER": str(self.folder),
            "BATCHWRIGHT_DATABASE_URL": self.address(name),
            PEER_ADDRESS: self.address("history"),
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            **self._events(),
        }

    def copy(self, source: str, target: str) -> None:
        """Copy a database that nobody is connected to."""
        if self.server is None:
            held, copied = self.file(source), self.file(target)
            # Not a copy of the file: what was committed last may still stand in the write-ahead log beside it.
            with closing(sqlite3.connect(held)) as read, closing(sqlite3.connect(copied)) as made:
                read.backup(made)
        else:
            self.administer(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

    def exists(self, name: str) -> bool:
        """Say whether there is a database of that name."""
        if self.server is None:
            return self.file(name).exists()
        import psycopg

        with psycopg.connect(self.server.address()) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        return found is not None

    def drop(self, name: str) -> None:
        """Throw a database away."""
        if self.server is None:
            for suffix in ("", "-wal", "-shm", "-queue"):
                Path(f"{self.file(name)}{suffix}").unlink(missing_ok=True)
        else:
            self.administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def administer(self, statement: str) -> None:
        """Run a statement at the server."""
        import psycopg

        if self.server is not None:
            with psycopg.connect(self.server.address(), autocommit=True) as connection:
                connection.execute(statement.encode())

    def _events(self) -> dict[str, str]:
        if self.server is None:
            return {
                "PERSISTENCE_MODULE": "eventsourcing.sqlite",
                "SQLITE_DBNAME": str(self.file("events")),
                "SQLITE_LOCK_TIMEOUT": "60",
            }
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": "events",
            "POSTGRES_HOST": str(self.server.folder),
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": postgresql.ROLE,
            "POSTGRES_PASSWORD": "-",
            "POSTGRES_POOL_SIZE": "1",
            "POSTGRES_MAX_OVERFLOW": "24",
            "POSTGRES_CONNECT_TIMEOUT": "120",
        }


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[Databases]:
    """Make the databases of a run.

    Args:
        engine: ``sqlite`` or ``postgresql``.
        folder: An empty folder on the disk that is to be measured.

    Yields:
        The databases, migrated and guarded; thrown away afterwards.
    """
    place = folder / engine
    place.mkdir(parents=True)
    server = postgresql.start(durable=True) if engine == "postgresql" else None
    made = Databases(engine, place, server)
    try:
        for name in ("plant", "history", "events"):
            made.administer(f'CREATE DATABASE "{name}"')
        subprocess.run(
            [sys.executable, "-m", "benchmarks.recording.preparing"], env=made.environment(), check=True, cwd=CHECKOUT
        )
        made.copy("plant", FRESH)
        yield made
    finally:
        if server is not None:
            server.stop()
