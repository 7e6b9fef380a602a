"""Recipes as text that people write: YAML 1.2, each refusal with its line, and comments that outlive an edit.

Numbers are taken as they are written, digit for digit; nothing is guessed from a missing unit. What could harm whoever
reads it is refused first: size, depth, expansion of aliases, tags. `write` prints what `read` takes back equal.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import flow
from batchwright.recipes.procedure import MasterRecipe, ProcedureLogic
from batchwright.recipes.refusals import Problem, problem_of
from batchwright.recipes.values import Part
from batchwright.recipes.yaml_tree import Path, Tree, read_tree


class RecipeTextError(BadInput):
    """A recipe text that cannot be taken; everything that is wrong with it, in order of lines.

    Args:
        problems: At least one.
        file: Name of the text.
    """

    def __init__(self, problems: tuple[Problem, ...], file: str | None) -> None:
        first = problems[0]
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(
            f"{first.where}{first.message}{more}", file=file, line=first.line, value=first.value, limit=first.limit,
            remedy=first.remedy,
        )  # fmt: skip
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Source:
    """A recipe with the text that it was read from."""

    recipe: MasterRecipe
    tree: Tree

    def line_of(self, path: Path) -> int | None:
        """The line of a part of the recipe, or of the nearest part around it that stands in the text."""
        return self.tree.place_of(path)[0]


def read(text: str | bytes, name: str | None = None) -> Source:
    """Read a recipe.

    Args:
        text: YAML, in UTF-8 where it is bytes.
        name: Of the file, for messages.

    Returns:
        The recipe with its places.

    Raises:
        RecipeTextError: It is no recipe; every problem has its line and column.
        BadInput: It is no YAML, or beyond a limit of size, depth or aliases.
    """
    tree = read_tree(text, name)
    problems: list[Problem] = []
    content = _expanded(tree.content, (), tree, problems)
    try:
        recipe = MasterRecipe.model_validate(content)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        problems += [problem_of(one, content, tree) for one in errors]
    if problems:
        raise RecipeTextError(tuple(sorted(set(problems), key=lambda one: (one.line, one.column))), name)
    return Source(recipe, tree)


def _expanded(content: Any, path: Path, tree: Tree, problems: list[Problem]) -> Any:
    """The content with the short form of logic spelled out; places of its links are those of their chains."""
    if isinstance(content, list):
        return [_expanded(one, (*path, index), tree, problems) for index, one in enumerate(content)]
    if not isinstance(content, dict):
        return content
    found = {key: _expanded(value, (*path, key), tree, problems) for key, value in content.items()}
    if "logic" in found and flow.is_short(found["logic"]):
        inside = (*path, "logic")
        try:
            found["logic"], chains = flow.expanded(found["logic"])
        except BadInput as error:
            place = inside if error.line is None else (*inside, "flow", error.line)
            line, column = tree.place_of(place)
            message = str(error.message)
            problems.append(Problem(line, column, place, message, error.value, error.limit, error.remedy))
            found["logic"] = {}
        else:
            first = len(found["logic"]["links"]) - len(chains)
            for index, chain in enumerate(chains):
                tree.places[*inside, "links", first + index] = tree.place_of((*inside, "flow", chain))
            for index, one in enumerate(found["logic"]["transitions"]):
                tree.places[*inside, "transitions", index] = tree.place_of((*inside, "transitions", one["id"]))
    return found


def write(recipe: MasterRecipe) -> str:
    """Print a recipe.

    Args:
        recipe: Any, also one that is incomplete.

    Returns:
        YAML that `read` takes back equal; without comments, for there are none in a graph.
    """
    yaml = YAML(typ="rt", pure=True)
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_content(recipe), stream)
    return stream.getvalue()


def _content(value: Any) -> Any:
    if isinstance(value, ProcedureLogic):
        short = flow.shortened(value)
        if short is not None:
            return short
    if isinstance(value, Part):
        return {name: _content(getattr(value, name)) for name, field in _fields(value) if _is_said(value, name, field)}
    if isinstance(value, tuple):
        return [_content(one) for one in value]
    if isinstance(value, Quantity):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def _fields(part: Part) -> Iterator[tuple[str, FieldInfo]]:
    yield from type(part).model_fields.items()


def _is_said(part: Part, name: str, field: FieldInfo) -> bool:
    """Whether a field is printed: what is not as by default, and what tells apart the kinds of a union."""
    tells_apart = get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    if tells_apart or field.is_required():
        return True
    value, default = getattr(part, name), field.get_default(call_default_factory=True)
    return bool(value != default)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a recipe's text, for editors and other programs."""
    found = MasterRecipe.model_json_schema()
    logic = found["$defs"]["ProcedureLogic"]["properties"]
    text = {"type": "string"}
    logic["flow"] = {
        "type": "array", "items": {**text, "pattern": "->"}, "description": "Chains of names with arrows: a -> b -> c",
    }  # fmt: skip
    logic["junctions"] = {
        "type": "object", "additionalProperties": {"enum": list(flow.JUNCTION_WORDS)},
        "description": "Names at which branches part or meet",
    }  # fmt: skip
    short = {"type": "object", "additionalProperties": text, "description": "Names with their conditions"}
    logic["transitions"] = {"anyOf": [logic["transitions"], short], "title": "Transitions"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "title": "Batchwright master recipe",
    }


def edited(text: str, changes: Mapping[Path, str]) -> str:
    """Change values in a recipe's text and nothing else: comments, order and blanks stay.

    Args:
        text: The recipe.
        changes: New values by path, such as ``("formula", "parameters", 0, "value")``; a key that is not there yet is
            added to the mapping around it.

    Returns:
        The new text.

    Raises:
        BadInput: The text cannot be read, or a path leads to no single value.
    """
    tree = read_tree(text, None)
    there = {path: value for path, value in changes.items() if tree.is_value(path)}
    text = tree.with_values(there)
    for path, value in changes.items():
        if path not in there:
            text = read_tree(text, None).with_value(path, value)
    return text
