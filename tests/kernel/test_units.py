"""UCUM codes: what is read, how large it is exactly, and what is advised on what is refused."""

import ast
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel import units
from batchwright.kernel.errors import BadInput
from batchwright.kernel.unit_table import ATOMS, MEANT, PREFIXES, SPELLINGS

MASS, LENGTH, TIME = "[mass]", "[length]", "[time]"
symbols = st.sampled_from(
    [atom.code for atom in ATOMS if atom.offset is None] + ["kg", "mL", "ug", "10*3", "10*-6", "1"]
)
notes = st.sampled_from(["", "{cells}", "{RH}"])
components = st.builds(lambda symbol, note: symbol + ("" if symbol == "1" else note), symbols, notes)


@st.composite
def codes(draw: st.DrawFn) -> str:
    """Valid codes of one to four components."""
    parts = [draw(st.sampled_from(["", "/"])), draw(components)]
    for _ in range(draw(st.integers(0, 3))):
        component = draw(components)
        parts += [draw(st.sampled_from("./"))]
        parts += [f"({component}.{draw(components)})" if draw(st.booleans()) else component]
    return "".join(parts)


@pytest.mark.parametrize(
    ("code", "factor", "dimension"),
    [
        ("1", 1, ()),
        ("kg", 1000, ((MASS, 1),)),
        ("mg/mL", 1000, ((LENGTH, -3), (MASS, 1))),
        ("g.m-2", 1, ((LENGTH, -2), (MASS, 1))),
        ("10*3/uL", 10**12, ((LENGTH, -3),)),
        ("10^3/uL", 10**12, ((LENGTH, -3),)),
        ("/mL", 10**6, ((LENGTH, -3),)),
        ("{cells}/mL", 10**6, ((LENGTH, -3),)),
        ("10*6.{cells}/mL", 10**12, ((LENGTH, -3),)),
        ("%", Fraction(1, 100), ()),
        ("%{RH}", Fraction(1, 100), ()),
        ("mg/kg.d", Fraction(864, 10000), ((TIME, 1),)),  # a slash reaches one component far
        ("mg/(kg.d)", Fraction(1, 86_400_000_000), ((TIME, -1),)),
        ("m+2", 1, ((LENGTH, 2),)),
        ("dag", 10, ((MASS, 1),)),
        ("cm[H2O]", Fraction(980665, 10), ((LENGTH, -1), (MASS, 1), (TIME, -2))),
        ("mo", 2629800, ((TIME, 1),)),  # 30.4375 d
    ],
)
def test_a_code_has_its_exact_size_and_dimension(code: str, factor: Fraction | int, dimension: units.Dimension) -> None:
    unit = units.parse(code)
    assert (unit.code, str(unit), unit.factor, unit.dimension, unit.is_point) == (code, code, factor, dimension, False)


def test_a_pound_per_square_inch_is_the_exact_ratio_and_no_decimal_near_it() -> None:
    pascal = units.parse("[psi]").factor / units.parse("Pa").factor
    assert pascal == Fraction("0.45359237") * Fraction("9.80665") / Fraction("0.0254") ** 2


PINT_NAMES = {
    "N": "newton", "Pa": "pascal", "J": "joule", "W": "watt", "V": "volt", "Ohm": "ohm", "S": "siemens",
    "lx": "lux", "Bq": "becquerel", "Gy": "gray", "kat": "katal", "[degR]": "degree_Rankine", "L": "liter",
    "t": "metric_ton", "wk": "week", "a": "julian_year", "bar": "bar", "atm": "atm", "Ao": "angstrom",
    "[S]": "svedberg", "[g]": "standard_gravity", "gf": "gram_force", "dyn": "dyne", "erg": "erg", "P": "poise",
    "St": "stokes", "cal": "calorie", "Ci": "curie", "[in_i]": "inch", "[ft_i]": "foot", "[mil_i]": "thou",
    "[gr]": "grain", "[lb_av]": "pound", "[oz_av]": "ounce", "[oz_tr]": "troy_ounce", "[lbf_av]": "pound_force",
    "[psi]": "psi", "[gal_us]": "gallon", "[qt_us]": "quart", "[pt_us]": "pint", "[foz_us]": "fluid_ounce",
    "U": "enzyme_unit", "[ppm]": "ppm", "%": "percent", "m[H2O]": "98.0665 * millibar",
}  # fmt: skip


