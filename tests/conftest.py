"""What every test stands on: a plant folder of its own, the engine that was asked for, and plants that really commit.

``BATCHWRIGHT_TEST_DATABASE=sqlite`` (default) or ``postgresql`` chooses the engine;
``BATCHWRIGHT_TEST_DURABLE=yes`` makes our PostgreSQL wait for the disk;
``BATCHWRIGHT_TEST_STAGES`` names a folder in which runs on SQLite that follow each other share their plants;
``BATCHWRIGHT_DATA`` says where reference data of third parties lies (default ``../shared/data``).
"""

import importlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import postgresql
from tests.cheaper import loading, pytest_collection_finish, static_files_are_looked_for_once
from tests.databases import (
    ENGINES,
    REPOSITORY,
    SETTINGS,
    PlantDatabase,
    copied,
    discard,
    engine,
    made_once,
    pointed_at,
    worker,
)

if TYPE_CHECKING:  # models load only once the settings are prepared
    from tests.execution.shift import Shift
    from tests.materials.warehouse import Warehouse
    from tests.people.plant import Plant
    from tests.plant.floor import Floor
    from tests.recipes.workshop import Workshop

__all__ = [
    "PlantDatabase", "Stages", "engine", "fresh_plant", "pytest_collection_finish", "static_files_are_looked_for_once"
]  # fmt: skip

