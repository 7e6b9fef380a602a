"""What every test stands on: a plant folder of its own, the engine that was asked for, and plants that really commit.

``BATCHWRIGHT_TEST_DATABASE=sqlite`` (default) or ``postgresql`` chooses the engine;
``BATCHWRIGHT_TEST_DURABLE=yes`` makes our PostgreSQL wait for the disk;
``BATCHWRIGHT_DATA`` says where reference data of third parties lies (default ``../shared/data``).
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import postgresql

REPOSITORY = Path(__file__).resolve().parents[1]
SETTINGS = "tests.settings"
ENGINES = ("sqlite", "postgresql")
_server_key = pytest.StashKey[postgresql.Server]()
_folder_key = pytest.StashKey[Path]()
_number = itertools.count(1)


def engine() -> str:
    """The engine this run is about."""
    return os.environ.get("BATCHWRIGHT_TEST_DATABASE", "sqlite")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before pytest-django reads the settings from it.

    A worker of pytest-xdist takes over the server that the first process started, but has a plant folder of its own.
    """
    if engine() not in ENGINES:
        raise pytest.UsageError(f"BATCHWRIGHT_TEST_DATABASE is {engine()!r}; it may be {' or '.join(ENGINES)}.")
    for name in [name for name in os.environ if name.startswith("BATCHWRIGHT_")]:
        if not name.startswith("BATCHWRIGHT_TEST_") and name != "BATCHWRIGHT_DATA":
            del os.environ[name]  # the tests do not depend on how the plant of this machine is set
    folder = Path(tempfile.mkdtemp(prefix="batchwright-tests-"))
    config.stash[_folder_key] = folder
    os.environ["BATCHWRIGHT_PLANT_FOLDER"] = str(folder / "plant")
    if engine() == "postgresql":
        if "BATCHWRIGHT_TEST_SERVER" not in os.environ:
            server = _start()
            config.stash[_server_key] = server
            os.environ["BATCHWRIGHT_TEST_SERVER"] = str(server.folder)
        host = os.environ["BATCHWRIGHT_TEST_SERVER"]
        os.environ["BATCHWRIGHT_DATABASE_URL"] = f"postgresql://{postgresql.ROLE}@/batchwright?host={host}"
    if _only_distributes(config):
        return  # the workers inherit this environment and must not read the settings before their own is prepared
    from django.conf import settings

    if settings.configured:
        raise pytest.UsageError("The settings were read too early; unset DJANGO_SETTINGS_MODULE.")
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    _ = settings.DATABASES  # pytest-django completes what is configured now


def _only_distributes(config: pytest.Config) -> bool:
    """Whether this process runs no tests itself, but has pytest-xdist's workers run them."""
    return not hasattr(config, "workerinput") and bool(config.getoption("numprocesses", default=None))


def _start() -> postgresql.Server:
    try:
        return postgresql.start(durable=os.environ.get("BATCHWRIGHT_TEST_DURABLE") == "yes")
    except postgresql.NoPostgreSQL as error:
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started here."""
    server = config.stash.get(_server_key, None)
    if server is not None:
        server.stop()
        del os.environ["BATCHWRIGHT_TEST_SERVER"]
    shutil.rmtree(config.stash[_folder_key], ignore_errors=True)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Folder of third parties' data, which is never committed."""
    folder = Path(os.environ.get("BATCHWRIGHT_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("The reference data is not on this machine; BATCHWRIGHT_DATA says where it lies.")
    return folder


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Give each worker a test database of its own; on SQLite a file, since plants live in files too."""
    from django.conf import settings

    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    database = settings.DATABASES["default"]
    test = database.setdefault("TEST", {})
    if engine() == "sqlite":
        test["NAME"] = str(Path(os.environ["BATCHWRIGHT_PLANT_FOLDER"]).parent / "rolled-back.sqlite3")
    else:
        test["NAME"] = f"rolled_back_{worker}"
        database["CONN_MAX_AGE"] = 0


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
            "PYTHONPATH": str(REPOSITORY),
        }


@pytest.fixture(scope="session")
def _template(django_db_modify_db_settings: None, django_db_blocker: object) -> PlantDatabase:
    """Migrate once; every plant begins as a copy of it."""
    from django.core.management import call_command

    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    template = _named(f"template_{worker}")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        if engine() == "postgresql":
            _administer(f'CREATE DATABASE "{template.name}"')
        with _pointed_at(template):
            call_command("migrate", verbosity=0, interactive=False)
            if engine() == "sqlite":
                _fold_log()
    return template


@pytest.fixture
def plant_database(_template: PlantDatabase, django_db_blocker: object) -> Iterator[PlantDatabase]:
    """A fresh plant whose commits are real, for tests of crashes, concurrency, mutation and browsers.

    Not to be used beside ``db``: that one rolls back, this one is thrown away (the ledger refuses to be emptied).
    """
    with fresh_plant(_template, django_db_blocker) as database:
        yield database


@contextmanager
def fresh_plant(template: PlantDatabase, django_db_blocker: object) -> Iterator[PlantDatabase]:
    """Make a plant as a copy of a migrated one and throw it away at the end, for fixtures of any scope."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    database = _named(f"plant_{worker}_{next(_number)}")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        if database.engine == "sqlite":
            shutil.copyfile(template.name, database.name)
        else:
            _administer(f'CREATE DATABASE "{database.name}" TEMPLATE "{template.name}"')
        try:
            with _pointed_at(database):
                yield database
        finally:
            _discard(database)


def _named(name: str) -> PlantDatabase:
    if engine() == "sqlite":
        file = Path(os.environ["BATCHWRIGHT_PLANT_FOLDER"]).parent / f"{name}.sqlite3"
        return PlantDatabase("sqlite", str(file), f"sqlite:////{str(file).removeprefix('/')}")
    host = os.environ["BATCHWRIGHT_TEST_SERVER"]
    return PlantDatabase("postgresql", name, f"postgresql://{postgresql.ROLE}@/{name}?host={host}")


class _pointed_at:  # noqa: N801 - reads as a statement
    """Point Django's default connection, in every thread, at a database, and back."""

    def __init__(self, database: PlantDatabase) -> None:
        self.database = database

    def __enter__(self) -> None:
        from django.db import connection

        if connection.in_atomic_block:
            raise RuntimeError("plant_database and db cannot serve one test: one commits, the other rolls back.")
        connection.close()
        # All threads' connections share this dictionary.
        self.before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = self.database.name

    def __exit__(self, *error: object) -> None:
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = self.before


def _fold_log() -> None:
    """Bring the write-ahead log into the file, so that the file alone is the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _administer(statement: str) -> None:
    import psycopg

    server = f"host={os.environ['BATCHWRIGHT_TEST_SERVER']} user={postgresql.ROLE} dbname=postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def _discard(database: PlantDatabase) -> None:
    if database.engine == "postgresql":
        _administer(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')
        return
    for suffix in ("", "-wal", "-shm"):
        Path(database.name + suffix).unlink(missing_ok=True)