def test_the_definitions_agree_with_those_that_pint_brings_itself() -> None:
    """An independent table; pint's own is not used by the plant."""
    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(non_int_type=Fraction)
    for code, name in PINT_NAMES.items():
        theirs = registry.Quantity(Fraction(1), "dimensionless") * registry.parse_expression(name)
        kilogram_is_their_root = sum(power for root, power in units.parse(code).dimension if root == MASS)
        ours = units.parse(code).factor / Fraction(1000) ** kilogram_is_their_root
        assert Fraction(str(theirs.to_base_units().magnitude)) == ours, code


def test_definitions_are_reckoned_as_pint_reckons_them() -> None:
    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(None, non_int_type=Fraction)
    for atom in ATOMS:
        registry.define(f"{atom.name} = {atom.definition}")
    for atom in ATOMS:
        factor, _root = registry.get_root_units(atom.name, check_nonmult=False)
        dimension = registry.get_dimensionality(atom.name)
        roots = {str(root): Fraction(str(power)).numerator for root, power in dimension.items()}
        ours = units.parse(atom.code)
        assert (ours.factor, dict(ours.dimension)) == (Fraction(str(factor)), roots), atom.code


def test_a_definition_of_another_shape_is_no_unit() -> None:
    with pytest.raises(ValueError, match=r"whole powers: metre \+ second"):
        units._reckoned(ast.parse("metre + second", mode="eval").body, "metre + second")


def test_no_code_can_be_read_in_two_ways() -> None:
    metric = [atom.code for atom in ATOMS if atom.metric]
    every = [atom.code for atom in ATOMS] + [prefix + code for prefix in PREFIXES for code in metric]
    assert sorted({code for code in every if every.count(code) > 1}) == []
    assert len({atom.name for atom in ATOMS}) == len(ATOMS)


def test_every_symbol_of_the_table_is_read_alone_and_with_its_prefixes() -> None:
    for atom in ATOMS:
        for prefix in PREFIXES if atom.metric else [""]:
            assert units.parse(prefix + atom.code).factor > 0


def test_activities_of_different_assays_never_convert_into_each_other_or_into_numbers() -> None:
    own = ["[iU]", "[USP'U]", "[arb'U]", "[CFU]", "[PFU]", "[NTU]", "[FNU]", "[pH]", "mol", "eq", "osm", "deg", "1"]
    assert len({units.parse(code).dimension for code in own}) == len(own)
    assert units.parse("[IU]").dimension == units.parse("[iU]").dimension


def test_celsius_and_fahrenheit_are_points_with_an_exact_start() -> None:
    celsius, fahrenheit = units.parse("Cel"), units.parse("[degF]")
    assert (celsius.offset, celsius.difference, celsius.is_point) == (Fraction("273.15"), "K", True)
    assert 32 * fahrenheit.factor + (fahrenheit.offset or 0) == Fraction("273.15")
    assert units.parse("Cel{jacket}").is_point


@pytest.mark.parametrize("code", ["W/(m2.Cel)", "Cel2", "/Cel", "[degF]/min"])
def test_a_point_on_a_scale_is_refused_inside_another_unit(code: str) -> None:
    with pytest.raises(BadInput, match="for a difference of temperature"):
        units.parse(code)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Kg", "kg"),
        ("kgg", "kg"),
        ("MG/ML", "mg/mL"),
        ("µg/mL", "ug/mL"),
        ("°C", "Cel"),
        ("C", "Cel"),
        ("m²", "m2"),
        ("W/m²·K", "W/(m2.K)"),
        ("x10^6/mL", "10*6/mL"),
        ("hours", "h"),
        ("IU/mL", "[iU]/mL"),
        ("EU/mL", "[iU]{endotoxin}/mL"),
        ("[EU]", "[iU]{endotoxin}"),
        ("mEq/L", "meq/L"),
        ("mm Hg", "mm[Hg]"),
        (" kg ", "kg"),
        ("lbs/ft3", "[lb_av]/[ft_i]3"),
        ("pH", "[pH]"),
    ],
)
def test_a_slip_is_refused_and_the_nearest_code_is_named(written: str, meant: str) -> None:
    assert units.suggestion(written) == meant
    with pytest.raises(BadInput) as refusal:
        units.parse(written)
    assert refusal.value.remedy == f"Did you mean {meant!r}?"


@pytest.mark.parametrize("code", ["foo/bar", "Qqqqq", "kg{", "~~~", "kg//m"])
def test_where_nothing_is_near_nothing_is_advised(code: str) -> None:
    assert units.suggestion(code) is None
    with pytest.raises(BadInput) as refusal:
        units.parse(code)
    assert refusal.value.remedy == ""


