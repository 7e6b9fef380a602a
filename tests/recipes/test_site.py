"""What a recipe asks of equipment, held against the plant's units."""

from collections.abc import Mapping
from typing import Any

import pytest

from batchwright.kernel.errors import BadInput
from batchwright.plant import properties
from batchwright.plant.capabilities import Capability, Offer, match
from batchwright.recipes import demo, examination, site, text
from batchwright.recipes.procedure import EquipmentRequirement
from batchwright.recipes.showing import equipment
from batchwright.recipes.site import PlantOffers, as_asked
from tests.people.plant import Plant
from tests.plant.floor import Floor

WORDS = properties.VOCABULARY


def unit(tag: str, equipment_class: str = "TANK", *, obstacles: tuple[str, ...] = (), **offered: str) -> Offer:
    named = {code.replace("_", "-"): value for code, value in offered.items()}
    able = tuple(Capability(WORDS[code], properties.read(WORDS[code], value)) for code, value in named.items())
    return Offer(tag, f"Tank {tag}", equipment_class, able, obstacles)


SMALL = unit("V-1", working_volume="10..80 L", single_use="no", iso_class="ISO 7", filter_area="4 m2")
LARGE = unit("V-2", working_volume="50..200 L", single_use="yes", iso_class="ISO 8")
TANKS = PlantOffers((SMALL, LARGE), WORDS)


def asked(**facts: Any) -> EquipmentRequirement:
    return EquipmentRequirement.model_validate({"id": "tank", **facts})


VOLUME = {"property": "working-volume"}


