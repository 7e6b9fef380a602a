"""Weighing and dispensing in the plant: by the scale, out of the warehouse, and every refusal on record."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from batchwright import people, record
from batchwright.execution import services
from batchwright.execution.operators import Crew, Member
from batchwright.execution.services import AttemptRefused
from batchwright.execution.services.weighing_facts import scale_of
from batchwright.execution.weighing_operators import Dispenser
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import queries
from batchwright.materials import services as stock
from batchwright.materials.models import Allocation
from batchwright.materials.services.common import today
from batchwright.plant import instrument_queries
from batchwright.plant import services as equipment
from batchwright.plant.adapters.simulator import Fault, ScaleServer, SimulatedScale
from batchwright.plant.models import EquipmentClass, EquipmentElement
from batchwright.plant.services import instruments
from tests.execution.dispensary import Dispensary, q
from tests.materials.warehouse import Warehouse
from tests.plant.metrology import BAD, GOOD


@pytest.fixture
def dispensary(warehouse: Warehouse) -> Iterator[Dispensary]:
    """A batch that waits for its active substance, and a simulated scale whose loads rest at once."""
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        yield Dispensary(warehouse, line).open()


@pytest.mark.requirement("211.101(a)")
@pytest.mark.requirement("211.101(b)")
@pytest.mark.requirement("211.101(c)")
@pytest.mark.requirement("211.188")
def test_a_batch_is_dispensed_by_the_potency_of_its_lots_and_charged_with_its_genealogy(dispensary: Dispensary) -> None:
    first, second = dispensary.lot("60 kg"), dispensary.lot("40 kg", assay="97.0 %", water="1.0 %")
    lactose = dispensary.lot("60 kg", code="LACTOSE", assay="")
    silica = dispensary.lot("5 kg", code="SILICA", assay="")
    box = dispensary.box(first)
    dispensary.ready()
    # 48.000 kg of pure substance. Nothing is weighed before the potency of a lot is known to the batch.
    with pytest.raises(AttemptRefused, match="waits for the potency of its lot"):
        dispensary.weigh("32.310 kg", box)
    entry = record.Entry.objects.get(seq=dispensary.stage(first.identifier).seq)
    # 48.000 / (0.986 x (1 - 0.002)) = 48.000 / 0.984028 = 48.77910...; lactose gives way by 0.779
    assert entry.data["lines"]["api"] == "48.779 kg = 48.000 kg / (0.986 x (1 - 0.002))"
    assert entry.data["lines"]["lactose"] == "49.221 kg = 50.000 kg - 0.779 kg that api gained"
    assert (dispensary.own().revision, dispensary.own().controls.count()) == (2, 2)
    # 30.000 kg of the first lot hold 30.000 x 0.984028 = 29.52084 kg pure; what is left, 18.47916, is weighed of the
    # second lot: 18.47916 / (0.97 x 0.99 = 0.9603) = 19.24311
    dispensary.weigh("32.310 kg", box)
    entry = record.Entry.objects.get(seq=dispensary.weigh("51.553 kg", dispensary.box(second)).seq)
    assert (entry.data["target"], entry.data["net"], entry.data["verdict"]) == ("19.243 kg", "19.243 kg", "accepted")
    # the tolerance is that of the line: 0.1 % of 49.24311 kg = 0.04924 kg
    assert (entry.data["low"], entry.data["high"]) == ("19.194 kg", "19.292 kg")
    # the drum held 2.310 + 30.000 kg before
    assert (entry.data["gross"], entry.data["tare"]) == ("51.553 kg", "32.310 kg")
    assert entry.data["checked_by"] == "supervisor"
    assert entry.sentence.endswith(f"api: 19.243 kg of lot {second.identifier} into D-17")
    assert (dispensary.run().state, dispensary.run().values) == ("Complete", {"api": {"amount": "49.243 kg"}})
    # lactose gives way by what was really weighed: 50.000 - (49.243 - 48.000) = 48.757
    dispensary.ready("D-18", path="weigh_others")
    entry = record.Entry.objects.get(
        seq=dispensary.weigh("51.067 kg", dispensary.box(lactose), "weigh_others", vessel="D-18").seq
    )
    assert entry.data["target"] == "48.757 kg"
    assert entry.data["why"] == "48.757 kg = 50.000 kg - (49.243 kg - 48.000 kg of api)"
    dispensary.ready("D-19", tare="0.300 kg", path="weigh_others")
    dispensary.weigh("2.310 kg", dispensary.box(silica), "weigh_others", vessel="D-19")
    assert dispensary.run("weigh_others").state == "Complete"
    # what was drawn stands in containers of its own, promised to this batch
    drawn = [(one.vessel, one.into.amount_e6, one.lot_id) for one in dispensary.weights() if one.into is not None]
    assert drawn == [
        ("D-17", 30_000_000, first.pk), ("D-17", 19_243_000, second.pk), ("D-18", 48_757_000, lactose.pk),
        ("D-19", 2_010_000, silica.pk),
    ]  # fmt: skip
    assert set(Allocation.objects.filter(state="open").values_list("purpose", flat=True)) == {dispensary.own().number}
    with pytest.raises(AttemptRefused, match="This container was not dispensed for api"):
        dispensary.charge(api="D-18", lactose="D-18", silica="D-19")
    # by the vessel, by the label of its container, or by what a scanner reads of the label
    label = f"(91)D-19(92){silica.identifier}(93){dispensary.own().number}"
    dispensary.charge(api="D-17", lactose=dispensary.weights()[2].into.identifier, silica=label)  # type: ignore[union-attr]
    batch = dispensary.own()
    assert batch.state == "Complete"
    assert batch.lot is not None
    made_from = queries.made_from(dispensary.actor("qa"), batch.lot)
    assert {one.parent_id for one in made_from} == {first.pk, second.pk, lactose.pk, silica.pk}
    for lot in (first, second, lactose, silica):
        assert queries.balance(dispensary.actor("qa"), dispensary.warehouse.lot(lot)).unaccounted == 0
    assert not Allocation.objects.filter(state="open").exists()
    assert all(one.charged for one in dispensary.weights())
    assert dispensary.exceptions() == []


@pytest.mark.requirement("11.10(h)")
@pytest.mark.requirement("211.101(b)")
@pytest.mark.requirement("211.101(c)")
def test_each_refused_weight_says_why_and_is_kept_and_nothing_moves(dispensary: Dispensary) -> None:
    good, held = dispensary.lot("60 kg", "5 kg"), dispensary.lot("60 kg")
    late = dispensary.lot("60 kg", expires_on=today() + timedelta(days=100))
    unknown = dispensary.lot("60 kg", assay="")
    lactose = dispensary.lot("60 kg", code="LACTOSE", assay="")
    dispensary.hold(held)
    dispensary.stage(good.identifier)
    dispensary.ready()
    with record.entry(_any(), actor=record.SITE, subject="lot/x") as entry:
        entry.update(dispensary.warehouse.lot(late), expires_on=today() - timedelta(days=1))
    box, told = dispensary.box(good), []

    def refused(match: str, shows: str = "51.089 kg", source: str = box, **others: object) -> None:
        with pytest.raises(AttemptRefused, match=match):
            dispensary.weigh(shows, source, **others)  # type: ignore[arg-type]
        told.append(dispensary.attempts()[-1])

    refused("not what is weighed here: LACTOSE", source=dispensary.box(lactose))
    refused("There is no such container: C-9999-X", source="C-9999-X")
    refused("cannot be used: the lot is on hold", source=dispensary.box(held))
    refused("cannot be used: the lot expired on", source=dispensary.box(late))
    refused("the assay of .* is not known", source=dispensary.box(unknown))
    refused("D-99 is not clean", vessel="D-99")
    refused("There is no such scale: SC-99", scale="SC-99")
    refused("The second person is the first one: operator", checker="operator")
    refused("Nobody has checked the weight", checker="")
    refused("needs a reason", shows="51.389 kg", last=True)
    refused("more than the line takes", shows="51.389 kg", last=False)
    refused("cannot be used now.*above its capacity|loaded above its capacity", shows="61 kg")
    refused("less than may be weighed on SC-01: 0.500 kg", shows="2.810 kg")
    refused("held less than was weighed", shows="7.400 kg", source=dispensary.box(good, 1))
    dispensary.line.scale.fault = Fault.CUT
    refused("does not answer|was cut")
    dispensary.line.scale.fault = Fault.NONE
    instruments.hold_instrument(
        actor=dispensary.actor("operator"), instrument=dispensary.metrology.read(), reason="dropped"
    )
    refused("SC-01 cannot be used: held since")
    assert all(one.verdict == "refused" and one.reasons and one.entered for one in told)
    assert told[9].entered[3] == {
        "field": "reading", "text": "51.389 kg", "source": "scale", "instrument": "SC-01",
        "calibrated_until": told[9].entered[3]["calibrated_until"],
    }  # fmt: skip
    assert len({one.number for one in told}) == len(told) == 16
    assert (dispensary.weights(), dispensary.warehouse.container(good, 0).amount_e6) == ([], 60_000_000)
    assert dispensary.run().state == "Running"


@pytest.mark.requirement("11.10(h)")
@pytest.mark.requirement("211.68(a)")
@pytest.mark.requirement("Weigh: scale")
def test_a_scale_out_of_calibration_or_not_checked_today_weighs_nothing(dispensary: Dispensary) -> None:
    lot = dispensary.lot("60 kg")
    dispensary.stage(lot.identifier)
    dispensary.ready()
    with clock.frozen(clock.now() + timedelta(days=1)), pytest.raises(AttemptRefused, match="not been checked today"):
        dispensary.weigh("51.089 kg", dispensary.box(lot))
    dispensary.metrology.calibrate(found=BAD, left=GOOD)
    with pytest.raises(AttemptRefused, match="SC-01 is not calibrated"):
        dispensary.weigh("51.089 kg", dispensary.box(lot))
    with pytest.raises(AttemptRefused, match="SC-01 is not calibrated"):
        dispensary.ready("D-18")
    assert dispensary.weights() == []


@pytest.mark.requirement("211.101(c)")
@pytest.mark.requirement("211.192")
def test_a_weight_out_of_tolerance_or_by_hand_counts_only_with_a_reason_and_an_exception(
    dispensary: Dispensary,
) -> None:
    lot = dispensary.lot("60 kg", "10 kg")
    dispensary.stage(dispensary.box(lot))
    with pytest.raises(AttemptRefused, match="A weight by hand needs a reason"):
        services.ready_vessel(
            actor=dispensary.actor("operator"), batch=dispensary.own(), path=dispensary.run().path, vessel="D-17",
            new=True, tare=q("2.310 kg"),
        )  # fmt: skip
    services.ready_vessel(
        actor=dispensary.actor("operator"), batch=dispensary.own(), path=dispensary.run().path, vessel="D-17",
        new=True, tare=q("2.310 kg"), reason="the line of the scale is down",
    )  # fmt: skip
    with pytest.raises(AttemptRefused, match="A weight by hand needs a reason"):
        dispensary.weigh("", dispensary.box(lot), manual=q("10.000 kg"), scale="")
    dispensary.weigh(
        "", dispensary.box(lot), manual=q("10.000 kg"), scale="", reason="the line of the scale is down"
    )
    # 38.779 kg are left; 38.9 kg are 12.310 + 38.900 on the scale
    dispensary.weigh("51.210 kg", dispensary.box(lot), last=True, reason="poured too much", empties=True)
    assert dispensary.run().state == "Complete"
    kinds = dispensary.exceptions()
    assert [kind for kind, _sentence in kinds] == ["value by hand", "value by hand", "out of limit", "remark"]
    assert kinds[2][1] == "api 38.900 kg is above 38.827 kg: poured too much"
    assert kinds[3][1] == f"{dispensary.box(lot)} is empty, and 11.100 kg of it should be left"


@pytest.mark.requirement("211.101(c)")
@pytest.mark.requirement("Weigh: reverse")
def test_a_source_is_weighed_before_and_after_and_a_pallet_with_the_tares_of_its_containers(
    dispensary: Dispensary,
) -> None:
    lot = dispensary.lot("60 kg", "30 kg")
    dispensary.stage(lot.identifier)
    with pytest.raises(AttemptRefused, match="source was not weighed before"):
        dispensary.ready("BAG-1", tare="0.200 kg")
        dispensary.weigh("40 kg", dispensary.box(lot), vessel="BAG-1", method="reverse")
    dispensary.ready("BAG-2", tare="55.000 kg", source=dispensary.box(lot))
    entry = record.Entry.objects.get(
        seq=dispensary.weigh("36.221 kg", dispensary.box(lot), vessel="BAG-2", method="reverse").seq
    )
    assert (entry.data["net"], entry.data["gross"], entry.data["method"]) == ("18.779 kg", "36.221 kg", "reverse")
    receipt = dispensary.weigh(
        "52.000 kg", dispensary.box(lot, 1), vessel="PAL-1", method="pallet", pallet=q("20 kg"),
        tares=(q("1 kg"), q("1 kg")),
    )  # fmt: skip
    entry = record.Entry.objects.get(seq=receipt.seq)
    assert (entry.data["net"], entry.data["complete"]) == ("30.000 kg", True)


@pytest.mark.requirement("211.101(c)")
def test_a_weight_is_given_back_with_a_second_person_and_counts_no_more(dispensary: Dispensary) -> None:
    lot = dispensary.lot("60 kg")
    dispensary.stage(lot.identifier)
    dispensary.ready()
    dispensary.weigh("22.310 kg", dispensary.box(lot))
    (row,) = dispensary.weights()
    with pytest.raises(people.Refused, match=r"."):
        dispensary.give_back(row, checker="inspector")
    with pytest.raises(DomainError, match="needs a second person"):
        dispensary.give_back(row, checker="")
    with pytest.raises(DomainError, match="no such weight"):
        services.return_weight(
            actor=dispensary.actor("operator"), batch=dispensary.own(), path=row.run.path, weighing=row.pk + 1,
            checker=dispensary.actor("supervisor"), reason="x",
        )  # fmt: skip
    entry = record.Entry.objects.get(seq=dispensary.give_back(row).seq)
    assert entry.sentence.endswith(f"20.000 kg of lot {lot.identifier} given back from D-17 to {dispensary.box(lot)}")
    assert (dispensary.weights(), dispensary.warehouse.container(lot, 0).amount_e6) == ([], 60_000_000)
    assert not Allocation.objects.filter(state="open").exists()
    assert [kind for kind, _sentence in dispensary.exceptions()] == ["correction"]
    assert dispensary.run().values == {}
    # the drum is empty again: 2.310 + 48.779 kg
    dispensary.weigh("51.089 kg", dispensary.box(lot))
    assert dispensary.run().state == "Complete"


def test_a_weight_sent_twice_counts_once_and_a_refused_one_is_refused_again(dispensary: Dispensary) -> None:
    lot = dispensary.lot("60 kg")
    dispensary.stage(lot.identifier)
    dispensary.ready()
    first = dispensary.weigh("22.310 kg", dispensary.box(lot), key="k-1")
    again = dispensary.weigh("22.310 kg", dispensary.box(lot), key="k-1")
    assert (again.seq, again.repeated, len(dispensary.weights())) == (first.seq, True, 1)
    for _ in range(2):
        with pytest.raises(AttemptRefused, match="second person is the first one"):
            dispensary.weigh("42.310 kg", dispensary.box(lot), key="k-2", checker="operator")
    assert [one.verdict for one in dispensary.attempts()].count("refused") == 1


@pytest.mark.requirement("211.84")
def test_what_was_promised_to_another_batch_or_taken_meanwhile_is_not_dispensed(dispensary: Dispensary) -> None:
    lot = dispensary.lot("60 kg")
    dispensary.stage(lot.identifier)
    dispensary.ready()
    container = dispensary.warehouse.container(lot)
    stock.allocate_from(
        actor=dispensary.actor("planner"), container=container, amount=q("55 kg"), purpose="B-OTHER"
    )
    with pytest.raises(AttemptRefused, match=r"held less than was weighed: 10\.000 kg"):
        dispensary.weigh("12.310 kg", dispensary.box(lot))


@pytest.mark.requirement("211.101(d)")
@pytest.mark.requirement("211.192")
def test_what_was_put_on_hold_after_it_was_dispensed_is_not_charged(dispensary: Dispensary) -> None:
    api = dispensary.lot("60 kg")
    lactose, silica = dispensary.lot("60 kg", code="LACTOSE", assay=""), dispensary.lot("5 kg", code="SILICA", assay="")
    dispensary.stage(api.identifier)
    dispensary.ready()
    dispensary.weigh("51.089 kg", dispensary.box(api))
    dispensary.ready("D-18", path="weigh_others")
    dispensary.weigh("51.531 kg", dispensary.box(lactose), "weigh_others", vessel="D-18")
    dispensary.ready("D-19", tare="0.300 kg", path="weigh_others")
    dispensary.weigh("2.300 kg", dispensary.box(silica), "weigh_others", vessel="D-19")
    dispensary.hold(silica)
    with pytest.raises(AttemptRefused, match=r"Lot .* cannot be used any more"):
        dispensary.charge(api="D-17", lactose="D-18", silica="D-19")
    assert dispensary.own().lot is None
    dispensary.warehouse.set_status(dispensary.warehouse.lot(silica), "approved")
    dispensary.charge(api="D-17", lactose="D-18", silica="D-19")
    assert dispensary.own().lot is not None


@pytest.mark.requirement("11.10(h)")
def test_a_scale_found_out_of_tolerance_leads_to_the_weights_it_gave(dispensary: Dispensary) -> None:
    lot = dispensary.lot("60 kg")
    dispensary.stage(lot.identifier)
    dispensary.ready()
    dispensary.weigh("51.089 kg", dispensary.box(lot))
    row = dispensary.metrology.calibrate(found=BAD, left=GOOD)
    found = instrument_queries.impact(dispensary.actor("qa"), row)
    assert [one.type for one in found] == ["weight.recorded/1", "vessel.readied/1"]


def test_a_scale_that_is_mounted_on_another_unit_is_not_carried_to_the_booth(dispensary: Dispensary) -> None:
    qa, above = dispensary.actor("qa"), None
    equipment.define_class(actor=qa, code="BOOTH", name="Booth", offered={})
    booth = EquipmentClass.objects.get()
    for level in ("enterprise", "site", "area", "process_cell", "unit"):
        more: dict[str, Any] = {"equipment_class": booth} if level == "unit" else {}
        equipment.add_equipment(actor=qa, tag=level.upper(), name=level, level=level, parent=above, **more)
        above = EquipmentElement.objects.get(tag=level.upper())
    scale = dispensary.metrology.add_scale("SC-07", above)
    assert "it is mounted on UNIT, and not on DB-1" in scale_of(scale, "DB-1").unusable
    assert scale_of(scale, "UNIT").unusable == scale_of(scale).unusable == ()


def test_automatic_operators_dispense_a_batch_act_by_act_and_go_on_where_they_were(dispensary: Dispensary) -> None:
    dispensary.lot("5 kg", expires_on=today() + timedelta(days=30))
    dispensary.lot("60 kg", assay="97.0 %", water="1.0 %")
    dispensary.lot("30 kg", "30 kg", code="LACTOSE", assay="")
    dispensary.lot("5 kg", code="SILICA", assay="")
    dispensary.warehouse.plant.accept("operator")

    def load(_scale: object, amount: Quantity) -> None:
        dispensary.line.scale.put(amount)

    crew = Crew([Member(dispensary.actor("operator")), Member(dispensary.actor("supervisor"))],
                dispense=Dispenser(load))  # fmt: skip
    done = crew.work(dispensary.own(), most=3)
    assert done.state == "Running"
    done = crew.work(dispensary.own())
    assert (done.state, dispensary.exceptions()) == ("Complete", [])
    # the lot that expires first went first: 5.000 kg hold 4.92014 kg pure; 43.07986 / 0.9603 = 44.86083
    assert [(one.line, one.net) for one in dispensary.weights()] == [
        ("api", "5.000 kg"), ("api", "44.861 kg"),
        # 50.000 - (49.861 - 48.000) = 48.139, out of two containers
        ("lactose", "30.000 kg"), ("lactose", "18.139 kg"), ("silica", "2.000 kg"),
    ]  # fmt: skip
    assert {one.attempt.checked_by for one in dispensary.weights()} == {"supervisor"}


def _any() -> record.EntryData:
    from batchwright.materials import entries

    return entries.LotCertified(lot="-", assay="-", water="", certificate="-")
