"""Signed notes and checkpoints: the published ones verify, and nothing malformed is taken for one."""

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.record import verifier
from batchwright.record.verifier import Broken, Checkpoint, NoteSignature, VerifierKey
from tests.record.chains import KEY, SITE, SITE_VKEY, WITNESS, WITNESS_KEY, WITNESS_VKEY

pytestmark = pytest.mark.requirement("11.10(a)")

# From the documentation of golang.org/x/mod/sumdb/note, where the format comes from.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# From https://c2sp.org/tlog-cosignature.
C2SP_NOTE = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

HEAD = Checkpoint(SITE, 12, sha256(b"root").digest())


def test_the_published_note_verifies_with_the_published_key() -> None:
    key = VerifierKey.parse(GO_VKEY)
    verified = verifier.verify_note(GO_NOTE, [key])
    assert verified.signed_by(key)
    assert verified.text.endswith("what your problem is.\n")
    assert (key.vkey, key.name, key.key_id.hex()) == (GO_VKEY, "PeterNeumann", "c74f20a3")


def test_the_published_checkpoint_is_read_as_published() -> None:
    note = verifier.parse_note(C2SP_NOTE)
    head = Checkpoint.parse(note.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.text == note.text
    assert str(note) == C2SP_NOTE
    witness = note.signatures[1]
    assert witness.name == "witness.example.com/w1"
    assert int.from_bytes(witness.signature[:8], "big") == 1679315147
    assert len(witness.signature) == 8 + 64


def test_a_note_of_the_site_verifies_and_a_changed_one_does_not() -> None:
    note = verifier.sign_note(HEAD.text, name=SITE, key=KEY)
    head, verified = verifier.verify_checkpoint(note, [SITE_VKEY])
    assert head == HEAD
    assert verified.signatures[0].time is None
    with pytest.raises(Broken, match="does not fit the note") as found:
        verifier.verify_checkpoint(note.replace("\n12\n", "\n13\n"), [SITE_VKEY])
    assert found.value.cause == "signature"
    assert verifier.verify_note(note.encode(), [SITE_VKEY]).text == HEAD.text


def test_a_witness_cosigns_and_its_time_is_signed_too() -> None:
    line = verifier.cosign(HEAD.text, name=WITNESS, key=WITNESS_KEY, time=1_795_000_000)
    note = verifier.add_signatures(verifier.sign_note(HEAD.text, name=SITE, key=KEY), line)
    _, verified = verifier.verify_checkpoint(note, [SITE_VKEY], [WITNESS_VKEY])
    assert [signature.time for signature in verified.signatures] == [None, 1_795_000_000]
    earlier = NoteSignature(line.name, line.key_id, (1).to_bytes(8, "big") + line.signature[8:])
    moved = verifier.add_signatures(note, earlier)
    assert moved.count("—") == 2
    with pytest.raises(Broken, match="does not fit"):
        verifier.verify_checkpoint(moved, [SITE_VKEY], [WITNESS_VKEY])


def test_a_cosignature_is_no_signature_of_the_site() -> None:
    line = verifier.cosign(HEAD.text, name=WITNESS, key=WITNESS_KEY, time=1)
    note = str(verifier.Note(HEAD.text, (line,)))
    with pytest.raises(Broken, match="no trusted key of the site"):
        verifier.verify_checkpoint(note, [SITE_VKEY], [WITNESS_VKEY])
    with pytest.raises(Broken, match="no trusted key signed"):
        verifier.verify_checkpoint(note, [WITNESS_VKEY])


def test_a_signature_of_an_unknown_key_is_ignored_and_none_of_a_known_one_is_refused() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    note = verifier.sign_note(HEAD.text, name=SITE, key=stranger)
    with pytest.raises(Broken, match="it was signed by plant"):
        verifier.verify_note(note, [SITE_VKEY])
    both = verifier.add_signatures(note, verifier.note_signature(HEAD.text, name=SITE, key=KEY))
    assert len(verifier.verify_note(both, [SITE_VKEY]).signatures) == 1


def test_a_key_is_handed_over_as_text_with_a_fingerprint_to_read_out() -> None:
    assert VerifierKey.parse(SITE_VKEY.vkey) == SITE_VKEY
    assert VerifierKey.parse(WITNESS_VKEY.vkey) == WITNESS_VKEY
    assert VerifierKey.of(SITE, KEY.public_key()) == SITE_VKEY
    assert SITE_VKEY.fingerprint.replace(" ", "") == sha256(SITE_VKEY.public).hexdigest()


@pytest.mark.parametrize(
    "vkey",
    [
        "", "name", "name+c74f20a3", "name+c74f20a3+", "name+C74F20A3+ARpc", "+c74f20a3+ARpc",
        GO_VKEY.replace("c74f20a3", "c74f20a4"), GO_VKEY[:-1] + "é", GO_VKEY.replace("ARpc", "AhpC"),
        GO_VKEY.replace("PeterNeumann", "Peter Neumann"), GO_VKEY + "AAAA",
        "n+" + sha256(b"n\n\x09" + bytes(32)).hexdigest()[:8] + "+" + base64.b64encode(b"\x09" + bytes(32)).decode(),
    ],
)  # fmt: skip
def test_a_malformed_key_is_refused(vkey: str) -> None:
    with pytest.raises(Broken):
        VerifierKey.parse(vkey)


GOOD = verifier.sign_note("text\n", name="k", key=KEY)
LINE = GOOD.split("\n\n")[1]


@pytest.mark.parametrize(
    "note",
    [
        "", "text\n", "text\n\n", "text\n\n" + LINE.rstrip("\n"), "text\n" + LINE, "\n\n", GOOD + "\n",
        "te\txt\n\n" + LINE, "te\x00xt\n\n" + LINE, "text\n\n- k AAAAAAA=\n", "text\n\n— k\n", "text\n\n—  AAAAAAA=\n",
        "text\n\n— k AAAAAAA= x\n", "text\n\n— k AAAA\n", "text\n\n— k AAAAAA\n", "text\n\n— k AAAAAAB=\n",
        "text\n\n— k+l AAAAAAA=\n", "text\n\n— k\u2003l AAAAAAA=\n", "text\n\n— k *\n", "text\n\n— k é\n",
        "text\n\n" + LINE * 65, "x" * (1 << 20) + "\n\n" + LINE, "\ud800\n\n" + LINE,
        b"\xff\n\n" + LINE.encode(),
    ],
)  # fmt: skip
def test_what_is_no_signed_note_is_refused(note: str | bytes) -> None:
    with pytest.raises(Broken):
        verifier.parse_note(note)


def test_a_note_may_hold_empty_lines() -> None:
    note = verifier.sign_note("one\n\ntwo\n", name=SITE, key=KEY)
    assert verifier.verify_note(note, [SITE_VKEY]).text == "one\n\ntwo\n"


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n"])
def test_text_that_could_not_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(Broken, match="must end in a newline"):
        verifier.sign_note(text, name=SITE, key=KEY)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "o\n", "o\n1\n", f"o\n1\n{ROOT}", f"\n1\n{ROOT}\n", f"o\n0\n{ROOT}\n",
        f"o\n01\n{ROOT}\n", f"o\n-1\n{ROOT}\n",
        f"o\n1e3\n{ROOT}\n", f"o\n{'9' * 30}\n{ROOT}\n", "o\n1\nAAAA\n", "o\n1\n*\n", f"o\n1\n{ROOT}\n\n",
        f"o\n1\n{ROOT}\n\nx\n", f"o\n\u0661\n{ROOT}\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Broken):
        Checkpoint.parse(text)


def test_a_checkpoint_may_carry_further_lines() -> None:
    text = f"o\n1\n{ROOT}\nmore\n"
    assert Checkpoint.parse(text).extensions == ("more",)
    assert Checkpoint.parse(text).text == text
    with pytest.raises(Broken, match="must not be empty"):
        Checkpoint("o", 1, bytes(32), ("a\nb",))


def test_a_key_names_the_key_that_follows_it() -> None:
    new = VerifierKey.of(SITE, WITNESS_KEY)
    note = verifier.sign_note(verifier.handover_text(SITE_VKEY.vkey, new.vkey), name=SITE, key=KEY)
    verifier.verify_handover(note, SITE_VKEY, new)
    with pytest.raises(Broken, match="handed over to another key"):
        verifier.verify_handover(note, SITE_VKEY, SITE_VKEY)
    with pytest.raises(Broken, match="no trusted key"):
        verifier.verify_handover(note, new, new)


def test_a_stamp_of_the_site_says_when_what_was_seen() -> None:
    time = "2026-11-22T09:00:00.000000Z"
    note = verifier.sign_note(verifier.stamp_text(HEAD.root, time), name=SITE, key=KEY)
    assert verifier.verify_stamp(note, HEAD.root, [SITE_VKEY]) == time
    for text, digest in (
        (verifier.stamp_text(HEAD.root, time), bytes(32)),
        (verifier.stamp_text(HEAD.root, "soon"), HEAD.root),
    ):
        with pytest.raises(Broken, match="about something else"):
            verifier.verify_stamp(verifier.sign_note(text, name=SITE, key=KEY), digest, [SITE_VKEY])


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.binary(), st.text().map(lambda text: text + "\n\n— k AAAAAAA=\n")))
def test_the_reader_of_notes_refuses_or_reads_back_the_same(note: str | bytes) -> None:
    try:
        parsed = verifier.parse_note(note)
    except Broken:
        return
    assert str(parsed).encode() == (note if isinstance(note, bytes) else note.encode())


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_the_reader_of_checkpoints_refuses_or_reads_back_the_same(text: str) -> None:
    try:
        assert Checkpoint.parse(text).text == text
    except Broken:
        return


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_changed_byte_of_a_signed_note_is_passed(data: st.DataObject) -> None:
    line = verifier.cosign(HEAD.text, name=WITNESS, key=WITNESS_KEY, time=5)
    note = verifier.add_signatures(verifier.sign_note(HEAD.text, name=SITE, key=KEY), line).encode()
    place = data.draw(st.integers(0, len(note) - 1))
    changed = bytearray(note)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        head, verified = verifier.verify_checkpoint(bytes(changed), [SITE_VKEY], [WITNESS_VKEY])
    except Broken:
        return
    # A line whose name or key id was changed is one of an unknown key: the text is still the signed one.
    assert head == HEAD
    assert len(verified.signatures) == 1
