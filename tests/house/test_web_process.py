"""The web and worker processes."""

import gc
import importlib
import sys
import threading

import pytest
from django.conf import settings

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.site import work
from tests.conftest import PlantDatabase
from tests.house.test_cli import drop_a_guard


@pytest.fixture(autouse=True)
def _loaded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wsgi", "gunicorn_settings"):
        monkeypatch.delitem(sys.modules, f"batchwright.site.{name}", raising=False)


@pytest.mark.usefixtures("plant_database")
def test_the_web_process_starts_on_a_guarded_plant() -> None:
    assert callable(importlib.import_module("batchwright.site.wsgi").application)


@pytest.mark.requirement("11.10(e)")
@pytest.mark.requirement("ALCOA+ always on")
def test_the_web_process_does_not_start_on_a_plant_without_guards(plant_database: PlantDatabase) -> None:
    drop_a_guard()
    with pytest.raises(DomainError, match="does not guard the record"):
        importlib.import_module("batchwright.site.wsgi")


def test_gunicorn_is_told_the_plants_settings() -> None:
    told = importlib.import_module("batchwright.site.gunicorn_settings")
    assert told.bind == f"{settings.CONFIGURATION.web_address}:{settings.CONFIGURATION.web_port}"
    assert (told.workers, told.threads) == (settings.CONFIGURATION.web_workers, settings.CONFIGURATION.web_threads)
    assert told.control_socket_disable is True


def test_what_was_loaded_before_the_web_processes_is_collected_no_more() -> None:
    told = importlib.import_module("batchwright.site.gunicorn_settings")
    gc.unfreeze()  # what the tests themselves have put away
    told.when_ready(None)
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 10_000


@pytest.mark.usefixtures("plant_database")
def test_the_worker_signs_checkpoints_until_it_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    asked: list[int] = []

    def due() -> None:
        asked.append(1)
        if len(asked) == 2:
            ended.set()

    monkeypatch.setattr(work, "PERIOD_SECONDS", 0.01)
    monkeypatch.setattr(record, "checkpoint_if_due", due)
    work.run(ended)
    assert len(asked) == 2
