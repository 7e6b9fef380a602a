"""The typed entries that recipes write."""

from batchwright.recipes.entries.lifecycle import (
    RecipeApproved,
    RecipeMadeEffective,
    RecipeReturned,
    RecipeSubmitted,
    RecipeWithdrawn,
)
from batchwright.recipes.entries.writing import (
    FindingJustified,
    RecipeDrafted,
    RecipeEdited,
    RecipeImported,
    RecipeRepaired,
)

__all__ = [
    "FindingJustified",
    "RecipeApproved",
    "RecipeDrafted",
    "RecipeEdited",
    "RecipeImported",
    "RecipeMadeEffective",
    "RecipeRepaired",
    "RecipeReturned",
    "RecipeSubmitted",
    "RecipeWithdrawn",
]
