"""Quantities: exact, as entered, and never mixed."""

import json
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.rounding import Rounding

MASSES = ["kg", "g", "mg", "ug", "t"]
values = st.decimals(min_value=-(10**9), max_value=10**9, places=6) | st.integers(-1000, 1000).map(Decimal)
masses = st.builds(Quantity, values, st.sampled_from(MASSES))
quantities = st.builds(
    Quantity, values, st.sampled_from([*MASSES, "mL", "h", "[lb_av]", "%", "1", "10*3/uL", "[pH]", "Cel", "[degF]"])
)
two_decimals = Rounding.half_up(decimals=2)


@pytest.mark.parametrize("text", ["1.50 kg", "0.0 %", "-5 Cel", "1.0E+6 {cells}/mL", "42", "7.40 [pH]"])
def test_a_quantity_stays_as_it_was_entered(text: str) -> None:
    quantity = Quantity.parse(text)
    assert str(quantity) == text
    assert quantity.same_as_entered(Quantity.parse(f"  {text} "))


def test_a_quantity_is_built_from_text_integer_or_decimal() -> None:
    assert Quantity("3", "kg").same_as_entered(Quantity(3, "kg"))
    assert Quantity("3.0", "kg").same_as_entered(Quantity(Decimal("3.0"), "kg"))
    assert not Quantity("3.0", "kg").same_as_entered(Quantity("3", "kg"))
    assert not Quantity("3", "kg").same_as_entered(Quantity("3", "g"))
    assert repr(Quantity("1.50", "kg")) == "Quantity('1.50', 'kg')"
    assert Quantity("1.50", "kg").measured_in.factor == 1000


def test_a_float_is_refused_as_it_is_not_what_was_written() -> None:
    with pytest.raises(BadInput, match="as text"):
        Quantity(0.1, "kg")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="as text"):
        Quantity("1", "kg") * 0.1
    with pytest.raises(BadInput, match="as text"):
        Quantity("1", "kg") / 0.1
    with pytest.raises(BadInput, match="not an exact number"):
        Quantity("1", "kg") * True


def test_a_quantity_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Quantity("1", "kg").value = Decimal(2)  # type: ignore[misc]


@pytest.mark.parametrize("text", ["", "kg", "1.50kg", "1,50 kg", "1.50 kilos", "1.50 kg extra", "one kg", "1.50\tkg"])
def test_a_text_that_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Quantity.parse(text)


@settings(deadline=None)  # a loaded machine is no finding
@given(quantities)
def test_a_quantity_comes_back_the_same_from_text_json_and_another_process(quantity: Quantity) -> None:
    for copy in (
        Quantity.parse(str(quantity)),
        Quantity.from_json(json.loads(json.dumps(quantity.as_json()))),
        pickle.loads(pickle.dumps(quantity)),
    ):
        assert copy.same_as_entered(quantity)
        assert copy == quantity
        assert hash(copy) == hash(quantity)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "1.50 kg",
        {},
        {"value": "1"},
        {"value": 1, "unit": "kg"},
        {"value": "1", "unit": 1},
        {"value": "1", "unit": "kg", "x": 1},
    ],
)
def test_json_of_another_form_is_refused(content: object) -> None:
    with pytest.raises(BadInput, match="not a quantity"):
        Quantity.from_json(content)


def test_the_json_form_is_text_so_that_no_reader_makes_a_float_of_it() -> None:
    assert Quantity("1.50", "kg").as_json() == {"value": "1.50", "unit": "kg"}


@pytest.mark.parametrize(
    ("text", "unit", "result"),
    [
        ("1.50 kg", "g", "1500 g"),
        ("1.50 kg", "kg", "1.50 kg"),
        ("90 min", "h", "1.5 h"),
        ("1.0E+6 /mL", "/uL", "1.0E+3 /uL"),
        ("1 [lb_av]", "kg", "0.45359237 kg"),
        ("25.0 Cel", "K", "298.15 K"),
        ("310.15 K", "Cel", "37.00 Cel"),
        ("98.6 [degF]", "Cel", "37.0 Cel"),
        ("5 %", "1", "0.05"),
        ("70 %{RH}", "%", "70 %"),
        ("0.00 kg", "g", "0.00 g"),
    ],
)
def test_a_conversion_is_exact_and_keeps_the_digits(text: str, unit: str, result: str) -> None:
    assert str(Quantity.parse(text).to(unit)) == result


def test_a_conversion_that_would_round_is_refused_until_it_is_said_how() -> None:
    with pytest.raises(DomainError, match="no exact decimal value: 100 min to h"):
        Quantity("100", "min").to("h")
    assert str(Quantity("100", "min").to("h", rounding=Rounding.half_up(significant=3))) == "1.67 h"
    assert str(Quantity("100", "[degF]").to("Cel", rounding=Rounding.half_even(decimals=1))) == "37.8 Cel"
    assert str(Quantity("1.005", "kg").to("kg", rounding=two_decimals)) == "1.01 kg"


