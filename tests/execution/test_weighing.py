"""Weigh and dispense: every number below was reckoned by hand."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from batchwright.execution.exceptions import Kind, Severity
from batchwright.execution.labels import label
from batchwright.execution.weighing import Reading, Scale, Vessel, WeightJudged, judge_weight, may_weigh, undo
from batchwright.execution.weighing_amounts import (
    DispenseLine,
    Lot,
    Weighed,
    bar,
    compensated,
    factor_of,
    is_full,
    pallet_net,
    reverse_net,
    total,
)
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Tolerance

NOW = datetime(2026, 11, 22, 7, 21, tzinfo=UTC)
TODAY = NOW.date()


def q(text: str) -> Quantity:
    return Quantity.parse(text)


def tolerance(below: str = "0.1 %", above: str = "0.1 %") -> Tolerance:
    return Tolerance(below=q(below), above=q(above))


API = DispenseLine(
    path="api", material="API-4", theoretical=q("48.000 kg"), correction="anhydrous", tolerance=tolerance()
)
LACTOSE = DispenseLine(
    path="lactose", material="EXC-LAC", theoretical=q("120.000 kg"), tolerance=tolerance("0.2 %", "200 g")
)
LOT = Lot(
    number="A-0238",
    material="API-4",
    assay=q("98.6 %"),
    water=q("0.2 %"),
    container="C-1",
    contents=q("60 kg"),
    expires_on=date(2027, 6, 21),
)
OTHER = LOT.model_copy(update={"number": "A-0240", "assay": q("97 %"), "water": q("1 %"), "container": "C-2"})
DRUM = Vessel(code="D-17", clean=True, tare=q("2.310 kg"))
SCALE = Scale(tag="SC-04", capacity=q("150 kg"), minimum=q("1 kg"), increment=q("2 g"), calibrated_until=NOW,
              checked_on=TODAY)  # fmt: skip


def weighed(net: str, lot: Lot = LOT, line: DispenseLine = API, **changes: Any) -> Weighed:
    given = {"source": lot.container, "into": "D-17", **changes}
    return Weighed(lot=lot.number, factor=str(factor_of(line, lot)), net=q(net), **given)


def may(line: DispenseLine = API, done: tuple[Weighed, ...] = (), **changes: Any) -> list[str]:
    given: dict[str, Any] = {"lot": LOT, "vessel": DRUM, "scale": SCALE, "now": NOW, "today": TODAY, **changes}
    found = may_weigh(line, done, given["lot"], given["vessel"], given["scale"], given["now"], given["today"])
    assert all(one.sentence for one in found)
    return [one.code for one in found]


def weight(net: str, *done: Weighed, line: DispenseLine = API, lot: Lot = LOT, **changes: Any) -> WeightJudged:
    options = {name: changes.pop(name) for name in ("policy", "second_person") if name in changes}
    reading = Reading(**{"net": q(net), "by": "operator", "checked_by": "second", **changes})
    found = judge_weight(line, done, lot, DRUM, reading, **options)
    assert found.reading is reading  # whatever is said of it
    assert (found.weighed is None) is (found.verdict == "refused") is bool(found.reasons)
    return found


# ---------------------------------------------------------------------------------------------------------- amounts
@pytest.mark.requirement("211.101(a)")
@pytest.mark.requirement("Weigh: potency")
def test_the_target_is_corrected_for_assay_and_water() -> None:
    # 48.000 / (0.986 x 0.998) = 48.000 / 0.984028 = 48.77910...; 0.1 % of it is 0.04878
    numbers = bar(API, (), LOT)
    assert [str(one) for one in (numbers.target, numbers.low, numbers.high)] == ["48.779 kg", "48.731 kg", "48.827 kg"]
    assert numbers.why == "48.779 kg = 48.000 kg / 0.984028"
    assert factor_of(API, LOT) == Fraction(984028, 1_000_000)
    as_is = API.model_copy(update={"correction": "as is"})
    assert str(bar(as_is, (), LOT).target) == "48.682 kg"  # 48.000 / 0.986 = 48.68154
    assert bar(LACTOSE, (), LOT).why == "120.000 kg = 120.000 kg"


def test_limits_are_rounded_inwards_so_that_what_looks_good_is_good() -> None:
    # 48.77910 - 0.048779 = 48.73032...: 48.730 would be too little; 48.82788 down to 48.827
    exact = Fraction(48) / Fraction(984028, 1_000_000)
    numbers = bar(API, (), LOT)
    assert Fraction(numbers.low.value) >= exact * Fraction(999, 1000) > Fraction(numbers.low.value) - Fraction(1, 1000)
    assert (
        Fraction(numbers.high.value) <= exact * Fraction(1001, 1000) < Fraction(numbers.high.value) + Fraction(1, 1000)
    )


@pytest.mark.requirement("Weigh: several containers")
def test_what_is_left_is_weighed_at_the_potency_of_the_next_lot() -> None:
    # 30.000 kg of the first lot hold 30.000 x 0.984028 = 29.52084 kg pure; 18.47916 / (0.97 x 0.99 = 0.9603) = 19.24311
    first = weighed("30.000 kg")
    numbers = bar(API, (first,), OTHER)
    assert str(numbers.target) == "19.243 kg"
    assert numbers.why == "19.243 kg = (48.000 kg - 29.52084 kg pure in 1 weighed) / 0.9603"
    assert str(numbers.weighed) == "30.000 kg"
    # tolerance of the whole line: 0.1 % of 49.24311 = 0.04924; 19.24311 - 0.04924 = 19.19387, + 0.04924 = 19.29235
    assert [str(numbers.low), str(numbers.high)] == ["19.194 kg", "19.292 kg"]
    assert not is_full(API, (first,))
    assert is_full(API, (first, weighed("19.243 kg", OTHER)))
    assert not is_full(API, ())
    assert is_full(API, (weighed("30.000 kg", last=True),))  # closed out of tolerance, with its exception


@pytest.mark.requirement("Weigh: several containers")
def test_several_containers_of_one_lot_fill_a_line() -> None:
    parts = (weighed("20.000 kg"), weighed("20.000 kg", into="D-18"), weighed("8779 g"))
    assert str(total(API, parts)) == "48.779 kg"
    assert is_full(API, parts)
    assert "line full" in may(done=parts)


@pytest.mark.requirement("211.101(a)")
@pytest.mark.requirement("Weigh: potency")
def test_the_excipient_gives_way_by_what_was_really_weighed() -> None:
    # 120.000 - (49.243 - 48.000) = 118.757
    done = (weighed("30.000 kg"), weighed("19.243 kg", OTHER))
    found, why = compensated(q("120.000 kg"), [(API, done)], 3)
    assert str(found) == "118.757 kg"
    assert why == "118.757 kg = 120.000 kg - (49.243 kg - 48.000 kg of api)"
    with pytest.raises(DomainError, match="api is not weighed yet"):
        compensated(q("120.000 kg"), [(API, done[:1])], 3)
    with pytest.raises(DomainError, match=r"cannot give way so far: 1\.243 kg"):
        compensated(q("1 kg"), [(API, done)], 3)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"assay": None}, "the assay of A-0238 is not known"),
        ({"water": None}, "the water of A-0238 is not known"),
        ({"assay": q("9.86 %")}, "not credible"),
        ({"water": q("60 %")}, "not credible"),
        ({"assay": q("98.6 kg")}, "is no fraction"),
    ],
)
def test_a_potency_that_is_not_known_or_not_credible_is_refused(changes: dict[str, Any], why: str) -> None:
    lot = LOT.model_copy(update=changes)
    with pytest.raises(DomainError, match=why):
        factor_of(API, lot)
    assert may(lot=lot)[0] == "potency"


@pytest.mark.requirement("Weigh: pallet")
def test_a_pallet_is_weighed_gross_less_pallet_less_containers() -> None:
    assert str(pallet_net(q("612.50 kg"), q("22.30 kg"), [q("2.31 kg")] * 20)) == "544.00 kg"
    with pytest.raises(DomainError, match="not more than nothing"):
        pallet_net(q("20 kg"), q("22 kg"), [])


@pytest.mark.requirement("Weigh: reverse")
def test_a_reverse_dispense_weighs_what_the_source_has_lost() -> None:
    assert str(reverse_net(q("62.310 kg"), q("13.531 kg"))) == "48.779 kg"
    with pytest.raises(DomainError, match="not more than nothing"):
        reverse_net(q("13 kg"), q("13 kg"))


# ----------------------------------------------------------------------------------------------------------- checks
@pytest.mark.requirement("11.10(h)")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lot": LOT.model_copy(update={"material": "API-5"})}, "item"),
        ({"lot": LOT.model_copy(update={"unusable": ("the lot is on hold",)})}, "lot"),
        ({"lot": LOT.model_copy(update={"unusable": ("the lot expired on 2026-11-21",)})}, "lot"),
        ({"lot": LOT.model_copy(update={"contents": q("0 kg")})}, "container empty"),
        ({"done": (weighed("30 kg", emptied=True),)}, "container empty"),
        ({"vessel": DRUM.model_copy(update={"clean": False})}, "vessel"),
        ({"vessel": DRUM.model_copy(update={"clean_until": NOW - timedelta(hours=2)})}, "vessel"),
        ({"vessel": DRUM.model_copy(update={"tare": None})}, "tare"),
        ({"scale": SCALE.model_copy(update={"unusable": ("out of order",)})}, "scale"),
        ({"scale": SCALE.model_copy(update={"calibrated_until": NOW - timedelta(days=1)})}, "calibration"),
        ({"scale": SCALE.model_copy(update={"calibrated_until": None})}, "calibration"),
        ({"scale": SCALE.model_copy(update={"checked_on": TODAY - timedelta(days=1)})}, "daily check"),
        ({"scale": SCALE.model_copy(update={"checked_on": None})}, "daily check"),
        ({"scale": SCALE.model_copy(update={"capacity": q("51 kg")})}, "capacity"),
        ({"scale": SCALE.model_copy(update={"minimum": q("50 kg")})}, "minimum weight"),
        ({"scale": SCALE.model_copy(update={"increment": q("0.2 kg")})}, "resolution"),
    ],
)
@pytest.mark.requirement("Weigh: item and lot")
@pytest.mark.requirement("Weigh: status and expiry")
@pytest.mark.requirement("Weigh: clean container")
@pytest.mark.requirement("Weigh: scale")
@pytest.mark.requirement("Weigh: tare")
def test_what_keeps_a_lot_from_being_weighed(changes: dict[str, Any], code: str) -> None:
    assert may(**changes) == [code]


@pytest.mark.requirement("Weigh: clean container")
def test_the_checks_come_in_the_order_of_the_work() -> None:
    assert may() == []
    assert may(vessel=DRUM.model_copy(update={"clean_until": NOW})) == []
    wrong = LOT.model_copy(update={"material": "X", "unusable": ("rejected",), "contents": q("0 kg")})
    bad = SCALE.model_copy(update={"unusable": ("broken",), "calibrated_until": None, "checked_on": None})
    vessel = DRUM.model_copy(update={"clean": False, "tare": None})
    assert may(lot=wrong, scale=bad, vessel=vessel) == [
        "item", "lot", "container empty", "vessel", "scale", "calibration", "daily check", "tare",
    ]  # fmt: skip


def test_a_container_with_less_than_the_target_gives_what_it_has() -> None:
    small = SCALE.model_copy(update={"capacity": q("23 kg")})
    assert may(lot=LOT.model_copy(update={"contents": q("20 kg")}), scale=small) == []
    assert may(scale=small) == ["capacity"]


# ---------------------------------------------------------------------------------------------------------- weights
def test_a_weight_within_its_tolerance_is_accepted() -> None:
    found = weight("48.780 kg", gross=q("51.090 kg"), tare=q("2.310 kg"))
    assert found.verdict == "accepted"
    assert found.weighed == weighed("48.780 kg", last=True)
    assert found.exceptions == ()


@pytest.mark.parametrize(("net", "word"), [("48.730 kg", "below 48.731 kg"), ("48828 g", "above 48.827 kg")])
def test_a_last_weight_out_of_tolerance_needs_a_reason_and_raises_an_exception(net: str, word: str) -> None:
    assert [one.code for one in weight(net).reasons] == ["reason"]
    found = weight(net, reason="spilled")
    assert found.verdict == "out of tolerance"
    assert [(one.kind, one.severity) for one in found.exceptions] == [(Kind.OUT_OF_LIMIT, Severity.MAJOR)]
    assert found.exceptions[0].sentence == f"api {net} is {word}: spilled"


def test_a_part_may_be_less_and_never_more_than_the_line_takes() -> None:
    assert weight("10 kg", last=False).verdict == "accepted"
    assert [one.code for one in weight("49 kg", last=False, reason="x").reasons] == ["overweight"]


@pytest.mark.parametrize(
    ("policy", "reason", "net", "codes"),
    [
        ("off", "", "48.780 kg", []),
        ("off", "because", "48.780 kg", ["reason"]),
        ("off", "", "48.700 kg", []),
        ("optional", "", "48.700 kg", []),
        ("optional", "because", "48.780 kg", []),
        ("mandatory", "", "48.780 kg", ["reason"]),
        ("mandatory", "because", "48.780 kg", []),
        ("mandatory when out of tolerance", "", "48.780 kg", []),
        ("mandatory when out of tolerance", " ", "48.700 kg", ["reason"]),
    ],
)
@pytest.mark.requirement("Weigh: reason codes")
def test_the_four_policies_of_reasons(policy: str, reason: str, net: str, codes: list[str]) -> None:
    assert [one.code for one in weight(net, policy=policy, reason=reason).reasons] == codes


@pytest.mark.requirement("211.101(c)")
@pytest.mark.requirement("Weigh: second person")
def test_another_person_checks_the_weight() -> None:
    assert [one.code for one in weight("48.780 kg", checked_by="operator").reasons] == ["same person"]
    assert [one.code for one in weight("48.780 kg", checked_by="").reasons] == ["checker"]
    assert weight("48.780 kg", checked_by="", second_person=False).verdict == "accepted"


@pytest.mark.parametrize(
    ("net", "changes", "code"),
    [
        ("48.780 kg", {"stable": False}, "unstable"),
        ("48.780 kg", {"gross": q("51 kg"), "tare": q("2.310 kg")}, "negative"),
        ("0 kg", {"last": False}, "negative"),
        ("61 kg", {"reason": "x"}, "more than held"),
    ],
)
def test_a_weight_that_cannot_be_is_refused_and_kept(net: str, changes: dict[str, Any], code: str) -> None:
    assert [one.code for one in weight(net, **changes).reasons] == [code]


def test_gross_and_tare_of_a_reverse_dispense_are_those_of_the_source() -> None:
    found = weight("48.780 kg", gross=q("62.310 kg"), tare=q("13.530 kg"), method="reverse", empties=True)
    assert found.weighed is not None
    assert found.weighed.emptied
    odd = weight("48.780 kg", gross=q("70 kg"), tare=q("13.530 kg"), method="reverse")
    assert odd.verdict == "accepted"


@pytest.mark.requirement("Annex 11, 6")
def test_a_weight_by_hand_is_an_exception() -> None:
    assert [one.kind for one in weight("48.780 kg", source="manual").exceptions] == [Kind.MANUAL_VALUE]


def test_a_weight_is_given_back_with_a_reason_and_a_second_person() -> None:
    done = (weighed("20 kg"), weighed("28.779 kg", OTHER))
    left, told = undo(done, 0, by="operator", checked_by="second", reason="wrong drum")
    assert left == done[1:]
    assert told.sentence == "20 kg of A-0238 given back from D-17 to C-1: wrong drum"
    for changes, why in (
        ({"number": 2}, "no such weight"),
        ({"reason": " "}, "needs a reason"),
        ({"checked_by": "operator"}, "second person"),
        ({"checked_by": ""}, "second person"),
    ):
        given: dict[str, Any] = {"number": 0, "by": "operator", "checked_by": "second", "reason": "x", **changes}
        with pytest.raises(DomainError, match=why):
            undo(done, given.pop("number"), **given)


@pytest.mark.requirement("211.101(b)")
@pytest.mark.requirement("Weigh: label")
def test_a_label_says_what_is_in_the_container() -> None:
    done = (weighed("20 kg"), weighed("10 kg", OTHER), weighed("18.8 kg", into="D-18"))
    lots = [LOT, OTHER.model_copy(update={"expires_on": date(2027, 1, 31)})]

    def made(vessel: Vessel) -> Any:
        return label(
            API,
            done,
            lots,
            vessel,
            batch="FCT20-0412",
            product="Tablets",
            material_name="Cholestatin",
            at=NOW,
            by="operator",
            checked_by="second",
        )

    found = made(DRUM)
    assert (str(found.net), str(found.tare), str(found.gross)) == ("30 kg", "2.310 kg", "32.310 kg")
    assert found.lots == ("A-0238", "A-0240")
    assert found.number == "1 of 2"
    assert found.use_before == date(2027, 1, 31)
    assert made(DRUM.model_copy(update={"code": "D-18"})).use_before == date(2027, 6, 21)
    for vessel in (Vessel(code="D-99", clean=True, tare=q("1 kg")), Vessel(code="D-17", clean=True)):
        with pytest.raises(DomainError, match="nothing to label"):
            made(vessel)
