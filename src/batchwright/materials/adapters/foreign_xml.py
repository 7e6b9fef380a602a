"""Reading XML that another system wrote: nothing hostile comes in, and nothing that the file says is lost unseen.

Entities, document types and the network are off; size, depth, number of elements and length of a text have limits.
Elements are matched by local name, so that one reader serves the versions of a format. An `Account` marks what a reader
takes; whatever is left at the end (elements, attributes, text between elements, comments) is there to be reported with
its path and line. Used by the readers of B2MML here and of BatchML in recipes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from batchwright.kernel.errors import BadInput

LARGEST = 32 * 2**20
"""Bytes of a file."""
MOST_ELEMENTS = 1_000_000
DEEPEST = 100
"""Elements inside each other; a recipe of four levels needs 12."""
MOST_ATTRIBUTES = 100
"""Of one element; such formats have ten, and reading thousands takes lxml minutes."""
LONGEST_TEXT = 1_000_000
"""Characters of one text or attribute."""

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_VALIDATING = Lock()


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a file says.

    Attributes:
        path: Local names from the root, an attribute with an @.
        line: Where it begins; lxml counts no further than 65535 in very long files.
        text: What it says, without the blanks around it.
        why: Why it was not taken over; "" if it was.
    """

    path: str
    line: int
    text: str
    why: str = ""

    def __str__(self) -> str:
        said = f"{self.path} line {self.line}: {self.text!r}"
        return f"{said} ({self.why})" if self.why else said


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a path stands in a file, with the first that says something."""

    path: str
    count: int
    line: int
    example: str
    why: str

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        return {"path": self.path, "count": self.count, "line": self.line, "example": self.example, "why": self.why}


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a document does not follow its schema."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}: {self.message}"

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        return {"line": self.line, "element": self.path, "message": self.message}


def content_of(path: Path) -> bytes:
    """Read a file that somebody names.

    Args:
        path: The file.

    Returns:
        Its bytes.

    Raises:
        BadInput: If it cannot be read, or is larger than the limit.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise BadInput("The file cannot be read", file=str(path), value=error.strerror) from error
    _require_size(content, path.name)
    return content


def parse(content: bytes, name: str) -> Any:
    """Parse XML that may be hostile.

    Args:
        content: The bytes.
        name: Name of the file, for the refusal.

    Returns:
        The root element.

    Raises:
        BadInput: If it is no XML, has a document type, or is larger, deeper or longer than the limits.
    """
    _require_size(content, name)
    if (count := content.count(b"<")) > 2 * MOST_ELEMENTS:
        raise BadInput("The file has too many elements", file=name, value=count, limit=MOST_ELEMENTS)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput("The file is no XML", file=name, line=error.lineno or 1, value=error.msg) from error
    if root.getroottree().docinfo.doctype:
        raise BadInput("The file has a document type, which this format has not", file=name, line=1,
                       remedy="Remove it: entities are not read.")  # fmt: skip
    _require_limits(root, name)
    return root


