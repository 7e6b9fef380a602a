"""What a validator refuses, in the words and at the place of whoever wrote it."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchwright.recipes.yaml_tree import Path, Tree

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a text."""

    line: int
    column: int
    path: Path
    message: str
    value: str | None = None
    limit: str | None = None
    remedy: str = ""

    @property
    def where(self) -> str:
        """The path for a sentence: ``formula.parameters.0.value: ``; "" for the whole."""
        return ".".join(map(str, self.path)) + ": " if self.path else ""


def problem_of(error: "ErrorDetails", content: object, tree: Tree) -> Problem:
    """Translate one refusal.

    Args:
        error: What the validator said.
        content: What it was given.
        tree: The text, for the place.

    Returns:
        The problem with line and column.
    """
    path = _path_in(error["loc"], content)
    line, column = tree.place_of(path)
    kind, context = error["type"], error.get("ctx", {})
    key = str(error["loc"][-1]) if error["loc"] else ""
    shown = _shown(error["input"])
    if kind == "missing":
        return Problem(line, column, path, f"{key!r} is missing", remedy=f"Add {key}.")
    if kind == "extra_forbidden":
        keys = sorted(context.get("known", ()))
        near = difflib.get_close_matches(key, keys or _KEYS, n=1, cutoff=0.7)
        remedy = f"Did you mean {near[0]!r}?" if near else "Remove it."
        return Problem(line, column, path, f"there is no key {key!r} here", remedy=remedy)
    if kind == "plant":
        limit, remedy = context.get("limit"), context.get("remedy") or ""
        return Problem(line, column, path, error["msg"], context.get("value") or shown, limit, remedy)
    if kind in ("literal_error", "union_tag_invalid"):
        limit = str(context.get("expected") or context.get("expected_tags"))
        found = str(context.get("tag") or shown)
        return Problem(line, column, path, f"{key!r} has an unknown word", found, limit.replace("'", ""))
    if kind == "union_tag_not_found":
        wanted = str(context.get("discriminator", "kind")).strip("'")
        return Problem(line, column, path, f"{key!r} does not say its {wanted}", shown, remedy=f"Add {wanted}.")
    remedy = (
        'Put it between quotation marks: "true".' if kind == "string_type" and isinstance(error["input"], bool) else ""
    )
    message = error["msg"][0].lower() + error["msg"][1:]
    return Problem(line, column, path, message, shown, remedy=remedy)


def _path_in(location: tuple[int | str, ...], content: object) -> Path:
    """The part of a location that is in the content; names of the kinds of unions stand between and are left out."""
    path: list[int | str] = []
    for part in location:
        inside = _inside(content, part)
        if inside is not _NOTHING:
            path.append(part)
            content = inside
    return tuple(path)


_NOTHING = object()


def _inside(content: object, part: int | str) -> object:
    if isinstance(content, Mapping):
        return content.get(part, _NOTHING)
    if isinstance(content, list) and isinstance(part, int) and part < len(content):
        return content[part]
    return _NOTHING


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return str(value)[:80]


def _known_keys() -> list[str]:
    from batchwright.recipes import phases, procedure, values

    parts = [one for module in (values, phases, procedure) for one in vars(module).values()]
    fields = [getattr(one, "model_fields", {}) for one in parts if isinstance(one, type)]
    return sorted({name for names in fields for name in names})


_KEYS = _known_keys()