@pytest.mark.requirement("211.186(b)(9)")
@pytest.mark.parametrize(
    ("facts", "words", "fits"),
    [
        ({"equipment_class": "TANK"}, ["equipment-class is TANK"], ["V-1", "V-2"]),
        ({**VOLUME, "comparison": "at least", "amount": "100 L"}, ["working-volume at least 100 L"], ["V-2"]),
        ({**VOLUME, "comparison": "at most", "amount": "20 L"}, ["working-volume at most 20 L"], ["V-1"]),
        ({**VOLUME, "comparison": "is", "amount": "60 L"}, ["working-volume is 60 L"], ["V-1", "V-2"]),
        ({**VOLUME, "comparison": "within", "low": "20 L", "high": "70 L"}, ["working-volume within 20 to 70 L"],
         ["V-1"]),
        ({"property": "filter-area", "comparison": "at least", "amount": "40000 cm2"},
         ["filter-area at least 40000 cm2"], ["V-1"]),
        ({"property": "iso-class", "comparison": "one of", "words": ["ISO 5", "ISO 7"]},
         ["iso-class one of ISO 5 or ISO 7"], ["V-1"]),
        ({"property": "iso-class", "words": ["ISO 8"]}, ["iso-class is ISO 8"], ["V-2"]),
        ({"property": "single-use", "words": ["Yes"]}, ["single-use is yes"], ["V-2"]),
        ({"equipment_class": "TANK", "property": "single-use", "words": ["no"]},
         ["equipment-class is TANK", "single-use is no"], ["V-1"]),
    ],
)  # fmt: skip
def test_a_requirement_is_said_in_the_terms_of_the_plant(
    facts: Mapping[str, Any], words: list[str], fits: list[str]
) -> None:
    requirements = as_asked(asked(**facts), WORDS)
    assert [str(one) for one in requirements] == words
    assert sorted(one.offer.unit for one in match(requirements, TANKS.units).fits) == fits
    assert TANKS.misses([asked(**facts)]) == ()


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"property": "working_volume", "amount": "1 L"}, "the plant does not know the property: working_volume"),
        ({"condition": "Tank1 or Tank2"}, "names neither a class nor a property of units: Tank1 or Tank2"),
        ({}, "names neither a class nor a property of units: nothing"),
        ({**VOLUME, "amount": "1 kg"}, "working volume is measured in another unit: 1 kg"),
        ({**VOLUME, "comparison": "within", "low": "1 L", "high": "2 kg"}, "measured in another unit: 2 kg"),
        ({**VOLUME, "comparison": "within", "low": "2 L", "high": "1 L"}, "a span begins above its end"),
        ({**VOLUME, "comparison": "within", "amount": "2 L"}, '"within" takes another sort of value'),
        ({**VOLUME, "words": ["large"]}, "working volume is asked for in another way: large"),
        ({**VOLUME}, "working volume is asked for in another way: nothing"),
        ({"property": "single-use", "words": ["perhaps"]}, "single-use is asked for in another way: perhaps"),
        ({"property": "single-use", "words": ["yes", "no"]}, "single-use is asked for in another way: yes, no"),
        ({"property": "iso-class", "amount": "5 1"}, "ISO class is asked for in another way: 5"),
        ({"property": "iso-class", "comparison": "one of", "words": ["ISO 7", "D"]}, "does not know this word"),
    ],
)
def test_what_the_plant_cannot_answer_is_a_miss_and_never_silent(facts: Mapping[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        as_asked(asked(**facts), WORDS)
    (reason,) = TANKS.misses([asked(equipment_class="TANK"), asked(**facts)])
    assert reason.startswith("tank: ")
    assert why in reason
    assert TANKS.matching([asked(**facts)]) == site.Matching((), (reason,))


def test_one_unit_has_to_meet_all_that_an_element_asks() -> None:
    together = [
        asked(**VOLUME, comparison="at least", amount="100 L"), asked(property="iso-class", words=["ISO 7"]),
    ]  # fmt: skip
    assert [TANKS.misses([one]) for one in together] == [(), ()]
    found = TANKS.matching(together)
    assert found.fits == ()
    assert found.misses == (
        "V-1: working volume is 10 to 80 L, asked is at least 100 L", "V-2: ISO class is ISO 8, asked is ISO 7",
    )  # fmt: skip
    assert TANKS.misses(together) == found.misses[:1], "the nearest says what is missing"


def test_a_class_without_a_unit_is_said() -> None:
    assert TANKS.misses([asked(equipment_class="LIFT")]) == ("tank: no unit is of the class LIFT",)


@pytest.mark.requirement("211.186(b)(9)")
def test_a_unit_that_only_its_state_keeps_from_use_fits_a_recipe(floor: Floor) -> None:
    offered = site.offers(floor.actor("process_engineer"))
    assert offered is not None
    wanted = [asked(equipment_class=floor.class_of().code)]
    assert "GR-1" in " ".join(offered.matching(wanted).fits)
    assert offered.misses(wanted) == ()


def test_who_may_not_see_the_plant_is_offered_nothing(floor: Floor) -> None:
    assert site.offers(floor.actor("sponsor_a")) is None


def test_a_plant_without_units_is_not_described(plant: Plant) -> None:
    assert site.offers(plant.actor("process_engineer")) is None


def test_the_units_of_the_demo_fit_its_recipes(demo_plant: None) -> None:
    offered = site.offers(Plant().actor("s.lindqvist"))
    assert offered is not None
    best: dict[str, list[str]] = {}
    for file in sorted(demo.EXAMPLES.glob("*.yaml")):
        source = file.read_text("utf-8")
        assert examination.examine(source, offered).errors == ()
        recipe = text.read(source).recipe
        fits = [[unit.split()[0] for unit in offered.matching(one.requirements).fits] for one in equipment(recipe)]
        best[recipe.id] = ["/".join(one) for one in fits]
    # the best first; none fits that a process engineer would not take
    assert {name: " ".join(tags) for name, tags in best.items()} == {
        "FCT40": "DB-101 GR-101 FB-101 BL-101 TP-101 CO-101 BK-101",
        "LYO12": "CV-301 SF-301 TU-301 FI-301 LY-301 CA-301 IN-301",
        "MAB07": "BC-201 BR-201 BR-202 BR-203 BR-204/BR-205 HV-201 CH-201/CH-202 PV-201/PV-202 CH-202 CH-201/CH-202"
        " VF-201 UF-201 BF-201",
    }
