"""The language of formulas: read, typed with units, evaluated exactly, printed so that it reads back the same."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput, BatchwrightError, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.rounding import Rounding
from batchwright.recipes import evaluation, expressions
from batchwright.recipes.evaluation import Given, evaluate
from batchwright.recipes.expression_types import TEXT, YES_OR_NO, Fault, Type, amount_in, check
from batchwright.recipes.expressions import (
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Since,
    StepState,
    Truth,
    Unary,
    Words,
)


class Plant:
    """What the tests may name."""

    types = {
        ("api",): amount_in("kg"),
        ("assay",): amount_in("%"),
        ("water",): amount_in("%"),
        ("dry", "lod"): amount_in("%"),
        ("t",): amount_in("Cel"),
        ("dt",): amount_in("K"),
        ("colour",): TEXT,
        ("ok",): YES_OR_NO,
        ("v",): amount_in("L"),
        ("huge",): amount_in("m99"),
    }

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        return self.types.get(path)

    def has_step(self, name: str) -> bool:
        return name in ("dry", "Mix Slurry A1")


VALUES = Given(
    values={
        "api": Quantity("48.000", "kg"),
        "assay": Quantity("98.6", "%"),
        "water": Quantity("0.2", "%"),
        "dry.lod": Quantity("1.8", "%"),
        "t": Quantity("20", "Cel"),
        "dt": Quantity("5", "K"),
        "colour": "white",
        "ok": True,
        "v": Quantity("2", "L"),
    },
    states={"dry": frozenset({"started", "complete"})},
    since={("dry", "complete"): Quantity("45", "min")},
)


def type_of(source: str) -> str:
    found, faults = check(expressions.parse(source), Plant())
    assert faults == (), faults
    return str(found)


def faults_of(source: str) -> tuple[Fault, ...]:
    return check(expressions.parse(source), Plant())[1]


def worth(source: str) -> object:
    found = evaluate(expressions.parse(source), VALUES)
    return str(found.as_quantity()) if isinstance(found, evaluation.Size) else found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("dry.lod <= 2.0 %", True),
        ("dry complete and time since dry complete >= 30 min", True),
        ("Mix Slurry A1 Complete = TRUE", False),
        ("time since dry is complete > 1 h", False),
        ('round(api / (assay * (1 - water)), 3, "kg")', "48.779 kg"),
        ("round(10 kg / 3, 2)", "3.33 kg"),
        ("-40 Cel + 2 K", "-38 Cel"),
        ("t + dt", "25 Cel"),
        ("t - 293 K = 0 K", None),
        ("t - 10 Cel", "10 K"),
        ("t - dt", "15 Cel"),
        ("api + 500 g", "48.5 kg"),
        ("500 g - api", "-47500 g"),
        ("-api", "-48 kg"),
        ("-(3)", "-3"),
        ("2 * v", "4 L"),
        ("api / v", "24 kg/L"),
        ("min(api, 500 g, 3 kg)", "0.5 kg"),
        ("max(1, 2)", "2"),
        ("abs(-3 K)", "3 K"),
        ('if(colour = "white", 1, 2)', "1"),
        ('if(colour != "white", 1, 2)', "2"),
        ('number(api, "g") + 1', "48001"),
        ('number(t, "K")', "293.15"),
        ("not ok or false", False),
        ("ok = true", True),
        ("colour", "white"),
        ("ok <> ok", False),
        ("1 < 2 and 2 > 1 and 2 >= 2", True),
        ("true or nothing", True),
        ("false and nothing", False),
        ("t > 19 Cel", True),
    ],
)
def test_an_expression_is_worth_what_a_pocket_calculator_says(source: str, expected: object) -> None:
    if expected is None:
        with pytest.raises(DomainError):
            worth(source)
    else:
        assert worth(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "",
        "(",
        "(1",
        "1 +",
        "1 2",
        "a b",
        "a is",
        "min(1",
        "min()",
        "abs(1, 2)",
        "sin(1)",
        "5 kg/2",
        "5 kgg",
        "1 = 2 = 3",
        "a.",
        "a.+",
        "time since",
        "time since and complete",
        "time since dry",
        "a and",
        "not",
        "`",
        "'x'",
        "#",
        ")",
        "complete",
        "1" * 2001,
        "(" * 60 + "1" + ")" * 60,
        "not " * 60 + "true",
        "- " * 60 + "x",
        " + ".join(["1"] * 300),
        "9e999 kg",
        "5 %%",
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(source: str) -> None:
    with pytest.raises(expressions.ExpressionError) as refused:
        expressions.parse(source)
    assert "character" in str(refused.value)
    assert 0 <= refused.value.position <= len(source)


def test_a_refusal_says_what_to_write_instead() -> None:
    with pytest.raises(BadInput, match="Did you mean 'kg'"):
        expressions.parse("api > 5 kgg")
    with pytest.raises(BadInput, match="backticks"):
        expressions.parse("mix slurry > 5")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("api", "an amount in kg"),
        ("api / api", "a plain number"),
        ("t - t", "an amount in K"),
        ("t + dt", "an amount in Cel"),
        ("dt + dt", "an amount in K"),
        ("api > 3 kg", "a yes or no"),
        ('"x"', "a text"),
        ("round(api, 2)", "an amount in kg"),
        ('round(api, 2, "g")', "an amount in g"),
        ('number(api, "g")', "a plain number"),
        ("abs(api)", "an amount in kg"),
        ('if(ok, "a", colour)', "a text"),
        ("max(api, 3 g)", "an amount in kg"),
        ("not ok", "a yes or no"),
        ("-api", "an amount in kg"),
        ("time since dry complete", "an amount in s"),
        ("dry running", "a yes or no"),
        ("ok and true", "a yes or no"),
    ],
)
def test_the_type_of_an_expression_is_known_before_it_runs(source: str, kind: str) -> None:
    assert type_of(source) == kind


@pytest.mark.parametrize(
    ("source", "code", "position", "word"),
    [
        ("api > 3 L", "unit", 4, "An amount in kg cannot be compared with an amount in L"),
        ("api + v", "unit", 4, "added"),
        ("t + t", "unit", 2, "subtracted from another"),
        ("dt - t", "unit", 3, "subtracted from another"),
        ("t * 2", "unit", 0, "multiplied"),
        ("-t", "unit", 1, "negated"),
        ("t > 3 K", "unit", 2, "compared"),
        ('colour > "a"', "type", 7, "the greater"),
        ("colour + 1", "type", 7, "added"),
        ("colour * 2", "type", 0, "amount is needed"),
        ("not api", "type", 4, "yes or no is needed"),
        ("ok and api", "type", 7, "yes or no is needed"),
        ("colour = 1", "type", 7, "compared"),
        ("nothing > 1", "reference", 0, "nothing"),
        ("dry.`a b` > 1", "reference", 0, "dry.`a b`"),
        ("wet complete", "reference", 0, "wet"),
        ("if(api, 1, 2)", "type", 3, "yes or no"),
        ("if(ok, 1, api)", "unit", 0, "mixes"),
        ('min("a", "b")', "type", 0, "amounts"),
        ("abs(t)", "unit", 4, "multiplied"),
        ("round(api, 0.5)", "type", 11, "whole number"),
        ("round(api, 61)", "type", 11, "whole number"),
        ("round(api, v)", "type", 11, "whole"),
        ("round(colour, 1)", "type", 0, "rounded"),
        ("round(api, 1, 2)", "type", 14, "text"),
        ('round(api, 1, "kgg")', "unit", 14, "kgg"),
        ('number(api, "L")', "unit", 12, "cannot be given in L"),
        ('number(colour, "L")', "unit", 15, "cannot be given"),
        ("huge * huge", "unit", 5, "too large"),
    ],
)
def test_a_slip_of_units_or_kinds_is_found_before_anything_runs(
    source: str, code: str, position: int, word: str
) -> None:
    (fault,) = faults_of(source)
    assert (fault.code, fault.position) == (code, position), fault
    assert word in fault.sentence, fault


def test_one_unknown_name_makes_one_fault_and_no_more() -> None:
    assert len(faults_of("abs(nothing * 2 + 3 kg) > 3 L and not nothing2")) == 2
    assert len(faults_of("max(nothing, 1) + nothing + 3 = 2")) == 2
    assert len(faults_of('number(nothing, "kg") + 1 > 2')) == 1
    assert str(check(expressions.parse("nothing"), Plant())[0]) == "something unknown"


@pytest.mark.parametrize(
    "source",
    [
        "missing",
        "time since wet complete",
        "1 / 0",
        "10 kg / 3",
        "t * 2",
        "abs(t)",
        "t + t",
        "api + v",
        "t > dt",
        'colour > "a"',
        "colour = 1",
        "not api",
        "min(colour, 1)",
        "-t",
        "ok + 1",
    ],
)
def test_what_has_no_worth_is_refused_and_not_guessed(source: str) -> None:
    with pytest.raises(BatchwrightError):
        worth(source)


def test_an_amount_can_be_asked_for_with_its_rounding() -> None:
    third = expressions.parse("10 kg / 3")
    assert str(evaluation.amount(third, VALUES, Rounding.half_up(decimals=3))) == "3.333 kg"
    assert evaluation.size(third, VALUES).value == Fraction(10, 3)


names = st.sampled_from(
    ["api", "dry", "N-3", "Mix Slurry", "complete", "min", "time", "_x1", "größe", "a.b", "Mark/Label"]
)
numbers = st.builds(
    Quantity,
    st.decimals(min_value=-1000, max_value=1000, places=2).map(str),
    st.sampled_from(["1", "kg", "%", "[pH]", "W/(m2.K)", "Cel"]),
)
leaves: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Number, numbers),
    st.builds(Words, st.sampled_from(["", "white", "it's `x`", "a and b"])),
    st.builds(Truth, st.booleans()),
    st.builds(Reference, st.lists(names, min_size=1, max_size=3).map(tuple)),
    st.builds(StepState, names, st.sampled_from(["started", "complete", "aborted"])),
    st.builds(Since, names, st.sampled_from(["started", "complete"])),
)
operators = st.sampled_from(["+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">=", "and", "or"])
trees: st.SearchStrategy[Expression] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Binary, operators, inner, inner),
        st.builds(Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(Call, st.just("if"), st.tuples(inner, inner, inner)),
        st.builds(Call, st.just("abs"), st.tuples(inner)),
    ),
    max_leaves=12,
)


@given(trees)
@settings(max_examples=300)
def test_what_is_printed_reads_back_the_same(tree: Expression) -> None:
    assert expressions.parse(expressions.written(tree)) == tree


@given(st.text(alphabet='ab1.5 ()+-*/<>=!,`"%kgCel[]{}\nandortrue', max_size=60))
@settings(max_examples=300)
def test_rubbish_is_refused_and_never_breaks_the_reader(source: str) -> None:
    try:
        tree = expressions.parse(source)
    except BadInput:
        return
    assert expressions.parse(expressions.written(tree)) == tree
    kind, faults = check(tree, Plant())
    try:
        evaluate(tree, VALUES)
    except BatchwrightError:
        return
    assert next(iter(expressions.walk(tree))) is tree
    assert isinstance(kind, Type)
    assert isinstance(faults, tuple)
