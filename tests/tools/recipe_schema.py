"""Writes docs/reference/recipe.schema.json from the types of recipes."""

import json
from pathlib import Path

from batchwright.recipes.text import schema

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "recipe.schema.json"


def text() -> str:
    """The schema as it would be written now."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
