"""Canonical bytes of record content: RFC 8785 (JSON Canonicalization Scheme) for the part of JSON the record uses.

The record knows no binary floating point: decimals travel as strings with their UCUM unit, so that "1.50" stays
"1.50" for a reader in twenty years. Keys are ASCII, whole numbers lie within +-(2**53 - 1). Inside that domain the
sorted, compact output of the standard library is RFC 8785 to the byte (section 3.2.2.2 strings, 3.2.3 sorting); a
property test holds it against an independent implementation.
"""

import json
from collections.abc import Mapping
from typing import Any

from batchwright.kernel.errors import BadInput

SAFE_INTEGER = 2**53 - 1
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode


def encode(content: Any) -> bytes:
    """Give the canonical bytes of ``content``.

    Args:
        content: ``None``, bool, int within +-(2**53 - 1), str, and lists, tuples and str-keyed mappings of them.

    Returns:
        UTF-8 bytes as RFC 8785 prescribes.

    Raises:
        BadInput: If a value lies outside that domain; the path to it is given.
    """
    check(content)
    return encode_checked(content)


def encode_checked(content: Any) -> bytes:
    """Give the canonical bytes of content that was checked before, as row images and stored entries were.

    Args:
        content: As for :func:`encode`.

    Returns:
        UTF-8 bytes as RFC 8785 prescribes.
    """
    return _encode(content).encode("utf-8")


def check(content: Any, path: str = "$") -> None:
    """Refuse content that the record cannot hold exactly.

    Args:
        content: The value to walk through.
        path: Where it stands, for the message.

    Raises:
        BadInput: With the path, the value and the remedy.
    """
    kind = type(content)
    if kind is str:
        _check_text(content, path)
    elif kind is bool or content is None:
        return
    elif kind is int:
        if not -SAFE_INTEGER <= content <= SAFE_INTEGER:
            raise BadInput(
                f"{path} is a whole number that readers of JSON may round",
                value=str(content), limit=f"+-{SAFE_INTEGER}", remedy="Write it as text.",
            )  # fmt: skip
    elif isinstance(content, Mapping):
        for key, value in content.items():
            if type(key) is not str or not key.isascii():
                raise BadInput(f"{path} has a key that is not ASCII text", value=repr(key), remedy="Rename the key.")
            check(value, f"{path}.{key}")
    elif isinstance(content, list | tuple):
        for index, value in enumerate(content):
            check(value, f"{path}[{index}]")
    else:
        raise BadInput(
            f"{path} cannot be held exactly in the record",
            value=repr(content), limit="text, whole numbers, true, false, null, lists and objects",
            remedy="Write decimals, times and bytes as text.",
        )  # fmt: skip


def _check_text(text: str, path: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(
            f"{path} holds half of a character (a lone surrogate)", value=ascii(text), remedy="Enter the text again."
        ) from error
