"""Training: defined, planned, read, assessed by another, expired, superseded, corrected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people import queries, services
from batchwright.people.models import Edition, Qualification, Signature, TrainingRecord
from batchwright.people.permissions import Refused
from batchwright.people.qualification import Achievement, Requirement, TrainingState, missing, state
from batchwright.people.services.training import shown
from batchwright.people.signing import PasswordEvidence
from batchwright.people.training import achievements, requirements, words
from batchwright.people.validity import signature_status
from tests.people.plant import ADDRESS, PASSWORD, Plant

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEIGHING = Requirement(code="WEIGH", title="Weighing", edition="3", effective_at=NOON)


def done(edition: str = "3", *, achieved: datetime | None = NOON, **others: Any) -> Achievement:
    return Achievement(
        **{"qualification": "WEIGH", "edition": edition, "achieved_at": achieved, "expires_at": None, **others}
    )


@pytest.mark.requirement("11.10(i)")
@pytest.mark.parametrize(
    ("trained", "verdict"),
    [
        ([], TrainingState.MISSING),
        ([done(qualification="OTHER")], TrainingState.MISSING),
        ([done()], TrainingState.VALID),
        ([done(achieved=None)], TrainingState.UNSIGNED),
        ([done(achieved=NOON + timedelta(seconds=1))], TrainingState.UNSIGNED),
        ([done(void=True)], TrainingState.UNSIGNED),
        ([done(expires_at=NOON)], TrainingState.EXPIRED),
        ([done(expires_at=NOON + timedelta(days=30))], TrainingState.DUE),
        ([done(expires_at=NOON + timedelta(days=31))], TrainingState.VALID),
        ([done("2")], TrainingState.SUPERSEDED),
        ([done("2"), done(expires_at=NOON)], TrainingState.EXPIRED),
        ([done(expires_at=NOON), done()], TrainingState.VALID),
    ],
)
def test_a_training_stands_where_its_dates_and_edition_put_it(
    trained: list[Achievement], verdict: TrainingState
) -> None:
    assert state(WEIGHING, trained, NOON) is verdict
    assert missing([WEIGHING], trained, NOON) == ([] if verdict.qualifies else [(WEIGHING, verdict)])


@given(st.integers(-400, 400), st.integers(1, 400))
def test_a_training_never_qualifies_before_it_was_achieved_or_after_it_expired(day: int, length: int) -> None:
    one = done(expires_at=NOON + timedelta(days=length))
    verdict = state(WEIGHING, [one], NOON + timedelta(days=day))
    assert verdict.qualifies == (0 <= day < length)


class School:
    """A plant where operators are trained in weighing."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        plant.accept("operator", "supervisor", "qa")
        services.define_qualification(
            actor=plant.actor("qa"), code="WEIGH", title="Weighing", document="SOP-014", edition="1",
            validity_days=365, needed_for=("role/operator", "operation/weighing"),
        )  # fmt: skip
        self.edition = Edition.objects.get()
        self.sessions = {name: plant.session(name) for name in ("operator", "supervisor", "qa")}

    def plan(self, edition: Edition | None = None) -> TrainingRecord:
        services.plan_training(
            actor=self.plant.actor("supervisor"), user=self.plant.user("operator"), edition=edition or self.edition
        )
        planned: TrainingRecord = TrainingRecord.objects.order_by("-pk")[0]
        return planned

    def sign(self, name: str, training: TrainingRecord, meaning: str) -> record.Receipt:
        training.refresh_from_db()
        session = self.sessions[name]
        prepared = self.plant.prepare(name, training, meaning, session, shown(training, meaning))
        command = services.sign_read if meaning == "read_and_understood" else services.sign_assessment
        return command(
            actor=self.plant.actor(name), training=training, name=prepared.name,
            given=PasswordEvidence(PASSWORD, name), session=session, address=ADDRESS,
        )  # fmt: skip

    def train(self, edition: Edition | None = None) -> TrainingRecord:
        training = self.plan(edition)
        self.sign("operator", training, "read_and_understood")
        self.sign("supervisor", training, "assessed_competent")
        training.refresh_from_db()
        return training


