"""Materials: what is in the plant, where it came from and where it went, to the gram.

A *definition* says what a material is (ISA-95 MaterialDefinition); a *lot* is an amount of it made or received as one
(MaterialLot); a *container* holds part of a lot (MaterialSublot) and is what people scan and move. Every change of an
amount is one *movement* with two sides, so that mass cannot appear or vanish; *descents* join lots to those they were
made from, to any depth, and the database keeps them free of circles. What is on hold or expired is never allocated.
Sources: ISA-95 part 2; 21 CFR 211.80-211.94, 211.184, 211.196; EU GMP chapter 5. The face that others use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchwright.materials.adapters.labelling import label_of, symbol
    from batchwright.materials.finding import container
    from batchwright.materials.models import (
        Allocation,
        Container,
        Definition,
        Descent,
        Location,
        Lot,
        Movement,
        Supplier,
    )
    from batchwright.materials.queries import available, containers, definition, fitness, locations, lot, lots
    from batchwright.materials.recalls import impact
    from batchwright.materials.services import allocate, consume, make_lot, receive_lot
    from batchwright.materials.services.common import shown
    from batchwright.materials.services.filling import Fill, fill_lot
    from batchwright.materials.services.joining import charge, draw, give_back
    from batchwright.materials.services.lots import begin_lot
    from batchwright.materials.tracing import trace

__all__ = [
    "Allocation", "Container", "Definition", "Descent", "Fill", "Location", "Lot", "Movement", "Supplier", "allocate",
    "available", "begin_lot", "charge", "consume", "container", "containers", "definition", "draw", "fill_lot",
    "fitness", "give_back", "impact", "label_of", "locations", "lot", "lots", "make_lot", "receive_lot", "shown",
    "symbol", "trace",
]  # fmt: skip

# Django imports this package before it has loaded any model, so whatever needs models is fetched at first use.
_LAZY = {
    **dict.fromkeys(
        ("Allocation", "Container", "Definition", "Descent", "Location", "Lot", "Movement", "Supplier"), "models"
    ),
    "container": "finding",
    **dict.fromkeys(("available", "containers", "definition", "fitness", "locations", "lot", "lots"), "queries"),
    **dict.fromkeys(("allocate", "consume", "make_lot", "receive_lot"), "services"),
    **dict.fromkeys(("charge", "draw", "give_back"), "services.joining"),
    **dict.fromkeys(("Fill", "fill_lot"), "services.filling"),
    "begin_lot": "services.lots",
    "shown": "services.common",
    "impact": "recalls",
    **dict.fromkeys(("label_of", "symbol"), "adapters.labelling"),
    "trace": "tracing",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
