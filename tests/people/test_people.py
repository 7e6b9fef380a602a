"""Enrolling people and opening and closing log-ins."""

import pytest

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people import services
from batchwright.people.models import Sponsor, User
from batchwright.people.permissions import Refused
from tests.people.plant import PASSWORD, PASSWORD_FIRST, Plant


@pytest.mark.requirement("11.100")
@pytest.mark.requirement("11.100(a)", "11.300(a)")
def test_a_user_name_is_never_given_to_somebody_else(plant: Plant) -> None:
    administrator = plant.actor("administrator")
    services.disable_user(actor=administrator, user=plant.user("operator"), reason="left the company")
    with pytest.raises(DomainError, match="never used again"):
        services.enrol_user(
            actor=administrator, username="operator", printed_name="Another", password=PASSWORD_FIRST, reason="new"
        )


@pytest.mark.requirement("11.100")
@pytest.mark.requirement("11.100(a)")
def test_a_person_cannot_be_deleted(plant: Plant) -> None:
    with pytest.raises(record.Unrecorded):
        plant.user("operator").delete()
    with pytest.raises(record.Unrecorded):
        plant.user("operator").save()
    with pytest.raises(record.Unrecorded):
        User.objects.filter(username="operator").delete()


@pytest.mark.requirement("11.10(e)")
@pytest.mark.requirement("11.100(b)")
def test_enrolment_says_who_verified_the_identity_and_how(plant: Plant) -> None:
    receipt = services.enrol_user(
        actor=plant.actor("administrator"), username="m.rossi", printed_name="Marta Rossi", password=PASSWORD_FIRST,
        reason="identity card seen",
    )  # fmt: skip
    entry = record.Entry.objects.get(seq=receipt.seq)
    assert (entry.actor, entry.actor_role, entry.reason) == ("administrator", "administrator", "identity card seen")
    assert "Marta Rossi enrolled as m.rossi" in entry.sentence
    images = [change["after"] for change in entry.changes]
    assert images[0]["password"].startswith("sha256:"), "no digest of a password is in the record in clear"
    assert images[1]["digest"].startswith("sha256:")


