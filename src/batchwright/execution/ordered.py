"""A weighing order of another system as a recipe that is carried out here: one dispensing step, its lines in order.

The order says what is weighed and how much; how far each weight may be off it often leaves out, and then whoever takes
the order over says it. The recipe goes the way of every recipe: it is checked by a second person before it is used
(21 CFR 211.101, 211.186). What comes of it is reported in the form of the order (`WeighingReport`). Pure.
"""

import re
from itertools import pairwise
from typing import Any, Final

from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Tolerance
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.weighing import WeighingLine, WeighingOrder

PHASE: Final = "weigh"
_LINE: Final = "line_"


def recipe_of(order: WeighingOrder, *, tolerance: Tolerance | None = None, sponsor: str = "") -> MasterRecipe:
    """Make the recipe with which an order is carried out.

    Args:
        order: The order.
        tolerance: Of the lines whose own tolerance the order does not give.
        sponsor: Code of the sponsor; "" for the plant's own.

    Returns:
        The recipe: an input for each line, and a step for each tolerance, with a second person.

    Raises:
        DomainError: The order has no lines, a line has no tolerance and none is given, or the lines cannot be added.
    """
    if not order.lines:
        raise DomainError("the order weighs nothing", value=order.id)
    parts: dict[str, tuple[Tolerance, list[str]]] = {}
    inputs = []
    for number, line in enumerate(order.lines, 1):
        own = line.tolerance or tolerance
        if own is None:
            raise DomainError(
                "the order gives no tolerance for this line", value=f"{line.position or number} {line.material}",
                remedy="Say how far a weight may be off, such as 0.5 %.",
            )  # fmt: skip
        name = f"{_LINE}{line.position or number}"
        inputs.append(_input(name, line))
        parts.setdefault(f"{own.below} {own.above}", (own, []))[1].append(name)
    return MasterRecipe.model_validate(_content(order, inputs, list(parts.values()), sponsor))


def _input(name: str, line: WeighingLine) -> dict[str, Any]:
    said = ", ".join(part for part in (line.place, line.lot and f"lot {line.lot}", line.container) if part)
    return {
        "id": name, "name": line.description or line.material, "kind": "input", "material": line.material,
        "value": str(line.target), "scaling": {"rule": "proportional"}, "rounding": {"decimals": 3},
        "description": said,
    }  # fmt: skip


def _content(
    order: WeighingOrder, inputs: list[dict[str, Any]], parts: list[tuple[Tolerance, list[str]]], sponsor: str
) -> dict[str, Any]:
    names = [PHASE if number == 1 else f"{PHASE}_{number}" for number in range(1, len(parts) + 1)]
    total = order.lines[0].target
    for line in order.lines[1:]:
        total = total + line.target
    phases = [
        {
            "id": name, "level": "phase", "name": "Weigh and dispense",
            "phase": {
                "kind": "dispense", "inputs": lines, "second_person": True,
                "tolerance": {"below": str(tolerance.below), "above": str(tolerance.above)},
            },
        }
        for name, (tolerance, lines) in zip(names, parts, strict=True)
    ]  # fmt: skip
    output = {
        "id": "dispensed", "name": "Dispensed set", "kind": "output", "material": order.product, "value": str(total),
        "scaling": {"rule": "proportional"}, "rounding": {"decimals": 3},
    }  # fmt: skip
    operation = {
        "id": "operation", "level": "operation", "name": "Weighing", "elements": phases, "logic": _logic(names)
    }
    unit = {"id": "unit", "level": "unit procedure", "elements": [operation], "logic": _logic(["operation"])}
    procedure = {"id": "order", "level": "procedure", "elements": [unit], "logic": _logic(["unit"])}
    size = str(total)
    yielded = {
        "id": "yield", "actual": "dispensed", "theoretical": " + ".join(one["id"] for one in inputs),
        "limits": {"action_low": "99 %", "action_high": "101 %"},
    }  # fmt: skip
    return {
        "id": re.sub(r"[^A-Za-z0-9._-]", "-", f"ORDER-{order.id}"), "version": "1",
        "name": f"Weighing order {order.id}",
        "header": {
            "product": order.product, "product_name": order.product_name, "sponsor": sponsor,
            "batch_size": {"nominal": size, "minimum": size, "maximum": size},
        },
        "formula": {"parameters": [*inputs, output], "balance_tolerance": "0.5 %"},
        "elements": [procedure], "yields": [yielded],
    }  # fmt: skip


def _logic(names: list[str]) -> dict[str, Any]:
    """One step after the other."""
    steps = ["begin", *names, "end"]
    return {
        "steps": [
            {"id": "begin", "kind": "begin"}, *({"id": one, "element": one} for one in names),
            {"id": "end", "kind": "end"},
        ],
        "links": [
            {
                "id": f"{first} -> {second}", "source": {"kind": "step", "id": first},
                "target": {"kind": "step", "id": second},
            }
            for first, second in pairwise(steps)
        ],
    }  # fmt: skip


def position_of(line: str) -> str:
    """Give the position of an order that a line of the formula stands for.

    Args:
        line: Path of the parameter.

    Returns:
        Such as ``0010``; "" where it is of no order.
    """
    name = line.rpartition("/")[2]
    return name.removeprefix(_LINE) if name.startswith(_LINE) else ""


def order_of(recipe: str) -> str:
    """Give the number of the order that a recipe was made of.

    Args:
        recipe: Identifier of the recipe.

    Returns:
        The number; "" where it was made of none.
    """
    return recipe.removeprefix("ORDER-") if recipe.startswith("ORDER-") else ""


def tolerance_of(text: str) -> Tolerance:
    """Read a tolerance that is the same to both sides.

    Args:
        text: Such as ``0.5 %`` or ``50 g``.

    Returns:
        The tolerance.
    """
    amount = Quantity.parse(text)
    return Tolerance(below=amount, above=amount)
