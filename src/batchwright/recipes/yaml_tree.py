"""YAML as a tree of texts with the place of each, read within limits.

Nothing is constructed from tags. The events are counted before a tree is made of them, so that neither depth nor
aliases ("a billion laughs") can fill memory or the stack.
"""

import json
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from batchwright.kernel.errors import BadInput

MOST_BYTES = 1_000_000
DEEPEST = 40
MOST_NODES = 50_000
MOST_ALIASES = 100

Path = tuple[str | int, ...]
_CORE = "tag:yaml.org,2002:"
_TAGS = {_CORE + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")}


@dataclass(slots=True)
class Tree:
    """What was read."""

    text: str
    content: Any
    """Mappings, lists, texts, true and false, None; a number is the text of its digits."""
    places: dict[Path, tuple[int, int]]
    """Line and column, from 1."""
    nodes: dict[Path, Node]
    file: str | None = None

    def place_of(self, path: Path) -> tuple[int, int]:
        """Line and column of what stands at a path, or of the nearest around it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def with_value(self, path: Path, value: str) -> str:
        """The text with another value at a path.

        Args:
            path: To a single value, or to a key that is not there yet in a mapping that is.
            value: The new value.

        Returns:
            The text; everything else in it is as it was.

        Raises:
            BadInput: There is no single value at the path.
        """
        node, around = self.nodes.get(path), self.nodes.get(path[:-1])
        new = _scalar(value)
        if isinstance(node, ScalarNode) and path:
            start, end = node.start_mark.index, node.end_mark.index
            block = node.style in ("|", ">")
            return self.text[:start] + new + ("\n" if block else "") + self.text[end:]
        if node is None and isinstance(around, MappingNode) and isinstance(path[-1], str):
            return self._with_key(around, path[-1], new)
        raise BadInput(
            "there is no single value at this place", file=self.file, line=self.place_of(path)[0],
            value=".".join(map(str, path)), remedy="Edit the text.",
        )  # fmt: skip

    def _with_key(self, around: MappingNode, key: str, new: str) -> str:
        pair = f"{_scalar(key)}: {new}"
        if not around.value:
            at = around.start_mark.index + 1
            return self.text[:at] + pair + self.text[at:]
        first = around.value[0][0].start_mark
        between = ", " if around.flow_style else "\n" + " " * first.column
        return self.text[: first.index] + pair + between + self.text[first.index :]


def read_tree(text: str | bytes, file: str | None) -> Tree:
    """Read YAML.

    Args:
        text: One document, in UTF-8 where it is bytes.
        file: Name for messages.

    Returns:
        The tree.

    Raises:
        BadInput: It is no YAML, has tags, a key twice, or is beyond a limit.
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise BadInput("the text is too large", file=file, value=f"{size} bytes", limit=f"{MOST_BYTES} bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = text[: error.start].count(b"\n") + 1
            raise BadInput(
                "the text is not UTF-8", file=file, line=line, value=text[error.start : error.end]
            ) from error
    text = text.removeprefix("\ufeff")
    try:
        _counted(text, file)
        node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        message = ", ".join(filter(None, (error.context, error.problem))) or "unreadable"
        remedy = "" if mark is None else f"See column {mark.column + 1}."
        raise BadInput(f"this is not YAML: {message}", file=file, line=line, remedy=remedy) from error
    except (YAMLError, ValueError, NotImplementedError) as error:  # what the library says of directives and characters
        raise BadInput("this is not YAML", file=file, value=str(error).splitlines()[0][:200]) from error
    if node is None:
        raise BadInput("the text is empty", file=file)
    tree = Tree(text, None, {}, {}, file)
    tree.content = _Builder(tree).built(node, (), 0)
    return tree


def _counted(text: str, file: str | None) -> None:
    depth = nodes = aliases = 0
    anchors: set[str] = set()
    for event in YAML(typ="rt", pure=True).parse(text):
        line = event.start_mark.line + 1 if event.start_mark is not None else None
        nodes += isinstance(event, NodeEvent)
        aliases += isinstance(event, AliasEvent)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        _within(depth, DEEPEST, "the text is nested too deep", file, line)
        _within(nodes, MOST_NODES, "the text has too many values", file, line)
        _within(aliases, MOST_ALIASES, "the text has too many aliases", file, line)
        anchor = getattr(event, "anchor", None)
        if anchor is not None and not isinstance(event, AliasEvent):
            if anchor in anchors:
                raise BadInput("this anchor is set twice", file=file, line=line, value=anchor)
            anchors.add(anchor)


def _within(count: int, limit: int, message: str, file: str | None, line: int | None) -> None:
    if count > limit:
        raise BadInput(message, file=file, line=line, limit=limit)


class _Builder:
    """Makes plain content of nodes; an alias is built again at each place, and counted each time."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.count = 0

    def built(self, node: Node, path: Path, depth: int) -> Any:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.count += 1
        _within(
            self.count, MOST_NODES, "the text has too many values when its aliases are followed", self.tree.file, line
        )
        _within(depth, DEEPEST, "the text is nested too deep when its aliases are followed", self.tree.file, line)
        if str(node.tag) not in _TAGS:
            raise BadInput("tags are not read", file=self.tree.file, line=line, value=str(node.tag)[:80])
        self.tree.places[path] = (line, column)
        self.tree.nodes[path] = node
        if isinstance(node, MappingNode):
            return self.mapping(node, path, depth)
        if isinstance(node, SequenceNode):
            return [self.built(one, (*path, index), depth + 1) for index, one in enumerate(node.value)]
        return _plain(node)

    def mapping(self, node: MappingNode, path: Path, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode) or not key_node.value:
                raise BadInput("a key has to be a word", file=self.tree.file, line=line)
            key = str(key_node.value)
            if key in found:
                first = self.tree.places[*path, key][0]
                message = f"the key {key!r} stands twice, first in line {first}"
                raise BadInput(message, file=self.tree.file, line=line, remedy="Remove one of them.")
            found[key] = self.built(value, (*path, key), depth + 1)
        return found


def _plain(node: ScalarNode) -> str | bool | None:
    kind = str(node.tag).removeprefix(_CORE)
    if kind == "bool":
        return str(node.value).lower() == "true"
    return None if kind == "null" else str(node.value)


def _scalar(value: str) -> str:
    """A value as YAML: bare where it reads back as the same text, else between quotation marks."""
    quoted = json.dumps(value, ensure_ascii=False)
    if value != value.strip() or "\n" in value or any(mark in value for mark in ",[]{}#&*!|>'\"%@`"):
        return quoted
    try:
        tree = read_tree(f"- {value}", None)
    except BadInput:
        return quoted
    return value if tree.content == [value] else quoted
