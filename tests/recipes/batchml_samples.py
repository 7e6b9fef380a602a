"""BatchML written for the tests, and recipes drawn by hypothesis."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from batchwright.kernel.quantity import Quantity
from batchwright.recipes.adapters.batchml_reading import RecipeReading, read_master_recipe
from batchwright.recipes.procedure import (
    LEVELS,
    Approval,
    BatchSize,
    End,
    EquipmentRequirement,
    Formula,
    Header,
    Link,
    MasterRecipe,
    Modification,
    Parameter,
    ProcedureLogic,
    RecipeElement,
    Step,
    Transition,
)
from batchwright.recipes.values import (
    ChoiceValue,
    Fixed,
    FormulaValue,
    Limits,
    PotencyCorrected,
    Proportional,
    TextValue,
    Unread,
)

V0700 = "http://www.mesa.org/xml/B2MML"
V0401 = "http://www.wbf.org/xml/B2MML-V0401"

LOGIC = """
<ProcedureLogic>
  <Link><ID>l1</ID><FromID><FromIDValue>s1</FromIDValue><FromType>Step</FromType><IDScope>Internal</IDScope></FromID>
    <ToID><ToIDValue>t1</ToIDValue><ToType>Transition</ToType><IDScope>Internal</IDScope></ToID>
    <LinkType>ControlLink</LinkType><Depiction>Line</Depiction></Link>
  <Link><ID>l2</ID><FromID><FromIDValue>t1</FromIDValue><FromType>Transition</FromType><IDScope>Internal</IDScope></FromID>
    <ToID><ToIDValue>s2</ToIDValue><ToType>Step</ToType><IDScope>Internal</IDScope></ToID>
    <LinkType>ControlLink</LinkType><Depiction>Line</Depiction></Link>
  <Step><ID>s1</ID><RecipeElementID>mix</RecipeElementID></Step>
  <Step><ID>s2</ID><RecipeElementID>end</RecipeElementID></Step>
  <Transition><ID>t1</ID><Condition>TRUE</Condition></Transition>
</ProcedureLogic>"""
MIX = "<RecipeElement><ID>mix</ID><RecipeElementType>Phase</RecipeElementType></RecipeElement>"
END = "<RecipeElement><ID>end</ID><RecipeElementType>End</RecipeElementType></RecipeElement>"
HEADER = "<Header><ProductID>P-1</ProductID></Header>"
PARAMETER = """<Parameter><ID>1</ID><Description>Sugar</Description><ParameterType>ProcessInput</ParameterType>
<Value><ValueString>12.50</ValueString><DataInterpretation>Constant</DataInterpretation><DataType>decimal</DataType>
<UnitOfMeasure>kg</UnitOfMeasure></Value><Scaled>Yes</Scaled></Parameter>"""


def document(
    *, header: str = HEADER, formula: str = PARAMETER, logic: str = LOGIC, elements: str = MIX + END, after: str = "",
    space: str = V0700,
) -> bytes:  # fmt: skip
    """A small recipe without any defect, but for the parts that a test gives."""
    recipe = f"<ID>R-1</ID>{header}<Formula>{formula}</Formula>{logic}{elements}"
    return f'<BatchInformation xmlns="{space}"><MasterRecipe>{recipe}</MasterRecipe>{after}</BatchInformation>'.encode()


def read(**parts: str) -> RecipeReading:
    """Read such a recipe."""
    return read_master_recipe(document(**parts), "sample.xml")


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).filter(
    lambda text: bool(text.strip()) and "`" not in text
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "TRUE", " blank around ", "a\r\nb", "]]>&<", "\x00", "Other"]
)
AMOUNTS = st.builds(
    Quantity,
    st.sampled_from(["1", "1.50", "-0.001", "1.0E+6", "12345.6789"]),
    st.sampled_from(["kg", "L", "1", "Cel", "%"]),
)
UNREAD = st.builds(Unread, written=TEXTS, unit=TEXTS, why=TEXTS)
VALUES = (
    AMOUNTS | UNREAD | st.builds(TextValue, text=TEXTS) | st.builds(FormulaValue, formula=TEXTS, unit=st.just("kg"))
    | st.builds(ChoiceValue, choice=TEXTS, of=st.lists(TEXTS, max_size=3).map(tuple))
)  # fmt: skip
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
SCALINGS = st.sampled_from([Fixed(), Proportional(), PotencyCorrected(compensated_by="x")])
LIMITS = st.none() | st.builds(Limits, action_low=AMOUNTS)


def several(one: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few of something."""
    return st.lists(one, max_size=most).map(tuple)