@pytest.fixture
def school(plant: Plant) -> School:
    return School(plant)


@pytest.mark.requirement("11.10(i)")
def test_an_untrained_person_is_refused_and_told_who_can_assess(school: School) -> None:
    operator = school.plant.actor("operator")
    with pytest.raises(Refused, match="not trained for this") as refusal:
        people.require_training(operator, "operation/weighing")
    assert refusal.value.value == "WEIGH Weighing (missing)"
    assert "Supervisor" in refusal.value.remedy
    school.train()
    people.require_training(operator, "operation/weighing")
    people.require_training(operator, "operation/anything")
    people.require_training(school.plant.actor("qa"), "operation/anything")


@pytest.mark.requirement("11.10(i)")
def test_lapsed_training_blocks_the_step(school: School) -> None:
    training = school.train()
    assert training.expires_at is not None
    operator = school.plant.actor("operator")
    people.require_training(operator, "operation/weighing", training.expires_at - timedelta(seconds=1))
    with pytest.raises(Refused, match="expired"):
        people.require_training(operator, "operation/weighing", training.expires_at)


@pytest.mark.requirement("11.10(i)")
def test_a_new_edition_asks_for_new_training_from_its_day_on(school: School) -> None:
    school.train()
    tomorrow = clock.now() + timedelta(days=1)
    services.issue_edition(
        actor=school.plant.actor("qa"), qualification=Qualification.objects.get(), edition="2", document="SOP-014",
        effective_at=tomorrow, reason="new scale",
    )  # fmt: skip
    operator = school.plant.actor("operator")
    people.require_training(operator, "operation/weighing")
    with pytest.raises(Refused, match="new edition"):
        people.require_training(operator, "operation/weighing", tomorrow)
    with pytest.raises(DomainError, match="exists already"):
        services.issue_edition(
            actor=school.plant.actor("qa"), qualification=Qualification.objects.get(), edition="2", document="x",
            reason="again",
        )  # fmt: skip


def test_training_takes_two_people_in_order(school: School) -> None:
    training = school.plan()
    with pytest.raises(DomainError, match="not signed as read"):
        school.sign("supervisor", training, "assessed_competent")
    with pytest.raises(Refused, match="Only the trainee"):
        school.sign("supervisor", training, "read_and_understood")
    school.sign("operator", training, "read_and_understood")
    with pytest.raises(DomainError, match="as read already"):
        school.sign("operator", training, "read_and_understood")
    with pytest.raises(DomainError, match="planned already"):
        school.plan()
    school.sign("supervisor", training, "assessed_competent")
    with pytest.raises(DomainError, match="assessed already"):
        school.sign("supervisor", training, "assessed_competent")
    assert school.plan().number == 2


@pytest.mark.requirement("11.10(g)")
def test_nobody_assesses_himself(school: School) -> None:
    services.plan_training(actor=school.plant.actor("qa"), user=school.plant.user("supervisor"), edition=school.edition)
    training = TrainingRecord.objects.get()
    school.sign("supervisor", training, "read_and_understood")
    with pytest.raises(Refused, match="own work"):
        school.sign("supervisor", training, "assessed_competent")
    refused = record.Entry.objects.order_by("-seq")[0]
    assert (refused.type, refused.data["why"]) == ("signature.refused/1", "Nobody verifies or approves own work")
    assert school.plant.user("supervisor").failed_attempts == 0


@pytest.mark.requirement("11.70")
def test_a_corrected_training_voids_the_assessment_but_not_the_reading(school: School) -> None:
    training = school.train()
    read, assessed = Signature.objects.order_by("pk")
    assert signature_status(read).valid, "the assessor's signature does not void the trainee's"
    correction = services.correct_training(
        actor=school.plant.actor("supervisor"), training=training, expires_at=clock.now() + timedelta(days=9),
        reason="wrong date",
    )  # fmt: skip
    assert signature_status(read).valid
    assert signature_status(assessed).void_seq == correction.seq
    with pytest.raises(Refused, match="not signed"):
        people.require_training(school.plant.actor("operator"), "operation/weighing")
    needs = people.needs_of(school.plant.actor("supervisor"))
    assert any(need.kind == "signature" and "void since entry" in need.detail for need in needs)
    school.train()
    people.require_training(school.plant.actor("operator"), "operation/weighing")


