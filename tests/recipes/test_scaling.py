"""The formula follows the batch size and the potency of the lots; every number below was reckoned by hand."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import text
from batchwright.recipes.formula_checks import mass_of
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.scaling import Potency, ScaledFormula, parameters_of, plain, scale

API = {
    "id": "api",
    "kind": "input",
    "value": "48.000 kg",
    "scaling": {"rule": "potency", "compensated_by": "lactose"},
    "rounding": {"decimals": 3},
}
LACTOSE = {
    "id": "lactose",
    "kind": "input",
    "value": "100.000 kg",
    "scaling": {"rule": "proportional"},
    "rounding": {"decimals": 3},
}


def recipe(*parameters: object, size: object = None) -> MasterRecipe:
    limits = {"nominal": "200 kg", "minimum": "100 kg", "maximum": "400 kg"} if size is None else size
    return MasterRecipe.model_validate(
        {
            "id": "R",
            "header": {"batch_size": limits},
            "formula": {"parameters": parameters},
            "elements": [{"id": "p", "level": "procedure", "parameters": [{"id": "inlet", "value": "60 Cel"}]}],
        }
    )


def scaled(*parameters: object, size: str = "200 kg", api: Potency | None = None) -> ScaledFormula:
    potencies = {} if api is None else {"api": api}
    return scale(recipe(*parameters), Quantity.parse(size), potencies)


@pytest.mark.requirement("211.101(a)")
def test_potency_is_corrected_for_assay_and_water_and_the_excipient_gives_way() -> None:
    # 48.000 / (0.986 x (1 - 0.002)) = 48.000 / 0.984028 = 48.77909...; 100.000 - (48.779 - 48.000) = 99.221
    found = scaled(API, LACTOSE, api=Potency(Quantity("98.6", "%"), Quantity("0.2", "%")))
    assert str(found["api"].value) == "48.779 kg"
    assert found["api"].explanation == "48.779 kg = 48.000 kg / (0.986 x (1 - 0.002))"
    assert str(found["lactose"].value) == "99.221 kg"
    assert found["lactose"].explanation == "99.221 kg = 100.000 kg - 0.779 kg that api gained"
    assert found["p/inlet"].explanation == "60 Cel, at every batch size"


def test_an_assay_as_is_already_counts_the_water() -> None:
    # 48.000 / 0.986 = 48.68154
    as_is = {**API, "scaling": {"rule": "potency", "assay": "as is"}}
    found = scaled(as_is, LACTOSE, api=Potency(Quantity("0.986", "1"), Quantity("5", "%")))
    assert found["api"].explanation == "48.682 kg = 48.000 kg / 0.986"
    assert str(found["lactose"].value) == "100.000 kg"


def test_where_nothing_compensates_only_the_active_changes() -> None:
    alone = {**API, "scaling": {"rule": "potency"}}
    found = scaled(alone, LACTOSE, api=Potency(Quantity("96", "%")))
    assert [str(found[name].value) for name in ("api", "lactose")] == ["50.000 kg", "100.000 kg"]


def test_half_a_batch_takes_half_of_everything_that_is_proportional() -> None:
    # 24.000 / 1.01 = 23.76238 (a potency above 100 %); 50.000 + 0.238 = 50.238
    found = scaled(API, LACTOSE, size="100 kg", api=Potency(Quantity("101", "%")))
    assert found["api"].explanation == "23.762 kg = 48.000 kg x 100 kg / 200 kg / (1.01 x (1 - 0))"
    assert found["lactose"].explanation == "50.238 kg = 50.000 kg + 0.238 kg that api lost"
    assert found.factor == Fraction(1, 2)


def test_two_actives_can_share_one_compensating_excipient() -> None:
    # 48 / 0.96 = 50.000 and 10 / 0.8 = 12.500: 2.000 + 2.500 = 4.500 of 100
    second = {**API, "id": "second", "value": "10.000 kg"}
    found = scale(
        recipe(API, second, LACTOSE),
        Quantity("200", "kg"),
        {"api": Potency(Quantity("96", "%")), "second": Potency(Quantity("80", "%"))},
    )
    assert found["lactose"].explanation == "95.500 kg = 100.000 kg - 4.5 kg that api and second gained"


def test_a_fixed_excipient_gives_way_from_its_fixed_amount() -> None:
    fixed = {"id": "lactose", "value": "100000 g"}
    assert str(scaled(API, fixed, size="100 kg", api=Potency(Quantity("96", "%")))["lactose"].value) == "99000 g"


def test_steps_give_the_value_of_the_first_range_that_holds_the_batch() -> None:
    mixing = {
        "id": "mixing",
        "value": "10 min",
        "scaling": {
            "rule": "stepwise",
            "steps": [{"up_to": "150 kg", "value": "8 min"}, {"up_to": "300 kg", "value": "10 min"}],
        },
    }
    assert scaled(mixing, size="150 kg")["mixing"].explanation == "8 min, for batches up to 150 kg"
    assert scaled(mixing, size="151 kg")["mixing"].explanation == "10 min, for batches up to 300 kg"
    with pytest.raises(DomainError, match="no step of mixing reaches this batch size: 301 kg"):
        scaled(mixing, size="301 kg")


@pytest.mark.requirement("211.186(b)(5)")
def test_an_overage_is_added_within_its_limit_and_refused_above_it() -> None:
    # 100.000 x 1.02 = 102.000
    with_overage = {**LACTOSE, "overage": {"excess": "2.0 %", "limit": "3 %"}}
    assert scaled(with_overage)["lactose"].explanation == "102.000 kg = 100.000 kg x (1 + 0.02)"
    with pytest.raises(DomainError, match=r"overage of lactose is above its limit: 4 % \(limit: <= 3 %\)"):
        scaled({**LACTOSE, "overage": {"excess": "4 %", "limit": "3 %"}})


def test_nothing_is_rounded_without_a_rule() -> None:
    # 1.50 x 333 / 200 = 2.4975; 1.50 x 400 / 300 has no end
    part = {"id": "x", "value": "1.50 kg", "scaling": {"rule": "proportional"}}
    assert str(scaled(part, size="333 kg")["x"].value) == "2.4975 kg"
    third = {"nominal": "300 kg", "maximum": "400 kg"}
    with pytest.raises(DomainError, match=r"no exact decimal value.*Give x a rounding"):
        scale(recipe({**part, "value": "1.00 kg"}, size=third), Quantity("400", "kg"))


def test_what_is_no_amount_stays_as_written() -> None:
    found = scaled(
        {"id": "a", "value": {"text": "blue"}},
        {"id": "b", "value": {"formula": "a * 2"}},
        {"id": "c", "parameters": [{"id": "d"}]},
    )
    assert [line.explanation for line in found.lines[:4]] == [
        "as written",
        "by the formula a * 2",
        "as written",
        "as written",
    ]
    assert [path for path, _ in parameters_of(recipe({"id": "c", "parameters": [{"id": "d"}]}))] == [
        "c",
        "c.d",
        "p/inlet",
    ]


@pytest.mark.parametrize(
    ("size", "limits", "word"),
    [
        ("99 kg", None, "outside the limits of the recipe: 99 kg (limit: 100 kg to 400 kg)"),
        ("401 kg", None, "outside the limits"),
        ("200 L", None, "measure different things"),
        ("200 kg", {}, "no nominal"),
        ("200 kg", {"nominal": "0 kg"}, "no nominal"),
        ("200 kg", {"nominal": {"written": "5000", "unit": "Kilolitres"}}, "no nominal"),
        ("201 kg", {"nominal": "200 kg"}, "outside"),
        ("200 kg", {"nominal": "200 kg", "maximum": {"written": "9"}}, "cannot be read"),
    ],
)
def test_a_batch_size_outside_the_limits_is_refused(size: str, limits: object, word: str) -> None:
    with pytest.raises(DomainError) as refused:
        scale(recipe(LACTOSE, size=limits), Quantity.parse(size))
    assert word in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "potency", "word"),
    [
        ((API, LACTOSE), None, "potency of api is not known"),
        ((API, LACTOSE), Potency(Quantity("9.86", "%")), "not credible: 9.86 %"),
        ((API, LACTOSE), Potency(Quantity("98.6", "kg")), "no fraction"),
        ((LACTOSE,), Potency(Quantity("98.6", "%")), "not corrected"),
        ((API, {**LACTOSE, "value": "0.1 kg"}), Potency(Quantity("98.6", "%")), "cannot give way so far"),
        ((API, {**LACTOSE, "value": {"text": "x"}}), Potency(Quantity("98.6", "%")), "cannot give way to api"),
        ((API, LACTOSE), Potency(Quantity("98.6", "%"), Quantity("51", "%")), "water of api is not credible"),
    ],
)
def test_a_potency_that_cannot_be_right_is_refused(
    parameters: tuple[object, ...], potency: Potency | None, word: str
) -> None:
    with pytest.raises(DomainError, match=word):
        scaled(*parameters, api=potency)


def test_a_parameter_that_is_not_in_the_formula_is_named_with_those_that_are() -> None:
    with pytest.raises(DomainError, match=r"no such parameter: talc \(limit: lactose, p/inlet\)"):
        scaled(LACTOSE)["talc"]


@given(
    st.decimals(min_value="90", max_value="102", places=2),
    st.decimals(min_value="0", max_value="6", places=2),
    st.integers(100, 400),
)
def test_whatever_the_lot_the_mass_of_the_blend_stays_what_it_was(assay: object, water: object, size: int) -> None:
    potency = Potency(Quantity(str(assay), "%"), Quantity(str(water), "%"))
    found = scaled(API, LACTOSE, size=f"{size} kg", api=potency)
    api, lactose = found["api"].value, found["lactose"].value
    assert isinstance(api, Quantity)
    assert isinstance(lactose, Quantity)
    assert api + lactose == Quantity("0.740", "kg") * size


def test_long_numbers_are_shortened_in_explanations() -> None:
    assert [plain(one) for one in (Fraction(1, 3), Fraction(1), Fraction(986, 1000), Fraction(100))] == [
        "0.333333",
        "1",
        "0.986",
        "100",
    ]


@pytest.mark.parametrize("size", ["900000 {tablets}", "1000000 {tablets}", "1200000 {tablets}"])
@pytest.mark.requirement("211.186(b)(6)")
def test_the_tablet_recipe_closes_its_masses_at_every_size_whatever_the_potency(size: str) -> None:
    path = Path(text.__file__).parent / "examples" / "film_coated_tablet.yaml"
    made = text.read(path.read_bytes()).recipe
    found = scale(made, Quantity.parse(size), {"api": Potency(Quantity("97.1", "%"), Quantity("3.4", "%"))})
    totals = {"input": Fraction(0), "output": Fraction(0)}
    for line in found.lines:
        if "/" not in line.path and line.parameter.kind != "parameter" and line.parameter.balance != "left out":
            totals[line.parameter.kind] += mass_of(line.parameter.model_copy(update={"value": line.value})) or 0
    assert totals["input"] == totals["output"]
    # 48.000 / (0.971 x 0.966) = 51.17347 at 1,200,000 tablets
    assert size != "1200000 {tablets}" or str(found["api"].value) == "51.173 kg"
    assert size[0] != "6" or str(found["granulate/massing_time"].value) == "2.5 min"
