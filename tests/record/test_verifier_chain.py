"""The chain: whatever is done to the entries, the first bad one is named, and how it was done."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.record import verifier
from batchwright.record.verifier import Broken, Chain, verify_chain
from tests.record import chains
from tests.record.chains import Row

pytestmark = pytest.mark.requirement("11.10(e)")

ROWS = chains.chain(600, lambda seq: chains.content(f"lot/{seq % 7}"))
LONG = chains.chain(1300)


def found(rows: list[Row], **options: object) -> tuple[str, int | None]:
    with pytest.raises(Broken) as broken:
        verify_chain(rows, **options)  # type: ignore[arg-type]
    return broken.value.cause, broken.value.seq


def replaced(rows: list[Row], seq: int, **parts: object) -> list[Row]:
    names = ("seq", "at", "body", "hash")
    old = dict(zip(names, rows[seq - 1], strict=True))
    return [*rows[: seq - 1], tuple({**old, **parts}.values()), *rows[seq:]]  # type: ignore[list-item]


def written_anew(rows: list[Row], seq: int, **members: object) -> list[Row]:
    """The entry's bytes changed and hashed again, its neighbours left alone."""
    body = verifier.canonical({**json.loads(rows[seq - 1][2]), **members})
    return replaced(rows, seq, body=body, hash=verifier.leaf_hash(body))


def test_a_good_record_is_good_and_gives_its_root() -> None:
    chain = verify_chain(ROWS)
    assert (chain.size, chain.head, chain.at) == (600, ROWS[-1][3], ROWS[-1][1])
    assert chain.frontier.root() == verifier.root([row[3] for row in ROWS])


def test_a_record_without_entries_is_good() -> None:
    assert verify_chain([]).size == 0


def test_more_than_a_thousand_entries_of_one_subject_are_checked_on_the_quick_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow: list[int] = []
    real = verifier._check_slowly

    def counted(chain: Chain, block: list[Row], following: Iterator[Row]) -> list[bytes]:
        slow.append(block[0][0])
        return real(chain, block, following)

    monkeypatch.setattr(verifier, "_check_slowly", counted)
    verify_chain(LONG)
    # Only blocks in which the number of figures changes go the long way.
    assert slow == [1, 769]


def test_the_stored_time_may_be_left_out() -> None:
    assert verify_chain([(seq, None, body, digest) for seq, _, body, digest in ROWS]).size == 600
    some = [(seq, at if seq % 2 else None, body, digest) for seq, at, body, digest in ROWS]
    assert verify_chain(some).size == 600


def test_a_check_goes_on_where_another_ended() -> None:
    first = verify_chain(ROWS[:300])
    kept = Chain(verifier.Frontier(first.size, first.frontier.pending), first.head, first.at)
    assert verify_chain(ROWS[300:], start=kept).frontier.root() == verify_chain(ROWS).frontier.root()
    assert found(ROWS[301:], start=verify_chain(ROWS[:300])) == ("deleted", 301)


