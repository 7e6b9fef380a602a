"""How units are used: what the plant lets people do, what it refuses and why, and what the logbook says."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from batchwright import people, plant, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import Sponsor
from batchwright.people import services as people_services
from batchwright.plant import entries, judging, services, showing
from batchwright.plant.facts import Intended
from batchwright.plant.models import Campaign, Cleaning, LineClearance, LogbookLine, Use
from tests.plant.floor import Floor, later


@pytest.mark.requirement("211.182")
def test_a_clean_cleared_and_qualified_unit_is_used_and_the_logbook_says_so(floor: Floor) -> None:
    floor.ready()
    unit = floor.unit()
    assert plant.verdict_of(unit, intended=Intended("P-1", "B-1")).usable
    plant.require_usable(unit)
    sponsor = Sponsor.objects.get(code="ALPHA")
    assert floor.begin(sponsor=sponsor, reason="as planned").type == "unit.use_begun/1"
    assert floor.state().state == "in_use"
    with pytest.raises(DomainError, match=r"in use since.*for batch B-1"):
        floor.begin(batch="B-2")
    with pytest.raises(DomainError, match="in use"):
        floor.begin()
    floor.end()
    state = floor.state()
    assert (state.state, state.last_use and state.last_use.batch, state.clearance) == ("dirty", "B-1", None)
    with pytest.raises(DomainError, match="it is not in use"):
        floor.end()
    lines = list(LogbookLine.objects.filter(unit=unit).order_by("id"))
    assert [line.kind for line in lines] == [
        "taken_over", "cleaned", "cleaning_verified", "cleared", "clearance_verified", "use_begun", "use_ended",
    ]  # fmt: skip
    assert [(one.product, one.batch, one.person, one.role) for one in lines[-2:]] == [
        ("P-1", "B-1", "Operator", "operator")
    ] * 2
    assert LineClearance.objects.get().spent_at is not None
    assert "GR-1: batch B-1 of P-1 ended" in [one.sentence for one in record.history(unit, floor.actor("qa"))]


@pytest.mark.requirement("211.67")
def test_a_dirty_unit_is_refused_with_every_reason_and_nothing_is_recorded(floor: Floor) -> None:
    before = record.Entry.objects.count()
    with pytest.raises(DomainError, match=r"GR-1 cannot be used.*not cleaned since.*IQ is missing.*not cleared"):
        floor.begin()
    with pytest.raises(DomainError, match="not cleaned since"):
        plant.require_usable(floor.unit())
    assert record.Entry.objects.count() == before
    with pytest.raises(DomainError, match="Only a unit has a state"):
        services.end_use(actor=floor.actor("operator"), unit=floor.unit("LINE"))
    with pytest.raises(DomainError, match="Only a unit has a state"):
        plant.verdict_of(floor.unit("LINE"))


def test_who_may_not_is_refused_and_who_is_not_trained_as_well(floor: Floor) -> None:
    floor.ready()
    with pytest.raises(people.Refused, match=r"unit\.use"):
        services.begin_use(actor=floor.actor("analyst"), unit=floor.unit(), product="P-1", batch="B-1")
    people_services.define_qualification(
        actor=floor.actor("qa"), code="HSG-1", title="Granulating", document="SOP-88", edition="1",
        needed_for=("operation/hsg",),
    )  # fmt: skip
    with pytest.raises(people.Refused, match=r"not trained for this.*HSG-1 Granulating"):
        floor.begin()


@pytest.mark.requirement("211.67")
def test_a_cleaning_counts_once_another_person_verified_and_signed_it(floor: Floor) -> None:
    done = floor.clean()
    state = floor.state()
    assert (state.state, state.cleaning_id) == ("dirty", done.pk)
    with pytest.raises(people.Refused, match="own work"):
        floor.verify(done, "operator")
    assert floor.verify(done).type == "unit.cleaning_verified/1"
    assert floor.state().state == "clean"
    done = Cleaning.objects.get()
    assert (done.verified_by, done.verified_by_name) == ("supervisor", "Supervisor")
    signature = people.signatures_on(floor.actor("qa"), done)[0]
    assert "Cleaning: 1, by SOP-FULL 1 Full cleaning (full)" in showing.of_cleaning(done)
    assert people.signature_status(signature.signature).valid
    with pytest.raises(DomainError, match="no cleaning to verify"):
        floor.verify(done)
    again = floor.clean(code="SOP-MINOR")
    floor.clean(code="SOP-MINOR")
    with pytest.raises(DomainError, match="not the last one"):
        floor.verify(again)


def test_only_the_effective_edition_of_a_procedure_of_the_class_cleans(floor: Floor) -> None:
    old = floor.procedure()
    services.issue_cleaning_procedure(
        actor=floor.actor("qa"), code="SOP-FULL", edition="2", title="Full cleaning", kind="full",
        equipment_class=floor.class_of(), clean_hold_minutes=60, reason="new detergent",
    )  # fmt: skip
    with pytest.raises(DomainError, match=r"not effective for the unit: SOP-FULL 1 \(limit: SOP-FULL 2, SOP-MINOR 1\)"):
        services.clean_unit(actor=floor.actor("operator"), unit=floor.unit(), procedure=old)
    with pytest.raises(DomainError, match=r"not effective for the unit.*limit: no procedure"):
        services.clean_unit(actor=floor.actor("operator"), unit=floor.unit("BL-1"), procedure=old)


@pytest.mark.requirement("211.67")
def test_cleaning_expires_by_the_clock_and_yesterday_is_judged_by_the_facts_of_yesterday(floor: Floor) -> None:
    unit = floor.unit()
    floor.qualify()
    dirty_at = clock.now()
    floor.cleaned()
    clean_at = clock.now()
    verdict = plant.verdict_of(unit)
    assert verdict.usable
    assert verdict.changes_at == Cleaning.objects.get().cleaned_at + timedelta(hours=72)
    with later(hours=74):
        verdict = plant.verdict_of(unit)
        assert [str(one) for one in verdict.reasons] == ["cleaning expired 2 h ago (SOP-FULL 1 holds for 3 d)"]
        assert plant.verdict_of(unit, clean_at).usable
        assert [one.code for one in plant.verdict_of(unit, dirty_at).reasons] == ["dirty"]
        with pytest.raises(DomainError, match="not there yet"):
            plant.verdict_of(unit, clean_at - timedelta(days=2))
        assert not judging.verdicts_of([unit])[unit.pk].usable


def test_who_cleans_too_late_cleans_twice(floor: Floor) -> None:
    floor.ready()
    floor.begin()
    floor.end()
    with later(hours=30):
        assert "dirty-hold-exceeded" in [one.code for one in plant.verdict_of(floor.unit()).reasons]
        done = floor.clean()
        entry = record.history(floor.unit(), floor.actor("qa")).filter(type="unit.cleaned/1").latest("seq")
        assert (entry.content["data"]["late"], entry.content["data"]["dirty_minutes"]) == (True, 1800)
        assert "dirty for too long" in entry.sentence
        assert "Dirty for: 1 d 6 h" in showing.of_cleaning(done)
        floor.verify(done)
        assert [one.code for one in plant.verdict_of(floor.unit()).reasons] == ["cleaned-too-late"]
        floor.cleaned()
        assert plant.verdict_of(floor.unit()).usable


@pytest.mark.requirement("211.67")
def test_a_line_is_cleared_for_one_batch_verified_by_another_person_and_spent_by_what_comes_next(floor: Floor) -> None:
    floor.qualify()
    floor.cleaned()
    found = floor.clear(batch="B-7")
    with pytest.raises(DomainError, match="not yet verified"):
        floor.begin(batch="B-7")
    with pytest.raises(people.Refused, match="own work"):
        floor.sign("operator", found, showing.of_clearance(found), services.verify_clearance, clearance=found)
    floor.sign("supervisor", found, showing.of_clearance(found), services.verify_clearance, clearance=found)
    with pytest.raises(DomainError, match="cleared for batch B-7, not for B-8"):
        floor.begin(batch="B-8")
    found.refresh_from_db()
    with pytest.raises(DomainError, match="spent or verified"):
        floor.sign("supervisor", found, showing.of_clearance(found), services.verify_clearance, clearance=found)
    floor.clear(batch="B-8")
    floor.cleaned(code="SOP-MINOR")
    assert [one.spent_at is None for one in LineClearance.objects.order_by("number")] == [False, False]
    floor.cleared(batch="B-8")
    floor.begin(batch="B-8")
    with pytest.raises(DomainError, match="cleared between batches"):
        floor.clear(batch="B-9")


def test_a_campaign_asks_for_minor_cleanings_and_ends_at_its_limits(floor: Floor) -> None:
    operator, unit = floor.actor("operator"), floor.unit()
    floor.ready()
    services.open_campaign(actor=operator, unit=unit, product="P-1", reason="order 12")
    with pytest.raises(DomainError, match="A campaign is open"):
        services.open_campaign(actor=operator, unit=unit, product="P-2")
    services.set_changeover_rule(
        actor=floor.actor("qa"), equipment_class=floor.class_of(unit.tag), campaign_batches=99, reason="later"
    )
    for batch in ("B-1", "B-2", "B-3"):
        if batch != "B-1":
            floor.cleaned(code="SOP-MINOR")
            floor.cleared(batch=batch)
        floor.begin(batch=batch)
        with pytest.raises(DomainError, match="in use"):
            services.close_campaign(actor=operator, unit=unit)
        floor.end()
    floor.cleaned(code="SOP-MINOR")
    floor.cleared(batch="B-4")
    with pytest.raises(DomainError, match="3 batches of 3"):
        floor.begin(batch="B-4")
    assert services.close_campaign(actor=operator, unit=unit, reason="order done").type == "campaign.closed/1"
    with pytest.raises(DomainError, match="No campaign is open"):
        services.close_campaign(actor=operator, unit=unit)
    with pytest.raises(DomainError, match="a full cleaning is needed before"):
        floor.begin(batch="B-4")
    floor.cleaned()
    floor.cleared(product="P-2", batch="B-5")
    floor.begin(product="P-2", batch="B-5")
    campaign = Campaign.objects.get()
    assert (campaign.max_batches, campaign.uses.count(), campaign.closed_at is not None) == (3, 3, True)
    assert Use.objects.get(batch="B-5").campaign is None


def test_another_product_waits_for_a_full_cleaning_and_for_the_end_of_the_campaign(floor: Floor) -> None:
    floor.ready()
    services.open_campaign(actor=floor.actor("operator"), unit=floor.unit(), product="P-1")
    floor.begin()
    floor.end()
    floor.cleaned(code="SOP-MINOR")
    floor.cleared(product="P-2", batch="B-2")
    with pytest.raises(DomainError, match=r"a campaign of P-1 is open.*full cleaning is needed before P-2"):
        floor.begin(product="P-2", batch="B-2")


def test_where_the_rule_says_so_a_campaign_goes_on_without_cleaning(floor: Floor) -> None:
    unit, operator = floor.unit("BL-1"), floor.actor("operator")
    floor.qualify("BL-1")
    with pytest.raises(DomainError, match="not cleaned since"):
        floor.begin("BL-1")
    services.issue_cleaning_procedure(
        actor=floor.actor("qa"), code="SOP-BL", edition="1", title="Washing", kind="full",
        equipment_class=floor.class_of(unit.tag),
    )  # fmt: skip
    floor.cleaned("BL-1", "SOP-BL")
    services.open_campaign(actor=operator, unit=unit, product="P-1")
    for batch in ("B-1", "B-2"):
        floor.begin("BL-1", batch=batch)
        floor.end("BL-1")
    with pytest.raises(DomainError, match=r"dirty since.*B-2"):
        floor.begin("BL-1", product="P-2", batch="B-3")


def test_a_hold_keeps_the_state_under_it_and_freeing_returns_to_it(floor: Floor) -> None:
    operator, qa, unit = floor.actor("operator"), floor.actor("qa"), floor.unit()
    floor.ready()
    services.hold_unit(actor=operator, unit=unit, reason="smell of solvent")
    assert str(plant.verdict_of(unit).reasons[0]).endswith("smell of solvent")
    with pytest.raises(DomainError, match="it is held already"):
        services.hold_unit(actor=operator, unit=unit, reason="again")
    with pytest.raises(people.Refused):
        services.free_unit(actor=operator, unit=unit, reason="gone")
    services.free_unit(actor=qa, unit=unit, reason="gone")
    assert (floor.state().state, floor.state().why) == ("clean", "")
    with pytest.raises(DomainError, match="A reason is required"):
        services.hold_unit(actor=operator, unit=unit, reason=" ")
    floor.begin()
    services.hold_unit(actor=operator, unit=unit, reason="spray nozzle")
    floor.end()
    assert (floor.state().state, floor.state().before) == ("held", "dirty")
    services.take_out(actor=floor.actor("process_engineer"), unit=unit, reason="new nozzle")
    assert floor.state().why == "spray nozzle; new nozzle"
    services.return_to_service(actor=floor.actor("process_engineer"), unit=unit, reason="nozzle mounted")
    assert floor.state().state == "held"
    services.free_unit(actor=qa, unit=unit, reason="tested")
    assert floor.state().state == "dirty"


def test_what_is_out_of_service_comes_back_dirty_and_uncleared(floor: Floor) -> None:
    engineer, unit = floor.actor("process_engineer"), floor.unit()
    floor.ready()
    services.take_out(actor=engineer, unit=unit, reason="bearing")
    with pytest.raises(DomainError, match="out of service since"):
        floor.begin()
    with pytest.raises(DomainError, match="cleared between batches"):
        floor.clear()
    services.return_to_service(actor=engineer, unit=unit, reason="bearing changed")
    state = floor.state()
    assert (state.state, state.cleaning, state.clearance) == ("dirty", None, None)


@pytest.mark.requirement("11.10(e)")
def test_two_people_who_begin_at_once_meet_and_the_second_is_told_by_whom(floor: Floor) -> None:
    floor.ready()
    seen_by_both = floor.state().version
    floor.begin(expected_version=seen_by_both)
    with pytest.raises(record.Stale, match="Operator changed"):
        services.hold_unit(
            actor=floor.actor("supervisor"), unit=floor.unit(), reason="late", expected_version=seen_by_both
        )


def test_a_command_that_is_sent_twice_acts_once(floor: Floor) -> None:
    floor.ready()
    receipts = [floor.begin(idempotency_key="one") for _ in range(2)]
    assert [one.repeated for one in receipts] == [False, True]
    assert Use.objects.count() == 1


def test_the_database_itself_refuses_a_second_use_and_the_own_verification(floor: Floor) -> None:
    floor.ready()
    floor.begin()
    use = Use.objects.get()
    data = entries.UseBegun(unit="GR-1", product="P", batch="X")
    with pytest.raises(IntegrityError), record.entry(data, actor=record.SITE, subject=use.unit) as entry:
        entry.create(
            Use(unit=use.unit, number=9, product="P", batch="X", began_at=clock.now(), began_by="somebody")
        )
    done = Cleaning.objects.get()
    with pytest.raises(IntegrityError), record.entry(data, actor=record.SITE, subject=done) as entry:
        entry.update(done, verified_by=done.cleaned_by)