def test_a_conversion_to_what_is_measured_otherwise_names_both_units() -> None:
    with pytest.raises(DomainError, match="kg and mL"):
        Quantity("1", "kg").to("mL")
    with pytest.raises(BadInput, match="Did you mean 'kg'"):
        Quantity("1", "g").to("Kg")


@settings(deadline=None)  # a loaded machine is no finding
@given(masses, st.sampled_from(MASSES))
def test_a_conversion_there_and_back_loses_nothing(mass: Quantity, unit: str) -> None:
    there = mass.to(unit)
    assert there == mass
    assert hash(there) == hash(mass)
    assert there.to(mass.unit).value == mass.value


@settings(deadline=None)  # a loaded machine is no finding
@given(quantities, st.sampled_from([*MASSES, "[lb_av]", "mL", "[gal_us]", "min", "a", "Cel", "[degF]", "K"]))
def test_a_conversion_agrees_with_rational_arithmetic(quantity: Quantity, unit: str) -> None:
    try:
        result = quantity.to(unit)
    except DomainError:
        return
    assert result.in_root_units() == quantity.in_root_units()


def test_equal_sizes_are_equal_whatever_the_unit_and_digits() -> None:
    assert Quantity("1.5", "kg") == Quantity("1.50", "kg") == Quantity("1500", "g")
    assert len({Quantity("1.5", "kg"), Quantity("1.50", "kg"), Quantity("1500", "g")}) == 1
    assert Quantity("5", "%") == Quantity("0.05", "1")
    assert Quantity("1", "kg") != Quantity("1", "L")
    assert Quantity("1", "kg") != "1 kg"


def test_a_point_on_a_temperature_scale_is_no_difference_until_it_is_said() -> None:
    freezing = Quantity("0", "Cel")
    assert freezing == Quantity("32", "[degF]")
    assert freezing != Quantity("273.15", "K")
    assert freezing.to("K") == Quantity("273.15", "K")
    assert Quantity("5", "Cel") > Quantity("40", "[degF]")
    with pytest.raises(DomainError, match="point on a temperature scale"):
        assert freezing < Quantity("5", "K")


def test_the_difference_of_two_temperatures_is_in_kelvin() -> None:
    assert str(Quantity("25.0", "Cel") - Quantity("20.5", "Cel")) == "4.5 K"
    assert str(Quantity("77", "[degF]") - Quantity("68", "[degF]")) == "9 [degR]"
    assert str(Quantity("25", "Cel") - Quantity("68", "[degF]")) == "5 K"
    assert str(Quantity("300", "K") - Quantity("295", "K")) == "5 K"


def test_a_temperature_is_shifted_by_a_difference_only() -> None:
    room = Quantity("20.0", "Cel")
    assert str(room.shifted_by(Quantity("5", "K"))) == "25.0 Cel"
    assert str(room.shifted_by(Quantity("-9", "[degR]"))) == "15.0 Cel"
    for point, difference in [(room, room), (Quantity("1", "K"), Quantity("1", "K")), (room, Quantity("1", "kg"))]:
        with pytest.raises(DomainError, match="shifted"):
            point.shifted_by(difference)


def test_temperatures_are_neither_added_nor_scaled() -> None:
    room, step = Quantity("20", "Cel"), Quantity("5", "K")
    with pytest.raises(DomainError, match="shifted_by"):
        room + room
    acts: list[Callable[[], object]] = [
        lambda: room + step,
        lambda: step + room,
        lambda: room - step,
        lambda: room * 2,
        lambda: step * room,
        lambda: room / 2,
        lambda: -room,
        lambda: abs(room),
        lambda: room.divided_by(2, rounding=two_decimals),
    ]
    for act in acts:
        with pytest.raises(DomainError, match="temperature scale"):
            act()


def test_sums_are_in_the_unit_of_the_first_and_keep_the_finer_digits() -> None:
    assert str(Quantity("1.50", "kg") + Quantity("250", "g")) == "1.750 kg"
    assert str(Quantity("1.50", "kg") - Quantity("0.5", "kg")) == "1.00 kg"


def test_products_and_quotients_have_their_unit() -> None:
    assert str(Quantity("5", "g/kg") * Quantity("2.0", "kg")) == "10.0 g"
    assert str(2 * Quantity("1.5", "kg") * Decimal("1.0")) == "3.00 kg"
    assert str(Quantity("10", "g") / 4) == "2.5 g"
    assert str(Quantity("10", "g") / Quantity("4", "mL")) == "2.5 g/mL"
    assert str(Quantity("10", "g") / Quantity("4", "g")) == "2.5"
    assert str((Quantity("100", "g/L") * Quantity("5", "mL")).to("mg")) == "500 mg"
    assert str(-Quantity("1.5", "kg")) == "-1.5 kg"
    assert str(abs(Quantity("-1.5", "kg"))) == str(abs(Quantity("1.5", "kg"))) == "1.5 kg"