@pytest.mark.parametrize("seq", [1, 2, 255, 256, 257, 512, 513, 600])
class TestEachChange:
    @pytest.mark.requirement("Tamper: edited, deleted, inserted, reordered")
    def test_an_edited_entry_is_named(self, seq: int) -> None:
        body = bytearray(ROWS[seq - 1][2])
        body[200] ^= 1
        assert found(replaced(ROWS, seq, body=bytes(body))) == ("edited", seq)

    def test_an_edited_hash_is_named(self, seq: int) -> None:
        assert found(replaced(ROWS, seq, hash=bytes(32))) == ("edited", seq)

    def test_an_edited_time_beside_the_entry_is_named(self, seq: int) -> None:
        assert found(replaced(ROWS, seq, at="2026-11-23T00:00:00.000000Z")) == ("edited", seq)

    def test_an_entry_edited_and_hashed_again_is_named(self, seq: int) -> None:
        rows = written_anew(ROWS, seq, entry=chains.content("lot/other"))
        if seq == 600:  # nothing is chained to the last one yet: only a checkpoint shows it
            assert found(rows, checkpoints=[chains.checkpoint(ROWS)]) == ("rewritten", 1)
        else:
            assert found(rows) == ("edited", seq)

    @pytest.mark.requirement("Tamper: edited, deleted, inserted, reordered")
    def test_a_deleted_entry_is_named(self, seq: int) -> None:
        rows = ROWS[: seq - 1] + ROWS[seq:]
        if seq == 600:
            assert found(rows, checkpoints=[chains.checkpoint(ROWS)]) == ("truncated", 600)
        else:
            assert found(rows) == ("deleted", seq)

    def test_a_deleted_entry_whose_place_was_closed_is_named(self, seq: int) -> None:
        rows = ROWS[: seq - 1] + [(n - 1, at, body, digest) for n, at, body, digest in ROWS[seq:]]
        if seq < 600:
            assert found(rows) == ("deleted", seq)

    @pytest.mark.requirement("Tamper: edited, deleted, inserted, reordered")
    def test_an_inserted_entry_is_named(self, seq: int) -> None:
        before = ROWS[seq - 2][3] if seq > 1 else verifier.NO_HASH
        body = chains.body(seq, 1, before, chains.content("lot/forged"))
        later = [(n + 1, at, body, digest) for n, at, body, digest in ROWS[seq - 1 :]]
        rows = [*ROWS[: seq - 1], (seq, chains.at(seq), body, verifier.leaf_hash(body)), *later]
        assert found(rows) == ("inserted", seq)

    def test_an_entry_that_stands_twice_is_named(self, seq: int) -> None:
        assert found([*ROWS[:seq], *ROWS[seq - 1 :]]) == ("inserted", seq)

    def test_two_entries_in_each_others_rows_are_named(self, seq: int) -> None:
        other = seq + 1 if seq < 600 else 599
        low, high = sorted((seq, other))
        rows = list(ROWS)
        rows[low - 1], rows[high - 1] = (low, *ROWS[high - 1][1:]), (high, *ROWS[low - 1][1:])
        assert found(rows) == ("reordered", low)

    @pytest.mark.requirement("Tamper: edited, deleted, inserted, reordered")
    def test_two_entries_that_changed_places_are_named(self, seq: int) -> None:
        low, high = sorted((seq, seq + 1 if seq < 600 else 599))
        rows = list(ROWS)
        rows[low - 1], rows[high - 1] = ROWS[high - 1], ROWS[low - 1]
        assert found(rows) == ("reordered", low)

    @pytest.mark.requirement("ALCOA+ consistent", "Tamper: backdated")
    def test_a_backdated_entry_is_named(self, seq: int) -> None:
        if seq == 1:
            return
        rows = chains.rechained(
            [
                (n, at, with_time(body, "2025-01-01T00:00:00.000000Z") if n == seq else body, digest)
                for n, at, body, digest in ROWS
            ]
        )
        assert found(rows) == ("backdated", seq)

    def test_a_history_computed_anew_does_not_meet_the_checkpoint(self, seq: int) -> None:
        body = verifier.canonical({**json.loads(ROWS[seq - 1][2]), "entry": chains.content("lot/other")})
        rows = chains.rechained(replaced(ROWS, seq, body=body))
        verify_chain(rows)
        heads = [chains.checkpoint(ROWS, size=size) for size in (600, 256, 500)]
        assert found(rows, checkpoints=heads) == ("rewritten", 1 if seq <= 256 else 257 if seq <= 500 else 501)

    def test_bytes_that_are_no_entry_are_named(self, seq: int) -> None:
        rows = replaced(ROWS, seq, body=b"{}", hash=verifier.leaf_hash(b"{}"))
        assert found(rows) == ("edited", seq)


def with_time(body: bytes, time: str) -> bytes:
    return verifier.canonical({**json.loads(body), "at": time})


@pytest.mark.requirement("Tamper: truncated, forked")
def test_a_record_cut_short_is_found_by_any_later_checkpoint() -> None:
    heads = [chains.checkpoint(ROWS, size=size) for size in (100, 600)]
    assert found(ROWS[:450], checkpoints=heads) == ("truncated", 451)
    assert verify_chain(ROWS, checkpoints=heads).size == 600
    assert verify_chain(ROWS[100:], checkpoints=heads, start=verify_chain(ROWS[:100])).size == 600


