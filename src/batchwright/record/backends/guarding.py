"""What both engines' guards have in common."""

from typing import NamedTuple

from batchwright.record.rules import Rule


class Tables(NamedTuple):
    """The tables that are guarded."""

    gmp: tuple[str, ...]
    """Written only while an entry is open that accounts for every row."""
    ledger: tuple[str, ...]
    """Added to only by the record itself, never changed."""
    rules: tuple[Rule, ...] = ()
    """What capabilities have the database refuse beside that."""


class Fault(NamedTuple):
    """A guard that is not as it must be."""

    name: str
    state: str
    """``missing``, ``altered``, ``disabled``, or ``left over`` from a rule that no capability has any more."""
