"""Row images as a reader understands them: before and after, column by column, in words.

Pure: images and labels go in, lines come out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

COMMITTED = "sha256:"
_SILENT = frozenset({"id", "version"})
Words = Callable[[Any], str]
"""How a value is written for people; times stay as the record writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One column of one row, before and after."""

    column: str
    label: str
    before: str
    after: str
    had: bool
    """Whether the column held something before."""
    has: bool
    """Whether it holds something after."""
    secret: bool = False

    @property
    def changed(self) -> bool:
        """Whether the column was given, taken or changed."""
        return self.before != self.after or self.had != self.has


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """One row of one table, before and after."""

    table: str
    thing: str
    name: str
    """What the row is called by people; its key where it has no name."""
    act: str
    """created, changed or deleted."""
    version: int
    lines: tuple[Line, ...]

    @property
    def changed_lines(self) -> tuple[Line, ...]:
        """The columns that the entry wrote."""
        return tuple(line for line in self.lines if line.changed)

    @property
    def kept_count(self) -> int:
        """How many columns stayed as they were."""
        return len(self.lines) - len(self.changed_lines)

    @property
    def heading(self) -> str:
        """What was done to which row."""
        words = {"thing": self.thing, "name": self.name, "version": self.version}
        if self.act == "created":
            return _("%(thing)s %(name)s was created") % words
        if self.act == "deleted":
            return _("%(thing)s %(name)s was deleted; its last version was %(version)s") % words
        return _("%(thing)s %(name)s was changed to version %(version)s") % words


def row_change(
    change: Mapping[str, Any], *, thing: str, labels: Mapping[str, str], words: Words, named_by: str = ""
) -> RowChange:
    """Read one change of an entry.

    Args:
        change: table, key, before, after as the entry holds them.
        thing: What a row of the table is called.
        labels: What its columns are called; a column without one is called by its name.
        words: Writes a value.
        named_by: The column by which people know a row, if there is one.

    Returns:
        The change, line by line in the order of the columns.
    """
    before: Mapping[str, Any] = change["before"] or {}
    after: Mapping[str, Any] = change["after"] or {}
    act = "created" if change["before"] is None else "deleted" if change["after"] is None else "changed"
    columns = [column for column in {**before, **after} if column not in _SILENT]
    return RowChange(
        table=change["table"], thing=thing, name=str({**before, **after}.get(named_by) or change["key"]), act=act,
        version=int((after or before).get("version", 0)),
        lines=tuple(_line(column, before, after, labels, words) for column in sorted(columns)),
    )  # fmt: skip


def _line(
    column: str, before: Mapping[str, Any], after: Mapping[str, Any], labels: Mapping[str, str], words: Words
) -> Line:
    old, new = before.get(column), after.get(column)
    return Line(
        column=column, label=labels.get(column) or column.replace("_", " "),
        before=words(old), after=words(new), had=_holds(old), has=_holds(new),
        secret=any(isinstance(held, str) and held.startswith(COMMITTED) for held in (old, new)),
    )  # fmt: skip


def _holds(value: Any) -> bool:
    return value is not None and value != ""