def test_an_entry_far_from_its_place_is_named() -> None:
    rows = list(ROWS)
    rows[9] = (10, *ROWS[399][1:])  # entry 400 in row 10, its own row kept: 10 is gone
    assert found(rows) == ("deleted", 10)
    rows = list(ROWS)
    rows[399] = (400, *ROWS[9][1:])  # entry 10 in row 400
    assert found(rows) == ("reordered", 400)


def test_a_first_entry_that_follows_another_is_named() -> None:
    rows = chains.chain(3, prev=bytes(31) + b"\x01")
    assert found(rows) == ("deleted", 1)


@pytest.mark.parametrize(
    "ending",
    [
        '"subject_seq":0}',
        '"subject_seq":01}',
        '"subject_seq":001}',
        '"subject_seq":}',
        '"subject_seq":x}',
        "}",
        '"subject_seq":1x34}',
    ],
)
def test_an_entry_with_a_malformed_end_is_named(ending: str) -> None:
    body = ROWS[0][2][: ROWS[0][2].rindex(b'"subject_seq"')] + ending.encode()
    assert found(replaced(ROWS, 1, body=body, hash=verifier.leaf_hash(body))[:1]) == ("edited", 1)


@pytest.mark.parametrize("subject_seq", [1, 9, 10, 99, 100, 999, 12345])
def test_a_subject_may_have_any_number_of_entries(subject_seq: int) -> None:
    body = chains.body(1, subject_seq, verifier.NO_HASH, chains.content())
    assert verify_chain([(1, None, body, verifier.leaf_hash(body))]).size == 1
    envelope = verifier.envelope(body)
    assert envelope is not None
    assert (envelope.seq, envelope.subject_seq, envelope.at) == (1, subject_seq, chains.at(1))


def test_text_that_looks_like_the_end_of_an_entry_does_not_deceive() -> None:
    row = chains.chain(1)[0]
    assert row[2].count(b"prev_hash") == 2
    envelope = verifier.envelope(row[2])
    assert envelope is not None
    assert envelope.prev_hash == "0" * 64
    # The same members inside the entry's data, as an object of its own.
    nested = {"a": 1, "prev_hash": "1" * 64, "seq": 5, "subject_seq": 6}
    body = chains.body(1, 1, verifier.NO_HASH, {**chains.content(), "zz": {"z": nested}})
    assert verify_chain([(1, None, body, verifier.leaf_hash(body))]).size == 1


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_the_quick_path_never_passes_what_the_slow_one_refuses(data: st.DataObject) -> None:
    """Whatever bytes stand in the rows: both paths agree, and no flipped bit is passed."""
    rows = list(ROWS[:40])
    seq = data.draw(st.integers(1, 40))
    body = bytearray(rows[seq - 1][2])
    place = data.draw(st.one_of(st.integers(0, 60), st.integers(len(body) - 130, len(body) - 1)))
    body[place] = data.draw(st.integers(0, 255).filter(lambda value: value != body[place]))
    rows = replaced(rows, seq, body=bytes(body), hash=verifier.leaf_hash(bytes(body)), at=None)
    quick = verifier._check_block(Chain(), rows)
    slow = next((fault for index in range(40) if (fault := verifier._fault(Chain(), rows, index, iter(())))), None)
    if slow is not None:
        assert quick is None
    if quick is not None:
        assert slow is None
        # All that can pass alone is another time in order, another text, or the last entry's own ending.
        assert verify_chain(rows).head == rows[-1][3]


def test_the_same_fault_is_named_wherever_the_blocks_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    changes: list[Callable[[list[Row]], list[Row]]] = [
        lambda rows: rows[:19] + rows[20:],
        lambda rows: replaced(rows, 20, hash=bytes(32)),
        lambda rows: [*rows[:19], rows[20], rows[19], *rows[21:]],
    ]
    for change in changes:
        answers = set()
        for block in (1, 2, 7, 19, 20, 21, 64):
            monkeypatch.setattr(verifier, "BLOCK", block)
            answers.add(found(change(ROWS[:60])))
        assert len(answers) == 1


def test_the_verifier_is_one_file_that_needs_nothing_of_the_plant() -> None:
    text = Path(verifier.__file__).read_text()
    assert "batchwright." not in "".join(line for line in text.splitlines() if line.startswith(("import", "from")))
