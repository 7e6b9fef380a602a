"""Writing elements of one namespace; what XML cannot hold is marked, never written as something else."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from lxml import etree

from batchwright.kernel import clock
from batchwright.materials.adapters.foreign_xml import namespace

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def new_root(space: str, name: str, **attributes: str) -> Any:
    """Begin a document.

    Args:
        space: Its namespace, which all elements are in.
        name: Local name of the root.
        **attributes: Its attributes.

    Returns:
        The root.
    """
    return etree.Element(f"{{{space}}}{name}", attrib=attributes, nsmap={None: space})


def add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    """Add an element, in the namespace of its parent.

    Args:
        parent: The parent.
        name: Local name.
        text: Its text; a character that XML does not have becomes the replacement character.
        **attributes: Its attributes.

    Returns:
        The element.
    """
    made = etree.SubElement(parent, f"{{{namespace(parent)}}}{name}")
    if text:
        made.text = _writable(text)
    for key, value in attributes.items():
        made.set(key, _writable(value))
    return made


def say(parent: Any, name: str, text: str) -> None:
    """Add an element only where there is a text."""
    if text:
        add(parent, name, text)


def say_moment(parent: Any, name: str, at: datetime | None) -> None:
    """Add an element only where there is a time."""
    if at is not None:
        add(parent, name, clock.iso(at))


def as_bytes(root: Any) -> bytes:
    """The document as a file in UTF-8."""
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _writable(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
