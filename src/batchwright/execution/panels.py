"""Panels that floors above put on the page of a batch: each is read after the page, and does not hold it up.

A panel has an address of its own, which reads by its own right and shows its own errors; the page only leaves a place.
"""

from collections.abc import Callable
from dataclasses import dataclass

from batchwright.execution.plan import Plan


@dataclass(frozen=True, slots=True)
class Panel:
    """One place on the page of a batch.

    Attributes:
        name: Of the panel, for its place in the page.
        title: In words, translated when it is asked for.
        address: Name of the address of its fragment; it takes the number of the batch.
        page: Name of the address of its own page, for browsers without script.
        applies: Whether a batch of a procedure has it.
    """

    name: str
    title: Callable[[], str]
    address: str
    page: str
    applies: Callable[[Plan], bool]


PANELS: dict[str, Panel] = {}
"""By name; filled once when the house starts."""


def register(panel: Panel) -> None:
    """Put a panel on the page of batches.

    Args:
        panel: The panel.
    """
    PANELS[panel.name] = panel


def panels_of(plan: Plan) -> list[Panel]:
    """Give the panels of a batch.

    Args:
        plan: Its procedure.

    Returns:
        In the order in which they were registered.
    """
    return [one for one in PANELS.values() if one.applies(plan)]
