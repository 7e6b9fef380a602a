"""A web process keeps its connection for the next requests, but never to a file that is no longer the plant's."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchwright.record.backends.sqlite3.base import DatabaseWrapper
from batchwright.site.database import KEPT_SECONDS, parse


@pytest.fixture(autouse=True)
def _may_connect(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def _wrapper(file: Path) -> DatabaseWrapper:
    settings = parse(f"sqlite:///{file.name}", file.parent)
    defaults: dict[str, Any] = {"TIME_ZONE": None, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True, "TEST": {}}
    return DatabaseWrapper({**defaults, **settings}, alias="kept")


def test_a_connection_is_kept_from_one_request_to_the_next(tmp_path: Path) -> None:
    plant = _wrapper(tmp_path / "plant.sqlite3")
    plant.connect()
    first = plant.connection
    plant.close_if_unusable_or_obsolete()
    assert plant.settings_dict["CONN_MAX_AGE"] == KEPT_SECONDS
    assert plant.connection is first
    plant.close()


@pytest.mark.requirement("11.10(c)")
def test_a_file_that_took_the_place_of_the_plants_is_seen_by_the_next_request(tmp_path: Path) -> None:
    plant = _wrapper(tmp_path / "plant.sqlite3")
    plant.connect()
    plant.connection.execute("CREATE TABLE was_here (id)")
    other = tmp_path / "restored.sqlite3"
    shutil.copy(tmp_path / "plant.sqlite3", other)
    other.replace(tmp_path / "plant.sqlite3")
    plant.close_if_unusable_or_obsolete()
    assert plant.connection is None


@pytest.mark.requirement("11.10(c)")
def test_a_plant_whose_file_is_gone_is_not_read_from_what_is_left_open(tmp_path: Path) -> None:
    plant = _wrapper(tmp_path / "plant.sqlite3")
    plant.connect()
    (tmp_path / "plant.sqlite3").unlink()
    plant.close_if_unusable_or_obsolete()
    assert plant.connection is None
