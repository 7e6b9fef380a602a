"""The commands of recipes: one function per act; each checks, changes and records in one transaction."""

from batchwright.recipes.services.importing import import_batchml
from batchwright.recipes.services.lifecycle import approve, make_effective, return_to_author, submit, withdraw
from batchwright.recipes.services.writing import draft_recipe, draft_version, edit_draft, justify, repair_draft

__all__ = [
    "approve",
    "draft_recipe",
    "draft_version",
    "edit_draft",
    "import_batchml",
    "justify",
    "make_effective",
    "repair_draft",
    "return_to_author",
    "submit",
    "withdraw",
]
