"""Versions as files: the text as authored, BatchML V0700, and the canonical text that was hashed."""

from types import MappingProxyType
from typing import Final

from batchwright.kernel.errors import BadInput
from batchwright.recipes.adapters.batchml_writing import write_master_recipe
from batchwright.recipes.models import RecipeVersion

FORMS: Final = MappingProxyType({"yaml": "application/yaml", "xml": "application/xml", "json": "application/json"})
"""Media type of each."""


def exported(one: RecipeVersion, form: str) -> bytes:
    """Write a version, which the caller was allowed to read.

    Args:
        one: The version.
        form: yaml, xml or json.

    Returns:
        The bytes of the file.

    Raises:
        BadInput: If there is no such form.
        DomainError: If BatchML cannot hold it exactly.
    """
    if form not in FORMS:
        raise BadInput("There is no such form of a recipe", value=form, limit=", ".join(FORMS))
    if form == "xml":
        return write_master_recipe(one.text.master)
    return (one.text.source if form == "yaml" else one.text.canonical).encode()