def test_a_training_is_corrected_by_another_and_only_once_assessed(school: School) -> None:
    training = school.plan()
    with pytest.raises(DomainError, match="not assessed yet"):
        services.correct_training(
            actor=school.plant.actor("qa"), training=training, expires_at=None, reason="too early"
        )


def test_a_sponsors_person_is_not_trained_here(school: School) -> None:
    with pytest.raises(DomainError, match="sponsor's people"):
        services.plan_training(
            actor=school.plant.actor("qa"), user=school.plant.user("sponsor_a"), edition=school.edition
        )


@pytest.mark.parametrize("target", ["role/emperor", "operation/", "weighing", "unit/R-1"])
def test_a_qualification_is_asked_for_by_a_role_or_an_operation(school: School, target: str) -> None:
    with pytest.raises(BadInput, match="role or an operation"):
        services.define_qualification(
            actor=school.plant.actor("qa"), code="X1", title="X", document="D", edition="1", needed_for=(target,)
        )


def test_a_qualification_is_defined_once(school: School) -> None:
    with pytest.raises(DomainError, match="belongs to a qualification"):
        services.define_qualification(
            actor=school.plant.actor("qa"), code="WEIGH", title="X", document="D", edition="1"
        )


def test_needs_name_what_waits_for_whom(school: School) -> None:
    plant = school.plant
    operator, supervisor = plant.actor("operator"), plant.actor("supervisor")
    assert [need.kind for need in people.needs_of(plant.actor("analyst"))] == ["statement"]
    assert {need.kind for need in people.needs_of(operator)} == {"training"}
    training = school.plan()
    assert any("Read and sign SOP-014" in need.title for need in people.needs_of(operator))
    school.sign("operator", training, "read_and_understood")
    assert any(need.kind == "assessment" for need in people.needs_of(supervisor))
    school.sign("supervisor", training, "assessed_competent")
    assert people.needs_of(operator) == []
    assert people.needs_of(plant.actor("sponsor_a")) == []
    assert people.needs_of(record.SITE) == []


@pytest.mark.requirement("11.300(d)")
def test_locked_people_and_alerts_are_shown_to_those_who_can_help(school: School, client: Client) -> None:
    for _ in range(5):
        client.post("/accounts/login/", {"login": "operator", "password": "wrong"})
    qa = school.plant.actor("qa")
    assert [need.kind for need in people.needs_of(qa)] == ["locked"]
    services.unlock_user(actor=qa, user=school.plant.user("operator"), reason="asked")
    assert [need.kind for need in people.needs_of(qa)] == ["alert"]
    assert people.needs_of(school.plant.actor("planner"))[0].kind == "statement"


def test_the_table_shows_who_is_trained_in_what_as_of_when(school: School) -> None:
    training = school.train()
    qa = school.plant.actor("qa")
    editions, rows = queries.trainings(qa)
    assert [one.edition for one in editions] == ["1"]
    cells = {row.person.username: row.cells[0] for row in rows}
    assert cells["operator"].state is TrainingState.VALID
    assert cells["operator"].needed
    assert cells["analyst"].state is TrainingState.MISSING
    assert not cells["analyst"].needed
    before = training.planned_at - timedelta(days=1)
    assert queries.trainings(qa, at=before)[0] == []
    assert requirements(["operation/weighing"], before) == []
    assert queries.qualification(qa, "WEIGH") == Qualification.objects.get()
    assert {words(one) for one in TrainingState} == {
        "valid", "due soon", "expired", "new edition", "not signed", "missing",
    }  # fmt: skip
    assert [one.edition for one in achievements(school.plant.user("operator"))] == ["1"]


