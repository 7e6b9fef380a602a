"""Signatures: each is bound to its signer, its words and its record, and none can be moved (21 CFR 11.50, 11.70)."""

import json
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.record import verifier
from batchwright.record.verifier import Broken, verify_attestation
from tests.record import chains, passkeys
from tests.record.passkeys import Assertion, password, statement

pytestmark = pytest.mark.requirement("11.70")

ENTRY = chains.content()
AT = "2026-11-22T00:00:01.000000Z"


def refused(attestation: dict[str, Any], sentence: str, entry: dict[str, Any] | None = None, at: str = AT) -> Broken:
    with pytest.raises(Broken, match=sentence) as found:
        verify_attestation(attestation, entry or ENTRY, at)
    return found.value


@pytest.mark.requirement("11.50")
@pytest.mark.parametrize("algorithm", [-7, -8, -257])
def test_a_passkey_signature_is_verified_with_nothing_but_the_entry(algorithm: int) -> None:
    sentence = verify_attestation(Assertion(algorithm).sign(statement()), ENTRY, AT)
    assert sentence.startswith("Anna Nováková (a.novak) signed as 'approval': passkey ")
    assert sentence.endswith(", verified")


def test_a_passkey_signature_can_be_checked_before_there_is_an_entry() -> None:
    assert verify_attestation(Assertion().sign(statement())).endswith("verified")


@pytest.mark.requirement("11.50")
def test_a_password_signature_is_reported_as_attested_by_the_plant() -> None:
    assert verify_attestation(password(statement()), ENTRY, AT).endswith("password, attested by the plant")
    refused({**password(statement()), "statement_hash": "0" * 64}, "not the one whose hash")


@pytest.mark.requirement("Tamper: signatures swapped")
def test_a_signature_moved_to_another_record_is_refused() -> None:
    signed = Assertion().sign(statement())
    found = refused(signed, "it belongs to another record", chains.content("lot/L-0043-H"))
    assert found.cause == "attestation"
    refused(signed, "for signer 'a.novak', this entry's actor is 'm.weber'", chains.content(actor="m.weber"))


def test_what_was_signed_cannot_have_been_prepared_after_the_entry() -> None:
    refused(Assertion().sign(statement(prepared_at="2026-11-22T00:00:02.000000Z")), "after it")
    refused(Assertion().sign(statement(prepared_at="yesterday")), "prepared at 'yesterday'")


def test_other_words_than_those_shown_are_refused() -> None:
    refused(Assertion().sign({**statement(), "shown": "Reject lot L-0042-K?"}), "text shown to the signer is not")


def test_a_statement_changed_after_signing_is_refused() -> None:
    signed = Assertion().sign(statement())
    for key, value in (("meaning", "review"), ("printed_name", "Somebody"), ("subject_version", 4)):
        found = refused({**signed, "statement": statement(**{key: value})}, "signed another statement")
        assert found.cause == "attestation"


@pytest.mark.parametrize(
    ("assertion", "sentence"),
    [
        (Assertion(flags=0x04), "did not verify its user"),
        (Assertion(flags=0x01), "did not verify its user"),
        (Assertion(rp_id="evil.example"), "signed for another site"),
        (Assertion(origin="https://evil.example"), "signed on another site"),
        (Assertion(cross_origin=True), "signed on another site"),
        (Assertion(type="webauthn.create"), "something else than sign"),
    ],
)
def test_a_passkey_that_signed_something_else_is_refused(assertion: Assertion, sentence: str) -> None:
    refused(assertion.sign(statement()), sentence)


@pytest.mark.parametrize("algorithm", [-7, -8, -257])
def test_a_signature_of_another_key_is_refused(algorithm: int) -> None:
    others: dict[int, passkeys.Key] = {
        -7: ec.derive_private_key(0xBAD, ec.SECP256R1()),
        -8: Ed25519PrivateKey.from_private_bytes(bytes(32)),
        -257: rsa.generate_private_key(65537, 2048),
    }
    good = Assertion(algorithm).sign(statement())
    bad = Assertion(algorithm).sign(statement(), others[algorithm])
    refused({**good, "signature": bad["signature"]}, "signature does not hold")
    refused({**good, "public_key": bad["public_key"]}, "signature does not hold")


