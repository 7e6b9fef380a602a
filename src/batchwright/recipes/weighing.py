"""Weighing orders and what was weighed, as other systems order and report them (ISA-95 part 2, B2MML V0401).

Pure and frozen. An order names materials with targets and tolerances and the containers staged for it; the report names
what was taken out of which container. Whether an order may be carried out is decided where it is executed.
"""

from __future__ import annotations

from typing import Literal

from batchwright.recipes.phases import Tolerance
from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Amount, Name, Part, Text

MaterialUse = Literal["Consumed", "Produced", "Consumable", ""]


class Setting(Part):
    """A parameter of the weighing, such as the weighing centre."""

    id: Name
    value: Text = ""


class WeighingLine(Part):
    """One amount to be weighed."""

    position: Text = ""
    """Its place in the order, such as ``0010``."""
    material: Name
    description: Text = ""
    lot: Text = ""
    """Lot that has to be used; "" where any released one may be."""
    container: Text = ""
    target: Amount
    tolerance: Tolerance | None = None
    place: Text = ""
    """Where it is weighed, such as a booth."""
    place_level: Text = ""
    """Level of the place in the equipment, such as ``WorkCell``."""


class StagedContainer(Part):
    """A container that was brought for the order, with what is in it."""

    material: Name
    lot: Text = ""
    container: Text = ""
    amount: Amount


class WeighingOrder(Part):
    """What is to be weighed for one batch."""

    id: Name
    segment: Text = ""
    """Part of the order, such as ``0010``."""
    product: Text = ""
    product_name: Text = ""
    amount: Amount | None = None
    """Of the product."""
    settings: tuple[Setting, ...] = ()
    lines: tuple[WeighingLine, ...] = ()
    containers: tuple[StagedContainer, ...] = ()


class WeighedAmount(Part):
    """One amount that was weighed."""

    position: Text = ""
    material: Name
    lot: Text = ""
    container: Text = ""
    use: MaterialUse = "Consumed"
    amount: Amount
    emptied: bool | None = None
    """Whether the container is empty now; None where the report does not say it."""
    complete: bool | None = None
    """Whether the line is complete now."""


class WeighingReport(Part):
    """What was weighed for one order."""

    id: Name
    order: Text = ""
    """Order that it answers, where it is another number."""
    weighed: tuple[WeighedAmount, ...] = ()


class Message(Part):
    """Who wrote a file, and when."""

    sender: Text = ""
    created: Moment | None = None
    written_at: Text = ""
    """The time as written, where it names no zone."""
