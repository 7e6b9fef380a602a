"""The example recipes, each read once in a process and only where a test wants it: reading one takes a second."""

from functools import cache
from pathlib import Path

from batchwright.recipes import text
from batchwright.recipes.procedure import MasterRecipe

FILES = sorted((Path(text.__file__).parent / "examples").glob("*.yaml"))
NAMES = [one.stem for one in FILES]


@cache
def example(name: str) -> MasterRecipe:
    """The recipe of a file."""
    file = next(one for one in FILES if one.stem == name)
    return text.read(file.read_bytes(), file.name).recipe