@pytest.mark.parametrize("username", ["X", "Upper", "has space", "a" * 64, "-dash", ""])
def test_a_malformed_user_name_is_refused_with_what_is_allowed(plant: Plant, username: str) -> None:
    with pytest.raises(BadInput):
        services.enrol_user(
            actor=plant.actor("administrator"), username=username, printed_name="Name", password=PASSWORD_FIRST
        )


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "too short"), ("123456789012345", "entirely numeric"), ("password12345", "common|short|too"),
        ("marta.rossi-1", "similar"),
    ],
)  # fmt: skip
@pytest.mark.requirement("11.300")
def test_a_weak_first_password_is_refused(plant: Plant, password: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        services.enrol_user(
            actor=plant.actor("administrator"), username="marta.rossi", printed_name="Marta Rossi", password=password
        )


def test_the_same_form_sent_twice_enrols_once(plant: Plant) -> None:
    administrator = plant.actor("administrator")
    first, second = (
        services.enrol_user(
            actor=administrator, username="twice", printed_name="Twice", password=PASSWORD_FIRST, idempotency_key="k1"
        )
        for _ in range(2)
    )
    assert second.seq == first.seq
    assert second.repeated
    assert not first.repeated


@pytest.mark.requirement("11.10(d)")
def test_a_disabled_person_can_do_nothing_and_enabled_can_again(plant: Plant) -> None:
    qa, operator = plant.actor("qa"), plant.actor("operator")
    services.disable_user(actor=qa, user=plant.user("operator"), reason="long absence")
    with pytest.raises(Refused):
        people.authorize(operator, "account.use")
    with pytest.raises(Refused, match="disabled"):
        plant.actor("operator")
    services.enable_user(actor=qa, user=plant.user("operator"), reason="back")
    people.authorize(plant.actor("operator"), "account.use")


@pytest.mark.requirement("11.10(d)")
@pytest.mark.requirement("11.300(b)")
def test_an_expired_log_in_can_do_nothing(plant: Plant) -> None:
    with record.entry(_Expiry(), actor=record.SITE, subject=plant.user("analyst")) as entry:
        entry.update(plant.user("analyst"), expires_at=clock.now())
    with pytest.raises(Refused, match="expired"):
        plant.actor("analyst")


@record.entry_type("test.expiry_set/1")
class _Expiry(record.EntryData):
    pass


@pytest.mark.requirement("11.10(g)")
def test_nobody_disables_or_unlocks_or_resets_the_own_log_in(plant: Plant) -> None:
    qa, me = plant.actor("qa"), plant.user("qa")
    for act in (services.disable_user, services.enable_user, services.unlock_user):
        with pytest.raises(Refused, match="own roles or log-in"):
            act(actor=qa, user=me, reason="because")
    with pytest.raises(Refused, match="own roles or log-in"):
        services.reset_password(actor=qa, user=me, password="another-Horse-7-here", reason="because")


def test_a_change_needs_a_reason(plant: Plant) -> None:
    with pytest.raises(DomainError, match="reason"):
        services.disable_user(actor=plant.actor("qa"), user=plant.user("operator"), reason="  ")


def test_a_change_on_what_was_changed_meanwhile_is_refused_and_says_who(plant: Plant) -> None:
    qa, seen = plant.actor("qa"), plant.user("operator")
    services.change_user(actor=qa, user=plant.user("operator"), printed_name="Olga", email="", reason="married")
    with pytest.raises(record.Stale, match="Qa changed"):
        services.disable_user(actor=qa, user=seen, reason="left", expected_version=seen.version)


def test_a_corrected_name_must_be_a_name(plant: Plant) -> None:
    with pytest.raises(BadInput, match="printed_name"):
        services.change_user(
            actor=plant.actor("qa"), user=plant.user("operator"), printed_name=" ", email="", reason="typo"
        )


def test_a_sponsor_is_enrolled_once_with_a_sound_code(plant: Plant) -> None:
    administrator = plant.actor("administrator")
    with pytest.raises(DomainError, match="belongs to a sponsor"):
        services.enrol_sponsor(actor=administrator, code="ALPHA", name="Alpha again")
    with pytest.raises(BadInput, match="code"):
        services.enrol_sponsor(actor=administrator, code="lower", name="Lower")


@pytest.mark.requirement("11.10(g)")
def test_an_operator_enrols_nobody(plant: Plant) -> None:
    before = User.objects.count(), record.Entry.objects.count()
    with pytest.raises(Refused, match="may not do this as Operator"):
        services.enrol_user(
            actor=plant.actor("operator"), username="friend", printed_name="Friend", password=PASSWORD_FIRST
        )
    assert (User.objects.count(), record.Entry.objects.count()) == before


def test_nothing_of_an_enrolment_stays_where_it_fails_before_the_commit(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise ConnectionError("the plug was pulled")

    monkeypatch.setattr("batchwright.people.passwords.remember", fall)
    before = record.Entry.objects.count()
    with pytest.raises(ConnectionError):
        services.enrol_user(
            actor=plant.actor("administrator"), username="half", printed_name="Half", password=PASSWORD_FIRST
        )
    assert not User.objects.filter(username="half").exists()
    assert record.Entry.objects.count() == before


def test_a_sponsors_person_belongs_to_one_company(plant: Plant) -> None:
    user = plant.user("sponsor_a")
    assert user.tenant == "ALPHA"
    assert plant.actor("sponsor_a").sponsor == "ALPHA"
    assert record.Entry.objects.filter(subject=user.subject).exclude(sponsor="ALPHA").count() == 0


@pytest.mark.requirement("11.300")
@pytest.mark.requirement("11.300(b)")
def test_a_person_chooses_a_new_password_and_never_one_of_the_last(plant: Plant) -> None:
    user = plant.user("operator")
    actor = plant.actor("operator")
    with pytest.raises(BadInput, match="used before"):
        services.change_password(actor=actor, user=user, password=PASSWORD)
    with pytest.raises(BadInput, match="used before"):
        services.change_password(actor=actor, user=user, password=PASSWORD_FIRST)
    services.change_password(actor=actor, user=user, password="yet-Another-horse-1")
    assert plant.user("operator").check_password("yet-Another-horse-1")


def test_nobody_changes_another_persons_password(plant: Plant) -> None:
    with pytest.raises(Refused, match="another person"):
        services.change_password(actor=plant.actor("qa"), user=plant.user("operator"), password="yet-Another-horse-1")


@pytest.mark.requirement("11.300")
@pytest.mark.requirement("11.300(c)")
def test_a_reset_password_must_be_changed_and_ends_all_sessions(plant: Plant) -> None:
    session = plant.session("operator")
    services.reset_password(
        actor=plant.actor("administrator"), user=plant.user("operator"), password="reset-Horse-battery-1",
        reason="seen in person",
    )  # fmt: skip
    session.refresh_from_db()
    assert session.ended_at is not None
    assert plant.user("operator").must_change_password


def test_a_person_without_a_password_has_none_to_check(plant: Plant) -> None:
    services.enrol_user(actor=record.SITE, username="federated", printed_name="Fe Derated", reason="company directory")
    user = plant.user("federated")
    assert not user.has_usable_password()
    assert not user.check_password("")
    assert not user.check_password(None)


def test_names_of_things_read_well(plant: Plant) -> None:
    assert str(plant.user("operator")) == "Operator"
    assert str(Sponsor.objects.get(code="ALPHA")) == "Alpha Pharma"
    assert plant.user("operator").subject == "user/operator"
