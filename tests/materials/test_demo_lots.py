"""The lots of the demo's tablet line: real where they are at hand, else made up and named so."""

from pathlib import Path

import pytest

from batchwright.materials import demo_lots
from batchwright.materials.models import Definition, Lot


def test_lots_are_made_up_where_there_are_no_real_ones_and_say_so(
    demo_plant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BATCHWRIGHT_DATA", raising=False)
    demo_lots.seed()
    assert Lot.objects.filter(source="made-up", source_id__startswith="FCT/").count() == demo_lots.MADE_UP
    assert set(Lot.objects.values_list("source", flat=True)) == {"made-up"}
    assert all("(made up)" in one.name for one in Definition.objects.all())
    before = Lot.objects.count()
    demo_lots.seed()
    assert Lot.objects.count() == before


def test_the_lots_of_the_real_plant_are_taken_over(
    demo_plant: None, monkeypatch: pytest.MonkeyPatch, reference_data: Path
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_DATA", str(reference_data))
    demo_lots.seed()
    assert Lot.objects.filter(source="tablets", source_id__startswith="FCT/").count() == 1005
    assert not Definition.objects.filter(name__contains="made up").exists()