def test_the_table_asks_the_database_as_often_for_many_trainings_as_for_one(
    school: School, django_assert_num_queries: Any
) -> None:
    school.train()
    qa = school.plant.actor("qa")
    with CaptureQueriesContext(connection) as for_one:
        queries.trainings(qa)
    for _ in range(3):
        school.train()
    with django_assert_num_queries(len(for_one)):
        queries.trainings(qa)


@pytest.mark.requirement("11.50")
def test_a_training_is_signed_on_its_page(school: School, client: Client) -> None:
    training = school.plan()
    address = reverse("people:training-sign", args=[training.pk, "read_and_understood"])
    school.plant.log_in(client, "operator")
    page = client.get(address)
    prepared = page.context["prepared"]
    assert "SOP-014, edition 1" in page.content.decode()
    assert prepared.meaning.code == "read_and_understood"
    form = {"statement": prepared.name, "method": "password", "username": "operator", "password": PASSWORD,
            "idempotency_key": "k1"}  # fmt: skip
    wrong = client.post(address, {**form, "password": "wrong"})
    assert (wrong.status_code, "does not prove" in wrong.content.decode()) == (403, True)
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302, "the same form sent twice"
    shown = client.get(reverse("people:training-record", args=[training.pk])).content.decode()
    assert "Read and understood by" in shown
    assert "valid" in shown
    unreadable = client.post(address, {"method": "passkey", "assertion": "x", "statement": "y"})
    assert unreadable.status_code == 400
    assert client.get(reverse("people:training-sign", args=[training.pk, "released"])).status_code == 404
    assert client.get(reverse("people:training-sign", args=[999, "read_and_understood"])).status_code == 404


@pytest.mark.requirement("11.10(j)")
def test_the_page_says_what_to_do_before_the_first_signature(school: School, client: Client) -> None:
    training = school.plan()
    school.plant.log_in(client, "analyst")
    page = client.get(reverse("people:training-sign", args=[training.pk, "read_and_understood"]))
    assert (page.status_code, "accept it on your account page" in page.content.decode()) == (403, True)
    assert client.get(reverse("people:statement")).status_code == 200
    assert client.post(reverse("people:statement")).status_code == 302
    assert record.Entry.objects.order_by("-seq")[0].type == "statement.accepted/1"


def test_trainings_are_planned_defined_issued_and_corrected_on_pages(school: School, client: Client) -> None:
    school.plant.log_in(client, "qa")
    assert client.get(reverse("people:training-plan")).status_code == 200
    plan = client.post(reverse("people:training-plan"), {"person": "operator", "edition": school.edition.pk})
    assert plan.status_code == 302
    define = {
        "code": "GMP-01", "title": "Good manufacturing practice", "document": "SOP-001", "edition": "4",
        "needed_for": "role/operator, role/analyst",
    }  # fmt: skip
    assert client.post(reverse("people:qualification-define"), define).status_code == 302
    assert client.post(reverse("people:qualification-define"), {}).status_code == 400
    issue = {"document": "SOP-001", "edition": "5", "reason": "revised", "effective": "2026-01-01"}
    assert client.post(reverse("people:edition-issue", args=["GMP-01"]), issue).status_code == 302
    assert "SOP-001" in client.get(reverse("people:qualification", args=["GMP-01"])).content.decode()
    training = TrainingRecord.objects.get()
    school.sign("operator", training, "read_and_understood")
    school.sign("supervisor", training, "assessed_competent")
    training.refresh_from_db()
    correct = reverse("people:training-correct", args=[training.pk])
    assert "becomes void" in client.get(correct).content.decode()
    form = {"expires": "2030-01-01", "reason": "typo", "expected_version": training.version}
    assert client.post(correct, form).status_code == 302
    stale = client.post(correct, form)
    assert (stale.status_code, "changed expires_at" in stale.content.decode()) == (409, True)
    assert "void since entry" in client.get(reverse("people:training-record", args=[training.pk])).content.decode()
