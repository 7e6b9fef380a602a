"""The frozen twins of the house as recipes see them: names and units, without the engine."""

from functools import lru_cache

from batchwright.recipes.twin_checks import TwinOffer, offer_by
from batchwright.twins import frozen_sets

_SEEN = ("state", "definition", "output")


@lru_cache(maxsize=16)
def offered(name: str) -> TwinOffer | None:
    """Say what a frozen twin offers.

    Args:
        name: Of the parameter set.

    Returns:
        Its quantities with their units; None where there is no such set.
    """
    content = frozen_sets.document(name)
    if content is None:
        return None
    model = content["frozen"]["content"]["model"]
    quantities = model["quantities"]
    return TwinOffer(
        model=model["name"], parameters=name, sha256=content["sha256"],
        states={one["name"]: one["unit"] for one in quantities if one["kind"] == "state"},
        outputs={one["name"]: one["unit"] for one in quantities if one["kind"] in _SEEN},
        events={
            event["name"]: {one["name"]: one["unit"] for one in event["arguments"]} for event in model["events"]
        },
    )  # fmt: skip


def plug_in() -> None:
    """Let recipes ask for the twins of the house."""
    offer_by(offered, frozen_sets.names)
