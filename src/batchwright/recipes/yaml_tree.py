"""YAML as a tree of texts with the place of each, read within limits.

Nothing is constructed from tags. The tree is made of the parser's events, which are counted as they come, so that
neither depth nor aliases ("a billion laughs") can fill memory or the stack.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from batchwright.kernel.errors import BadInput

MOST_BYTES = 1_000_000
DEEPEST = 40
MOST_NODES = 50_000
MOST_ALIASES = 100

_KEPT = 4
"""Texts whose nodes are kept: whoever checks, shows, edits and signs a recipe reads the same text each time, and
reading takes a second for a large one."""
_LONG = 1000
"""Characters of a text that is worth keeping."""

Path = tuple[str | int, ...]
_CORE = "tag:yaml.org,2002:"
_TAGS = {_CORE + name for name in ("str", "int", "float", "bool", "null", "map", "seq")}
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
"""What a bare word means beside its text (YAML 1.2.2, 10.2.1); numbers stay texts."""


@dataclass(slots=True)
class Node:
    """One value of the text: a scalar, or a mapping or list with its inner nodes."""

    kind: Literal["scalar", "mapping", "list"]
    start: int
    """Character, from 0."""
    line: int
    column: int
    end: int
    text: str = ""
    style: str = ""
    """Of a scalar: "" where it is bare, else the mark that begins it; of a collection: "flow" between brackets."""
    tagged: bool = False
    inner: "list[Node]" = field(default_factory=list)
    """Of a mapping: keys and values by turns."""


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
        if self.is_value(path):
            return self.with_values({path: value})
        if node is None and around is not None and around.kind == "mapping" and isinstance(path[-1], str):
            return self._with_key(around, path[-1], _scalar(value))
        raise BadInput(
            "there is no single value at this place", file=self.file, line=self.place_of(path)[0],
            value=".".join(map(str, path)), remedy="Edit the text.",
        )  # fmt: skip

    def is_value(self, path: Path) -> bool:
        """Whether a single value stands at a path."""
        node = self.nodes.get(path)
        return node is not None and node.kind == "scalar" and bool(path)

    def with_values(self, values: Mapping[Path, str]) -> str:
        """The text with other values where single values stand; of two paths to one place the last counts.

        Args:
            values: New values by path.

        Returns:
            The text; everything else in it is as it was.
        """
        new = {self.nodes[path].start: (self.nodes[path], _scalar(value)) for path, value in values.items()}
        text = self.text
        for start in sorted(new, reverse=True):
            node, word = new[start]
            text = text[:start] + word + ("\n" if node.style in ("|", ">") else "") + text[node.end :]
        return text

    def _with_key(self, around: Node, key: str, new: str) -> str:
        pair = f"{_scalar(key)}: {new}"
        if not around.inner:
            at = around.start + 1
            return self.text[:at] + pair + self.text[at:]
        first = around.inner[0]
        between = ", " if around.style == "flow" else "\n" + " " * (first.column - 1)
        return self.text[: first.start] + pair + between + self.text[first.start :]


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
    text = _decoded(text, file).removeprefix("\ufeff")
    try:
        node = (_composed_before if len(text) > _LONG else _composed)(text, file)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line: int | None = None if mark is None else mark.line + 1
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


def _decoded(text: str | bytes, file: str | None) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line, rest = text[: error.start].count(b"\n") + 1, text[error.start : error.end]
        raise BadInput("the text is not UTF-8", file=file, line=line, value=rest) from error


def _composed(text: str, file: str | None) -> Node | None:
    """The root of the one document; None where there is none. Nobody changes a node after this."""
    root: Node | None = None
    stack: list[Node] = []
    anchors: dict[str, Node] = {}
    nodes = aliases = documents = 0
    for event in _events(text):
        line = event.start_mark.line + 1
        documents += isinstance(event, DocumentStartEvent)
        nodes += isinstance(event, NodeEvent)
        aliases += isinstance(event, AliasEvent)
        _within(documents, 1, "there is more than one document", file, line)
        _within(nodes, MOST_NODES, "the text has too many values", file, line)
        _within(aliases, MOST_ALIASES, "the text has too many aliases", file, line)
        if isinstance(event, CollectionEndEvent):
            stack.pop().end = event.end_mark.index
        elif isinstance(event, NodeEvent):
            node = _node_of(event, anchors, stack, file, line)
            if stack:
                stack[-1].inner.append(node)
            else:
                root = node
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                stack.append(node)
                _within(len(stack), DEEPEST, "the text is nested too deep", file, line)
    return root


_composed_before = lru_cache(maxsize=_KEPT)(_composed)


def _events(text: str) -> Iterator[Any]:
    yield from YAML(typ="rt", pure=True).parse(text)


def _node_of(event: Any, anchors: dict[str, Node], stack: list[Node], file: str | None, line: int) -> Node:
    if isinstance(event, AliasEvent):
        found = anchors.get(str(event.anchor))
        if found is None or any(found is one for one in stack):
            raise BadInput("this alias names nothing before it", file=file, line=line, value=event.anchor)
        return found
    tag = None if event.tag is None else str(event.tag)
    if tag is not None and tag not in _TAGS:
        raise BadInput("tags are not read", file=file, line=line, value=tag[:80])
    start, end = event.start_mark, event.end_mark
    if isinstance(event, ScalarEvent):
        node = Node("scalar", start.index, line, start.column + 1, end.index, str(event.value), event.style or "")
        node.tagged = tag is not None
    else:
        kind: Literal["mapping", "list"] = "mapping" if isinstance(event, MappingStartEvent) else "list"
        style = "flow" if event.flow_style else ""
        node = Node(kind, start.index, line, start.column + 1, end.index, style=style)
    if event.anchor is not None:
        if event.anchor in anchors:
            raise BadInput("this anchor is set twice", file=file, line=line, value=event.anchor)
        anchors[str(event.anchor)] = node
    return node


def _within(count: int, limit: int, message: str, file: str | None, line: int | None) -> None:
    if count > limit:
        raise BadInput(message, file=file, line=line, limit=limit)


class _Builder:
    """Makes plain content of nodes; an alias is built again at each place, and counted each time."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.count = 0

    def built(self, node: Node, path: Path, depth: int) -> Any:
        self.count += 1
        file, followed = self.tree.file, "when its aliases are followed"
        _within(self.count, MOST_NODES, f"the text has too many values {followed}", file, node.line)
        _within(depth, DEEPEST, f"the text is nested too deep {followed}", file, node.line)
        self.tree.places[path] = (node.line, node.column)
        self.tree.nodes[path] = node
        if node.kind == "mapping":
            return self.mapping(node, path, depth)
        if node.kind == "list":
            return [self.built(one, (*path, index), depth + 1) for index, one in enumerate(node.inner)]
        bare = node.style == "" and not node.tagged
        return _WORDS.get(node.text, node.text) if bare else node.text

    def mapping(self, node: Node, path: Path, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in zip(node.inner[::2], node.inner[1::2], strict=True):
            if key.kind != "scalar" or not key.text:
                raise BadInput("a key has to be a word", file=self.tree.file, line=key.line)
            if key.text in found:
                first = self.tree.places[*path, key.text][0]
                message = f"the key {key.text!r} stands twice, first in line {first}"
                raise BadInput(message, file=self.tree.file, line=key.line, remedy="Remove one of them.")
            found[key.text] = self.built(value, (*path, key.text), depth + 1)
        return found


def _scalar(value: str) -> str:
    """A value as YAML: bare where it reads back as the same text, else between quotation marks."""
    # what YAML counts as the end of a line, or cannot hold bare, is written by its number
    quoted = "".join(
        one if one.isprintable() or one == " " else f"\\U{ord(one):08x}"
        for one in json.dumps(value, ensure_ascii=False)
    )
    if (
        not value.isprintable()
        or value != value.strip()
        or "\n" in value
        or any(mark in value for mark in ",[]{}#&*!|>'\"%@`")
    ):
        return quoted
    try:
        tree = read_tree(f"- {value}", None)
    except BadInput:
        return quoted
    return value if tree.content == [value] else quoted
