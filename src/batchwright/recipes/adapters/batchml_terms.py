"""The words of BatchML and what they are called here (MESA BatchML V02 to V0700, BatchML-BatchInformation.xsd)."""

from __future__ import annotations

from typing import Any, Literal

from batchwright.recipes.procedure import JUNCTIONS, Level

NAMESPACE = "http://www.mesa.org/xml/B2MML"
"""Of V0700, which is written."""
SCHEMA = "BatchML-BatchInformation.xsd"
"""File of the schema of V0700."""
VERSIONS = {
    "http://www.wbf.org/xml/BatchML-V02": "V02", "http://www.wbf.org/xml/BatchML-V03": "V03",
    "http://www.wbf.org/xml/B2MML-V0401": "V0401", "http://www.wbf.org/xml/BatchML-V0401": "V0401",
    "http://www.mesa.org/xml/B2MML-V0600": "V0600", NAMESPACE: "V0700",
}  # fmt: skip

LEVELS: dict[str, Level] = {
    "Procedure": "procedure", "UnitProcedure": "unit procedure", "Operation": "operation", "Phase": "phase",
}  # fmt: skip
"""RecipeElementType of what is an element here."""
Terminal = Literal["begin", "end"]
TERMINALS: dict[str, Terminal] = {"Begin": "begin", "End": "end"}
"""RecipeElementType of what is a sort of step here."""

ParameterKind = Literal["input", "output", "parameter"]
PARAMETER_KINDS: dict[str, ParameterKind] = {
    "ProcessInput": "input", "ProcessOutput": "output", "ProcessParameter": "parameter",
}  # fmt: skip
SCALED = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
"""Scaled: Yes and No from V0401 on, an xsd:boolean in V02."""
END_KINDS: dict[str, Literal["step", "transition", "link"]] = {
    "Step": "step", "Transition": "transition", "Link": "link",
}  # fmt: skip
LINK_KINDS = {*JUNCTIONS, "ControlLink", "TransferLink", "SynchronizationLink", "Other"}
DEPICTIONS = {"None", "Line", "ID", "LineAndID", "LineAndArrow", "LineArrowAndID"}

NUMBERS = {
    "Amount", "Measure", "Numeric", "Quantity", "byte", "unsignedByte", "integer", "positiveInteger", "negativeInteger",
    "nonNegativeInteger", "nonPositiveInteger", "int", "unsignedInt", "long", "unsignedLong", "short", "unsignedShort",
    "decimal", "float", "double",
}  # fmt: skip
"""DataTypes of what is a number with a unit."""
SPELT_OUT = {"kilolitre": "kL", "kiloliter": "kL", "gallon": "[gal_us]", "metre": "m", "meter": "m",
             "milimeter": "mm", "millimetre": "mm", "gear": "1"}  # fmt: skip
"""What a unit may mean that is spelt out in English, beside what the kernel suggests; it is never taken for it."""
NO_UNIT = {"", "NULL"}
"""How a number without a unit is marked; NULL is what editors of V02 write."""


def by_value(words: dict[str, Any]) -> dict[Any, str]:
    """The same words the other way round.

    Args:
        words: Words of BatchML with what they are called here.

    Returns:
        The word of BatchML for each.
    """
    return {value: key for key, value in words.items()}
