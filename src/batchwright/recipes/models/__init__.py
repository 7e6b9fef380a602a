"""The tables of recipes, with what the database itself refuses.

Check constraints stand in the classes; what takes more than one row, or the row as it was, stands in
`batchwright.recipes.rules`.
"""

from batchwright.recipes.models.recipes import Justification, Origin, Recipe, RecipeText, RecipeVersion, VersionState

__all__ = ["Justification", "Origin", "Recipe", "RecipeText", "RecipeVersion", "VersionState"]
