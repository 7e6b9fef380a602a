"""What fits: requirements held against what units offer."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.plant import properties
from batchwright.plant.capabilities import CLASS, Capability, Comparison, Fit, Miss, Offer, Requirement, match
from batchwright.plant.properties import VOCABULARY, Kind, Property, Span

VOLUME, TEMPERATURE = VOCABULARY["working-volume"], VOCABULARY["temperature"]
CLEANLINESS, SINGLE_USE = VOCABULARY["iso-class"], VOCABULARY["single-use"]
AREA, METAL = VOCABULARY["filter-area"], VOCABULARY["contact-material"]


def offer(tag: str, *described: tuple[str, str], **more: object) -> Offer:
    offered = tuple(Capability(VOCABULARY[code], properties.read(VOCABULARY[code], text)) for code, text in described)
    return Offer(tag, capabilities=offered, **more)  # type: ignore[arg-type]


def asks(code: str, comparison: str, text: str) -> Requirement:
    return Requirement.read(VOCABULARY[code], comparison, text)


def reason(requirement: Requirement, one: Offer) -> str:
    """Why an offer misses; empty where it fits."""
    found = match([requirement], [one])
    return "" if found.fits else "; ".join(found.misses[0].sentences)


SMALL = offer("BR-020", ("working-volume", "4..20 L"), ("temperature", "4..40 Cel"), ("iso-class", "ISO 8"))
MIDDLE = offer("BR-200", ("working-volume", "40..200 L"), ("temperature", "4..40 Cel"), ("iso-class", "ISO 7, ISO 8"))
LARGE = offer("BR-2000", ("working-volume", "400..2000 L"), ("single-use", "yes"), ("iso-class", "ISO 8"))


def test_the_least_oversized_unit_comes_first_and_says_why() -> None:
    found = match([asks("working-volume", "at least", "0.15 m3")], [LARGE, SMALL, MIDDLE])
    assert [fit.offer.unit for fit in found.fits] == ["BR-200", "BR-2000"]
    assert str(found.fits[0].why[0]) == "working volume up to 200 L, 1.33 times the 0.15 m3 asked"
    assert found.misses[0].sentences == ("working volume is 4 to 20 L, asked is at least 0.15 m3",)
    assert found.misses[0].gap == Fraction(130, 150)


@pytest.mark.parametrize(
    ("comparison", "text", "fits"),
    [
        ("at least", "200 L", True), ("at least", "200.001 L", False), ("at most", "40 L", True),
        ("at most", "39.9 L", False), ("is", "40 L", True), ("is", "39 L", False), ("is", "201 L", False),
        ("within", "50..180 L", True), ("within", "40..200 L", True), ("within", "30..180 L", False),
        ("within", "50..201 L", False), ("within", "100 L", True),
    ],
)  # fmt: skip
def test_a_range_is_held_against_what_is_asked(comparison: str, text: str, fits: bool) -> None:
    assert bool(match([asks("working-volume", comparison, text)], [MIDDLE]).fits) is fits


@pytest.mark.parametrize(
    ("comparison", "text", "fits"),
    [
        ("at least", "10 m2", True), ("at least", "100000.1 cm2", False), ("at most", "10 m2", True),
        ("at most", "9 m2", False), ("is", "100000 cm2", True), ("is", "10.1 m2", False), ("within", "5..10 m2", True),
        ("within", "11..12 m2", False), ("within", "8..9 m2", False),
    ],
)  # fmt: skip
def test_a_level_is_held_against_what_is_asked(comparison: str, text: str, fits: bool) -> None:
    skid = offer("FL-01", ("filter-area", "10 m2"))
    assert bool(match([asks("filter-area", comparison, text)], [skid]).fits) is fits


@pytest.mark.parametrize(
    ("comparison", "text", "fits"),
    [
        ("at least", "ISO 8", True), ("at least", "ISO 7", True), ("at least", "ISO 5", False),
        ("at most", "ISO 8", True), ("at most", "ISO 9", False), ("is", "ISO 7", True), ("is", "ISO 5", False),
        ("one of", "ISO 5, ISO 8", True), ("one of", "ISO 5, ISO 6", False),
    ],
)  # fmt: skip
def test_words_with_an_order_compare_by_strictness(comparison: str, text: str, fits: bool) -> None:
    assert bool(match([asks("iso-class", comparison, text)], [MIDDLE]).fits) is fits


def test_words_without_an_order_only_compare_as_equal() -> None:
    vessel = offer("V-1", ("contact-material", "316L, PTFE"))
    assert not reason(asks("contact-material", "one of", "PTFE, Hastelloy C-22"), vessel)
    assert reason(asks("contact-material", "at least", "316L"), vessel) == (
        "product-contact material is 316L or PTFE, which cannot be compared with: at least 316L"
    )
    odd = Requirement("iso-class", Comparison.AT_LEAST, ("ISO 4",))
    assert "cannot be compared with: at least ISO 4" in reason(odd, MIDDLE)


def test_a_flag_is_yes_or_no() -> None:
    assert not reason(asks("single-use", "is", "yes"), LARGE)
    assert reason(asks("single-use", "is", "no"), LARGE) == "single-use is yes, asked is no"


def test_temperatures_compare_in_any_unit() -> None:
    assert not reason(asks("temperature", "within", "308.15..310.15 K"), MIDDLE)
    assert "asked is at least 60 Cel" in reason(asks("temperature", "at least", "60 Cel"), MIDDLE)


def test_an_unknown_property_is_a_miss_that_says_so() -> None:
    assert reason(asks("filter-area", "at least", "2 m2"), SMALL) == "it says nothing of its filter area"
    assert reason(Requirement("colour", Comparison.IS, ("red",)), SMALL) == "it says nothing of its colour"
    assert match([asks("single-use", "is", "yes")], [SMALL]).misses[0].gap == 1


def test_what_measures_something_else_is_a_miss_that_says_so() -> None:
    mistaken = Requirement("working-volume", Comparison.AT_LEAST, Quantity("5", "kg"))
    assert "cannot be compared with: at least 5 kg" in reason(mistaken, SMALL)
    confused = Requirement("working-volume", Comparison.IS, ("large",))
    assert "cannot be compared with: large" in reason(confused, SMALL)


def test_the_equipment_class_can_be_asked_for() -> None:
    dryer = Offer("FBD-1", equipment_class="fluid-bed-dryer")
    assert match([Requirement(CLASS, Comparison.IS, ("fluid-bed-dryer",))], [dryer]).fits
    assert not match([Requirement(CLASS, Comparison.ONE_OF, ("lyophiliser", "oven"))], [dryer]).fits


def test_alternatives_come_by_how_little_they_miss() -> None:
    asked = [asks("working-volume", "at least", "150 L"), asks("temperature", "at most", "10 Cel")]
    describe = ("temperature", "4..40 Cel")
    units = [
        offer("A", ("working-volume", "1..10 L"), describe),
        offer("B", ("working-volume", "1..140 L"), describe),
        offer("C", ("working-volume", "1..10 L"), ("temperature", "20..40 Cel")),
        offer("D", ("working-volume", "1..200 L"), describe, obstacles=("it is held: broken seal",)),
        offer("E", ("working-volume", "1..200 L"), describe, obstacles=("in use", "dirty")),
    ]
    found = match(asked, units)
    assert found.fits == ()
    assert [miss.offer.unit for miss in found.alternatives] == ["D", "E", "B", "A", "C"]
    assert [miss.only_by_state for miss in found.alternatives] == [True, True, False, False, False]
    assert found.alternatives[0].sentences == ("it is held: broken seal",)


def test_nothing_asked_fits_everything_that_is_usable() -> None:
    found = match([], [SMALL, MIDDLE])
    assert [str(fit.why[0]) for fit in found.fits] == ["nothing asked has a size to exceed"] * 2
    assert found.fits[0].oversize == 1


def test_asking_for_nothing_of_a_size_does_not_rank() -> None:
    found = match([asks("working-volume", "at least", "0 L"), asks("working-volume", "at most", "20 L")], [SMALL])
    assert found.fits[0].oversize == 1


def test_a_unit_may_narrow_its_class_and_no_more() -> None:
    of_class = Capability(VOLUME, properties.read(VOLUME, "40..200 L"))
    assert properties.shown(of_class.narrowed(properties.read(VOLUME, "50..180 L")).value) == "50 to 180 L"
    assert Capability(METAL, ("316L", "PTFE")).narrowed(("316L",)).value == ("316L",)
    assert Capability(AREA, Quantity("10", "m2")).narrowed(Quantity("8", "m2")).value == Quantity("8", "m2")
    assert Capability(SINGLE_USE, True).narrowed(True).value is True
    for offered, wanted in [
        (of_class, properties.read(VOLUME, "50..250 L")), (Capability(METAL, ("316L",)), ("PTFE",)),
        (Capability(AREA, Quantity("10", "m2")), Quantity("12", "m2")), (Capability(SINGLE_USE, True), False),
    ]:  # fmt: skip
        with pytest.raises(DomainError, match="no more than its class"):
            offered.narrowed(wanted)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [(VOLUME, "20 kg"), (VOLUME, "200..20 L"), (VOLUME, "20 L..5 kg"), (CLEANLINESS, "ISO 3"), (CLEANLINESS, " , "),
     (SINGLE_USE, "perhaps"), (AREA, "5..6 m2"), (AREA, "5 L")],
)  # fmt: skip
def test_a_value_that_does_not_suit_its_property_is_refused(wanted: Property, text: str) -> None:
    with pytest.raises(BadInput):
        properties.read(wanted, text)


def test_a_value_of_another_sort_is_refused() -> None:
    with pytest.raises(BadInput, match="another sort of value"):
        Capability(VOLUME, True)
    with pytest.raises(BadInput, match="has words to choose from"):
        Property("colour", "colour", Kind.CHOICE)
    with pytest.raises(BadInput, match="offers a property twice"):
        offer("X", ("single-use", "yes"), ("single-use", "no"))


@pytest.mark.parametrize(
    ("comparison", "value"),
    [
        (Comparison.WITHIN, Quantity("5", "L")), (Comparison.ONE_OF, True), (Comparison.ONE_OF, ()),
        (Comparison.IS, Span(Quantity("1", "L"), Quantity("2", "L"))), (Comparison.AT_LEAST, True),
        (Comparison.AT_MOST, ("a", "b")), (Comparison.IS, ("a", "b")),
    ],
)  # fmt: skip
def test_a_comparison_takes_its_sort_of_value(comparison: Comparison, value: properties.Value) -> None:
    with pytest.raises(BadInput, match="takes another sort of value"):
        Requirement("working-volume", comparison, value)


def test_an_unknown_comparison_is_refused() -> None:
    with pytest.raises(BadInput, match="the comparison is not known"):
        asks("working-volume", "roughly", "5 L")


def test_a_requirement_reads_as_a_sentence() -> None:
    assert str(asks("working-volume", "within", "20..200 L")) == "working-volume within 20 to 200 L"
    assert str(Span(Quantity("500", "mL"), Quantity("2", "L"))) == "500 mL to 2 L"


def test_what_is_written_reads_back() -> None:
    for wanted, text in [(VOLUME, "20 L..200 L"), (AREA, "10 m2"), (METAL, "316L, PTFE"), (SINGLE_USE, "no")]:
        assert properties.written(properties.read(wanted, text)) == text


def test_every_known_property_has_a_code_of_its_own() -> None:
    assert all(code == known.code and known.title for code, known in VOCABULARY.items())


spans = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(sorted).map(
    lambda ends: Span(Quantity(ends[0], "L"), Quantity(ends[1], "L"))
)


@given(st.lists(spans, max_size=6), spans, st.sampled_from(["at least", "at most", "is", "within"]))
def test_every_offer_is_either_a_fit_or_a_miss_with_a_reason(offered: list[Span], asked: Span, comparison: str) -> None:
    units = [Offer(f"U-{number}", capabilities=(Capability(VOLUME, one),)) for number, one in enumerate(offered)]
    value = asked if comparison == "within" else asked.high
    found = match([Requirement("working-volume", Comparison(comparison), value)], units)
    placed: list[Fit | Miss] = [*found.fits, *found.misses]
    assert sorted(one.offer.unit for one in placed) == sorted(unit.unit for unit in units)
    assert all(miss.sentences and 0 < miss.gap <= 1 for miss in found.misses)
    assert [fit.oversize for fit in found.fits] == sorted(fit.oversize for fit in found.fits)
    assert {miss.offer.unit for miss in found.alternatives} == {miss.offer.unit for miss in found.misses}
