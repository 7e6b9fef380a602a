"""What the site's units offer to recipes; the capability of equipment is plugged in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from batchwright import record
from batchwright.recipes.findings import Site
from batchwright.recipes.procedure import EquipmentRequirement


@dataclass(frozen=True, slots=True)
class Matching:
    """Which units do what is asked.

    Attributes:
        fits: Names of those that do, the best first.
        misses: Those that do not, each with why, as sentences.
    """

    fits: tuple[str, ...]
    misses: tuple[str, ...]


class SiteOffers(Site, Protocol):
    """The units of a site, as a recipe looks at them."""

    def matching(self, requirements: Sequence[EquipmentRequirement]) -> Matching:
        """Say which units meet all of the requirements, and why the others do not."""


def offers(actor: record.Actor) -> SiteOffers | None:
    """Give what the units of the site offer.

    Args:
        actor: Who asks.

    Returns:
        None: the plant's equipment is not described in this system, so that checks do not look at it, and pages say so.
    """
    del actor
    return None
