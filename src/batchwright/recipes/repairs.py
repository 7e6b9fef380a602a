"""Repairs of a recipe that came from another system, written in a file: which finding, what is changed, and why.

::

    repairs:
      - finding: blank-condition                 # code of the finding
        where: [C9d, C9f]                        # the end of its place for people; each place is one repair
        why: The step behind begins when the one before is complete.
        changes:
          - set: {condition: "true"}             # keys of what the finding is about
      - finding: after-end
        where: [C57]
        why: A link leads from the end to itself.
        changes:
          - at: [C37, logic, links, L5]          # ids and keys, from an element of the recipe inwards
            remove: true

A change stands at the place of the finding, or `Change.at` another; ``to`` writes the value there anew, ``set`` gives
keys of the mapping there, ``remove`` takes it out, or keys of it. Pure: what is mended is a text, and every character
that no change names stays. The commands that record each repair are those of `batchwright.recipes.services`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from batchwright.kernel.errors import BadInput
from batchwright.recipes.placed import Placed
from batchwright.recipes.text_edits import with_part, without_part
from batchwright.recipes.values import Name, Part, Text
from batchwright.recipes.yaml_tree import Path, Tree, read_tree


class Change(Part):
    """One change of a text."""

    at: tuple[str, ...] = ()
    """Where; empty for the place of the finding."""
    to: Any = None
    """What is written there instead."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Keys of the mapping there, with what each holds."""
    remove: bool | tuple[str, ...] = False
    """Whether it is taken out; or which keys of it are."""

    @model_validator(mode="after")
    def _says_one(self) -> "Change":
        if sum((self.to is not None, bool(self.set), bool(self.remove))) != 1:
            raise PydanticCustomError("plant", "A change says one of: to, set, remove")
        return self


class Repair(Part):
    """How findings of one sort are answered, each by a repair of its own."""

    finding: Name
    """Code of the finding."""
    where: tuple[Text, ...] = Field(min_length=1)
    """Places for people, as the check says them; their last parts are enough where no other finding ends so."""
    why: Text = Field(min_length=1)
    changes: tuple[Change, ...] = Field(min_length=1)


class Repairs(Part):
    """All repairs of one file of another system, in the order in which they are made."""

    file_sha256: str = ""
    """SHA-256 of the file that was taken over; "" for any."""
    repairs: tuple[Repair, ...] = Field(min_length=1)

    def one_by_one(self) -> Iterator[tuple[Repair, str]]:
        """Each repair with the place that it answers."""
        for repair in self.repairs:
            for where in repair.where:
                yield repair, where


def read_repairs(text: str | bytes, name: str) -> Repairs:
    """Read a file of repairs.

    Args:
        text: YAML.
        name: Of the file, for messages.

    Returns:
        The repairs.

    Raises:
        BadInput: If it is no YAML, or says something else.
    """
    tree = read_tree(text, name)
    try:
        return Repairs.model_validate(tree.content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = tuple(first["loc"])
        raise BadInput(
            f"this is no repair: {first['msg']}", file=name, line=tree.place_of(path)[0],
            value=".".join(map(str, path)), limit="finding, where, why and changes",
        ) from error  # fmt: skip


def answered(found: Iterable[Placed], repair: Repair, where: str) -> Placed | None:
    """Give the finding that a repair answers.

    Args:
        found: What was found in the text.
        repair: The repair.
        where: The place that it answers.

    Returns:
        The finding, the first of several at the same place; None where there is none (any more).

    Raises:
        BadInput: If findings at several places end so.
    """
    fitting = [one for one in found if one.finding.code == repair.finding and ends_so(one.finding.where, where)]
    places = sorted({one.finding.where for one in fitting})
    if len(places) > 1 and where not in places:
        raise BadInput(
            "findings at several places end so", value=where, limit="; ".join(places)[:400],
            remedy="Say more of the place.",
        )  # fmt: skip
    return next((one for one in fitting if len(places) < 2 or one.finding.where == where), None)


def ends_so(place: str, end: str) -> bool:
    """Say whether a place for people is meant by its end.

    Args:
        place: The whole place.
        end: What a repair says of it.

    Returns:
        Whether it is, or ends with it.
    """
    return place == end or place.endswith(f" / {end}")


def mended(source: str, place: Path, repair: Repair, tree: Tree | None = None) -> str:
    """Make the changes of a repair.

    Args:
        source: The recipe's text.
        place: Path of what the finding is about.
        repair: The repair.
        tree: What was read of the text, where nothing before the place has changed since; None to read it.

    Returns:
        The mended text.

    Raises:
        BadInput: If a place is not there, or has to be changed by hand.
    """
    for change in repair.changes:
        now = read_tree(source, None) if tree is None else tree
        path = _path_of(now, change.at) if change.at else _as_written(now, place)
        if change.to is not None:
            source = with_part(source, path, change.to, now)
        elif change.remove is True:
            source = without_part(source, path, now)
        else:
            source = _with_keys(source, path, change, now)
        tree = None
    return source


def _with_keys(source: str, path: Path, change: Change, read: Tree) -> str:
    tree: Tree | None = read  # the next key is looked for in the text that the one before left
    for key, value in change.set.items():
        source, tree = with_part(source, (*path, key), value, tree), None
    for key in change.remove if isinstance(change.remove, tuple) else ():
        source, tree = without_part(source, (*path, key), tree), None
    return source


def _as_written(tree: Tree, place: Iterable[str | int]) -> Path:
    """A place whose numbers came back from the record as texts."""
    path: Path = ()
    for part in place:
        around = tree.nodes.get(path)
        number = around is not None and around.kind == "list" and re.fullmatch("[0-9]+", str(part))
        path = (*path, int(part) if number else part)
    return path


def _path_of(tree: Tree, names: tuple[str, ...]) -> Path:
    """The path that ids and keys lead to."""
    start: Path = ()
    content = tree.content
    if names[0] not in content:
        start, content = next(_elements(content, (), names[0]), ((), None))
        if content is None:
            raise _nowhere(tree, (), names, names[0])
        names = names[1:]
    path = start
    for name in names:
        if isinstance(content, list):
            index = next((number for number, one in enumerate(content) if _id_of(one) == name), None)
            if index is None:
                raise _nowhere(tree, path, names, name)
            path, content = (*path, index), content[index]
        elif isinstance(content, dict) and name in content:
            path, content = (*path, name), content[name]
        else:
            raise _nowhere(tree, path, names, name)
    return path


def _nowhere(tree: Tree, path: Path, names: tuple[str, ...], name: str) -> BadInput:
    return BadInput(
        "there is nothing at the place of this change", line=tree.place_of(path)[0], value=name,
        limit=" / ".join(names), remedy="Name an element by its id, then keys, and entries of lists by their id.",
    )  # fmt: skip


def _elements(content: Any, path: Path, name: str) -> Iterator[tuple[Path, Any]]:
    for index, one in enumerate(content.get("elements", ()) if isinstance(content, dict) else ()):
        inside = (*path, "elements", index)
        if _id_of(one) == name:
            yield inside, one
        yield from _elements(one, inside, name)


def _id_of(content: Any) -> str:
    return str(content.get("id", "")) if isinstance(content, dict) else ""
