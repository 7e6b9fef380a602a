"""Electronic signatures: who, what, when and why, and what makes one void."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pytest_django import Settings

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people import meanings, permissions, services, sessions, signing
from batchwright.people.evidence import PasskeyEvidence, PasswordEvidence, statement_hash
from batchwright.people.models import Challenge, Signature, Sponsor
from batchwright.people.permissions import Refused
from batchwright.people.signing import SignatureRefused
from batchwright.people.statement import Statement
from batchwright.people.validity import signature_status
from batchwright.record import verifier
from tests.people import passkeys
from tests.people.desk import Desk, Reviewed
from tests.people.plant import ADDRESS, Plant


@pytest.mark.requirement("11.50")
@pytest.mark.requirement("11.50(a)", "Annex 11, 14")
def test_a_signature_shows_printed_name_time_meaning_and_what_was_shown(desk: Desk) -> None:
    receipt = desk.sign(desk.prepare(), desk.password())
    signature = Signature.objects.get()
    entry = record.Entry.objects.get(seq=receipt.seq)
    assert (signature.printed_name, signature.meaning, signature.method) == ("Qa", "reviewed", "password")
    assert abs(signature.signed_at - entry.at) < timedelta(seconds=5)
    (attestation,) = entry.content["attestations"]
    assert attestation["statement"]["shown"] == signature.shown == "Alpha Pharma is our sponsor."
    assert verifier.verify_attestation(attestation, entry.content, entry.envelope["at"]).endswith("by the plant")
    assert str(signature) == "Qa reviewed sponsor/ALPHA"
    assert signature.subject == "sponsor/ALPHA"


@pytest.mark.requirement("11.50")
@pytest.mark.requirement("11.70")
@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["ES256", "EdDSA", "RS256"],
)  # fmt: skip
def test_a_passkey_signs_the_statement_itself_and_anybody_can_check_it(desk: Desk, key: passkeys.Key) -> None:
    passkey = passkeys.enrol(desk.plant, "qa", key)
    prepared = desk.prepare()
    assert prepared.methods == ("passkey", "password")
    options = prepared.passkey_options()["publicKey"]
    assert options["userVerification"] == "required"
    assert options["allowCredentials"][0]["id"] == prepared.passkeys[0]
    receipt = desk.sign(prepared, passkey.sign(prepared))
    entry = record.Entry.objects.get(seq=receipt.seq)
    said = verifier.verify_attestation(entry.content["attestations"][0], entry.content, entry.envelope["at"])
    assert "Qa (qa) signed as 'reviewed'" in said
    assert signature_status(Signature.objects.get()).valid


@pytest.mark.requirement("11.200")
@pytest.mark.requirement("11.200(a)")
def test_the_first_signing_asks_for_all_components_and_later_ones_for_one(desk: Desk) -> None:
    first = desk.prepare()
    assert first.asks_username
    with pytest.raises(SignatureRefused, match="user name is asked for"):
        desk.sign(first, desk.password(username=""))
    desk.sign(first, desk.password())
    desk.session.refresh_from_db()
    later = desk.prepare()
    assert not later.asks_username
    desk.sign(later, desk.password(username=""))
    fresh = desk.plant.session("qa")
    assert desk.plant.prepare("qa", desk.row, "reviewed", fresh).asks_username, "a new session asks for all again"


@pytest.mark.requirement("11.200")
def test_the_plant_decides_how_strongly_each_meaning_is_signed(desk: Desk, settings: Settings) -> None:
    strict = settings.CONFIGURATION.model_copy(update={"reauthentication": {"reviewed": "full", "approved": "passkey"}})
    settings.CONFIGURATION = strict
    desk.sign(desk.prepare(), desk.password())
    desk.session.refresh_from_db()
    assert desk.prepare().asks_username
    with pytest.raises(SignatureRefused, match="needs a passkey"):
        desk.prepare(meaning="approved")
    passkey = passkeys.enrol(desk.plant, "qa")
    prepared = desk.prepare(meaning="approved")
    assert prepared.methods == ("passkey",)
    with pytest.raises(SignatureRefused, match="passkey only"):
        desk.sign(prepared, desk.password())
    desk.sign(prepared, passkey.sign(prepared, username="qa"))


@pytest.mark.requirement("11.10(j)")
def test_nobody_signs_before_accepting_to_be_accountable(plant: Plant) -> None:
    row, session = Sponsor.objects.get(code="ALPHA"), plant.session("qa")
    with pytest.raises(SignatureRefused, match="accountability statement"):
        plant.prepare("qa", row, "reviewed", session)
    plant.accept("qa")
    assert "legally binding" in record.Entry.objects.get(type="statement.accepted/1").data["text"]
    plant.prepare("qa", row, "reviewed", session)


@pytest.mark.requirement("11.100(c)")
def test_nobody_accepts_the_statement_for_another(plant: Plant) -> None:
    with pytest.raises(Refused, match="another person"):
        services.accept_statement(actor=plant.actor("qa"), user=plant.user("operator"))


@pytest.mark.requirement("11.10(g)")
def test_a_role_signs_only_with_the_meanings_it_holds(desk: Desk) -> None:
    with pytest.raises(Refused, match=r"sign\.released"):
        desk.prepare(meaning="released")
    with pytest.raises(Refused, match="no such meaning"):
        desk.prepare(meaning="blessed")
    assert {one.action for one in meanings.MEANINGS} <= set(permissions.ACTION_CODES)


@pytest.mark.requirement("11.300")
def test_wrong_passwords_are_on_record_and_lock_the_signer(desk: Desk, settings: Settings) -> None:
    prepared = desk.prepare()
    wrong = PasswordEvidence(password="wrong", username="qa")
    for _ in range(settings.CONFIGURATION.lockout_attempts):
        with pytest.raises(SignatureRefused, match="does not prove"):
            desk.sign(prepared, wrong)
    refused = record.Entry.objects.filter(type="signature.refused/1")
    assert refused.count() == settings.CONFIGURATION.lockout_attempts - 1
    alert = record.Entry.objects.get(type="login.alert/1")
    assert alert.data["method"] == "password"
    with pytest.raises(Refused, match="locked"):
        desk.sign(prepared, desk.password())
    with pytest.raises(Refused, match="locked"):
        desk.prepare()
    assert not Signature.objects.exists()


@pytest.mark.requirement("11.200")
@pytest.mark.requirement("11.200(a)")
def test_another_persons_user_name_does_not_sign(desk: Desk) -> None:
    with pytest.raises(SignatureRefused, match="does not prove"):
        desk.sign(desk.prepare(), desk.password(username="supervisor"))
    assert desk.plant.user("qa").failed_attempts == 1


@pytest.mark.requirement("11.200")
@pytest.mark.requirement("11.100(a)")
def test_another_persons_passkey_does_not_sign(desk: Desk) -> None:
    other = passkeys.enrol(desk.plant, "supervisor")
    prepared = desk.prepare()
    with pytest.raises(SignatureRefused, match="not yours"):
        desk.sign(prepared, other.sign(prepared))


@pytest.mark.requirement("11.300(c)")
def test_a_revoked_passkey_signs_no_more_but_what_it_signed_stays_valid(desk: Desk) -> None:
    passkey = passkeys.enrol(desk.plant, "qa")
    prepared = desk.prepare()
    desk.sign(prepared, passkey.sign(prepared))
    held = desk.plant.user("qa").passkeys.get()
    late = desk.prepare()
    given = passkey.sign(late)
    proof = signing.prove(actor=desk.plant.actor("qa"), name=late.name, given=given, session=desk.session)
    services.revoke_passkey(actor=desk.plant.actor("qa"), passkey=held, reason="lost")
    with pytest.raises(SignatureRefused, match="not yours, or it was revoked"):
        desk.sign(late, given)
    with pytest.raises(SignatureRefused, match="changed meanwhile"), _entry(desk) as entry:
        _sign(desk, entry, proof)
    assert signature_status(Signature.objects.get()).valid
    with pytest.raises(DomainError, match="revoked already"):
        services.revoke_passkey(actor=desk.plant.actor("qa"), passkey=held, reason="again")


def _sign(desk: Desk, entry: record.OpenEntry, proof: signing.Proof) -> None:
    said = proof.statement
    signing.sign(entry, row=desk.row, meaning=said.meaning, shown=lambda _row: said.shown, proof=proof)


def _entry(desk: Desk, row: Sponsor | str | None = None, name: str = "qa") -> Any:
    return record.entry(Reviewed(), actor=desk.plant.actor(name), subject=row or desk.row)


def test_a_password_changed_between_proof_and_act_stops_the_signature(desk: Desk) -> None:
    prepared = desk.prepare()
    actor = desk.plant.actor("qa")
    proof = signing.prove(actor=actor, name=prepared.name, given=desk.password(), session=desk.session)
    services.change_password(
        actor=actor, user=desk.plant.user("qa"), password="yet-Another-horse-1", session=desk.session
    )
    with pytest.raises(SignatureRefused, match="changed meanwhile"), _entry(desk) as entry:
        _sign(desk, entry, proof)


@pytest.mark.requirement("11.70")
@pytest.mark.parametrize("part", ["challenge", "origin", "rp_id", "flags", "key"])
def test_a_passkeys_answer_to_anything_else_is_refused(desk: Desk, part: str) -> None:
    passkey = passkeys.enrol(desk.plant, "qa")
    prepared = desk.prepare()
    if part == "key":
        passkey.key = ec.generate_private_key(ec.SECP256R1())
    elif part != "challenge":
        value: Any = {"origin": "https://evil.example", "rp_id": "evil.example", "flags": 0x01}[part]
        setattr(passkey, part, value)
    given = passkey.sign(prepared, challenge=bytes(32) if part == "challenge" else None)
    with pytest.raises(SignatureRefused, match="does not prove"):
        desk.sign(prepared, given)
    assert not Signature.objects.exists()


@pytest.mark.requirement("11.70")
def test_a_statement_is_signed_once(desk: Desk) -> None:
    prepared = desk.prepare()
    desk.sign(prepared, desk.password())
    with pytest.raises(SignatureRefused, match="signed already"):
        desk.sign(prepared, desk.password())


def test_the_same_form_sent_twice_signs_once_and_answers_the_same(desk: Desk) -> None:
    prepared = desk.prepare()
    first = desk.sign(prepared, desk.password(), idempotency_key="k")
    with pytest.raises(record.AlreadyRecorded) as again:
        desk.sign(prepared, desk.password(), idempotency_key="k")
    assert again.value.receipt.seq == first.seq
    assert Signature.objects.count() == 1


def test_a_failed_act_leaves_the_statement_to_be_signed_again(desk: Desk) -> None:
    prepared = desk.prepare()
    arguments: dict[str, Any] = {
        "actor": desk.plant.actor("qa"), "row": desk.row, "name": prepared.name, "given": desk.password(),
        "session": desk.session, "address": ADDRESS, "meaning": "reviewed",
        "shown": lambda _row: prepared.statement.shown,
    }  # fmt: skip
    with pytest.raises(DomainError, match="scale"), signing.signed_entry(Reviewed(), **arguments):
        raise DomainError("the scale is not ready")
    assert not Signature.objects.exists()
    desk.sign(prepared, desk.password())


@pytest.mark.requirement("11.200")
@pytest.mark.parametrize("minutes", [30, 7])
def test_what_was_shown_grows_old(desk: Desk, settings: Settings, minutes: int) -> None:
    assert settings.CONFIGURATION.signing_minutes == 30
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"signing_minutes": minutes})
    prepared = desk.prepare()
    assert prepared.expires_at == clock.parse(prepared.statement.prepared_at) + timedelta(minutes=minutes)
    with clock.frozen(prepared.expires_at), pytest.raises(SignatureRefused, match=f"too old.*{minutes} minutes"):
        desk.sign(prepared, desk.password())


@pytest.mark.requirement("11.200")
@pytest.mark.requirement("11.200(a)")
def test_a_statement_belongs_to_the_session_it_was_shown_in(desk: Desk) -> None:
    prepared = desk.prepare()
    with pytest.raises(SignatureRefused, match="not shown to you in this session"):
        desk.sign(prepared, desk.password(), session=desk.plant.session("qa"))
    with pytest.raises(SignatureRefused, match="not shown to you in this session"):
        desk.sign(prepared, desk.password(), name="00")


@pytest.mark.requirement("11.200")
def test_nobody_signs_what_was_shown_to_another(desk: Desk) -> None:
    with pytest.raises(SignatureRefused, match="another person"):
        desk.sign(desk.prepare(), desk.password(), actor=desk.plant.actor("supervisor"))


@pytest.mark.requirement("11.200")
def test_an_ended_session_signs_nothing(desk: Desk) -> None:
    prepared = desk.prepare()
    proof = signing.prove(actor=desk.plant.actor("qa"), name=prepared.name, given=desk.password(), session=desk.session)
    sessions.end_session(session=desk.session, why="logged out")
    with pytest.raises(SignatureRefused, match="session has ended"), _entry(desk) as entry:
        _sign(desk, entry, proof)


@pytest.mark.requirement("11.70")
@pytest.mark.requirement("Annex 11, 14")
def test_a_signature_belongs_to_its_record_and_to_its_actor(desk: Desk) -> None:
    prepared = desk.prepare()
    beta = Sponsor.objects.get(code="BETA")
    with pytest.raises(SignatureRefused, match="another record"):
        desk.sign(prepared, desk.password(), row=beta)
    proof = signing.prove(actor=desk.plant.actor("qa"), name=prepared.name, given=desk.password(), session=desk.session)
    with pytest.raises(SignatureRefused, match="another record"), _entry(desk, "sponsor/BETA") as entry:
        _sign(desk, entry, proof)
    with pytest.raises(SignatureRefused, match="another record"), _entry(desk, name="supervisor") as entry:
        _sign(desk, entry, proof)


@pytest.mark.requirement("11.70")
def test_what_changed_after_it_was_shown_is_not_signed(desk: Desk) -> None:
    prepared = desk.prepare()
    desk.edit(name="Alpha Pharma GmbH")
    with pytest.raises(SignatureRefused, match="changed after it was shown"):
        desk.sign(prepared, desk.password())


@pytest.mark.requirement("11.10(d)")
def test_a_signer_disabled_between_proof_and_act_signs_nothing(desk: Desk) -> None:
    prepared = desk.prepare()
    actor = desk.plant.actor("qa")
    proof = signing.prove(actor=actor, name=prepared.name, given=desk.password(), session=desk.session)
    services.disable_user(actor=desk.plant.actor("administrator"), user=desk.plant.user("qa"), reason="left")
    ended = pytest.raises(SignatureRefused, match="session has ended")
    with ended, record.entry(Reviewed(), actor=actor, subject=desk.row) as entry:
        _sign(desk, entry, proof)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"id":1,"response":{"authenticatorData":"","clientDataJSON":"","signature":""}}',
     '{"id":"!!","response":{"authenticatorData":"AA","clientDataJSON":"AA","signature":"AA"}}'],
)  # fmt: skip
def test_an_unreadable_answer_of_a_passkey_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        PasskeyEvidence.read(text)


def test_a_statement_reads_back_and_its_hash_belongs_to_its_text() -> None:
    statement = Statement(
        signer="qa", printed_name="Qa", meaning="reviewed", subject="lot/L-1", subject_version=3, shown="résumé",
        prepared_at="2026-11-22T07:21:00.000000Z",
    )  # fmt: skip
    assert Statement.read(statement.as_json()) == statement
    assert statement_hash({"statement": statement.as_json()}) == statement.sha256
    assert b"r\xc3\xa9sum\xc3\xa9" in statement.canonical()
    with pytest.raises(BadInput, match="not that of the text"):
        Statement.read({**statement.as_json(), "shown": "other"})
    with pytest.raises(BadInput, match="Nothing is shown"):
        Statement(
            signer="qa",
            printed_name="Qa",
            meaning="reviewed",
            subject="x",
            subject_version=1,
            shown=" ",
            prepared_at="",
        )


def test_rows_of_people_name_themselves(desk: Desk) -> None:
    desk.prepare()
    challenge = Challenge.objects.get()
    assert str(challenge) == challenge.statement_sha256
    assert str(desk.session) == f"session of {desk.session.user_id}"
