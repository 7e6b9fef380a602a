"""The tree over the record: every proof up to 130 entries, and no proof survives a change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.record import verifier
from batchwright.record.verifier import Broken, Frontier

pytestmark = pytest.mark.requirement("11.10(a)")

LEAVES = [verifier.leaf_hash(b"entry %d" % number) for number in range(1, 131)]
ROOTS = [verifier.root(LEAVES[:size]) for size in range(1, 131)]


def simple_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return verifier.node_hash(simple_root(leaves[:k]), simple_root(leaves[k:]))


def test_every_root_is_the_one_of_the_definition() -> None:
    for size in range(1, 131):
        assert ROOTS[size - 1] == simple_root(LEAVES[:size])


def test_the_roots_of_rfc_6962_are_met() -> None:
    # The empty string as the only leaf: SHA-256(0x00).
    assert verifier.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_every_entry_is_proved_to_be_in_every_record_up_to_130() -> None:
    for size in range(1, 131):
        for index in range(size):
            proof = verifier.inclusion_proof(LEAVES[:size], index)
            verifier.verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=proof, root=ROOTS[size - 1])


def test_every_record_up_to_130_is_proved_to_continue_every_shorter_one() -> None:
    for new in range(1, 131):
        for old in range(1, new + 1):
            proof = verifier.consistency_proof(LEAVES[:new], old)
            verifier.verify_consistency(
                old_size=old, old_root=ROOTS[old - 1], new_size=new, new_root=ROOTS[new - 1], proof=proof
            )


def test_stored_nodes_give_the_same_proofs_as_the_entries() -> None:
    asked: list[tuple[int, int]] = []

    def stored(level: int, index: int) -> bytes | None:
        asked.append((level, index))
        if level not in (0, 3):
            return None
        return verifier.root(LEAVES[index << level : (index + 1) << level])

    for size in (1, 7, 8, 9, 64, 100, 130):
        assert verifier.root_from(stored, size) == ROOTS[size - 1]
        for index in range(size):
            assert verifier.inclusion_proof_from(stored, index, size) == verifier.inclusion_proof(LEAVES[:size], index)
        for old in range(1, size + 1):
            found = verifier.consistency_proof_from(stored, old, size)
            assert found == verifier.consistency_proof(LEAVES[:size], old)
    assert (3, 0) in asked


def test_a_hash_that_is_not_stored_is_named() -> None:
    with pytest.raises(Broken) as found:
        verifier.root_from(lambda level, index: LEAVES[index] if level == 0 and index != 4 else None, 6)
    assert (found.value.seq, found.value.cause) == (5, "missing")


@settings(deadline=None, max_examples=300)
@given(data=st.data(), size=st.integers(1, 130))
def test_a_changed_inclusion_proof_is_always_found(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    good = {
        "leaf": LEAVES[index], "index": index, "size": size,
        "proof": verifier.inclusion_proof(LEAVES[:size], index), "root": ROOTS[size - 1],
    }  # fmt: skip
    bad = dict(good)
    kind = data.draw(st.sampled_from(["leaf", "root", "index", "proof", "longer", "shorter"]))
    proof = list(good["proof"])  # type: ignore[call-overload]
    if kind in ("leaf", "root"):
        bad[kind] = flipped(data, good[kind])  # type: ignore[arg-type]
    elif kind == "index":
        bad["index"] = data.draw(st.integers(-1, 131).filter(lambda other: other != index))
    elif kind == "longer":
        proof.insert(data.draw(st.integers(0, len(proof))), data.draw(st.binary(min_size=32, max_size=32)))
        bad["proof"] = proof
    elif not proof:
        return
    elif kind == "shorter":
        del proof[data.draw(st.integers(0, len(proof) - 1))]
        bad["proof"] = proof
    else:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = flipped(data, proof[at])
        bad["proof"] = proof
    with pytest.raises(Broken):
        verifier.verify_inclusion(**bad)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=300)
@given(data=st.data(), new=st.integers(1, 130))
def test_a_changed_consistency_proof_is_always_found(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    roots = {"old_root": ROOTS[old - 1], "new_root": ROOTS[new - 1]}
    proof = verifier.consistency_proof(LEAVES[:new], old)
    kind = data.draw(st.sampled_from(["old_root", "new_root", "proof", "longer", "shorter"]))
    if kind in roots:
        roots[kind] = flipped(data, roots[kind])
    elif kind == "longer":
        proof.insert(data.draw(st.integers(0, len(proof))), data.draw(st.binary(min_size=32, max_size=32)))
    elif not proof:
        return
    elif kind == "shorter":
        del proof[data.draw(st.integers(0, len(proof) - 1))]
    else:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = flipped(data, proof[at])
    with pytest.raises(Broken):
        verifier.verify_consistency(old_size=old, new_size=new, proof=proof, **roots)


def flipped(data: st.DataObject, value: bytes) -> bytes:
    bit = data.draw(st.integers(0, len(value) * 8 - 1))
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


@pytest.mark.parametrize("size", [0, -1, True, "3"])
@pytest.mark.requirement("Tamper: proofs of nothing")
def test_an_empty_tree_is_refused_everywhere(size: int) -> None:
    root = ROOTS[0]
    with pytest.raises(Broken, match="must be at least 1"):
        verifier.verify_inclusion(leaf=root, index=0, size=size, proof=[], root=root)
    with pytest.raises(Broken, match="must be at least 1"):
        verifier.verify_consistency(old_size=size, old_root=root, new_size=1, new_root=root, proof=[])
    with pytest.raises(Broken, match="must be at least 1"):
        verifier.verify_consistency(old_size=1, old_root=root, new_size=size, new_root=root, proof=[])
    with pytest.raises(Broken, match="must be at least 1"):
        verifier.inclusion_proof_from(lambda _level, _index: root, 0, size)
    with pytest.raises(Broken, match="must be at least 1"):
        verifier.consistency_proof_from(lambda _level, _index: root, size, 1)
    with pytest.raises(Broken, match="must be at least 1"):
        verifier.Checkpoint("plant", size, root)


def test_no_entries_have_no_root() -> None:
    with pytest.raises(Broken, match="without entries"):
        verifier.root([])


def test_a_shorter_record_is_named_as_truncated() -> None:
    with pytest.raises(Broken) as found:
        verifier.verify_consistency(old_size=9, old_root=ROOTS[8], new_size=5, new_root=ROOTS[4], proof=[])
    assert (found.value.cause, found.value.seq) == ("truncated", 6)
    assert str(found.value) == "entry 6: the record had 9 entries and now has 5 (truncated)"
    with pytest.raises(Broken, match="cannot continue"):
        verifier.consistency_proof(LEAVES[:5], 9)


def test_two_records_of_one_size_are_named_as_rewritten() -> None:
    with pytest.raises(Broken) as found:
        verifier.verify_consistency(old_size=5, old_root=ROOTS[4], new_size=5, new_root=ROOTS[5], proof=[])
    assert found.value.cause == "rewritten"
    with pytest.raises(Broken, match="must be empty"):
        verifier.verify_consistency(old_size=5, old_root=ROOTS[4], new_size=5, new_root=ROOTS[4], proof=[ROOTS[0]])


def test_a_leaf_outside_of_the_tree_has_no_proof() -> None:
    for index in (-1, 5):
        with pytest.raises(Broken, match="is not in a tree of 5"):
            verifier.inclusion_proof(LEAVES[:5], index)
        with pytest.raises(Broken, match="is not in a tree of 5"):
            verifier.verify_inclusion(leaf=LEAVES[0], index=index, size=5, proof=[], root=ROOTS[4])


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(Broken, match="it must have 32"):
        verifier.verify_inclusion(leaf=b"", index=0, size=1, proof=[], root=ROOTS[0])
    with pytest.raises(Broken, match="it must have 32"):
        verifier.verify_consistency(old_size=1, old_root=ROOTS[0], new_size=2, new_root=ROOTS[1], proof=[b"x"])


@settings(deadline=None)
@given(parts=st.lists(st.integers(0, 40), max_size=8))
def test_appending_in_parts_gives_the_root_of_the_whole(parts: list[int]) -> None:
    frontier = Frontier()
    done = 0
    for part in parts:
        take = LEAVES[done : min(done + part, 130)]
        frontier.extend(take)
        done += len(take)
        assert frontier.size == done
        if done:
            assert frontier.root() == ROOTS[done - 1]
            frontier = Frontier(frontier.size, frontier.pending)


def test_appending_one_by_one_gives_the_root_of_the_whole() -> None:
    frontier = Frontier()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        frontier.append(leaf)
        assert frontier.root() == root


@pytest.mark.parametrize(("size", "pending"), [(3, [ROOTS[0]]), (1, [b"short"]), (-1, []), (0, [ROOTS[0]])])
def test_a_saved_state_that_does_not_fit_its_size_is_refused(size: int, pending: list[bytes]) -> None:
    with pytest.raises(Broken, match="do not describe"):
        Frontier(size, pending)
