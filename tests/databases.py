"""Databases of tests: named, copied, pointed at and thrown away, on either engine."""

import fcntl
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests import postgresql

REPOSITORY = Path(__file__).resolve().parents[1]
SETTINGS = "tests.settings"
ENGINES = ("sqlite", "postgresql")


def engine() -> str:
    """The engine this run is about."""
    return os.environ.get("BATCHWRIGHT_TEST_DATABASE", "sqlite")


@dataclass(frozen=True)
class PlantDatabase:
    """A migrated database of its own in which commits are real.

    Args:
        engine: ``sqlite`` or ``postgresql``.
        name: The file, or the name at the server.
        address: What another process finds in ``BATCHWRIGHT_DATABASE_URL``.
    """

    engine: str
    name: str
    address: str

    def environment(self) -> dict[str, str]:
        """The environment in which another process works on this database and this plant folder."""
        return {
            **os.environ,
            "BATCHWRIGHT_DATABASE_URL": self.address,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "PYTHONPATH": os.pathsep.join((str(REPOSITORY / "src"), str(REPOSITORY))),
        }


def worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


def copied(template: PlantDatabase, name: str) -> PlantDatabase:
    """Copy a database to which nobody is connected."""
    database = named(name)
    copy(template, database)
    return database


def copy(template: PlantDatabase, database: PlantDatabase) -> None:
    if database.engine == "sqlite":
        shutil.copyfile(template.name, database.name)
    else:
        # Files are copied as they are: half the work of writing each page to the log, which nobody will replay.
        administer(f'CREATE DATABASE "{database.name}" TEMPLATE "{template.name}" STRATEGY FILE_COPY')


def named(name: str, folder: Path | None = None) -> PlantDatabase:
    if engine() == "sqlite":
        file = (folder or Path(os.environ["BATCHWRIGHT_PLANT_FOLDER"]).parent) / f"{name}.sqlite3"
        return PlantDatabase("sqlite", str(file), f"sqlite:////{str(file).removeprefix('/')}")
    host = os.environ["BATCHWRIGHT_TEST_SERVER"]
    return PlantDatabase("postgresql", name, f"postgresql://{postgresql.ROLE}@/{name}?host={host}")


class pointed_at:  # noqa: N801 - reads as a statement
    """Point Django's default connection, in every thread, at a database, and back."""

    def __init__(self, database: PlantDatabase) -> None:
        self.database = database

    def __enter__(self) -> None:
        from django.db import connection

        if connection.in_atomic_block:
            raise RuntimeError("A test has one database: plant_database commits, while db and plant roll back.")
        connection.close()
        # All threads' connections share this dictionary.
        self.before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = self.database.name

    def __exit__(self, *error: object) -> None:
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = self.before


def fold_log() -> None:
    """On SQLite, bring the write-ahead log into the file, so that the file alone is the database."""
    from django.db import connection

    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def administer(statement: str) -> None:
    import psycopg

    server = f"host={os.environ['BATCHWRIGHT_TEST_SERVER']} user={postgresql.ROLE} dbname=postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def discard(database: PlantDatabase) -> None:
    if database.engine == "postgresql":
        administer(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')
        return
    for suffix in ("", "-wal", "-shm"):
        Path(database.name + suffix).unlink(missing_ok=True)


def _attachments() -> Path:
    return Path(os.environ["BATCHWRIGHT_PLANT_FOLDER"]) / "attachments"


def _copy_files(of: Path, to: Path) -> None:
    if of.is_dir():
        shutil.copytree(of, to, dirs_exist_ok=True)


def made_once(name: str, base: PlantDatabase | None, make: Callable[[], object]) -> PlantDatabase:
    """Make a plant, unless another process of this run has: it is copied, and nobody else ever works on it."""
    stages = Path(os.environ["BATCHWRIGHT_TEST_STAGES"])
    stages.mkdir(parents=True, exist_ok=True)
    made = named(f"stage_{name}", stages)
    with (stages / f"{name}.lock").open("a+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if not lock.read():
            discard(made)  # what an attempt that failed has left
            if base is not None:
                copy(base, made)
            elif made.engine == "postgresql":
                administer(f'CREATE DATABASE "{made.name}"')
            with pointed_at(made):
                make()
                fold_log()
            _copy_files(_attachments(), stages / "attachments")
            lock.write("made")
    _copy_files(stages / "attachments", _attachments())
    return made
