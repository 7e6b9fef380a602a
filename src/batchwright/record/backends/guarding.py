"""What both engines' guards have in common."""

from typing import NamedTuple


class Tables(NamedTuple):
    """The tables that are guarded."""

    gmp: tuple[str, ...]
    """Written only while an entry is open that accounts for every row."""
    ledger: tuple[str, ...]
    """Added to only by the record itself, never changed."""


class Fault(NamedTuple):
    """A guard that is not as it must be."""

    name: str
    state: str
    """``missing``, ``altered`` or ``disabled``."""
