"""A model that is declared wrongly is refused where it is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchwright.twins import Declaration, Model
from batchwright.twins.errors import DeclarationError, UnitError
from batchwright.twins.expressions import (
    Expression,
    absolute,
    apply_matrix,
    constant,
    exp,
    join,
    log,
    log10,
    maximum,
    minimum,
    softplus,
    sqrt,
    tanh,
    total,
    where,
)
from tests.twins.examples import growth


def started() -> tuple[Declaration, Expression, Expression]:
    """A declaration with a state and a parameter, and no rate yet."""
    d = Declaration("example", title="Example", time_unit="h")
    return d, d.state("x", "g/L", start=1.0), d.parameter("k", 0.1, "/h", lower=0.0, upper=1.0, source="example")


def value(expression: Expression) -> float:
    """The number of a constant expression."""
    return float(expression.node)


def test_a_rate_in_the_wrong_unit_is_refused_with_both_units() -> None:
    d, x, k = started()
    with pytest.raises(UnitError, match=r"units of x do not close.*g\.m-3"):
        d.rate(x, k * x * x)


def test_a_sum_of_different_dimensions_is_refused() -> None:
    _, x, k = started()
    with pytest.raises(UnitError):
        x + k


def test_a_sum_of_the_same_dimension_converts() -> None:
    assert value((constant(1.0, "g/L") + constant(500.0, "mg/L")).to("g/L")) == pytest.approx(1.5)
    assert value(constant(1.0, "h") + constant(30.0, "min")) == pytest.approx(1.5)


def test_temperatures_in_celsius_behave_as_points_on_a_scale() -> None:
    warm, cold = constant(121.0, "Cel"), constant(20.0, "Cel")
    assert value(warm - cold) == pytest.approx(101.0)
    assert value(warm + constant(5.0, "K")) == pytest.approx(126.0)
    assert value(constant(5.0, "K") + warm) == pytest.approx(126.0)
    assert value(warm.to("K")) == pytest.approx(394.15)
    with pytest.raises(UnitError, match="cannot be added"):
        warm + cold
    with pytest.raises(UnitError, match="taken from"):
        constant(5.0, "K") - cold
    with pytest.raises(UnitError, match="multiplied"):
        warm * 2.0


@pytest.mark.parametrize(
    ("expression", "expected", "code"),
    [
        (lambda: exp(constant(50.0, "%")), 1.6487212707, "1"),
        (lambda: log(constant(2.0)), 0.69314718056, "1"),
        (lambda: log10(constant(100.0)), 2.0, "1"),
        (lambda: tanh(constant(0.5)), 0.46211715726, "1"),
        (lambda: sqrt(constant(9.0, "m2")), 3.0, "m"),
        (lambda: absolute(constant(-2.0, "g")), 2.0, "g"),
        (lambda: maximum(constant(1.0, "h"), constant(90.0, "min")), 1.5, "h"),
        (lambda: minimum(constant(1.0, "h"), constant(90.0, "min")), 1.0, "h"),
        (lambda: softplus(constant(100.0), 1.0), 100.0, "1"),
        (lambda: softplus(constant(-100.0), 1.0), 0.0, "1"),
        (lambda: where(constant(1.0) > 0.5, constant(1.0, "g"), constant(2.0, "kg")), 1.0, "g"),
        (lambda: where((constant(1.0) > 0.5) & (constant(1.0) < 0.5), constant(1.0, "g"), 0.0), 0.0, "g"),
        (lambda: where((constant(1.0) >= 1.0) | (constant(1.0) <= 0.5), constant(1.0, "g"), 0.0), 1.0, "g"),
        (lambda: total(constant([1.0, 2.0], "g")), 3.0, "g"),
        (lambda: total(join([constant(1.0, "g"), constant(1.0, "kg")])), 1001.0, "g"),
        (lambda: total(apply_matrix([[1.0, 2.0]], constant([3.0, 4.0], "g"), "/h")).to("g/h"), 11.0, "g/h"),
        (lambda: (constant(4.0, "m2") ** 0.5).to("m"), 2.0, "m"),
        (lambda: constant(2.0) ** constant(3.0), 8.0, "1"),
        (lambda: (constant(2.0, "m") ** 3).to("m3"), 8.0, "m3"),
        (lambda: 6.0 / constant(2.0, "h"), 3.0, "/h"),
        (lambda: constant(250.0, "kPa").number("bar"), 2.5, "1"),
        (lambda: -constant([1.0, 2.0, 3.0], "g")[1:][0], -2.0, "g"),
        (lambda: constant([1.0, 2.0, 3.0], "g")[[2]], 3.0, "g"),
        (lambda: 1.0 - constant(0.25), 0.75, "1"),
    ],
)
def test_expressions_carry_their_units(expression: Callable[[], Expression], expected: float, code: str) -> None:
    found = expression()
    assert value(found) == pytest.approx(expected, abs=1e-9)
    found.to(code)


def test_what_is_no_number_cannot_stand_in_an_equation() -> None:
    _, x, _ = started()
    with pytest.raises(TypeError, match="cannot stand in an equation"):
        x + "1"  # type: ignore[operator]
    with pytest.raises(TypeError, match="no truth value"):
        bool(x > 1.0 * x)
    with pytest.raises(TypeError, match="Equality"):
        assert x == 1.0
    with pytest.raises(IndexError):
        x[1]
    assert "g/L" in repr(x)


def refused_twice_named(d: Declaration) -> None:
    d.state("x", "g/L", start=1.0)


def refused_name(d: Declaration) -> None:
    d.state("2x", "g/L", start=1.0)


def refused_default(d: Declaration) -> None:
    d.parameter("p", 5.0, "1", lower=0.0, upper=1.0, source="example")


def refused_bounds(d: Declaration) -> None:
    d.input("u", "1", default=float("nan"), lower=2.0, upper=1.0)


def refused_source(d: Declaration) -> None:
    d.parameter("p", 0.5, "1", lower=0.0, upper=1.0, source="")


def refused_second_rate(d: Declaration) -> None:
    x, k = d.symbol("x"), d.symbol("k")
    d.rate(x, -k * x)
    d.rate(x, -k * x)


def refused_rate_of_a_parameter(d: Declaration) -> None:
    d.rate(d.symbol("k"), d.symbol("k"))


def refused_missing_rate(d: Declaration) -> None:
    d.build()


def refused_unused(d: Declaration) -> None:
    d.rate(d.symbol("x"), -d.symbol("x") / d.one("h"))
    d.build()


def refused_equations(d: Declaration) -> None:
    d.rate(d.symbol("x"), -d.symbol("k") * d.symbol("x"))
    d.algebraic("z", "1", guess=0.0)
    d.build()


def refused_length(d: Declaration) -> None:
    column = d.state("c", "g/L", start=0.0, size=3)
    d.rate(column, -d.symbol("k") * column[:2])


def refused_unknown_symbol(d: Declaration) -> None:
    d.symbol("nothing")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (refused_twice_named, "declared twice"),
        (refused_name, "name cannot be used"),
        (refused_default, "out of its bounds"),
        (refused_bounds, "crossed"),
        (refused_source, "no source"),
        (refused_second_rate, "two rates"),
        (refused_rate_of_a_parameter, "no state"),
        (refused_missing_rate, "no rate"),
        (refused_unused, "used in no equation"),
        (refused_equations, "do not match"),
        (refused_length, "length"),
        (refused_unknown_symbol, "declared yet"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(wrong: Callable[[Declaration], None], message: str) -> None:
    d, _, _ = started()
    with pytest.raises(DeclarationError, match=message):
        wrong(d)


def test_a_start_may_follow_from_parameters() -> None:
    d, x, k = started()
    d.rate(x, -k * x)
    total_mass = d.parameter("m0", 5.0, "g", lower=0.0, upper=10.0, source="example")
    y = d.state("y", "g", start=2.0 * total_mass)
    d.rate(y, -k * y)
    model = d.build()
    assert model.defaults("state") == {"x": 1.0, "y": 10.0}
    assert model.start_vector(model.vector("parameter", {"m0": 3.0}), {"x": 0.5}).tolist() == [0.5, 6.0]


def test_a_model_answers_for_itself() -> None:
    model = growth()
    assert model.labels("state") == ("V", "X", "S")
    assert model.evaluate(["mu", "rate:X"], states={"S": 1.0})["mu"][0] == pytest.approx(0.4 / 1.2)
    assert model.quantity("mu_max").unit == "/h"
    with pytest.raises(DeclarationError, match="no such name"):
        model.quantity("nothing")
    with pytest.raises(DeclarationError, match="no such name"):
        model.evaluate(["nothing"])
    with pytest.raises(DeclarationError, match="no such name"):
        model.event("nothing")
    with pytest.raises(DeclarationError, match="no such name"):
        model.vector("parameter", {"nothing": 1.0})


def test_the_equations_are_printed_as_they_were_written() -> None:
    lines = "\n".join(growth().equations())
    assert r"\frac{dV}{dt} = \mathrm{feed}" in lines
    assert r"\mu_{\mathrm{max}}" in lines
    assert "| `mu_max` | /h | 0.4 | 0.01 to 2 | textbook |" in growth().parameter_table()


def columns() -> Model:
    """Diffusion along a column of five cells."""
    d = Declaration("column", title="Column", time_unit="s")
    c = d.state("c", "mol/m3", start=[1.0, 0.0, 0.0, 0.0, 0.0], size=5)
    k = d.parameter("k", 0.5, "/s", lower=0.0, upper=10.0, source="example")
    flow = k * (c[:-1] - c[1:])
    d.rate(c, join([-flow[0], flow[:-1] - flow[1:], flow[-1]]))
    d.conserve("amount", total(c))
    return d.build()


def test_columns_are_labelled_by_element() -> None:
    model = columns()
    assert model.labels("state") == ("c[0]", "c[1]", "c[2]", "c[3]", "c[4]")
    assert model.start_vector(model.vector("parameter"), {"c": 2.0}).tolist() == [2.0] * 5
    assert model.start_vector(model.vector("parameter"), {"c[3]": 2.0}).tolist() == [1.0, 0.0, 0.0, 2.0, 0.0]
    assert any("c^{(1)}" in line for line in model.equations())