PARAMETERS = st.recursive(
    st.builds(Parameter, id=NAMES, name=TEXTS, kind=st.sampled_from(["input", "output", "parameter"]), sub_type=TEXTS,
              value=st.none() | VALUES, scaling=SCALINGS, limits=LIMITS, description=TEXTS),
    lambda inside: st.builds(Parameter, id=NAMES, parameters=several(inside)), max_leaves=3,
)  # fmt: skip
HEADERS = st.builds(
    Header, product=TEXTS, product_name=TEXTS, sponsor=TEXTS, status=TEXTS, effective=MOMENTS, expires=MOMENTS,
    batch_size=st.builds(BatchSize, nominal=st.none() | AMOUNTS, minimum=st.none() | UNREAD | AMOUNTS),
    modifications=several(st.builds(Modification, at=MOMENTS, author=TEXTS, what=TEXTS, written_at=TEXTS)),
    approvals=several(st.builds(Approval, by=TEXTS, at=MOMENTS, meaning=TEXTS, version=TEXTS)),
)  # fmt: skip
EQUIPMENT = st.builds(
    EquipmentRequirement, id=NAMES, equipment_class=TEXTS, property=TEXTS, condition=TEXTS, amount=st.none() | AMOUNTS,
    comparison=st.sampled_from(["at least", "within", "one of", "is"]), words=several(TEXTS),
)  # fmt: skip


@st.composite
def logics(draw: st.DrawFn) -> ProcedureLogic:
    """A graph whose links end at steps, transitions, other links, nowhere, or at what is not there."""
    sorts = st.sampled_from(["begin", "element", "end"])
    steps = draw(several(st.builds(Step, id=NAMES, kind=sorts, element=NAMES | st.just(""), description=TEXTS), 4))
    transitions = draw(several(st.builds(Transition, id=NAMES, condition=TEXTS, description=TEXTS), 3))
    names = [one.id for one in (*steps, *transitions)] or ["nobody"]
    ends = st.none() | st.builds(
        End, kind=st.sampled_from(["step", "transition", "link", ""]), id=st.sampled_from(names), external=st.booleans()
    )
    kinds = st.sampled_from(["ControlLink", "ParallelDivergent", "ParallelConvergent", "SerialDivergent", "Other"])
    links = draw(several(st.builds(Link, id=NAMES, kind=kinds, source=ends, target=ends, depiction=TEXTS,
                                   order=st.none() | st.integers(-5, 5), description=TEXTS), 6))  # fmt: skip
    return ProcedureLogic(steps=steps, transitions=transitions, links=links)


def elements(inside: st.SearchStrategy[RecipeElement] | None = None) -> st.SearchStrategy[RecipeElement]:
    """An element, with others inside it."""
    return st.builds(
        RecipeElement, id=NAMES, level=st.sampled_from(LEVELS), name=TEXTS,
        description=TEXTS, version=TEXTS, building_block=TEXTS, header=st.none() | HEADERS,
        parameters=several(PARAMETERS), equipment=several(EQUIPMENT, 1), logic=logics(),
        elements=st.just(()) if inside is None else several(inside),
    )  # fmt: skip


RECIPES = st.builds(
    MasterRecipe, id=NAMES, version=TEXTS, name=TEXTS, description=TEXTS, header=HEADERS,
    formula=st.builds(Formula, parameters=several(PARAMETERS, 3), balance_tolerance=st.none() | AMOUNTS),
    logic=logics(), elements=several(elements(elements())),
)  # fmt: skip