def test_a_key_that_is_not_one_for_its_algorithm_is_refused() -> None:
    good = Assertion().sign(statement())
    rsa_key = Assertion(-257).sign(statement())["public_key"]["spki"]
    refused({**good, "alg": -8}, "does not go with a key of kind 'EC2'")
    refused({**good, "alg": -999}, "does not go with")
    refused({**good, "public_key": {"kty": "EC2", "spki": rsa_key}}, "not one for algorithm -7")
    refused({**good, "alg": -8, "public_key": {"kty": "OKP", "spki": rsa_key}}, "not one for algorithm -8")
    ec_key = good["public_key"]["spki"]
    refused({**good, "alg": -257, "public_key": {"kty": "RSA", "spki": ec_key}}, "not one for algorithm -257")
    other_curve = passkeys.spki(ec.derive_private_key(5, ec.SECP384R1()))
    refused({**good, "public_key": {"kty": "EC2", "spki": other_curve}}, "not one for algorithm -7")
    short = passkeys.spki(rsa.generate_private_key(65537, 1024))
    refused({**good, "alg": -257, "public_key": {"kty": "RSA", "spki": short}}, "not one for algorithm -257")
    x25519 = passkeys.spki(X25519PrivateKey.from_private_bytes(bytes(32)))  # type: ignore[arg-type]
    refused({**good, "alg": -8, "public_key": {"kty": "OKP", "spki": x25519}}, "not one for algorithm -8")
    refused({**good, "public_key": {"kty": "EC2", "spki": "AAAA"}}, "cannot be read")
    refused({**good, "public_key": {"kty": "EC2", "spki": "*"}}, "not base64")


@pytest.mark.parametrize(
    "part", ["statement", "public_key", "alg", "authenticator_data", "client_data", "signature", "rp_id", "origin"]
)
def test_a_signature_with_a_part_missing_or_of_another_kind_is_refused(part: str) -> None:
    good = Assertion().sign(statement())
    refused({key: value for key, value in good.items() if key != part}, "of the right kind")
    refused({**good, part: None}, "of the right kind")
    refused({**good, part: True}, "of the right kind")


@pytest.mark.parametrize("part", sorted(statement()))
def test_a_statement_with_a_part_missing_is_refused(part: str) -> None:
    refused(password({key: value for key, value in statement().items() if key != part}), "of the right kind")


def test_a_signature_of_an_unknown_kind_is_refused() -> None:
    refused({**password(statement()), "kind": "seal/1"}, "unknown kind 'seal/1'")


@pytest.mark.parametrize("text", ["", "A", "AA==", "+/", "é"])
def test_what_is_not_base64url_is_refused(text: str) -> None:
    refused({**Assertion().sign(statement()), "signature": text}, "not base64url")


def test_a_short_authenticator_answer_is_refused() -> None:
    good = Assertion().sign(statement())
    refused({**good, "authenticator_data": good["authenticator_data"][:40]}, "signed for another site")


@pytest.mark.parametrize("text", [b"[]", b"{}", b"\xff", b"{", b"[" * 100_000])
def test_client_data_that_is_none_is_refused(text: bytes) -> None:
    refused({**Assertion().sign(statement()), "client_data": passkeys.url64(text)}, "client data")


SIGNED = {algorithm: Assertion(algorithm).sign(statement()) for algorithm in (-7, -8)}


@settings(deadline=None, max_examples=200)
@given(data=st.data(), algorithm=st.sampled_from([-7, -8]))
def test_no_changed_byte_of_a_signature_is_passed(data: st.DataObject, algorithm: int) -> None:
    good = SIGNED[algorithm]
    part = data.draw(st.sampled_from(["authenticator_data", "client_data", "signature"]))
    octets = bytearray(verifier._decode_url64(good, part))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Broken):
        verify_attestation({**good, part: passkeys.url64(bytes(octets))}, ENTRY, AT)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(ANY_JSON)
def test_canonical_bytes_are_those_of_an_independent_encoder(content: Any) -> None:
    try:
        encoded = verifier.canonical(content)
    except Broken:
        return
    assert encoded == rfc8785.dumps(content)
    assert verifier.canonical(json.loads(encoded)) == encoded


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (1.5, "no exact form"), (float("nan"), "no exact form"), (2**53, "is beyond"), ({"ä": 1}, "not ASCII"),
        ({1: 1}, "not ASCII"), ("\ud800", "half of a character"), (b"", "no exact form"),
        ({"a": [1.0]}, "no exact form"),
    ],
)  # fmt: skip
def test_content_without_an_exact_form_is_refused(content: Any, sentence: str) -> None:
    with pytest.raises(Broken, match=sentence):
        verifier.canonical(content)


def test_content_nested_without_end_is_refused() -> None:
    content: Any = []
    for _ in range(100):
        content = [content]
    with pytest.raises(Broken, match="nested more than"):
        verifier.canonical(content)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from([*Assertion().sign(statement()), "statement_hash"]), ANY_JSON))
def test_the_reader_of_signatures_refuses_and_never_breaks(changes: dict[str, Any]) -> None:
    changed = {**Assertion().sign(statement()), **changes}
    if changes.keys() - {"credential_id", "statement_hash"}:
        with pytest.raises(Broken):
            verify_attestation(changed, ENTRY, AT)