def local_name(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Any) -> str:
    """The namespace of an element; "" if it has none."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def path_of(element: Any) -> str:
    """Local names from the root down to an element."""
    names = [local_name(element), *(local_name(each) for each in element.iterancestors())]
    return "/".join(reversed(names))


def validate(root: Any, schema: Path) -> list[Fault]:
    """Compare a document with a schema.

    Args:
        root: The document.
        schema: File of the schema; it is compiled once per process and content of the file.

    Returns:
        Its faults, each with line and element; none if it follows the schema.

    Raises:
        BadInput: If the schema cannot be read.
    """
    try:
        state = schema.stat()
    except OSError as error:
        raise BadInput("The schema cannot be read", file=str(schema), value=error.strerror) from error
    compiled = _compiled(schema, state.st_mtime_ns, state.st_size)
    with _VALIDATING:  # the log belongs to the schema
        compiled.validate(root)
        log = list(compiled.error_log)
    tree = root.getroottree()
    return [Fault(one.line, _path_of_fault(tree, one.path), _without_namespaces(one.message)) for one in log]


@lru_cache(maxsize=8)
def _compiled(schema: Path, _changed: int, _size: int) -> Any:
    try:
        return etree.XMLSchema(etree.parse(schema, etree.XMLParser(no_network=True)))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise BadInput("The schema cannot be read", file=str(schema), value=str(error)) from error


def _path_of_fault(tree: Any, xpath: str | None) -> str:
    found = tree.xpath(xpath) if xpath else []
    return path_of(found[0]) if found else "the document"


def _without_namespaces(message: str) -> str:
    parts = message.split("{")
    return parts[0] + "".join(part.partition("}")[2] for part in parts[1:])


def _require_size(content: bytes, name: str) -> None:
    if len(content) > LARGEST:
        raise BadInput("The file is too large", file=name, value=f"{len(content)} bytes or more",
                       limit=f"{LARGEST} bytes")  # fmt: skip


def _require_limits(root: Any, name: str) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        if depth > DEEPEST:
            raise BadInput("Elements are nested too deep", file=name, line=element.sourceline, value=depth,
                           limit=DEEPEST)  # fmt: skip
        if len(element.attrib) > MOST_ATTRIBUTES:
            raise BadInput("An element has too many attributes", file=name, line=element.sourceline,
                           value=f"{len(element.attrib)} in {local_name(element)}", limit=MOST_ATTRIBUTES)  # fmt: skip
        longest = max(len(text) for text in (_own_text(element), *element.attrib.values()))
        if longest > LONGEST_TEXT:
            raise BadInput("A text is too long", file=name, line=element.sourceline,
                           value=f"{longest} characters in {local_name(element)}", limit=LONGEST_TEXT)  # fmt: skip


class Account:
    """What a document says, what of it was taken over, and what was not.

    Args:
        content: The bytes of the file.
        name: Its name, for refusals and reports.

    Raises:
        BadInput: If it cannot be parsed within the limits.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.root = parse(content, name)
        self.taken: list[Said] = []
        self._unread: dict[Any, str] = {}
        self._attributes: dict[Any, dict[str, str]] = {}
        self._between: list[Said] = []
        around = [*self.root.itersiblings(preceding=True), *self.root.itersiblings()]
        for node in (*around, *self.root.iter()):
            if not isinstance(node.tag, str):
                self._note(node)
                continue
            text = _own_text(node)
            if text or not any(True for _ in node.iterchildren("*")):
                self._unread[node] = text
            if node.attrib:
                self._attributes[node] = {key: value.strip() for key, value in node.attrib.items()}

    def _note(self, node: Any) -> None:
        parent = node.getparent()
        kind = "comment()" if node.tag is etree.Comment else "processing-instruction()"
        path = kind if parent is None else f"{path_of(parent)}/{kind}"
        self._between.append(Said(path, node.sourceline, (node.text or "").strip(), "no rule takes it over"))

    def children(self, parent: Any, name: str) -> list[Any]:
        """The children of one local name, in the order of the file."""
        return [child for child in parent.iterchildren("*") if local_name(child) == name]

    def child(self, parent: Any, name: str) -> Any | None:
        """The first child of a local name; the others stay to be reported."""
        return next(iter(self.children(parent, name)), None)

    def take(self, element: Any | None) -> str:
        """Take the text of an element over; "" if there is no such element, or it is empty or was taken before."""
        if element is None or not self._unread.get(element):
            return ""
        text = self._unread.pop(element)
        self.taken.append(Said(path_of(element), element.sourceline, text))
        return text

    def saying(self, parent: Any, name: str) -> Any | None:
        """The first child of a local name that says something and was not taken yet."""
        return next((child for child in self.children(parent, name) if self._unread.get(child)), None)

    def text(self, parent: Any, name: str) -> str:
        """Take the first child of a local name that says something; "" if none does."""
        return self.take(self.saying(parent, name))

    def texts(self, parent: Any, name: str) -> tuple[str, ...]:
        """Take every child of a local name that says something."""
        return tuple(text for child in self.children(parent, name) if (text := self.take(child)))

    def peek(self, parent: Any, name: str) -> str:
        """What the first child of a local name says, without taking it."""
        return next((_own_text(child) for child in self.children(parent, name)), "")

    def attribute(self, element: Any, name: str) -> str:
        """Take an attribute by its local name; "" if there is none or it is blank."""
        own = self._attributes.get(element, {})
        key = next((key for key, value in own.items() if value and key.rpartition("}")[2] == name), None)
        if key is None:
            return ""
        self.taken.append(Said(f"{path_of(element)}/@{name}", element.sourceline, own[key]))
        return own.pop(key)

    def bad(self, said: str, at: Any, value: object, remedy: str = "") -> BadInput:
        """A refusal that names the line."""
        return BadInput(said, file=self.name, line=at.sourceline, value=value, remedy=remedy)

    def left(self) -> list[Said]:
        """What was not taken over: elements with a text or without children, attributes, comments."""
        found = [
            Said(path_of(element), element.sourceline, text, _why(element, text))
            for element, text in self._unread.items()
        ]
        for element, own in self._attributes.items():
            for key, value in own.items():
                path = f"{path_of(element)}/@{key.rpartition('}')[2]}"
                found.append(Said(path, element.sourceline, value, "no rule takes it over" if value else "empty"))
        return [*found, *self._between]


def tallied(said: Iterable[Said]) -> list[Tally]:
    """Count what was said by path and reason.

    Args:
        said: What was not taken over.

    Returns:
        One line for each path and reason, by path, with the first of them.
    """
    said = list(said)
    counts = Counter((one.path, one.why) for one in said)
    first: dict[tuple[str, str], Said] = {}
    for one in said:
        first.setdefault((one.path, one.why), one)
    return [
        Tally(path, count, first[path, why].line, first[path, why].text, why)
        for (path, why), count in sorted(counts.items())
    ]


def _own_text(element: Any) -> str:
    """All text that stands directly inside an element, also behind comments and children."""
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(pieces).strip()


def _why(element: Any, text: str) -> str:
    if text:
        return "no rule takes it over"
    return "nil" if element.get(_NIL) in ("true", "1") else "empty"
