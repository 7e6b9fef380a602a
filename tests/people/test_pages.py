"""People's pages: what is asked, done and refused in the browser."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse

from batchwright import record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people import base64url, services
from batchwright.people.adapters import webauthn
from batchwright.people.models import Assignment, Passkey, User
from batchwright.people.permission_page import page as permission_page
from batchwright.people.permissions import Refused
from tests.people import passkeys
from tests.people.passkeys import SoftPasskey
from tests.people.plant import PASSWORD, PASSWORD_FIRST, Plant

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "permissions.md"


def last() -> record.Entry:
    return record.Entry.objects.order_by("-seq")[0]


def post(client: Client, page: str, /, *arguments: Any, **form: Any) -> Any:
    return client.post(reverse(page, args=arguments), form)


def test_the_printed_table_is_the_one_that_decides() -> None:
    assert REFERENCE.read_text("utf-8") == permission_page(), "run: batchwright user roles --markdown"


def test_a_person_is_enrolled_given_a_role_and_found(plant: Plant, client: Client) -> None:
    plant.log_in(client, "administrator")
    assert client.get(reverse("people:enrol")).status_code == 200
    form = {"username": "m.rossi", "printed_name": "Marta Rossi", "password": PASSWORD_FIRST, "reason": "passport seen"}
    enrolled = post(client, "people:enrol", **form, idempotency_key="once")
    assert enrolled.headers["Location"] == reverse("people:person", args=["m.rossi"])
    assert post(client, "people:enrol", **form, idempotency_key="once").status_code == 302
    taken = post(client, "people:enrol", **form)
    assert (taken.status_code, "never used again" in taken.content.decode()) == (400, True)
    assert post(client, "people:enrol").status_code == 400
    assigned = post(client, "people:assign", "m.rossi", role="analyst", reason="new", valid_from="2026-01-01")
    assert assigned.status_code == 302
    found = client.get(reverse("people:people"), {"q": "rossi", "role": "analyst"}).content.decode()
    assert "Marta Rossi" in found
    assert "Olga" not in found
    nobody = client.get(reverse("people:people"), {"q": "nobody of this name"}).content.decode()
    assert "Nobody is found" in nobody
    key = Assignment.objects.get(user__username="m.rossi").pk
    assert post(client, "people:withdraw", key, reason="mistake").status_code == 302
    assert last().type == "role.withdrawn/1"
    assert post(client, "people:withdraw", 9999, reason="x").status_code == 404


def test_a_sponsors_person_is_enrolled_for_the_company(plant: Plant, client: Client) -> None:
    plant.log_in(client, "administrator")
    assert post(client, "people:sponsor-enrol", code="GAMMA", name="Gamma Cells").status_code == 302
    assert "Gamma Cells" in client.get(reverse("people:sponsors")).content.decode()
    post(
        client, "people:enrol", username="g.one", printed_name="G One", password=PASSWORD_FIRST, reason="contract",
        sponsor="GAMMA", expires="2030-12-31",
    )  # fmt: skip
    assert User.objects.get(username="g.one").tenant == "GAMMA"


def test_a_log_in_is_corrected_disabled_enabled_unlocked_and_reset(plant: Plant, client: Client) -> None:
    plant.log_in(client, "qa")
    user = plant.user("operator")
    change = post(
        client, "people:change", "operator", printed_name="Olga Operator", email="", reason="married",
        expected_version=user.version,
    )  # fmt: skip
    assert change.status_code == 302
    stale = post(client, "people:disable", "operator", reason="left", expected_version=user.version)
    assert (stale.status_code, "Qa changed" in stale.content.decode()) == (409, True)
    for act, kind in (("disable", "user.disabled/1"), ("enable", "user.enabled/1"), ("unlock", "user.unlocked/1")):
        assert client.get(reverse(f"people:{act}", args=["operator"])).status_code == 200
        assert post(client, f"people:{act}", "operator", reason="because").status_code == 302
        assert last().type == kind
    assert post(client, "people:reset", "operator", password="reset-Horse-battery-1", reason="seen").status_code == 302
    assert last().type == "password.reset/1"
    own = post(client, "people:disable", "qa", reason="because")
    assert (own.status_code, "own roles or log-in" in own.content.decode()) == (403, True)
    assert post(client, "people:disable", "nobody", reason="x").status_code == 404
    page = client.get(reverse("people:person", args=["operator"])).content.decode()
    assert "Olga Operator" in page
    assert "Log-in operator disabled" in page


@pytest.mark.requirement("11.300")
def test_a_passkey_is_enrolled_logs_in_and_is_revoked(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    address = reverse("people:passkey-enrol")
    passkey = SoftPasskey(ec.generate_private_key(ec.SECP256R1()), b"a passkey of the tests")
    options = client.get(address).context["creation_options"]["publicKey"]
    assert options["rp"]["id"] == "localhost"
    form = {
        "label": "Olga's key",
        "password": PASSWORD,
        "credential": json.dumps(passkey.register(options["challenge"])),
    }
    assert client.post(address, {**form, "credential": "{}"}).status_code == 400
    options = client.get(address).context["creation_options"]["publicKey"]
    form["credential"] = json.dumps(passkey.register(options["challenge"]))
    assert client.post(address, form).status_code == 302
    entry = last()
    assert (entry.type, entry.data["label"], entry.data["algorithm"]) == ("passkey.enrolled/1", "Olga's key", -7)
    assert "Olga&#x27;s key" in client.get(reverse("people:account")).content.decode()

    browser = Client()
    asked = browser.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}).json()
    passkey.user_handle = options["user"]["id"]
    answer = passkey.answer(asked["request_options"]["publicKey"]["challenge"])
    assert browser.post(reverse("mfa_login_webauthn"), {"credential": answer}).headers["Location"] == "/"
    assert last().data["methods"] == ["passkey"]
    assert browser.get(reverse("people:account")).status_code == 200

    second = Client()
    login = second.post(reverse("account_login"), {"login": "operator", "password": PASSWORD})
    assert login.headers["Location"] == reverse("mfa_authenticate"), "a passkey is also the second proof"
    challenge = second.get(reverse("mfa_authenticate")).context["js_data"]["request_options"]["publicKey"]["challenge"]
    assert second.post(reverse("mfa_authenticate"), {"credential": "{}"}).status_code == 200
    challenge = second.get(reverse("mfa_authenticate")).context["js_data"]["request_options"]["publicKey"]["challenge"]
    assert second.post(reverse("mfa_authenticate"), {"credential": passkey.answer(challenge)}).status_code == 302

    key = Passkey.objects.get().pk
    assert post(client, "people:passkey-revoke", key, password=PASSWORD, reason="lost").status_code == 302
    asked = Client().get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}).json()
    again = Client().post(reverse("mfa_login_webauthn"), {"credential": answer})
    assert again.headers["Location"] == reverse("account_login")
    assert post(client, "people:passkey-revoke", 999, password=PASSWORD, reason="lost").status_code == 404


@pytest.mark.requirement("11.300(c)")
def test_a_lost_passkey_is_revoked_by_quality_assurance(plant: Plant, client: Client) -> None:
    passkeys.enrol(plant, "operator")
    key = Passkey.objects.get().pk
    with pytest.raises(Refused):
        services.revoke_passkey(actor=plant.actor("supervisor"), passkey=Passkey.objects.get(), reason="found")
    plant.log_in(client, "qa")
    assert "test key" in client.get(reverse("people:person", args=["operator"])).content.decode()
    assert post(client, "people:revoke-passkey", "operator", key, reason="lost").status_code == 302
    assert post(client, "people:revoke-passkey", "qa", key, reason="lost").status_code == 404
    assert str(Passkey.objects.get()) == "test key"
    assert Passkey.objects.get().subject.startswith("passkey/")


def test_a_passkey_is_enrolled_once(plant: Plant) -> None:
    passkeys.enrol(plant, "operator", credential_id=b"the same")
    with pytest.raises(DomainError, match="enrolled before"):
        passkeys.enrol(plant, "qa", credential_id=b"the same")


@pytest.mark.requirement("11.300(e)")
def test_a_passkey_that_cannot_be_checked_offline_or_verified_nobody_is_refused(plant: Plant, client: Client) -> None:
    with pytest.raises(BadInput, match="cannot be checked offline"):
        webauthn.spki({1: 2, 3: -35, -1: 2, -2: b"x", -3: b"y"})
    with pytest.raises(BadInput, match="could not be enrolled"):
        webauthn.registered([])
    with pytest.raises(BadInput, match="cannot be read"):
        base64url.from_base64url("!")


def test_the_json_edge_shows_what_the_caller_may_know(plant: Plant, client: Client) -> None:
    services.define_qualification(
        actor=plant.actor("qa"), code="WEIGH", title="Weighing", document="SOP-014", edition="1",
        needed_for=("role/operator",),
    )  # fmt: skip
    plant.log_in(client, "qa")
    users = client.get("/api/people/users", {"role": "operator"}).json()
    assert users == [
        {"username": "operator", "printed_name": "Operator", "sponsor": None, "active": True, "roles": ["Operator"]}
    ]
    roles = {one["code"]: one for one in client.get("/api/people/roles").json()}
    assert "sign.released" in roles["qualified_person"]["actions"]
    training = client.get("/api/people/training").json()
    assert training == [
        {"username": "operator", "qualification": "WEIGH", "edition": "1", "state": "missing", "needed": True,
         "expires_at": None}
    ]  # fmt: skip
    sponsor = plant.log_in(Client(), "sponsor_a")
    assert [one["username"] for one in sponsor.get("/api/people/users").json()] == ["sponsor_a"]
    refused = sponsor.get("/api/people/training")
    assert (refused.status_code, refused.json()["limit"] != "") == (403, True)


def test_states_of_a_log_in_are_shown_in_words(plant: Plant, client: Client) -> None:
    for _ in range(5):
        Client().post("/accounts/login/", {"login": "operator", "password": "wrong"})
    services.disable_user(actor=plant.actor("qa"), user=plant.user("analyst"), reason="left")
    plant.log_in(client, "qa")
    page = client.get(reverse("people:people")).content.decode()
    assert "locked" in page
    assert "disabled" in page
    assert "Unlock log-in" in client.get(reverse("people:person", args=["operator"])).content.decode()
    assert "Enable log-in" in client.get(reverse("people:person", args=["analyst"])).content.decode()


@pytest.mark.requirement("ALCOA+ legible")
def test_every_entry_of_people_reads_as_a_sentence(plant: Plant) -> None:
    from batchwright.people import demo

    demo.seed()
    sentences = {entry.type: entry.sentence for entry in record.Entry.objects.all()}
    assert len(sentences) > 15
    assert all(sentence and not sentence.startswith(kind) for kind, sentence in sentences.items())


def test_the_demo_is_seeded_once_and_its_record_is_whole(db: None) -> None:
    from batchwright.people import demo
    from batchwright.record import verification

    first = demo.seed()
    count = record.Entry.objects.count()
    assert demo.seed() == first == demo.log_ins()
    assert record.Entry.objects.count() == count
    assert len(first) == 11
    assert verification.verify().whole
    for person in demo.PEOPLE:
        answer = Client().post("/accounts/login/", {"login": person.username, "password": person.password})
        assert answer.headers["Location"] == "/", person.username
