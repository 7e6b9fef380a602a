"""Figures by which a plant's keepers see how it does: each capability registers its own, the site shows them all.

A figure is read when somebody asks, from what is kept, so that every process gives the same. It never tells of one
batch, person or sponsor: its labels come from a short list that is written in the code, such as states.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from batchwright.kernel.errors import DomainError

Values = Mapping[str, float]
"""Value per label; one value under "" for a figure without label, and none while it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure.

    Attributes:
        name: As machines read it, with its unit where it has one, such as ``record_checkpoint_age_seconds``.
        words: What it is, as people read it; called at each request, in the reader's language.
        read: Gives its values now.
        label: What the values are told apart by, such as ``state``; "" for a single value.
        kind: ``counter`` where it never falls, otherwise ``gauge``.
    """

    name: str
    words: Callable[[], str]
    read: Callable[[], Values]
    label: str = ""
    kind: Literal["gauge", "counter"] = "gauge"


_registry: dict[str, Figure] = {}


def register(*figures: Figure) -> None:
    """Have the site show figures.

    Args:
        *figures: Those of a capability.

    Raises:
        DomainError: If a name is taken.
    """
    for figure in figures:
        if _registry.setdefault(figure.name, figure) != figure:
            raise DomainError("Two figures have one name", value=figure.name, remedy="Rename one of them.")


def registered() -> tuple[Figure, ...]:
    """Give every figure of every installed capability.

    Returns:
        The figures, in the order of registration.
    """
    return tuple(_registry.values())
