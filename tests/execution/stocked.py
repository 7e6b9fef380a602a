"""The demo's plant with its recipes in force and what they take in stock, but no batch."""

from batchwright.execution import demo
from batchwright.materials import demo as store
from batchwright.recipes import demo as recipes_demo
from batchwright.recipes import effective_recipe

RECIPES = ("FCT40", "LYO12", "MAB07")


def stock() -> None:
    """Bring in recipes and materials."""
    store.seed()
    recipes_demo.seed()
    planner = demo.actor(demo.PLANNER)
    for identifier in RECIPES:
        version = effective_recipe(planner, identifier)
        assert version is not None
        store.product(version.recipe.product, version.recipe.name, sponsor=version.recipe.sponsor)
        demo.stock(version)
