"""The lots of the demo's tablet line: real where they are at hand, else made up and named so."""

from pathlib import Path

import pytest

from batchwright.materials import demo, demo_lots
from batchwright.materials.models import Definition, Lot

pytestmark = pytest.mark.either_engine  # the plant of a demo stands on SQLite, wherever it is


def test_lots_are_made_up_where_there_are_no_real_ones_and_say_so(
    demo_plant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BATCHWRIGHT_DATA", raising=False)
    demo.seed()
    demo_lots.seed()
    assert Lot.objects.filter(source="made-up", source_id__startswith="FCT/").count() == demo_lots.MADE_UP
    assert set(Lot.objects.filter(origin="migrated").values_list("source", flat=True)) == {"made-up"}
    assert all("(made up)" in one.name for one in Definition.objects.filter(lots__origin="migrated"))
    left_over("made-up")
    before = Lot.objects.count()
    demo_lots.seed()
    assert Lot.objects.count() == before


def test_the_lots_of_the_real_plant_are_taken_over(
    demo_plant: None, monkeypatch: pytest.MonkeyPatch, reference_data: Path
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_DATA", str(reference_data))
    demo.seed()
    demo_lots.seed()
    assert Lot.objects.filter(source="tablets", source_id__startswith="FCT/").count() == 1005
    assert not Definition.objects.filter(name__contains="made up").exists()
    left_over("tablets")
    substance = Lot.objects.get(origin="migrated", status="approved", definition__code="API")
    assert (substance.source_id, substance.assay, substance.water) == ("API/254", "94.4 %", "1.5 %")


def left_over(source: str) -> None:
    """What the latest batch was made from is in the store, fit for use until its retest, and nothing else is."""
    found = Lot.objects.filter(source=source, containers__isnull=False).distinct().select_related("definition")
    assert {one.definition.code: one.status for one in found} == dict.fromkeys(demo_lots.LEFT, "approved")
    latest = Lot.objects.filter(source=source, source_id__startswith="FCT/").order_by("-made_on", "-id")[0]
    assert {one.source_id for one in found} == {one.parent.source_id for one in latest.ascents.select_related("parent")}
    assert all(one.due_on is not None for one in found)
