"""While a demo's plant is made its web process says how far that is, and goes on with the plant when it is there."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from batchwright.site import making, plant_time, start
from batchwright.site.configuration import Configuration
from batchwright.site.making import Progress
from batchwright.site.web.while_made import WhileItIsMade

PARTS = ("begun", "tables", "people", "plant", "materials", "recipes", "lots")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATCHWRIGHT_PLANT_FOLDER", str(tmp_path))
    monkeypatch.setenv("BATCHWRIGHT_DEMO", "true")
    monkeypatch.setattr(settings, "CONFIGURATION", Configuration())
    return tmp_path


def _plant(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("the plant")


def test_every_page_says_how_far_the_plant_is_until_it_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    required: list[str] = []
    monkeypatch.setattr(start, "require", lambda: required.append("required"))
    monkeypatch.setattr(plant_time, "install", lambda _configuration: required.append("time"))
    file = folder / making.FILE
    file.write_text("{}")
    served = WhileItIsMade(_plant)
    for progress, said in (
        (None, "Starting."),
        (Progress("recipes", 0, 33), "Writing, reviewing and approving its recipes."),
        (Progress("days", 12, 33), "Playing through its past: day 12 of 33."),
    ):
        if progress is not None:
            making.tell(file, progress)
        answer = served(RequestFactory().get("/batches/FCT40-0411/"))
        assert answer.status_code == 503
        assert said in answer.content.decode()
        assert answer.headers["Retry-After"] == "2"
        assert '<meta http-equiv="refresh" content="2">' in answer.content.decode()
        machine = served(RequestFactory().get("/api/batches"))
        assert (machine.status_code, machine.headers["Content-Type"]) == (503, "application/json")
    assert required == []
    file.unlink()
    for _time in range(2):
        assert served(RequestFactory().get("/")).content == b"the plant"
    assert required == ["time", "required"], "once, before anything is answered from the plant"


def test_a_plant_that_is_there_and_one_that_is_no_demo_are_never_being_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MiddlewareNotUsed):
        WhileItIsMade(_plant)
    (folder / making.FILE).write_text("{}")
    assert making.goes_on()
    monkeypatch.setenv("BATCHWRIGHT_DEMO", "false")
    monkeypatch.setattr(settings, "CONFIGURATION", Configuration())
    assert not making.goes_on()


def test_each_part_of_the_making_has_a_sentence_of_its_own() -> None:
    assert len({Progress(part).sentence for part in PARTS}) == len(PARTS)
