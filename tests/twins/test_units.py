"""Units close, or the declaration is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwright.kernel import units as kernel_units
from batchwright.twins.catalogue import ENTRIES, Entry
from batchwright.twins.errors import UnitError
from batchwright.twins.units import NUMBER, unit


@pytest.mark.parametrize(
    ("code", "base", "factor"),
    [
        ("mmol/L", "m-3.mol", 1.0),
        ("g/{cell}/h", "g.s-1.{cell}-1", 1 / 3600),
        ("10*6{cell}/mL", "m-3.{cell}", 1e12),
        ("um[Hg]", "g.m-1.s-2", 133.322),
        ("cal/(cm2.K.s)", "K-1.g.s-3", 4184.0 * 1e4),
        ("/h", "s-1", 1 / 3600),
        ("%", "a number", 0.01),
        ("g{dry}/L", "g.m-3", 1000.0),
        ("m2.s-1", "m2.s-1", 1.0),
    ],
)
def test_a_ucum_code_has_a_dimension_and_a_size(code: str, base: str, factor: float) -> None:
    assert unit(code).describe() == base
    assert unit(code).factor == pytest.approx(factor)


@pytest.mark.parametrize("code", ["", " ", "gramm", "mg/", "m)", "(m", "kmin", "x10", "{cell}2", "m//s"])
def test_a_code_that_cannot_be_read_is_refused_with_advice(code: str) -> None:
    with pytest.raises(UnitError):
        unit(code)


def test_cells_and_moles_cannot_be_added() -> None:
    with pytest.raises(UnitError, match="cannot be given in"):
        unit("{cell}/L").conversion_to(unit("mmol/L"))


def test_degrees_celsius_convert_and_cannot_be_multiplied() -> None:
    factor, offset = unit("Cel").conversion_to(unit("K"))
    assert (factor, offset) == (1.0, 273.15)
    with pytest.raises(UnitError, match="multiplied"):
        unit("Cel").times(unit("m"))


@given(
    st.sampled_from(["mmol/L", "g", "bar", "h", "W/K", "{cell}/mL"]),
    st.sampled_from(["m", "s", "mg/L", "1", "kPa", "Pa.s"]),
)
def test_dividing_undoes_multiplying(left: str, right: str) -> None:
    there_and_back = unit(left).times(unit(right)).over(unit(right))
    assert there_and_back.dimension == unit(left).dimension
    assert there_and_back.factor == pytest.approx(unit(left).factor)


def test_a_number_has_no_dimension() -> None:
    assert NUMBER.is_number
    assert str(unit("mL")) == "mL"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_unit_of_every_model_is_read_again(entry: Entry) -> None:
    model = entry.model()
    for kind in ("state", "algebraic", "input", "parameter", "definition", "output"):
        for quantity in model.group(kind):
            assert unit(quantity.unit).code == quantity.unit


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_twins_read_units_as_the_kernel_does(entry: Entry) -> None:
    model = entry.model()
    for quantity in (*model.states, *model.inputs, *model.parameters, *model.definitions, *model.outputs):
        ours, theirs = unit(quantity.unit), kernel_units.parse(quantity.unit)
        assert ours.factor == pytest.approx(float(theirs.factor), rel=1e-12), quantity.unit
