"""The demo's recipes are performed to their end by its people, in the time of the plant, and leave nothing to judge."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings

from batchwright.execution import demo, demo_days, services
from batchwright.execution.culture import course, measured, of_batch
from batchwright.execution.models import Attempt, Batch, Run
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import demo as people_demo
from batchwright.people.models import TrainingRecord
from batchwright.plant import demo_upkeep
from batchwright.plant.models import DailyCheck, EquipmentElement, Instrument
from batchwright.plant.services import hold_unit
from batchwright.record import runs
from batchwright.record.runs import VerificationRun

pytestmark = pytest.mark.either_engine  # the plant of a demo stands on SQLite, wherever it is
LASTS = {
    "FCT40": (timedelta(hours=24), timedelta(hours=36)),
    "LYO12": (timedelta(days=2.5), timedelta(days=4)),
    "MAB07": (timedelta(days=26), timedelta(days=34)),
}


@pytest.fixture
def _on_stage_with_demo_stocked(db: None) -> None:
    """A mark for the stage, which must come before ``db`` does."""


@pytest.fixture
def hand(_on_stage_with_demo_stocked: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[clock.HandClock]:
    """The demo plant with its recipes in force and stock, with simulated modules, and a clock moved by hand."""
    simulated = settings.CONFIGURATION.model_copy(update={"modules": "simulated"})
    monkeypatch.setattr(settings, "CONFIGURATION", simulated)
    moved = clock.HandClock(clock.now() + timedelta(minutes=1))
    before = clock.set_source(moved)
    yield moved
    clock.set_source(before)


def _reviewed(number: str) -> None:
    """The record verifies, everything was performed, and the review finds nothing to judge."""
    batch = Batch.objects.select_related("sponsor", "recipe_version__recipe").get(number=number)
    assert batch.state == "Complete", number
    assert not Run.objects.filter(batch=batch).exclude(state="Complete").exists()
    assert not Attempt.objects.filter(batch=batch, verdict="refused").exists()
    found = services.review_of(demo.actor(("a.novak", "qa")), batch)
    assert [one.sentence for one in (*found.of("blocks"), *found.of("needs judgement"))] == []
    assert len(found.of("fine")) > 200


def _lasted(number: str) -> None:
    batch = Batch.objects.get(number=number)
    low, high = LASTS[number.split("-", maxsplit=1)[0]]
    assert batch.started_at is not None
    assert batch.ended_at is not None
    assert low < batch.ended_at - batch.started_at < high


def _nothing_to_judge(hand: clock.HandClock, *numbers: str) -> None:
    run = VerificationRun.objects.create(started_at=clock.now(), started_by="qa", started_name="Q", heard_at=hand.now)
    runs.perform(run.pk)
    for number in numbers:
        _lasted(number)
        _reviewed(number)


@pytest.mark.requirement("211.188(b)")
@pytest.mark.requirement("211.192")
def test_the_people_of_the_demo_bring_a_batch_to_a_record_with_nothing_to_judge(hand: clock.HandClock) -> None:
    began = hand.now
    demo.plan("FCT40", "FCT40-0990")
    demo_days.perform_until("FCT40-0990", lambda _batch: False, hand)
    days = (hand.now - began).days
    assert DailyCheck.objects.filter(instrument__tag="SC-101").count() >= days, "scales are checked every plant day"
    _nothing_to_judge(hand, "FCT40-0990")


@pytest.mark.slow
@pytest.mark.xdist_group("demo_lived")
@pytest.mark.requirement("211.188(b)")
@pytest.mark.requirement("211.192")
def test_what_the_demo_has_at_work_comes_to_its_end_with_nothing_to_judge(
    demo_lived: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = settings.CONFIGURATION.model_copy(update={"modules": "simulated"})
    monkeypatch.setattr(settings, "CONFIGURATION", simulated)
    hand = clock.HandClock(clock.now())
    with clock.running(hand):
        demo_days.perform_all({number: lambda _batch: False for number in ("LYO12-0007", "MAB07-0030")}, hand)
        _nothing_to_judge(hand, "LYO12-0007", "MAB07-0030")


def test_a_batch_goes_no_further_than_asked_and_where_nobody_can_go_on_it_is_said_why(hand: clock.HandClock) -> None:
    demo.plan("MAB07", "MAB07-0991")

    def thawed(batch: Batch) -> bool:
        return Run.objects.filter(batch=batch, element="count_thaw", state="Complete").exists()

    demo_days.perform_until("MAB07-0991", thawed, hand)
    assert Batch.objects.get(number="MAB07-0991").state == "Running"
    assert not Run.objects.filter(element="count_flask").exists()
    hold_unit(
        actor=demo.actor(("a.novak", "qa")), unit=EquipmentElement.objects.get(tag="BR-201"), reason="The bag leaks"
    )
    with pytest.raises(DomainError, match="nobody can act") as told:
        demo_days.perform_until("MAB07-0991", lambda _batch: False, hand)
    assert "BR-201" in str(told.value)
    # trainings and calibrations are renewed on the day before they end, and not twice
    assert (people_demo.renew_trainings(), demo_upkeep.renew_calibrations()) == (0, 0)
    weighs = TrainingRecord.objects.get(user__username="m.kowalska", edition__qualification__code="WEIGH-02")
    assert weighs.expires_at is not None
    hand.jump_to(weighs.expires_at - timedelta(hours=20))
    assert people_demo.renew_trainings() >= 1
    assert people_demo.renew_trainings() == 0
    ends = Instrument.objects.get(tag="PH-201").calibrations.latest("number").counts_until
    hand.jump_to(max(hand.now, ends - timedelta(hours=20)))
    assert (demo_upkeep.renew_calibrations(), demo_upkeep.renew_calibrations()) == (1, 0)


def test_a_simulated_culture_grows_peaks_and_dies_as_cells_do() -> None:
    fed: list[str] = []
    titres, cells = [], []
    for day in range(1, 15):
        fed.append("culture_n")
        broth = course(0.7, 1400.0, fed, **of_batch(0.3, -0.2))
        titres.append(measured(broth, "titre", 0))
        cells.append(measured(broth, "vcd", 0))
        assert measured(broth, "glucose", 0) > 1.0
        fed += ["feed_n"] if day in (3, 5, 7, 9, 11) else []
        fed += ["give_sugar"] if measured(broth, "glucose", 0) < 3.5 else []
    assert titres == sorted(titres)
    assert 4.0 < titres[-1] < 6.0
    assert 15 < max(cells) < 25
    assert cells.index(max(cells)) not in (0, 13)
