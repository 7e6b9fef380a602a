"""The edges of people's pages and passkeys: malformed, unverified, out of order."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.test import Client
from django.urls import reverse

from batchwright.people import policy, services, sessions
from batchwright.people.adapters import webauthn
from batchwright.people.models import Edition, ExternalIdentity, Grant, Need, PastPassword, Role, TrainingRecord
from batchwright.people.permissions import Refused
from tests.people.passkeys import PRESENT, Key, SoftPasskey
from tests.people.plant import PASSWORD, Plant


def enrolment(client: Client, passkey: SoftPasskey) -> str:
    """The page's answer to an enrolment."""
    address = reverse("people:passkey-enrol")
    challenge = client.get(address).context["creation_options"]["publicKey"]["challenge"]
    form = {"label": "", "password": PASSWORD, "credential": json.dumps(passkey.register(challenge))}
    answer = client.post(address, {**form, "label": "key"})
    return "" if answer.status_code == 302 else answer.content.decode()


@pytest.mark.requirement("11.200(b)")
def test_a_passkey_that_did_not_verify_its_user_is_not_enrolled(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    weak = SoftPasskey(ec.generate_private_key(ec.SECP256R1()), b"weak", flags=PRESENT)
    assert "passkey" in enrolment(client, weak)
    assert not plant.user("operator").passkeys.exists()


@pytest.mark.parametrize(
    "key", [ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)], ids=["EdDSA", "RS256"]
)
@pytest.mark.requirement("11.300(e)")
def test_passkeys_of_every_checkable_kind_are_enrolled(plant: Plant, client: Client, key: Key) -> None:
    plant.log_in(client, "operator")
    assert enrolment(client, SoftPasskey(key, b"credential")) == ""
    assert plant.user("operator").passkeys.get().algorithm in webauthn.ALGORITHMS


def test_an_answer_to_no_challenge_is_not_enrolled(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    passkey = SoftPasskey(ec.generate_private_key(ec.SECP256R1()), b"early")
    form = {"label": "key", "password": PASSWORD, "credential": json.dumps(passkey.register("AAAA"))}
    assert "could not be enrolled" in client.post(reverse("people:passkey-enrol"), form).content.decode()
    form["credential"] = json.dumps([1])
    assert "could not be enrolled" in client.post(reverse("people:passkey-enrol"), form).content.decode()


def test_a_person_without_any_role_has_no_first_one(plant: Plant) -> None:
    services.enrol_user(actor=plant.actor("qa"), username="fresh", printed_name="Fresh", reason="hired")
    with pytest.raises(Refused, match="holds no role now"):
        sessions.first_actor(plant.user("fresh"))
    sessions.require_unlocked_now(plant.user("fresh"))


def test_a_form_without_keys_or_with_odd_ones_still_acts(plant: Plant, client: Client) -> None:
    plant.log_in(client, "qa")
    address = reverse("people:disable", args=["operator"])
    assert client.post(address, {"reason": "left", "expected_version": "x", "idempotency_key": ""}).status_code == 302
    address = reverse("people:qualification", args=["NONE"])
    assert client.get(address).status_code == 404
    assert client.get(reverse("people:edition-issue", args=["NONE"])).status_code == 404
    assert client.get(reverse("people:training-record", args=[999])).status_code == 404


def test_rows_of_people_say_what_they_are(plant: Plant) -> None:
    services.define_qualification(
        actor=plant.actor("qa"), code="WEIGH", title="Weighing", document="SOP-014", edition="1",
        needed_for=("operation/weighing",),
    )  # fmt: skip
    services.plan_training(actor=plant.actor("qa"), user=plant.user("operator"), edition=Edition.objects.get())
    services.link_identity(user=plant.user("operator"), issuer="https://id.example", external_id="7")
    said = [str(kind.objects.all()[0]) for kind in (Edition, Need, TrainingRecord, ExternalIdentity, Role, Grant)]
    assert said[0] == "SOP-014 1"
    assert said[2] == "training/operator/WEIGH/1/1"
    assert all(said)
    assert str(PastPassword.objects.all()[0])
    assert Role.objects.get(code="qa").subject == "role/qa"
    assert Edition.objects.get().qualification.subject == "qualification/WEIGH"
    assert policy.current().public_host == "localhost"


@pytest.mark.requirement("11.10(d)")
def test_a_sponsors_person_sees_nothing_of_the_plants_training_or_of_others(plant: Plant) -> None:
    services.define_qualification(
        actor=plant.actor("qa"), code="WEIGH", title="Weighing", document="SOP-014", edition="1",
        needed_for=("operation/weighing",),
    )  # fmt: skip
    services.plan_training(actor=plant.actor("qa"), user=plant.user("operator"), edition=Edition.objects.get())
    actor = plant.actor("sponsor_a")
    from batchwright.people import models

    plants_own = (models.Qualification, models.Edition, models.Need, models.TrainingRecord, models.Signature)
    for kind in plants_own:
        assert not kind.visible_to(actor).exists()
    for table in (models.User, models.Sponsor, models.Assignment, models.PastPassword):
        rows = list(table.visible_to(actor))
        assert rows, table
        for row in rows:
            assert "ALPHA" in (getattr(row, "code", ""), getattr(getattr(row, "user", row), "tenant", ""))
    assert models.User.visible_to(plant.actor("qa")).count() == len(plant.people)
