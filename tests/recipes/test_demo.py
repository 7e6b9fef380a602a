"""The recipes of the demo plant, and where a foreign one lies beside them, that too."""

from pathlib import Path

import pytest

from batchwright.recipes import demo, queries
from batchwright.recipes.models import RecipeVersion
from tests.people.plant import Plant

pytestmark = pytest.mark.either_engine  # the plant of a demo stands on SQLite, wherever it is


def test_the_demo_has_a_recipe_in_every_stage(
    demo_plant: None, reference_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_DATA", str(reference_data))
    demo.seed()
    demo.seed()
    states = [(one.recipe.identifier, one.number, one.state) for one in RecipeVersion.objects.order_by("id")]
    assert states == [
        ("FCT40", 1, "superseded"), ("FCT40", 2, "effective"), ("MAB07", 1, "effective"), ("LYO12", 1, "effective"),
        ("LYO12", 2, "review"), ("COUGH-SYRUP", 1, "draft"),
    ]  # fmt: skip
    auditor = Plant().actor("i.moreau")
    assert queries.effective_recipe(auditor, "FCT40") == RecipeVersion.objects.get(recipe__identifier="FCT40", number=2)
    assert [one.identifier for one in queries.recipes(Plant().actor("d.rossi"))] == ["LYO12"]