def test_a_division_that_would_round_is_refused_until_it_is_said_how() -> None:
    with pytest.raises(DomainError, match="divided_by"):
        Quantity("10", "g") / 3
    assert str(Quantity("10", "g").divided_by(3, rounding=two_decimals)) == "3.33 g"
    assert str(Quantity("2", "g").divided_by(Quantity("3", "mL"), rounding=two_decimals)) == "0.67 g/mL"
    with pytest.raises(BadInput):
        Quantity("10", "g").divided_by(0.5, rounding=two_decimals)  # type: ignore[arg-type]


def test_nothing_is_divided_by_zero() -> None:
    acts: list[Callable[[], object]] = [
        lambda: Quantity("1", "kg") / 0,
        lambda: Quantity("1", "kg") / Quantity("0.0", "g"),
        lambda: Quantity("1", "kg").divided_by(0, rounding=two_decimals),
    ]
    for act in acts:
        with pytest.raises(DomainError, match="zero"):
            act()


def test_quantities_of_different_kinds_do_not_mix_and_both_units_are_named() -> None:
    mass, volume = Quantity("1", "kg"), Quantity("1", "mL")
    acts: list[Callable[[], object]] = [
        lambda: mass + volume,
        lambda: mass - volume,
        lambda: mass < volume,
        lambda: mass <= volume,
        lambda: mass > volume,
        lambda: mass >= volume,
        lambda: Quantity("1", "mmol/L") + Quantity("1", "meq/L"),
    ]
    for act in acts:
        with pytest.raises(DomainError, match=r"kg and mL|mmol/L and meq/L"):
            act()


def test_a_quantity_and_a_bare_number_or_text_do_not_add_or_compare() -> None:
    mass = Quantity("1", "kg")
    acts: list[Callable[[], object]] = [
        lambda: mass + 1,
        lambda: mass - 1,
        lambda: mass * "2",
        lambda: mass / "2",
        lambda: mass < 1,
        lambda: mass <= 1,
        lambda: mass > 1,
        lambda: mass >= 1,
    ]
    for act in acts:
        with pytest.raises(TypeError):
            act()


def test_a_result_beyond_the_limits_is_refused() -> None:
    with pytest.raises(DomainError, match="100 digits"):
        Quantity("1E+60", "kg") * Quantity("1E+60", "kg")


def test_rounding_keeps_the_unit() -> None:
    assert str(Quantity("97.95", "%").round(Rounding.pharmacopoeia(decimals=1))) == "98.0 %"


def test_the_decimal_context_of_the_process_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 2
        assert str(Quantity("1.2345", "kg") + Quantity("1", "g")) == "1.2355 kg"
        assert str(Quantity("1.2345", "kg").to("g")) == "1234.5 g"
        assert str(Quantity("1.2345", "kg").round(two_decimals)) == "1.23 kg"


@settings(deadline=None)  # a loaded machine is no finding
@given(masses, masses, masses)
def test_addition_is_exact_commutative_and_associative(a: Quantity, b: Quantity, c: Quantity) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert (a + b).in_root_units() == a.in_root_units() + b.in_root_units()
    assert (a + b) - b == a


@settings(deadline=None)  # a loaded machine is no finding
@given(masses, masses, st.integers(-1000, 1000))
def test_multiplication_distributes_and_undoes_division(a: Quantity, b: Quantity, factor: int) -> None:
    assert (a + b) * factor == a * factor + b * factor
    assert (a * b).in_root_units() == a.in_root_units() * b.in_root_units()
    if factor:
        assert (a * factor) / factor == a
    if b.value:
        rounded = a.divided_by(b, rounding=Rounding.half_even(decimals=12))
        assert abs(Fraction(rounded.value) - Fraction(a.value) / Fraction(b.value)) <= Fraction(1, 2 * 10**12)


@settings(deadline=None)  # a loaded machine is no finding
@given(masses, masses)
def test_order_is_that_of_the_sizes(a: Quantity, b: Quantity) -> None:
    assert (a < b, a <= b, a > b, a >= b) == (
        a.in_root_units() < b.in_root_units(),
        a.in_root_units() <= b.in_root_units(),
        a.in_root_units() > b.in_root_units(),
        a.in_root_units() >= b.in_root_units(),
    )
    assert (a == b) == (a.in_root_units() == b.in_root_units())


@settings(deadline=None)  # a loaded machine is no finding
@given(st.text(max_size=30) | st.text("0123456789.E+- kgmL/%[]{}", max_size=20))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    try:
        quantity = Quantity.parse(text)
    except BadInput:
        return
    assert Quantity.parse(str(quantity)).same_as_entered(quantity)
