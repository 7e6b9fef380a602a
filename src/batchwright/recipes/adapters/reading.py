"""What a reader of another system's file gives: the content, what was taken over, what was not, and what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.materials.adapters.foreign_xml import Account, Said, Tally, local_name, path_of, tallied
from batchwright.recipes.values import Part

_Part = TypeVar("_Part", bound=Part)
_FINER = re.compile(r"(?<=\.[0-9]{6})[0-9]+")
"""Digits of a second that are finer than the record keeps."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Something in a file that is wrong or does not say what is needed.

    Attributes:
        code: What sort, such as ``condition-blank``.
        path: Local names of the elements down to it.
        line: Where it stands.
        id: Identifier of the thing it is about; "" if it has none.
        sentence: What is wrong, and what was decided.
        value: What the file says.
    """

    code: str
    path: str
    line: int
    id: str
    sentence: str
    value: str = ""

    def __str__(self) -> str:
        about = f" ({self.id})" if self.id else ""
        value = f": {self.value!r}" if self.value else ""
        return f"line {self.line}, {self.path}{about}: {self.sentence}{value}"

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        return {
            "code": self.code, "path": self.path, "line": self.line, "id": self.id, "sentence": self.sentence,
            "value": self.value,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a file.

    Attributes:
        file: Its name.
        sha256: Of its bytes.
        root: Local name of its root.
        version: Version of the format, by the namespace; "" if that is unknown.
        taken: Elements and attributes that were taken over.
        reported: Paths of those that were not, with count and first example.
        defects: What is wrong in the file.
    """

    file: str
    sha256: str
    root: str
    version: str
    taken: tuple[Said, ...]
    reported: tuple[Tally, ...]
    defects: tuple[Defect, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines."""
        return {
            "file": self.file, "sha256": self.sha256, "root": self.root, "version": self.version,
            "taken": len(self.taken), "not_taken": sum(one.count for one in self.reported),
            "reported": [one.as_json() for one in self.reported],
            "defects_by_code": dict(sorted(Counter(one.code for one in self.defects).items())),
            "defects": [one.as_json() for one in self.defects],
        }  # fmt: skip


@dataclass(slots=True)
class Findings:
    """What a reader holds while it walks a file."""

    account: Account
    defects: list[Defect] = field(default_factory=list)

    def defect(self, code: str, at: Any, id: str, sentence: str, value: str = "") -> None:  # noqa: A002
        """Note that something is wrong.

        Args:
            code: What sort.
            at: The element.
            id: Identifier of the thing it is about.
            sentence: What is wrong.
            value: What the file says.
        """
        self.defects.append(Defect(code, path_of(at), at.sourceline, id, sentence, value))

    def made(self, sort: type[_Part], at: Any, /, **fields: Any) -> _Part:
        """Make a part of a recipe of what an element says.

        Args:
            sort: The part.
            at: The element.
            **fields: Its fields.

        Returns:
            The part.

        Raises:
            BadInput: If the file says something that such a part cannot hold; with its line.
        """
        try:
            return sort(**fields)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(each) for each in first["loc"])
            said = f"{where}: {str(first['input'])[:80]!r} ({first['msg']})"
            raise self.account.bad("This cannot stand in a recipe", at, said) from error

    def moment(self, parent: Any, name: str, id: str) -> tuple[datetime | None, str]:  # noqa: A002
        """Read a time of a child.

        Args:
            parent: The element that has it.
            name: Local name of the child.
            id: Identifier of the thing it is about.

        Returns:
            The time in UTC, None if the file names none; and the text where it is no time with a zone.
        """
        at = self.account.saying(parent, name)
        text = self.account.take(at)
        if not text:
            return None, ""
        finer = _FINER.search(text)
        exact = text[: finer.start()] + text[finer.end() :] if finer else text
        if finer and finer.group().strip("0"):
            self.defect("time-finer", at, id, "The time is finer than a microsecond; the rest was cut", text)
        try:
            return clock.parse(exact), ""
        except BadInput:
            code, why = ("time-without-zone", "The time names no zone") if _is_naive(text) else (
                "time-unreadable", "This is no time of ISO 8601")  # fmt: skip
            self.defect(code, at, id, f"{why}; it is kept as written", text)
            return None, text

    def reading(self, version: str) -> dict[str, Any]:
        """The fields that every `Reading` has.

        Args:
            version: Version of the format.

        Returns:
            Arguments for its constructor.
        """
        account = self.account
        return {
            "file": account.name, "sha256": account.sha256, "root": local_name(account.root), "version": version,
            "taken": tuple(account.taken), "reported": tuple(tallied(account.left())), "defects": tuple(self.defects),
        }  # fmt: skip


def _is_naive(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def first_of_each(defects: Iterable[Defect]) -> list[tuple[int, Defect]]:
    """Count defects by code.

    Args:
        defects: What is wrong.

    Returns:
        How many, and the first of them, in the order in which they appeared.
    """
    counts: dict[str, int] = {}
    first: dict[str, Defect] = {}
    for one in defects:
        counts[one.code] = counts.get(one.code, 0) + 1
        first.setdefault(one.code, one)
    return [(counts[code], one) for code, one in first.items()]
