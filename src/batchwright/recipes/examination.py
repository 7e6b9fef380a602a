"""A recipe's text looked at as a whole: can it be read, what was found, and in which line each finding stands.

Pure. What an author sees while typing, what is kept with each version, and what a terminal prints is this one thing.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from batchwright import __version__
from batchwright.kernel.errors import BadInput
from batchwright.recipes import checks, text
from batchwright.recipes.findings import Finding, Question, Site
from batchwright.recipes.placed import Placed
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.twin_checks import OFFERS

ENGINE: Final = f"batchwright {__version__}"
"""What checks recipes; stands beside every result."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a text gave.

    Attributes:
        recipe: The recipe; None where the text cannot be read.
        found: What is wrong or to be looked at, by line.
    """

    recipe: MasterRecipe | None
    found: tuple[Placed, ...]

    @property
    def errors(self) -> tuple[Placed, ...]:
        """What keeps it from approval."""
        return tuple(one for one in self.found if one.severity == "error")

    @property
    def warnings(self) -> tuple[Placed, ...]:
        """What a reviewer has to look at."""
        return tuple(one for one in self.found if one.severity == "warning")


def examine(source: str, site: Site | None = None) -> Examined:
    """Look at a text.

    Args:
        source: YAML, as somebody wrote it or is just writing it.
        site: What the plant's units offer; None where equipment is not looked at.

    Returns:
        What was found; a text that cannot be read gives its problems and no recipe.
    """
    try:
        read, looked_at = _looked_at(source, OFFERS.find)
    except text.RecipeTextError as error:
        problems = (
            Placed(
                Finding("text", "error", one.path, one.where.rstrip(": "), _said(one.message, one.value, one.limit),
                        one.remedy),
                one.line,
            )
            for one in error.problems
        )  # fmt: skip
        return Examined(None, tuple(problems))
    except BadInput as error:
        said = _said(str(error.message), error.value, error.limit)
        return Examined(None, (Placed(Finding("text", "error", (), "", said, str(error.remedy)), error.line or 1),))
    found = checks.answered(looked_at, site)
    placed = (Placed(one, read.line_of(one.place) or 1) for one in found)
    return Examined(read.recipe, tuple(sorted(placed, key=lambda one: one.line)))


@lru_cache(maxsize=32)
def _looked_at(source: str, twins: object) -> tuple[text.Source, tuple[Finding | Question, ...]]:  # noqa: ARG001 - a key
    """What the text itself says, with the twins that are plugged in: who signs one looks at it several times."""
    read = text.read(source)
    return read, checks.look(read.recipe)


def _said(message: str, value: object, limit: object) -> str:
    parts = [message]
    if value is not None:
        parts.append(f": {value}")
    if limit is not None:
        parts.append(f" (allowed: {limit})")
    return "".join(parts)
