"""The forecast of a running batch: on its pages, at the JSON edge, in a terminal; or why there is none."""

import csv
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from typer.testing import CliRunner

from batchwright.execution import services
from batchwright.execution.models import Batch, Run
from batchwright.site import frozen_twins
from tests.execution.shift import Shift
from tests.site import cultures
from tests.tools import frozen_sets as simulated


@pytest.fixture
def enter(shift: Shift) -> Any:
    return lambda name: shift.workshop.plant.log_in(Client(), name)


def at(name: str, batch: Batch) -> str:
    return reverse(f"batch_forecast{name}", args=[batch.number])


def words(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def told(batch: Batch, *more: str) -> tuple[int, str]:
    """What the command line says."""
    from batchwright.cli import application

    found = CliRunner().invoke(application("batch"), ["batch", "forecast", batch.number, *more])
    return found.exit_code, found.stdout


@pytest.mark.either_engine
def test_a_batch_is_forecast_from_what_was_entered_so_far(
    shift: Shift, enter: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    batch = cultures.begun(shift)
    qa, operator, sponsor, other = map(enter, ("qa", "operator", "sponsor_a", "sponsor_b"))
    assert "No forecast yet: 0 values" in words(qa, at("_said", batch)).replace("only ", "")
    cultures.days(shift, batch, 1, 2)
    assert "No forecast yet: only 2 values of Titre; 3 are needed." in words(operator, at("_short", batch))
    code, said = told(batch)
    assert (code, "3 are needed" in said) == (1, True)

    cultures.days(shift, batch, 3, 6, titre="9.99")
    page = words(qa, reverse("execution:batch", args=[batch.number]))
    assert "Forecast of this batch" in page, "a place is left for it, and the page does not wait"
    with django_assert_max_num_queries(25):
        short = words(sponsor, at("_short", batch))
    assert re.search(r"Titre [\d.]+ g/L \([\d.]+ to [\d.]+\)", short)
    assert "1 value was not expected" in short
    shown = words(qa, at("_said", batch))
    assert re.search(r"6 Titre 9.99 g/L 0.\d+ to 0.\d+", shown), "the value beside what was expected of it"
    assert "<svg" in qa.get(at("_said", batch)).content.decode()
    assert "style=" not in qa.get(at("_said", batch)).content.decode(), "which the policy of the pages refuses"

    then = words(qa, at("_said", batch) + "?known=96")
    assert "up to day 4" in then
    assert "measured later, and not known to the forecast" in then
    assert "Nothing: every value was as forecast" in then
    whole = words(operator, at("", batch))
    assert "As it was known after the sample of day 1 2 3 4 5 6 now" in whole
    assert "A frozen model advises here; it decides nothing" in whole
    assert "Where it must not be trusted" in whole
    for name in ("", "_said", "_short", "_table"):
        assert words(other, at(name, batch), 404)
    assert words(qa, at("_said", batch) + "?known=yesterday", 404)

    rows = list(csv.DictReader(qa.get(at("_table", batch)).content.decode().splitlines()))
    assert {row["output"] for row in rows} == {"VCD", "viability", "Glc", "Gln", "Lac", "Amm", "titre"}
    assert {row["sha256"] for row in rows} == {frozen_twins.offered("mab07-1").sha256}  # type: ignore[union-attr]
    assert [row["measured"] for row in rows if row["output"] == "titre" and row["measured"]][-1] == "9.99"

    edge = qa.get(f"/api/batches/{batch.number}/forecast", {"known_until_h": 96}).json()
    assert edge["known_until_h"] == 96.0
    assert edge["at_end"][0]["output"] == "titre"
    low, middle, high = (float(edge["at_end"][0][part]) for part in ("p05", "median", "p95"))
    assert low < middle < high
    assert 3.0 < middle < 6.5
    assert other.get(f"/api/batches/{batch.number}/forecast").status_code == 404
    code, said = told(batch, "--known", "4", "--json")
    assert code == 0
    assert json.loads(said) == edge, "the same everywhere: what is forecast twice is forecast alike"
    code, said = told(batch)
    assert "Not expected on day 6: Titre 9.99 g/L" in said

    sample = Run.objects.filter(batch=batch, element="day").order_by("position")[2]
    services.correct(
        actor=shift.actor("operator"), batch=shift.read(batch), path=sample.path,
        values=cultures.entered(simulated.grow(9), 3) | {"titre": "8.88"}, checker=shift.actor("supervisor"),
        reason="misread",
    )  # fmt: skip
    assert qa.get(f"/api/batches/{batch.number}/forecast", {"known_until_h": 96}).json() == edge, (
        "what was known then did not change by what was corrected since"
    )
    code, said = told(batch)
    assert "Not expected on day 3: Titre 8.88 g/L" in said


def test_a_batch_without_a_twin_has_no_forecast_and_no_place_for_it(shift: Shift, enter: Any) -> None:
    batch, qa = shift.started(), enter("qa")
    assert "Forecast of this batch" not in words(qa, reverse("execution:batch", args=[batch.number]))
    for name in ("", "_said", "_short", "_table"):
        assert words(qa, at(name, batch), 404)
    assert qa.get(f"/api/batches/{batch.number}/forecast").status_code == 404


def test_a_twin_that_is_not_the_approved_one_forecasts_nothing(
    shift: Shift, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = cultures.begun(shift)
    cultures.days(shift, batch, 1, 3)
    found = frozen_twins.offered("mab07-1")
    assert found is not None

    class Other:
        sha256 = "f" * 64

        def __getattr__(self, name: str) -> Any:
            return getattr(found, name)

    monkeypatch.setattr(frozen_twins, "offered", lambda _name: Other())
    said = words(enter("qa"), at("_short", batch))
    assert "No forecast: the frozen twin mab07-1 is ffffffffffffffff, and the recipe was approved with" in said
    monkeypatch.setattr(frozen_twins, "offered", lambda _name: None)
    assert "this plant has no frozen twin mab07-1" in words(enter("qa"), at("_said", batch))
