"""A witness outside the plant: it cosigns what continues what it saw, and holds both notes of a fork."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.record import verifier, witness
from batchwright.record.keys import SigningKey
from batchwright.record.verifier import Broken
from batchwright.record.witness import Fork, Witness
from tests.record import chains
from tests.record.chains import KEY, SITE, SITE_VKEY, WITNESS, WITNESS_KEY, WITNESS_VKEY

pytestmark = pytest.mark.requirement("11.10(e)")

ROWS = chains.chain(40)
HASHES = [row[3] for row in ROWS]
OTHER = chains.chain(40, lambda seq: chains.content(reason="another history" if seq > 10 else ""))
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def note(size: int, rows: list[chains.Row] = ROWS) -> str:
    return chains.signed(chains.checkpoint(rows, size=size))


def new() -> Witness:
    return Witness(SigningKey(WITNESS, WITNESS_KEY), (SITE_VKEY,))


def saw(size: int) -> Witness:
    sponsor = new()
    sponsor.consider(note(size), at=AT)
    return sponsor


def test_a_witness_cosigns_the_first_checkpoint_it_sees() -> None:
    assert new().seen is None
    sponsor = new()
    line = sponsor.consider(note(10), at=AT)
    cosigned = verifier.add_signatures(note(10), verifier.NoteSignature.parse(line))
    _, verified = verifier.verify_checkpoint(cosigned, [SITE_VKEY], [WITNESS_VKEY])
    assert verified.signatures[1].time == int(AT.timestamp())
    assert sponsor.seen is not None
    assert sponsor.seen.size == 10


def test_a_witness_cosigns_what_continues_and_the_same_again() -> None:
    sponsor = saw(10)
    with clock.frozen(AT):
        sponsor.consider(note(40), verifier.consistency_proof(HASHES, 10))
        sponsor.consider(note(40))
    assert sponsor.last_seen == note(40)


def test_a_smaller_record_is_refused_and_both_notes_are_held() -> None:
    sponsor = saw(10)
    with pytest.raises(Fork, match="had 10 entries and now has 7") as found:
        sponsor.consider(note(7))
    assert (found.value.seen, found.value.shown, found.value.cause) == (note(10), note(7), "truncated")
    assert sponsor.last_seen == note(10)


@pytest.mark.requirement("Tamper: truncated, forked")
def test_another_history_is_refused_and_both_notes_are_held() -> None:
    sponsor = saw(20)
    other = [row[3] for row in OTHER]
    with pytest.raises(Fork) as found:
        sponsor.consider(note(40, OTHER), verifier.consistency_proof(other, 20))
    assert (found.value.seen, found.value.shown) == (note(20), note(40, OTHER))
    with pytest.raises(Fork) as found:
        sponsor.consider(note(20, OTHER))
    assert found.value.cause == "rewritten"


def test_a_checkpoint_that_the_site_did_not_sign_accuses_nobody() -> None:
    sponsor = saw(20)
    forged = chains.signed(chains.checkpoint(OTHER), key=WITNESS_KEY)
    with pytest.raises(Broken, match="no trusted key") as found:
        sponsor.consider(forged)
    assert not isinstance(found.value, Fork)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    head = verifier.Checkpoint("plant.example/other", 20, HASHES[0])
    with pytest.raises(Broken, match=r"follows 'plant\.example/site'") as found:
        saw(20).consider(verifier.sign_note(head.text, name=SITE, key=KEY))
    assert not isinstance(found.value, Fork)


def test_a_proof_with_the_first_checkpoint_is_refused() -> None:
    with pytest.raises(Broken, match="nothing to prove"):
        new().consider(note(10), [HASHES[0]])


def test_what_a_witness_saw_survives(tmp_path: Path) -> None:
    path = tmp_path / "seen.json"
    key = SigningKey(WITNESS, WITNESS_KEY)
    fresh = witness.load(path, key, [SITE_VKEY])
    assert (fresh.last_seen, fresh.site_keys) == (None, (SITE_VKEY,))
    fresh.save(path)
    assert witness.load(path, key).last_seen is None
    sponsor = saw(10)
    sponsor.save(path)
    again = witness.load(path, key)
    assert (again.name, again.last_seen, again.site_keys) == (WITNESS, note(10), (SITE_VKEY,))
    more = verifier.VerifierKey.of(SITE, WITNESS_KEY)
    assert witness.load(path, key, [more]).site_keys == (SITE_VKEY, more)
    assert [found.name for found in tmp_path.iterdir()] == ["seen.json"]


def test_a_witness_that_cannot_keep_what_it_saw_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="do not send the cosignature"):
        saw(10).save(tmp_path / "missing" / "seen.json")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        saw(10).save(tmp_path / "seen.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b'{"name":"x"}', b'{"name":"x","last_seen":null,"site_keys":5}',
        b'{"name":"x","last_seen":"no note","site_keys":[]}', b'{"name":"x","last_seen":null,"site_keys":["k"]}',
        b'{"name":"x","last_seen":5,"site_keys":[]}', b'{"name":"x","last_seen":null,"site_keys":[5]}',
        b'{"name":"somebody else","last_seen":null,"site_keys":[]}', b"\xff",
    ],
)  # fmt: skip
def test_a_file_that_does_not_hold_what_this_witness_saw_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seen.json"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        witness.load(path, SigningKey(WITNESS, WITNESS_KEY))
