"""Files that people attach in a step: pictures, print-outs of instruments; a value names one by name and hash."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from batchwright.execution.models import Attempt

_NAMED = re.compile(r"(?P<name>.+) SHA-256 (?P<sha256>[0-9a-f]{64})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Filed:
    """A file that a value names.

    Attributes:
        name: As people call it.
        sha256: Of its content, in hex.
        seq: The entry that it stands with; None where nobody said.
        step: Name of the step in which it was attached.
    """

    name: str
    sha256: str
    seq: int | None = None
    step: str = ""


def text_of(name: str, content: bytes) -> str:
    """Write the value that names a file.

    Args:
        name: As people call it.
        content: Its bytes.

    Returns:
        Such as ``label.png SHA-256 5d41...``.
    """
    return f"{name} SHA-256 {sha256(content).hexdigest()}"


def named(text: str) -> Filed | None:
    """Read a value that names a file.

    Args:
        text: Any value.

    Returns:
        The file; None where the value names none.
    """
    found = _NAMED.fullmatch(text)
    return None if found is None else Filed(found["name"], found["sha256"])


def filed(attempts: Iterable[Attempt], entries: Mapping[int, int]) -> dict[str, Filed]:
    """Find the files that were attached.

    Args:
        attempts: In their order, with their runs: a check repeats what was entered, and the file stands with the first.
        entries: Entry that wrote each attempt, by its key.

    Returns:
        By their hashes.
    """
    found: dict[str, Filed] = {}
    for one in attempts:
        for value in one.entered:
            file = named(str(value["text"]))
            if file is not None and file.sha256 not in found and one.pk in entries:
                found[file.sha256] = Filed(file.name, file.sha256, entries[one.pk], one.run.name)
    return found
