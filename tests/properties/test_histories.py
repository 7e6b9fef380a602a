"""A history of a plant with each kind of falsification is found out, and the place is named.

Three things verification alone cannot find, by nature, because what is left is a record that could have happened:

- entries cut off after the last checkpoint together with their rows (a receipt that somebody holds tells);
- the same before a checkpoint when the checkpoints over them are removed too (a witness who saw them tells);
- another history signed with a stolen site key (a witness tells).

That is what witnesses are for (C2SP tlog-cosignature), and why checkpoints are made often.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from batchwright import record
from batchwright.record import keyring, queries, services, verification, verifier
from batchwright.record.models import Checkpoint, Entry
from batchwright.record.witness import Fork, Witness
from tests.conftest import PlantDatabase, engine, fresh_plant
from tests.properties import history as histories
from tests.properties import mutations_beside
from tests.properties.history import History, chained, rewrite, run, tables_as_of, undone, unguarded
from tests.properties.mutations import KINDS, _other

EACH = 14 if engine() == "sqlite" else 4
"""Mutations of each kind; on SQLite more than five hundred in all.

What finds a falsification is the same program on both engines, and asks each for the same rows: on the other engine
every kind is written, found and undone a few times.
"""
ALL = {"sqlite": 500, "postgresql": 140}
pytestmark = [
    pytest.mark.xdist_group("histories"),  # one history, one count of what was tried
    pytest.mark.slow,
    pytest.mark.requirement("11.10(a)"),
    pytest.mark.requirement("11.10(c)"),
    pytest.mark.requirement("11.10(e)"),
    pytest.mark.requirement("11.70"),
]
assert mutations_beside.__doc__, "its kinds are registered by importing it"
COUNTS: Counter[str] = Counter()


@pytest.fixture(scope="module")
def lived(_template: PlantDatabase, django_db_blocker: object) -> Iterator[tuple[History, Witness]]:
    """A plant with a history under two checkpoints, the last one cosigned by a witness outside."""
    with fresh_plant(_template, django_db_blocker):
        outside = histories.live()
        made = histories.read()
        yield made, outside
        assert made == histories.read(), "a mutation was not undone"


def test_the_history_is_whole_before_anybody_touches_it(lived: tuple[History, Witness]) -> None:
    history, _ = lived
    report = verification.verify()
    assert report.whole, report.findings
    assert (report.checkpoints, report.cosignatures, report.timestamps) == (2, 1, 2)
    assert report.attestations == len(history.signed) > 20
    assert report.attachments == len(history.attached) > 20
    assert len([seq for seq in history.signed if seq > history.covered]) >= 2


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.requirement("Tamper: edited, deleted, inserted, reordered")
def test_every_falsification_of_a_kind_is_found_and_located(lived: tuple[History, Witness], name: str) -> None:
    history, _ = lived
    for number in range(EACH):
        rng = random.Random(f"{name} {number}")
        with undone():
            expected = KINDS[name](rng, history)
            try:
                report = verification.verify()
            finally:
                if expected.undo is not None:
                    expected.undo()
        assert expected.located(report), f"{name} {number}: expected {expected}, found {report.findings}"
        COUNTS[name] += 1


def test_hundreds_of_falsifications_were_tried_and_all_were_found(
    lived: tuple[History, Witness], record_property: Callable[[str, object], None]
) -> None:
    for name, count in COUNTS.items():
        record_property(name, count)
    if set(COUNTS) == set(KINDS):  # unless only some of them were asked for
        assert sum(COUNTS.values()) == EACH * len(KINDS) >= ALL[engine()]


def test_after_all_of_it_was_undone_the_history_is_whole(lived: tuple[History, Witness]) -> None:
    assert verification.verify().whole


# --- What needs somebody outside -------------------------------------------------------------------------------------


def _resigned(size: int) -> str:
    """Sign a head over what stands there now with the (stolen) site key."""
    leaves = [bytes(entry.hash) for entry in Entry.objects.filter(seq__lte=size).order_by("seq")]
    head = verifier.Checkpoint(origin=keyring.origin(), size=size, root=verifier.root(leaves))
    note = keyring.signing_key().sign_note(head.text)
    frontier = verifier.Frontier()
    frontier.extend(leaves)
    with unguarded("record_checkpoint", "record_cosignature", "record_timestamp"):
        run("DELETE FROM record_cosignature WHERE tree_size = %s", size)
        run("DELETE FROM record_timestamp WHERE tree_size = %s", size)
        run("UPDATE record_checkpoint SET root = %s, note = %s, pending = %s WHERE tree_size = %s",
            head.root, note, b"".join(frontier.pending), size)  # fmt: skip
    return note


def _nodes_again() -> None:
    with unguarded("record_node"):
        run("DELETE FROM record_node")
    connection.gate.allow_ledger()  # type: ignore[attr-defined]
    services._keep_nodes(0, Checkpoint.objects.latest("tree_size").tree_size)


@pytest.mark.requirement("Tamper: truncated, forked")
def test_a_fork_signed_with_a_stolen_key_deceives_the_database_but_no_witness(lived: tuple[History, Witness]) -> None:
    history, outside = lived
    found = 0
    for number in range(8):
        rng = random.Random(f"fork {number}")
        seq = rng.randint(2, history.covered)
        with undone():
            row = history.rows[seq - 1]
            rewrite(history, seq, chained([_other(rng, row), *history.rows[seq:]], history.rows[seq - 2]))
            for size in [size for size in history.sizes if size >= seq]:
                note = _resigned(size)
            _nodes_again()
            assert verification.verify().whole, "the forger made no mistake"
            with pytest.raises(Fork) as fork:
                outside.consider(note)
            assert (fork.value.cause, fork.value.shown) == ("rewritten", note)
            found += 1
    assert found == 8


def test_a_fork_that_grew_further_is_found_by_the_proof_the_witness_asks_for(lived: tuple[History, Witness]) -> None:
    history, outside = lived
    seq = history.covered - 3
    with undone():
        row = history.rows[seq - 1]
        rewrite(history, seq, chained([_other(random.Random(1), row), *history.rows[seq:]], history.rows[seq - 2]))
        hashes = [bytes(entry.hash) for entry in Entry.objects.order_by("seq")]
        head = verifier.Checkpoint(origin=keyring.origin(), size=len(hashes), root=verifier.root(hashes))
        note = keyring.signing_key().sign_note(head.text)
        with pytest.raises(Fork):
            outside.consider(note, verifier.consistency_proof(hashes, history.covered))


def test_a_record_cut_off_with_its_checkpoint_deceives_the_database_but_no_witness(
    lived: tuple[History, Witness],
) -> None:
    history, outside = lived
    for number in range(4):
        size = random.Random(f"cut {number}").randint(history.sizes[0], history.covered - 1)
        with undone():
            tables_as_of(size)
            rewrite(history, size + 1, [])
            with unguarded("record_checkpoint", "record_cosignature", "record_timestamp", "record_node"):
                for table in ("record_cosignature", "record_timestamp", "record_checkpoint"):
                    run(f"DELETE FROM {table} WHERE tree_size > %s", size)
                if size < 256:
                    run("DELETE FROM record_node")
            assert verification.verify().whole, "the forger made no mistake"
            head = queries.latest_checkpoint()
            assert head is not None
            with pytest.raises(Fork) as fork:
                outside.consider(head.note)
            assert fork.value.cause == "truncated"


def test_an_end_cut_off_after_the_last_checkpoint_with_its_rows_is_told_only_by_a_receipt(
    lived: tuple[History, Witness],
) -> None:
    history, outside = lived
    size = history.covered + 2
    receipt = history.rows[-1]
    with undone():
        tables_as_of(size)
        rewrite(history, size + 1, [])
        assert verification.verify().whole
        assert not record.entries_visible_to(record.SITE).filter(seq=receipt.seq, hash=receipt.hash).exists()
        head = queries.latest_checkpoint()
        assert head is not None
        outside.consider(head.note)


def test_the_site_does_not_sign_over_a_past_that_was_altered(lived: tuple[History, Witness]) -> None:
    history, _ = lived
    head = Checkpoint.objects.latest("tree_size")
    with undone():
        rewrite(history, history.covered, [])
        with pytest.raises(verifier.Broken, match="record ends before entry"):
            services._chain_at(head)
    with undone():
        head.pending = b"".join([b"x" * 32] * (len(bytes(head.pending)) // 32))
        with pytest.raises(verifier.Broken, match="not the one that was signed"):
            services._chain_at(head)