_DATABASES = {"_template", "django_db_setup"}
"""Every fixture with a database stands on one of these."""
_SCREEN = ("COLUMNS", "LINES", "TERMINAL_WIDTH", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS")
"""What a console reads once, when its module is loaded, and keeps: it would print tables as wide as our own screen."""
_server_key = pytest.StashKey[postgresql.Server]()
_folder_key = pytest.StashKey[Path]()
_stages_key = pytest.StashKey[bool]()
_number = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before pytest-django reads the settings from it.

    A worker of pytest-xdist takes over the server that the first process started, but has a plant folder of its own.
    """
    loading()
    if engine() not in ENGINES:
        raise pytest.UsageError(f"BATCHWRIGHT_TEST_DATABASE is {engine()!r}; it may be {' or '.join(ENGINES)}.")
    for name in [name for name in os.environ if name.startswith("BATCHWRIGHT_")]:
        if not name.startswith("BATCHWRIGHT_TEST_") and name != "BATCHWRIGHT_DATA":
            del os.environ[name]  # the tests do not depend on how the plant of this machine is set
    for name in _SCREEN:
        os.environ.pop(name, None)  # nor on the screen that they are started from
    folder = Path(tempfile.mkdtemp(prefix="batchwright-tests-"))
    config.stash[_folder_key] = folder
    os.environ["BATCHWRIGHT_PLANT_FOLDER"] = str(folder / "plant")
    if engine() == "postgresql":
        if "BATCHWRIGHT_TEST_SERVER" not in os.environ:
            server = _start()
            config.stash[_server_key] = server
            os.environ["BATCHWRIGHT_TEST_SERVER"] = str(server.folder)
            os.environ.pop("BATCHWRIGHT_TEST_STAGES", None)  # those of another server
        host = os.environ["BATCHWRIGHT_TEST_SERVER"]
        os.environ["BATCHWRIGHT_DATABASE_URL"] = f"postgresql://{postgresql.ROLE}@/batchwright?host={host}"
    if "BATCHWRIGHT_TEST_STAGES" not in os.environ:
        os.environ["BATCHWRIGHT_TEST_STAGES"] = str(folder / "stages")
        config.stash[_stages_key] = True
    if _only_distributes(config):
        return  # the workers inherit this environment and must not read the settings before their own is prepared
    from django.conf import settings

    if settings.configured:
        raise pytest.UsageError("The settings were read too early; unset DJANGO_SETTINGS_MODULE.")
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    _ = settings.DATABASES  # pytest-django completes what is configured now


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a database, so that a run on a second engine can leave the rest: ``-m database``.

    Nothing else can reach one: pytest-django refuses queries of a test that did not ask.
    """
    for item in items:
        asked = _DATABASES.intersection(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
        if asked:
            item.add_marker(pytest.mark.database)
    # Files with long ones first, so that at the end no worker waits for the one that began such a test last.
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


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
    if config.stash.get(_stages_key, False):
        del os.environ["BATCHWRIGHT_TEST_STAGES"]
    shutil.rmtree(config.stash[_folder_key], ignore_errors=True)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Folder of third parties' data, which is never committed."""
    folder = Path(os.environ.get("BATCHWRIGHT_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("The reference data is not on this machine; BATCHWRIGHT_DATA says where it lies.")
    return folder


@pytest.fixture(scope="session")
def _template(django_db_blocker: object) -> PlantDatabase:
    """Migrate once; every plant begins as a copy of it."""
    from django.conf import settings

    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return made_once("template", None, _migrate)


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, _template: PlantDatabase, django_db_blocker: object) -> None:
    """What ``db`` rolls back is a copy as well, so that nobody migrates twice."""
    from django.db import connection

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        database = copied(_template, f"rolled_back_{worker()}")
        connection.close()
        connection.settings_dict["NAME"] = database.name


class Stages:
    """Plants that are more than migrated, each made when the first test of the run asks for it."""

    def __init__(self, template: PlantDatabase) -> None:
        self._made = {"empty": template}
        self._own: dict[str, PlantDatabase] = {}

    def at(self, name: str) -> PlantDatabase:
        """The plant with its ``people``, or also a ``warehouse`` or a ``floor``, to be copied."""
        if name not in self._made:
            base = self.at(_STANDS_ON.get(name, "people"))
            self._made[name] = made_once(name, base, _MAKERS[name])
        return self._made[name]

    def own(self, name: str) -> PlantDatabase:
        """A copy for this process, in which everything is rolled back."""
        if name not in self._own:
            self._own[name] = copied(self.at(name), f"{name}_{worker()}")
        return self._own[name]


def _populate() -> None:
    from tests.people.plant import populate

    populate()


def _seed(*capabilities: str) -> None:
    for capability in capabilities:
        importlib.import_module(f"batchwright.{capability}.demo").seed()


def _furnish(module: str) -> None:
    from tests.people.plant import met

    importlib.import_module(module).furnish(met())


def _live() -> None:
    from batchwright.execution.demo_story import HISTORY
    from batchwright.kernel import clock
    from batchwright.site import demo_filling

    today = clock.system()
    hand = clock.HandClock(today - HISTORY, step=timedelta(milliseconds=100))
    with clock.running(hand):
        demo_filling.fill(hand, today)


@pytest.fixture(scope="session")
def _stages(_template: PlantDatabase) -> Stages:
    return Stages(_template)


_MAKERS: dict[str, Callable[[], object]] = {
    "people": _populate,
    "warehouse": lambda: _furnish("tests.materials.warehouse"),
    "floor": lambda: _furnish("tests.plant.floor"),
    "demo": lambda: _seed("people"),
    "demo_plant": lambda: _seed("plant"),
    "demo_at_work": lambda: _seed("materials", "recipes", "execution"),
    "demo_stocked": lambda: importlib.import_module("tests.execution.stocked").stock(),
    "demo_lived": _live,
    "shift": lambda: _furnish("tests.execution.shift"),
}
_STANDS_ON = {
    "people": "empty", "demo": "empty", "demo_lived": "empty", "demo_plant": "demo", "demo_at_work": "demo_plant",
    "demo_stocked": "demo_plant",
}  # fmt: skip
"""What a stage begins as; the others begin with the people."""
_STAGED = {f"_on_stage_with_{name}": name for name in _MAKERS}


@pytest.fixture(autouse=True)
def _stage(request: pytest.FixtureRequest, django_db_blocker: object) -> Iterator[None]:
    """Let ``db`` roll back a plant with people where a test asks for one of the stages: they enrol once."""
    from django.core.cache import cache

    cache.clear()  # limits of rates begin anew
    asked = next((stage for name, stage in _STAGED.items() if name in request.fixturenames), None)
    if asked is None:
        yield
        return
    stages = request.getfixturevalue("_stages")
    with django_db_blocker.unblock(), pointed_at(stages.own(asked)):  # type: ignore[attr-defined]
        yield


@pytest.fixture
def _on_stage_with_people(db: None) -> None:
    """A mark for `_stage`, which must come before ``db`` does."""


@pytest.fixture
def _on_stage_with_warehouse(db: None) -> None:
    """A mark for `_stage`, which must come before ``db`` does."""


@pytest.fixture
def plant(_on_stage_with_people: None) -> "Plant":
    """One person per role, and two sponsors' people; whatever a test does to them is rolled back."""
    from tests.people.plant import met

    return met()


@pytest.fixture
def warehouse(_on_stage_with_warehouse: None) -> "Warehouse":
    """People, suppliers, locations and materials; whatever a test does to them is rolled back."""
    from tests.materials.warehouse import Warehouse
    from tests.people.plant import met

    return Warehouse(met())


@pytest.fixture
def _on_stage_with_floor(db: None) -> None:
    """A mark for `_stage`, which must come before ``db`` does."""


@pytest.fixture
def floor(_on_stage_with_floor: None) -> "Floor":
    """People, units, procedures and rules; whatever a test does to them is rolled back."""
    from tests.people.plant import met
    from tests.plant.floor import Floor

    return Floor(met())


@pytest.fixture
def _on_stage_with_demo(db: None) -> None:
    """A mark for `_stage`, which must come before ``db`` does."""


@pytest.fixture
def demo_people(_on_stage_with_demo: None) -> None:
    """The demo's people; whatever a test does to them is rolled back."""


@pytest.fixture
def _on_stage_with_demo_plant(db: None) -> None:
    """A mark for `_stage`, which must come before ``db`` does."""


@pytest.fixture
def demo_plant(_on_stage_with_demo_plant: None) -> None:
    """The demo's people and equipment; whatever a test does to them is rolled back."""


@pytest.fixture
def workshop(plant: "Plant") -> "Workshop":
    """The plant's people at the desk where recipes are written; whatever a test does is rolled back."""
    from tests.recipes.workshop import Workshop

    return Workshop(plant)


@pytest.fixture
def _on_stage_with_shift(db: None) -> None:
    """A mark for `_stage`, which must come before ``db`` does."""


@pytest.fixture
def shift(_on_stage_with_shift: None) -> "Shift":
    """The plant's people who make batches, with two recipes in force; whatever a test does is rolled back."""
    from tests.execution.shift import Shift
    from tests.people.plant import met
    from tests.recipes.workshop import Workshop

    return Shift(Workshop(met()))


@pytest.fixture
def committed_shift(_stages: Stages, django_db_blocker: object) -> "Iterator[Shift]":
    """The same in a plant whose commits are real: other threads and processes see them."""
    from tests.execution.shift import Shift
    from tests.people.plant import met
    from tests.recipes.workshop import Workshop

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        stage = _stages.at("shift")
    with fresh_plant(stage, django_db_blocker):
        yield Shift(Workshop(met()))


@pytest.fixture
def demo_lived(_stages: Stages, django_db_blocker: object) -> "Iterator[None]":
    """The whole demo plant with its past; commits are real."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        stage = _stages.at("demo_lived")
    with fresh_plant(stage, django_db_blocker):
        yield


@pytest.fixture
def committed_plant(_stages: Stages, django_db_blocker: object) -> "Iterator[Plant]":
    """The same people in a plant whose commits are real: other threads and processes see them."""
    from tests.people.plant import met

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        stage = _stages.at("people")
    with fresh_plant(stage, django_db_blocker):
        yield met()


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
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        database = copied(template, f"plant_{worker()}_{next(_number)}")
        try:
            with pointed_at(database):
                yield database
        finally:
            discard(database)


