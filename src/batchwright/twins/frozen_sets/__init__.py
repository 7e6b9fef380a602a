"""Frozen twins that come with the house, one file each, read as plain data: the engine is not loaded for that."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any, Final

from batchwright.kernel.errors import BadInput

FORMAT: Final = "batchwright.twins.parameter-set/1"
_ENDING: Final = ".json"


def names() -> tuple[str, ...]:
    """Give the names of the sets that come with the house."""
    found = (one.name for one in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(_ENDING) for name in found if name.endswith(_ENDING)))


def document(name: str) -> dict[str, Any] | None:
    """Read a set: what it offers, how it did, and its hash.

    Args:
        name: Its name.

    Returns:
        Its content with ``sha256``; None where there is none of that name.

    Raises:
        BadInput: If the file was changed.
    """
    if name not in names():
        return None
    written = json.loads(files(__package__).joinpath(f"{name}{_ENDING}").read_text("utf-8"))
    found = digest(written["content"])
    if found != written["sha256"] or written["content"].get("format") != FORMAT:
        raise BadInput(
            "The parameter set was changed", file=f"{name}{_ENDING}", value=found[:16],
            limit=str(written["sha256"])[:16], remedy="Take the file that came with this version.",
        )  # fmt: skip
    content: dict[str, Any] = written["content"]
    return {**content, "sha256": found}


def digest(content: Any) -> str:
    """Hash plain data.

    Args:
        content: What JSON can hold.

    Returns:
        SHA-256 over it with sorted keys, as hexadecimal text.
    """
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(plain.encode()).hexdigest()