def test_everything_that_is_advised_is_a_code_that_is_read() -> None:
    for meant in MEANT.values():
        assert units.parse(meant).code == meant
    readable = {atom.code for atom in ATOMS} | {p + atom.code for p in PREFIXES for atom in ATOMS if atom.metric}
    assert not set(MEANT) & readable
    assert "" not in SPELLINGS


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "is empty"),
        ("/", "component is missing"),
        ("mol/l/", "component is missing"),
        ("kg//m", "two operators"),
        (".mL", "two operators"),
        ("(kg", "lacks a closing parenthesis"),
        ("(kg.(m)", "lacks a closing parenthesis"),
        ("()", "two operators"),
        ("kg)", "closing parenthesis too many"),
        ("m2s", "without . or /"),
        ("1{cells}", "without . or /"),
        ("m0", "power of 0"),
        ("10*0", "power of 0"),
        ("10", "holds the number 10"),
        ("kg1.5", "holds the number 5"),  # UCUM's grammar would make it kilograms times five
        ("mg/100.mL", "holds the number 100"),
        ("m 2", "has ' '"),
        ("kg{dry weight}", "has '{'"),
        ("\u0663", "is not known"),
        ("k" * 101, "too long"),
        ("m99.m99", "exponents are too large"),
        ("Tm99/fm99", "too large or too small"),
        ("pH", "is not known"),
        ("ft", "is not known"),
        ("mCel", "is not known"),
    ],
)
def test_what_is_not_a_code_of_the_plant_is_refused_with_its_reason(code: str, message: str) -> None:
    with pytest.raises(BadInput) as refusal:
        units.parse(code)
    assert message in refusal.value.message


def test_the_refusal_is_the_same_the_second_time() -> None:
    for _ in range(2):
        with pytest.raises(BadInput, match="Did you mean 'kg'"):
            units.parse("Kg")


@pytest.mark.parametrize(
    ("left", "right", "power", "code"),
    [
        ("g/kg", "kg", 1, "g"),
        ("mg/mL", "L", 1, "mg.L/mL"),
        ("kg", "kg", 1, "kg2"),
        ("kg", "kg", -1, "1"),
        ("1", "mL", -1, "/mL"),
        ("{cells}/mL", "{cells}", -1, "/mL"),
        ("{cells}", "{cells}", 1, "{cells}.{cells}"),
        ("10*3", "10*-2", 1, "10*1"),
        ("m{skin}", "m{wall}", 1, "m{skin}.m{wall}"),
        ("W/(m2.K)", "m2", 1, "W/K"),
    ],
)
def test_a_product_gathers_equal_symbols_and_leaves_others(left: str, right: str, power: int, code: str) -> None:
    assert units.product((units.parse(left), 1), (units.parse(right), power)).code == code


@settings(deadline=None)  # a loaded machine is no finding
@given(codes(), codes(), st.sampled_from([1, -1]))
def test_a_composed_code_reads_back_with_the_size_and_dimension_of_the_product(a: str, b: str, power: int) -> None:
    left, right = units.parse(a), units.parse(b)
    try:
        composed = units.product((left, 1), (right, power))
    except BadInput:
        assert len(a + b) > 60  # only a code that would become too long is refused
        return
    again = units.parse(composed.code)
    assert again.factor == left.factor * right.factor**power
    assert (again.factor, again.dimension) == (composed.factor, composed.dimension)
    assert sorted(again.terms) == sorted(composed.terms)


fuzz = st.text("kgmLsKCelPa10*3^./()-+{}[]%uHO2iU'n", max_size=16) | st.text(max_size=120)


@settings(deadline=None)  # a loaded machine is no finding
@given(fuzz)
def test_any_text_is_a_unit_or_refused(text: str) -> None:
    try:
        unit = units.parse(text)
    except BadInput:
        meant = units.suggestion(text)
        assert meant is None or units.parse(meant).code == meant
    else:
        assert unit.code == text
        assert unit.factor > 0


def test_the_kernel_brings_neither_pint_nor_django() -> None:
    modules = "clock, errors, exact, identifiers, quantity, rounding, units"
    script = f"import sys; from batchwright.kernel import {modules}; units.parse('mg/L')\n"
    script += "print({'pint', 'django'} & sys.modules.keys())"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_every_unit_and_prefix_of_the_plant_is_in_the_reference() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "quantities.md").read_text(encoding="utf-8")
    for code in PREFIXES:
        assert f"`{code}`" in page
    for atom in ATOMS:
        assert f"`{atom.code}`{'*' if atom.metric else ''}" in page
