"""Logging in and out: what lets people in, what is refused, what locks, and that all of it is on record."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import policy, services, sessions
from batchwright.people.models import Assignment, PlantSession
from batchwright.people.permissions import Refused
from batchwright.site import settings as site_settings
from tests.people.plant import PASSWORD, PASSWORD_FIRST, Plant

LOGIN = "/accounts/login/"


def last(kind: str = "") -> record.Entry:
    """The last entry, of a type if one is named."""
    found = record.Entry.objects.order_by("-seq")
    return (found.filter(type=kind) if kind else found)[0]


def log_in(client: Client, name: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": name, "password": password})


@pytest.mark.requirement("11.10(d)")
@pytest.mark.requirement("Annex 11, 12")
def test_a_person_logs_in_by_password_and_it_is_on_record(plant: Plant, client: Client) -> None:
    assert log_in(client, " Operator ").status_code == 302
    entry = last("login.succeeded/1")
    assert (entry.actor, entry.actor_role, entry.data["methods"]) == ("operator", "operator", ["password"])
    assert client.get(reverse("people:account")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert last().type == "login.ended/1"
    assert client.get(reverse("people:account")).status_code == 302


@pytest.mark.requirement("11.300")
def test_the_plant_keeps_passwords_slow_to_guess(plant: Plant, client: Client, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = site_settings.PASSWORD_HASHERS
    user = plant.user("operator")
    services.change_password(actor=plant.actor("operator"), user=user, password="slow-Horse-battery-3")
    assert plant.user("operator").password.startswith("argon2$argon2id$")
    assert log_in(client, "operator", "slow-Horse-battery-4").status_code == 200
    assert log_in(client, "operator", "slow-Horse-battery-3").status_code == 302


@pytest.mark.requirement("11.10(d)")
def test_a_wrong_password_is_refused_and_on_record(plant: Plant, client: Client) -> None:
    answer = log_in(client, "operator", "wrong")
    assert answer.status_code == 200
    assert "is not right" in answer.content.decode()
    entry = last()
    assert (entry.type, entry.actor, entry.data["why"]) == ("login.refused/1", "site", "wrong password")
    assert entry.data["attempts"] == 1


@pytest.mark.requirement("11.10(d)")
def test_an_unknown_name_is_on_record_only_as_a_commitment(plant: Plant, client: Client) -> None:
    log_in(client, "my-secret-password", "x")
    entry = last()
    assert entry.type == "login.refused/1"
    assert b"my-secret-password" not in bytes(entry.body)
    assert re.fullmatch(r"[0-9a-f]{64}", entry.data["commitment"])
    assert "an unknown name" in entry.sentence


@pytest.mark.requirement("11.300")
@pytest.mark.requirement("11.300(d)")
def test_repeated_failures_lock_the_log_in_and_alert_at_once(plant: Plant, client: Client, settings: Settings) -> None:
    limit = settings.CONFIGURATION.lockout_attempts
    for _ in range(limit):
        answer = log_in(client, "operator", "wrong")
    assert "locked after" in answer.content.decode()
    assert last().type == "login.alert/1"
    assert last().data["attempts"] == limit
    right = log_in(client, "operator")
    assert "Try again in 15 min" in right.content.decode()
    assert last().data["why"] == "locked"
    with clock.frozen(clock.now() + timedelta(minutes=settings.CONFIGURATION.lockout_minutes)):
        log_in(client, "operator", "wrong")
        assert plant.user("operator").failed_attempts == 1
        assert log_in(client, "operator").status_code == 302
    assert plant.user("operator").failed_attempts == 0


@pytest.mark.requirement("11.300")
def test_quality_assurance_unlocks_a_log_in(plant: Plant, client: Client, settings: Settings) -> None:
    for _ in range(settings.CONFIGURATION.lockout_attempts):
        log_in(client, "operator", "wrong")
    services.unlock_user(actor=plant.actor("qa"), user=plant.user("operator"), reason="forgot it on holiday")
    assert log_in(client, "operator").status_code == 302


@pytest.mark.requirement("11.300(d)")
def test_too_many_attempts_from_one_place_are_refused_and_on_record(
    plant: Plant, client: Client, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/m/ip"}
    log_in(client, "nobody-here", "x")
    log_in(client, "operator", "x")
    assert last().data["why"] == "too many attempts from one place"
    assert plant.user("operator").failed_attempts == 0


@pytest.mark.requirement("11.10(d)")
@pytest.mark.requirement("Annex 11, 12")
def test_disabled_expired_and_roleless_people_are_refused_with_the_reason(plant: Plant, client: Client) -> None:
    qa = plant.actor("qa")
    services.disable_user(actor=qa, user=plant.user("analyst"), reason="left")
    assert "disabled" in log_in(client, "analyst").content.decode()
    assert last().data["why"] == "This log-in is disabled"
    held = Assignment.objects.get(user__username="planner")
    services.withdraw_role(actor=qa, assignment=held, reason="moves")
    assert "holds no role now" in log_in(client, "planner").content.decode()
    services.enrol_user(
        actor=qa, username="guest", printed_name="Guest", password=PASSWORD_FIRST,
        expires_at=clock.now() + timedelta(seconds=1),
    )  # fmt: skip
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        assert "has expired" in log_in(client, "guest", PASSWORD_FIRST).content.decode()


@pytest.mark.requirement("11.300")
def test_a_given_password_must_be_changed_before_anything_else(plant: Plant, client: Client) -> None:
    services.reset_password(
        actor=plant.actor("qa"), user=plant.user("operator"), password="reset-Horse-battery-1", reason="forgot"
    )
    log_in(client, "operator", "reset-Horse-battery-1")
    assert client.get("/").headers["Location"] == reverse("people:password")
    assert client.get("/api/people/users").status_code == 403
    page = client.get(reverse("people:password"))
    assert "given by somebody else" in page.content.decode()
    new = "my-Own-new-battery-2"
    answer = client.post(
        reverse("people:password"), {"current": "reset-Horse-battery-1", "password": new, "repeated": new}
    )
    assert answer.headers["Location"] == reverse("people:account")
    assert client.get(reverse("people:account")).status_code == 200, "the session goes on"
    assert last().type == "password.changed/1"


@pytest.mark.requirement("11.300")
@pytest.mark.requirement("11.300(b)")
def test_an_old_password_must_be_changed(plant: Plant, client: Client, settings: Settings) -> None:
    log_in(client, "operator")
    days = settings.CONFIGURATION.password_days
    later = clock.now() + timedelta(days=days)
    with clock.frozen(later):
        log_in(client, "operator")
        assert client.get("/").status_code == 302
        assert "older than" in client.get(reverse("people:password")).content.decode()
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"password_days": 0})
    with clock.frozen(later):
        assert client.get("/").status_code == 200


def test_a_password_form_says_what_is_wrong(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    address = reverse("people:password")
    good = "my-Own-new-battery-2"
    wrong = client.post(address, {"current": "wrong", "password": good, "repeated": good})
    assert (wrong.status_code, last().type) == (403, "login.refused/1")
    assert "This is not your password" in wrong.content.decode()
    differ = client.post(address, {"current": PASSWORD, "password": good, "repeated": "other-battery-22"})
    assert "differ" in differ.content.decode()
    weak = client.post(address, {"current": PASSWORD, "password": "short", "repeated": "short"})
    assert (weak.status_code, "too short" in weak.content.decode()) == (400, True)


@pytest.mark.requirement("11.10(d)")
@pytest.mark.parametrize(("limit", "why"), [("idle", "idle"), ("absolute", "absolute")])
def test_a_session_ends_at_its_limits(plant: Plant, client: Client, settings: Settings, limit: str, why: str) -> None:
    short = {"session_absolute_minutes": 60}  # a whole shift has the same edge, and forty pages more
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=short)
    log_in(client, "operator")
    minutes = getattr(settings.CONFIGURATION, f"session_{limit}_minutes")
    start = clock.now()
    if limit == "absolute":
        for minute in range(0, minutes, 14):
            with clock.frozen(start + timedelta(minutes=minute)):
                assert client.get(reverse("people:account")).status_code == 200
    with clock.frozen(start + timedelta(minutes=minutes, seconds=1)):
        assert client.get(reverse("people:account")).status_code == 302
    assert (last().type, last().data["why"]) == ("login.ended/1", why)
    assert PlantSession.objects.get().ended_why == why


def test_a_page_that_only_polls_does_not_keep_a_session_alive(plant: Plant, client: Client) -> None:
    log_in(client, "operator")
    start = PlantSession.objects.get().seen_at
    with clock.frozen(start + timedelta(minutes=5)):
        client.get(reverse("people:account"), headers={"HX-Request": "true"})
        assert PlantSession.objects.get().seen_at == start
        client.get(reverse("people:account"))
        assert PlantSession.objects.get().seen_at == start + timedelta(minutes=5)


@pytest.mark.requirement("ALCOA+ attributable")
def test_only_a_few_sessions_go_on_at_the_same_time(plant: Plant) -> None:
    clients = [Client() for _ in range(policy.PARALLEL_SESSIONS + 1)]
    for client in clients:
        log_in(client, "operator")
    assert clients[0].get(reverse("people:account")).status_code == 302
    assert clients[-1].get(reverse("people:account")).status_code == 200
    assert PlantSession.objects.filter(ended_why="replaced").count() == 1


def test_a_person_ends_another_of_the_own_sessions_and_nobody_elses(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    other, foreign = plant.session("operator"), plant.session("qa")
    assert client.post(reverse("people:session-end", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("people:session-end", args=[other.pk])).status_code == 302
    other.refresh_from_db()
    assert other.ended_why == "ended elsewhere"


def test_a_disabled_person_is_out_with_the_next_request(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    services.disable_user(actor=plant.actor("qa"), user=plant.user("operator"), reason="left")
    assert client.get(reverse("people:account")).status_code == 302
    assert client.get("/api/people/users").status_code == 401
    assert PlantSession.objects.get().ended_why == "disabled"


def test_a_withdrawn_role_ends_the_session_that_acted_in_it(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    held = Assignment.objects.get(user__username="operator")
    services.withdraw_role(actor=plant.actor("qa"), assignment=held, reason="moves")
    assert client.post(reverse("people:password")).headers["Location"] == LOGIN
    assert last().data["why"] == "role withdrawn"


def test_a_browser_session_without_the_plants_own_is_nobodys(plant: Plant, client: Client) -> None:
    client.force_login(plant.user("qa"))
    assert client.get(reverse("people:account")).status_code == 302
    client.force_login(plant.user("qa"))
    assert client.get("/api/people/users").status_code == 401


def test_a_person_switches_the_role_and_comes_back_to_the_page(plant: Plant, client: Client) -> None:
    services.assign_role(actor=record.SITE, user=plant.user("operator"), role="supervisor")
    plant.log_in(client, "operator")
    address = reverse("people:act_as")
    assert client.post(address, {"role": "supervisor", "next": "/people/"}).headers["Location"] == "/people/"
    assert client.post(address, {"role": "operator", "next": "https://evil.example"}).headers["Location"] == "/"
    assert client.post(address, {"role": "qa"}).status_code == 403
    assert client.get(address).status_code == 405


def code_for(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def test_one_time_codes_are_set_up_asked_for_and_removed_on_record(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    page = client.get(reverse("people:codes"))
    secret = page.context["secret"]
    assert secret in page.content.decode()
    wrong = client.post(reverse("people:codes"), {"code": "000000", "password": PASSWORD})
    assert "does not belong" in wrong.content.decode()
    assert wrong.context["secret"] == secret, "the same secret is shown again"
    done = client.post(reverse("people:codes"), {"code": code_for(secret), "password": PASSWORD})
    assert (done.status_code, last().type) == (302, "second_factor.enrolled/1")
    assert secret.encode() not in bytes(last().body)
    account = client.get(reverse("people:account")).content.decode()
    assert "Remove codes" in account

    other = Client()
    assert log_in(other, "operator").headers["Location"] == reverse("mfa_authenticate")
    assert other.get(reverse("people:account")).status_code == 302
    assert other.get(reverse("mfa_authenticate")).status_code == 200
    refused = other.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert refused.status_code == 200
    assert last().data["why"] == "second factor not accepted"
    assert other.post(reverse("mfa_authenticate"), {"code": code_for(secret)}).status_code == 302
    assert last().data["methods"] == ["password", "one-time code"]

    removed = client.post(reverse("people:codes-remove"), {"reason": "new phone", "password": PASSWORD})
    assert (removed.status_code, last().type) == (302, "second_factor.removed/1")
    again = client.post(reverse("people:codes-remove"), {"reason": "new phone", "password": PASSWORD})
    assert "not set up" in again.content.decode()


@pytest.mark.requirement("11.300(d)")
def test_wrong_codes_lock_the_log_in(plant: Plant, client: Client, settings: Settings) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"lockout_attempts": 2})
    services.enrol_totp(actor=plant.actor("operator"), user=plant.user("operator"), secret="A" * 32)
    log_in(client, "operator")
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert client.post(reverse("mfa_authenticate"), {"code": "000001"}).headers["Location"] == LOGIN
    assert last().type == "login.alert/1"
    assert client.get(reverse("mfa_authenticate")).headers["Location"] == LOGIN


@pytest.mark.requirement("11.300(c)")
def test_a_lost_device_is_taken_off_by_quality_assurance(plant: Plant, client: Client) -> None:
    services.enrol_totp(actor=plant.actor("operator"), user=plant.user("operator"), secret="A" * 32)
    with pytest.raises(DomainError, match="set up already"):
        services.enrol_totp(actor=plant.actor("operator"), user=plant.user("operator"), secret="A" * 32)
    with pytest.raises(Refused, match="may not do this"):
        services.remove_totp(actor=plant.actor("supervisor"), user=plant.user("operator"), reason="lost")
    plant.log_in(client, "qa")
    client.post(reverse("people:remove-codes", args=["operator"]), {"reason": "phone lost, seen in person"})
    assert log_in(Client(), "operator").headers["Location"] == "/"


def test_a_locked_person_is_turned_away_after_any_first_proof(plant: Plant, client: Client) -> None:
    services.enrol_totp(actor=plant.actor("operator"), user=plant.user("operator"), secret="A" * 32)
    log_in(client, "operator")
    services.disable_user(actor=plant.actor("qa"), user=plant.user("operator"), reason="left")
    answer = client.post(reverse("mfa_authenticate"), {"code": code_for("A" * 32)})
    assert answer.headers["Location"] == LOGIN
    assert last().data["why"] == "This log-in is disabled"


def test_a_passkey_that_proves_nobody_is_on_record(plant: Plant, client: Client) -> None:
    assert client.get(reverse("mfa_login_webauthn")).status_code == 302
    options = client.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}).json()
    assert options["request_options"]["publicKey"]["userVerification"] == "required"
    assert client.post(reverse("mfa_login_webauthn"), {"credential": "{}"}).headers["Location"] == LOGIN
    assert last().data["why"] == "passkey not accepted"


def test_nobody_signs_up_or_resets_a_password_by_mail(plant: Plant, client: Client) -> None:
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/email/", "/accounts/2fa/"):
        assert client.get(path).status_code in (302, 404)
        plant.log_in(client, "operator")
        assert client.get(path).status_code == 404
        client.logout()


def test_a_stranger_is_sent_to_the_log_in_page_and_back(plant: Plant, client: Client) -> None:
    answer = client.get("/people/?q=x")
    assert answer.headers["Location"] == f"{LOGIN}?next=/people/%3Fq%3Dx"
    assert client.get("/api/people/users").json() == {"message": "Sign in first."}
    logged = client.post(f"{LOGIN}", {"login": "qa", "password": PASSWORD, "next": "/people/?q=x"})
    assert logged.headers["Location"] == "/people/?q=x"


def test_a_person_without_a_password_proves_it_by_a_fresh_log_in(plant: Plant, client: Client) -> None:
    services.enrol_user(actor=record.SITE, username="federated", printed_name="Fe Derated", reason="directory")
    services.assign_role(actor=record.SITE, user=plant.user("federated"), role="operator")
    plant.log_in(client, "federated")
    secret = client.get(reverse("people:codes")).context["secret"]
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        late = client.post(reverse("people:codes"), {"code": code_for(secret), "password": "-"})
        assert "You have no password here" in late.content.decode()
    assert client.post(reverse("people:codes"), {"code": code_for(secret), "password": "-"}).status_code == 302


def test_nobody_can_write_people_past_the_record_through_allauth(plant: Plant) -> None:
    from allauth.account.adapter import get_adapter

    adapter = get_adapter()
    with pytest.raises(record.Unrecorded):
        adapter.set_password(plant.user("operator"), "x")
    assert not adapter.is_open_for_signup(None)
    assert not adapter.is_reauthentication_required(app="allauth.mfa")
    assert adapter.send_mail("x", "a@example.com", {}) is None


def test_a_locked_person_cannot_prove_the_own_password(plant: Plant, settings: Settings) -> None:
    attempt = sessions.Attempt(method="password", address="192.0.2.1")
    for _ in range(settings.CONFIGURATION.lockout_attempts):
        with pytest.raises(services.NotProven):
            services.prove_password(user=plant.user("qa"), password="wrong", attempt=attempt)
    with pytest.raises(services.Locked):
        services.prove_password(user=plant.user("qa"), password=PASSWORD, attempt=attempt)
    before = plant.user("qa").failed_attempts
    sessions.refuse_known(user=plant.user("qa"), why="wrong password", attempt=attempt, counts=True)
    assert plant.user("qa").failed_attempts == before, "a locked log-in is not locked for longer by trying"
