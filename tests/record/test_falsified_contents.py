"""One falsification of each kind beside the chain, always the same, so that each finding has a test of its own.

`tests/properties` tries hundreds more, drawn by chance.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from batchwright import record
from batchwright.record import canonical, contents, findings, services, verification, verifier
from batchwright.record.models import Checkpoint, Node
from tests.conftest import engine
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot
from tests.properties.history import Stored, chained, read, rewrite, run, unguarded

pytestmark = [
    pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(a)"), pytest.mark.requirement("11.10(e)")
]  # fmt: skip


def forge(seq: int, edit: Callable[[Stored], Stored]) -> None:
    """Edit an entry and compute everything after it anew."""
    history = read()
    before = history.rows[seq - 2] if seq > 1 else None
    rewrite(history, seq, chained([edit(history.rows[seq - 1]), *history.rows[seq:]], before))


def only_finding() -> findings.Finding:
    (finding,) = verification.verify().findings
    return finding


@pytest.mark.parametrize("content", [b"{}", b'{"changes":[{}]}', b'{"changes":7}'])
def test_an_entry_that_says_nothing_readable_is_named_and_what_follows_is_checked(
    lot: Lot, content: bytes
) -> None:
    plant.say("to be emptied")
    plant.say("after it", subject="note/2")
    forge(2, lambda row: row.saying(content))
    finding = only_finding()
    assert (finding.cause, finding.seq) == ("unreadable", 2)
    assert "not that of an entry" in finding.message


def test_rows_that_cannot_be_read_are_named_and_no_other(lot: Lot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("L-2", "L-3", "L-4"):
        plant.receive_lot(name)
    monkeypatch.setattr(contents, "_AT_A_TIME", 2)  # once to the third lot, and once to the end
    bad = [plant.lot_named(name) for name in ("L-1", "L-3")]
    nonsense = "2026-99-99" if engine() == "sqlite" else "infinity"
    with unguarded("gmp_lot"):
        for one in bad:
            run("UPDATE gmp_lot SET made_on = %s WHERE id = %s", nonsense, one.pk)
    report = verification.verify()
    assert [(one.cause, one.seq, one.key) for one in report.findings] == [
        ("row", 1, str(bad[0].pk)), ("row", 3, str(bad[1].pk))
    ]  # fmt: skip
    assert all("cannot be read" in one.message for one in report.findings)
    assert report.rows == 2, "the others were compared"


def test_a_row_that_holds_what_no_entry_can_say_is_named(lot: Lot) -> None:
    with unguarded("gmp_lot"):
        run("UPDATE gmp_lot SET facts = '1.5'")
    finding = only_finding()
    assert (finding.cause, finding.seq, finding.key) == ("row", 1, str(lot.pk))
    assert "changed past the record" in finding.message


def test_a_row_that_nobody_recorded_is_named(lot: Lot) -> None:
    with unguarded("record_series"):
        run("INSERT INTO record_series (id, version, prefix, last) VALUES (5, 1, 'Q', 7)")
    finding = only_finding()
    assert (finding.cause, finding.seq, finding.table, finding.key) == ("row", None, "record_series", "5")
    assert "no entry accounts for this row" in finding.message


def test_an_entry_under_a_wrong_number_of_its_subject_is_named(lot: Lot) -> None:
    plant.change_lot(lot, note="x")
    forge(2, lambda row: replace(row, subject_seq=7))
    finding = only_finding()
    assert (finding.cause, finding.seq) == ("index", 2)
    assert "lot/L-1 has entry 7 where 2 should be" in finding.message


@pytest.mark.parametrize("lost", [False, True], ids=["altered", "lost"])
def test_an_attachment_that_was_altered_or_lost_is_named(lot: Lot, lost: bool) -> None:
    with record.entry(NoteMade(text="file"), actor=plant.OPERATOR, subject=lot) as entry:
        digest = entry.attach("a.txt", f"this very file, lost: {lost}".encode(), media_type="text/plain")
    path = Path(settings.CONFIGURATION.attachments_folder) / digest[:2] / digest[2:4] / digest
    path.chmod(0o600)
    if lost:
        path.unlink()
    else:
        path.write_bytes(b"another file")
    finding = only_finding()
    path.unlink(missing_ok=True)  # the folder outlives this test
    assert (finding.cause, finding.seq) == ("attachment", 2)
    assert finding.message.startswith("a.txt: ")


def test_a_kept_node_of_the_tree_that_is_wrong_or_gone_is_named() -> None:
    for number in range(257):
        plant.say(str(number))
    services.checkpoint()
    node = Node.objects.get()
    with unguarded("record_node"):
        run("UPDATE record_node SET hash = %s", b"\x07" * 32)
    wrong = only_finding()
    assert (wrong.cause, wrong.table, wrong.key) == ("index", "record_node", str(node.pk))
    with unguarded("record_node"):
        run("DELETE FROM record_node")
    gone = only_finding()
    assert (gone.cause, gone.seq, "place 0, is gone" in gone.message) == ("index", 1, True)


def test_a_checkpoint_kept_under_the_name_of_another_key_is_named(lot: Lot) -> None:
    head = services.checkpoint()
    assert head is not None
    with unguarded("record_checkpoint"):
        run("UPDATE record_checkpoint SET key_name = %s", "elsewhere")
    finding = only_finding()
    assert (finding.cause, finding.message) == (
        "checkpoint", f"checkpoint of size {head.tree_size}: it is kept as one of elsewhere",
    )  # fmt: skip
    assert Checkpoint.objects.get().key_name == "elsewhere"


def test_facts_written_as_nobody_writes_them_are_named(lot: Lot) -> None:
    def without_facts(row: Stored) -> Stored:
        content: dict[str, Any] = json.loads(row.content)
        return row.saying(canonical.encode({**content, "data": {}}))

    forge(1, without_facts)
    finding = only_finding()
    assert (finding.cause, finding.seq) == ("unreadable", 1)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 3), (4, 7)])
def test_that_a_longer_record_continues_is_never_proved_by_nothing(old: int, new: int) -> None:
    leaves = [verifier.leaf_hash(b"%d" % number) for number in range(new)]
    with pytest.raises(verifier.Broken, match="proof of consistency is empty"):
        verifier.verify_consistency(
            old_size=old, old_root=verifier.root(leaves[:old]), new_size=new, new_root=verifier.root(leaves), proof=[]
        )
