"""The levels of equipment, which level may hold which, and how tags are written.

From enterprise to area the levels are those of ISA-95 part 1 (IEC 62264-1), below it those of ISA-88.01 (IEC 61512-1):
an equipment module stands in a unit or by itself in a process cell, and both kinds of module may be made of smaller
ones of their kind.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from batchwright.kernel.errors import BadInput, DomainError


class Level(StrEnum):
    """Where equipment stands, from the greatest to the least."""

    ENTERPRISE = "enterprise"
    SITE = "site"
    AREA = "area"
    PROCESS_CELL = "process_cell"
    UNIT = "unit"
    EQUIPMENT_MODULE = "equipment_module"
    CONTROL_MODULE = "control_module"

    @property
    def word(self) -> str:
        """What people call it."""
        return self.value.replace("_", " ")


_MODULES: Final = frozenset({Level.EQUIPMENT_MODULE, Level.CONTROL_MODULE})

HOLDS: Final[Mapping[Level, frozenset[Level]]] = MappingProxyType(
    {
        Level.ENTERPRISE: frozenset({Level.SITE}),
        Level.SITE: frozenset({Level.AREA}),
        Level.AREA: frozenset({Level.PROCESS_CELL}),
        Level.PROCESS_CELL: _MODULES | {Level.UNIT},
        Level.UNIT: _MODULES,
        Level.EQUIPMENT_MODULE: _MODULES,
        Level.CONTROL_MODULE: frozenset({Level.CONTROL_MODULE}),
    }
)
"""What each level may hold directly."""

TAG: Final = re.compile(r"[A-Z0-9][A-Z0-9_.-]{0,39}")
"""A tag as it is painted on equipment: capitals, digits, dot, hyphen, underscore; 40 at most."""


def require_place(child: str, parent: str | None) -> None:
    """Refuse a place in the hierarchy that a level cannot take.

    Args:
        child: Level of what is placed.
        parent: Level of what holds it; None where nothing does, as with the enterprise alone.

    Raises:
        BadInput: A level is not known.
        DomainError: The one may not hold the other.
    """
    placed = _level(child)
    if parent is None:
        if placed is not Level.ENTERPRISE:
            raise DomainError(
                "only an enterprise stands by itself", value=placed.word, limit=_names(_holders(placed)),
                remedy="Say what it belongs to.",
            )  # fmt: skip
        return
    holder = _level(parent)
    if placed not in HOLDS[holder]:
        raise DomainError(
            "this level does not hold that one", value=f"{holder.word} > {placed.word}",
            limit=f"{holder.word} > {_names(HOLDS[holder])}",
            remedy=f"Put it into: {_names(_holders(placed)) or 'nothing, it stands by itself'}.",
        )  # fmt: skip


def require_tag(tag: str) -> str:
    """Refuse a tag that nobody could paint on equipment or scan again.

    Args:
        tag: The tag.

    Returns:
        The same tag.

    Raises:
        BadInput: It has another form.
    """
    if not TAG.fullmatch(tag):
        raise BadInput(
            "this is no tag", value=tag[:60], limit="1 to 40 of A-Z, 0-9, dot, hyphen, underscore; first A-Z or 0-9",
            remedy=f"Did you mean {_mended(tag)}?" if _mended(tag) else "",
        )  # fmt: skip
    return tag


def require_no_loop(tag: str, above: Sequence[str]) -> None:
    """Refuse a place below oneself.

    Args:
        tag: What is placed.
        above: The tags from the new parent up to the enterprise.

    Raises:
        DomainError: It would hold itself.
    """
    if tag in above:
        raise DomainError(
            "equipment cannot be part of itself", value=tag, limit=" < ".join(above), remedy="Choose another place."
        )


def _level(text: str) -> Level:
    if text not in tuple(Level):
        raise BadInput("the level is not known", value=text, limit=", ".join(Level))
    return Level(text)


def _holders(placed: Level) -> list[Level]:
    return [level for level in Level if placed in HOLDS[level]]


def _names(levels: Sequence[Level] | frozenset[Level]) -> str:
    return ", ".join(level.word for level in Level if level in levels)


def _mended(tag: str) -> str:
    """What may have been meant: in capitals, with hyphens for blanks and slashes; empty where that is no tag either."""
    mended = re.sub(r"[\s/]+", "-", tag.strip()).upper()
    return mended if TAG.fullmatch(mended) else ""
