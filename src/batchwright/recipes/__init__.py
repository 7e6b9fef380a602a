"""Recipes: what a batch is to be, said so that people and machines read the same.

A *master recipe* (ISA-88, IEC 61512-1) has a header, a formula and a procedure: *unit procedures* of *operations* of
*phases*, joined by *procedure logic*, a graph of steps, transitions and links. The modules `values`, `phases`,
`procedure`, `expressions`, `scaling`, `checks`, `text`, `differences` and `chart` are pure: they read no clock, no
database and no network, and work in a notebook. In the plant a recipe has *versions*: prepared by one person, checked
independently by another, and in force from a moment until the next one is; an approved text never changes. Sources:
IEC 61512-1 and -2, 21 CFR 211.100-211.103 and 211.186. This module is the face that other capabilities use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchwright.recipes.models import Recipe, RecipeText, RecipeVersion
    from batchwright.recipes.queries import effective_recipe, version

__all__ = ["Recipe", "RecipeText", "RecipeVersion", "effective_recipe", "version"]

# Django imports this package before it has loaded any model, so whatever needs models is fetched at first use; the
# rules need no Django at all.
_LAZY = {
    **dict.fromkeys(("Recipe", "RecipeText", "RecipeVersion"), "models"),
    **dict.fromkeys(("effective_recipe", "version"), "queries"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
