"""Rows that the constraints and rules of recipes take; `tests.gmp.filling` asks for them."""

from batchwright.recipes.models import RecipeVersion
from batchwright.record.open_entry import OpenEntry
from tests.gmp.filling import fill, plain, row_of


@row_of(RecipeVersion)
def version(entry: OpenEntry) -> RecipeVersion:
    """A draft with a text of its own recipe."""
    from batchwright.recipes.models import RecipeText

    text = fill(entry, RecipeText)
    return plain(
        entry, RecipeVersion, recipe=text.recipe, text=text, sha256=text.sha256, state="draft", number=1,
        findings=[], effective_from=None, superseded_at=None, submitted_at=None, approved_at=None,
    )  # fmt: skip
