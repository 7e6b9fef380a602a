# long-file: every way to harm a record stands beside the others, so that none is forgotten
"""What a dishonest owner of the database can do to a record, kind by kind, and where it must be found.

Each mutation is made with the guards taken away and put back, as somebody with every right at the database could.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from batchwright.record import canonical, findings, guards
from batchwright.record.models import Change, Checkpoint, Node
from tests.gmp.models import Lot
from tests.properties.history import History, Stored, chained, rewrite, run, tables_as_of, unguarded


@dataclass(frozen=True)
class Expected:
    """What verification must say; what is not given here may be anything."""

    cause: str
    seqs: tuple[int, ...] = ()
    table: str | None = None
    key: str | None = None
    name: str = ""
    undo: Callable[[], object] | None = None

    def located(self, report: findings.Report) -> bool:
        return not report.whole and any(self._is(finding) for finding in report.findings)

    def _is(self, finding: findings.Finding) -> bool:
        return (
            finding.cause == self.cause
            and (not self.seqs or finding.seq in self.seqs)
            and (self.table is None or finding.table == self.table)
            and (self.key is None or finding.key == self.key)
            and self.name in finding.message
        )


Mutation = Callable[[random.Random, History], Expected]
KINDS: dict[str, Mutation] = {}


def kind(mutation: Mutation) -> Mutation:
    KINDS[mutation.__name__.replace("_", " ")] = mutation
    return mutation


def _other(rng: random.Random, row: Stored) -> Stored:
    """The same entry saying something else."""
    content = json.loads(row.content)
    name = rng.choice(["reason", "actor_name", "actor_role", "salt"])
    content[name] += rng.choice("xyz")
    return row.saying(canonical.encode(content))


def _row(rng: random.Random, history: History, first: int = 1, last: int = 0) -> Stored:
    return history.rows[rng.randint(first, last or history.last - 1) - 1]


def _covered(rng: random.Random, history: History) -> Stored:
    return _row(rng, history, 1, history.covered)


def _rewritten(history: History, start: int, rows: list[Stored]) -> Expected:
    """Put rows in place with everything computed anew to the end: only a checkpoint that was signed tells."""
    before = history.rows[start - 2] if start > 1 else None
    rewrite(history, start, chained(rows, before))
    return Expected("rewritten", (history.good_before(start) + 1,))


# --- Edits -----------------------------------------------------------------------------------------------------------


@kind
def one_byte_of_an_entry_edited(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history, 1, history.last)
    place = rng.randrange(len(row.body))
    body = bytearray(row.body)
    body[place] ^= rng.randrange(1, 256)
    rewrite(history, row.seq, [replace(row, body=bytes(body)), *history.rows[row.seq :]])
    return Expected("edited", (row.seq,))


@kind
def the_stored_hash_edited(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history, 1, history.last)
    digest = bytearray(row.hash)
    digest[rng.randrange(32)] ^= rng.randrange(1, 256)
    rewrite(history, row.seq, [replace(row, hash=bytes(digest)), *history.rows[row.seq :]])
    return Expected("edited", (row.seq,))


@kind
def an_entry_edited_and_hashed_again(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history)
    before = history.rows[row.seq - 2] if row.seq > 1 else None
    rewrite(history, row.seq, [*chained([_other(rng, row)], before), *history.rows[row.seq :]])
    return Expected("edited", (row.seq,))


@kind
def an_entry_edited_and_all_after_it_hashed_again(rng: random.Random, history: History) -> Expected:
    row = _covered(rng, history)
    return _rewritten(history, row.seq, [_other(rng, row), *history.rows[row.seq :]])


@kind
def a_row_image_edited_after_the_last_checkpoint(rng: random.Random, history: History) -> Expected:
    seq = rng.choice([seq for seq in history.changing if seq > history.covered])
    row = history.rows[seq - 1]
    content = json.loads(row.content)
    change = rng.choice(content["changes"])
    image = change["after"] or change["before"]
    image["version"] += 1
    edited = row.saying(canonical.encode(content))
    rewrite(history, seq, chained([edited, *history.rows[seq:]], history.rows[seq - 2]))
    return Expected("row", table=change["table"], key=change["key"])


@kind
def an_entry_after_the_last_checkpoint_filled_with_nonsense(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history, history.covered + 1, history.last)
    nonsense = rng.choice([b"{}", b"[]", b"7", b"{nonsense}", b'{"changes":[{}]}', b'"\xff"'])
    edited = row.saying(nonsense)
    rewrite(history, row.seq, chained([edited, *history.rows[row.seq :]], history.rows[row.seq - 2]))
    looks_like_one = nonsense.startswith(b"{") and nonsense.endswith(b"}")
    return Expected("unreadable" if looks_like_one else "edited", (row.seq,))


@kind
def the_entry_of_the_site_key_emptied(rng: random.Random, history: History) -> Expected:
    row = next(row for row in history.rows if row.type.startswith("site_key"))
    content = json.loads(row.content)
    content["data"] = rng.choice([{}, {"vkey": 7}, {**content["data"], "vkey": "x"}, {**content["data"], "more": 1}])
    return _rewritten(history, row.seq, [row.saying(canonical.encode(content)), *history.rows[row.seq :]])


@kind
def a_column_beside_an_entry_edited(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history, 1, history.last)
    other: dict[str, Any] = rng.choice(
        [
            {"type": "lot.blessed/1"}, {"actor": "n.obody"}, {"subject": f"lot/X-{row.seq}"}, {"sponsor": "BETA"},
            {"idempotency_key": "other"}, {"subject_seq": row.subject_seq + 5000},
            {"at": "2020-01-01T00:00:00.000000Z"},
        ]
    )  # fmt: skip
    rewrite(history, row.seq, [replace(row, **other), *history.rows[row.seq :]])
    return Expected("index", (row.seq,), name=next(iter(other)))


# --- Deletions, insertions, order ------------------------------------------------------------------------------------


@kind
def an_entry_deleted(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history)
    rewrite(history, row.seq, history.rows[row.seq :])
    return Expected("deleted", (row.seq,))


@kind
def an_entry_deleted_and_the_others_numbered_again(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history)
    rewrite(history, row.seq, [replace(after, seq=after.seq - 1) for after in history.rows[row.seq :]])
    return Expected("deleted", (row.seq,))


@kind
def an_entry_deleted_and_all_after_it_hashed_again(rng: random.Random, history: History) -> Expected:
    row = _covered(rng, history)
    return _rewritten(history, row.seq, history.rows[row.seq :])


@kind
def an_entry_inserted(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history)
    before = history.rows[row.seq - 2] if row.seq > 1 else None
    [forged] = chained([replace(_other(rng, row), subject=f"forged/{row.seq}", idempotency_key=None)], before)
    rewrite(history, row.seq, [forged, *(replace(after, seq=after.seq + 1) for after in history.rows[row.seq - 1 :])])
    return Expected("inserted", (row.seq,))


@kind
def an_entry_inserted_and_all_after_it_hashed_again(rng: random.Random, history: History) -> Expected:
    row = _covered(rng, history)
    forged = replace(_other(rng, row), subject=f"forged/{row.seq}", idempotency_key=None)
    return _rewritten(history, row.seq, [forged, *history.rows[row.seq - 1 :]])


@kind
def an_old_entry_put_at_the_end_again(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history)
    again = replace(row, seq=history.last + 1, subject=f"again/{row.seq}", idempotency_key=None)
    rewrite(history, history.last + 1, [again])
    return Expected("reordered", (history.last + 1,))


@kind
def two_entries_exchanged(rng: random.Random, history: History) -> Expected:
    first, second = sorted(rng.sample(range(1, history.last + 1), 2))
    one, other = history.rows[first - 1], history.rows[second - 1]
    between = history.rows[first : second - 1]
    moved = [replace(other, seq=first), *between, replace(one, seq=second), *history.rows[second:]]
    rewrite(history, first, moved)
    return Expected("reordered", (first,))


@kind
def two_entries_exchanged_and_all_after_them_hashed_again(rng: random.Random, history: History) -> Expected:
    first, second = sorted(rng.sample(range(1, history.covered + 1), 2))
    one, other = history.rows[first - 1], history.rows[second - 1]
    # Each takes the other's time too: otherwise the order of times would tell.
    moved = [_dated(other, one.at), *history.rows[first : second - 1], _dated(one, other.at), *history.rows[second:]]
    return _rewritten(history, first, moved)


# --- Truncation ------------------------------------------------------------------------------------------------------


@kind
def the_end_cut_off_before_the_last_checkpoint_with_its_rows(rng: random.Random, history: History) -> Expected:
    size = rng.randint(1, history.covered - 1)
    tables_as_of(size)
    rewrite(history, size + 1, [])
    return Expected("truncated", (size + 1,))


@kind
def the_end_cut_off_after_the_last_checkpoint_without_its_rows(rng: random.Random, history: History) -> Expected:
    size = rng.randint(history.covered, history.changing[-1] - 1)
    with unguarded("record_change"):
        run("DELETE FROM record_change WHERE seq > %s", size)
    rewrite(history, size + 1, [])
    lost = [row for row in history.rows[size:] if json.loads(row.content)["changes"]]
    change = json.loads(lost[-1].content)["changes"][-1]
    return Expected("row", table=change["table"], key=change["key"])


# --- Time ------------------------------------------------------------------------------------------------------------


def _dated(row: Stored, at: str) -> Stored:
    return replace(row, at=at, body=row.body[:7] + at.encode() + row.body[34:])


@kind
def an_entry_backdated_after_the_last_checkpoint(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history, history.covered + 1, history.last)
    earlier = _row(rng, history, 1, row.seq - 2).at
    edited = _dated(row, earlier)
    rewrite(history, row.seq, chained([edited, *history.rows[row.seq :]], history.rows[row.seq - 2]))
    return Expected("backdated", (row.seq,))


@kind
def an_entry_backdated_within_its_neighbours_and_hashed_again(rng: random.Random, history: History) -> Expected:
    row = _row(rng, history, 2, history.covered)
    return _rewritten(history, row.seq, [_dated(row, history.rows[row.seq - 2].at), *history.rows[row.seq :]])


# --- Signatures and attachments --------------------------------------------------------------------------------------


def _attestations_exchanged(history: History, one: int, other: int) -> list[Stored]:
    rows = list(history.rows)
    said = {seq: json.loads(rows[seq - 1].content) for seq in (one, other)}
    for seq, source in ((one, other), (other, one)):
        content = {**said[seq], "attestations": said[source]["attestations"]}
        rows[seq - 1] = rows[seq - 1].saying(canonical.encode(content))
    return rows[min(one, other) - 1 :]


def _signed(history: History, rng: random.Random, first: int, last: int) -> tuple[int, int]:
    """Two signed entries about different lots."""
    known = [seq for seq in history.signed if first <= seq <= last]
    pairs = [
        (one, other) for one in known for other in known
        if one < other and history.rows[one - 1].subject != history.rows[other - 1].subject
    ]  # fmt: skip
    return rng.choice(pairs)


@kind
def two_signatures_exchanged_after_the_last_checkpoint(rng: random.Random, history: History) -> Expected:
    one, other = _signed(history, rng, history.covered + 1, history.last)
    rewrite(history, one, chained(_attestations_exchanged(history, one, other), history.rows[one - 2]))
    return Expected("signature", (one, other))


@kind
def two_signatures_exchanged_under_a_checkpoint(rng: random.Random, history: History) -> Expected:
    one, other = _signed(history, rng, 1, history.covered)
    return _rewritten(history, one, _attestations_exchanged(history, one, other))


@kind
def a_signature_altered_after_the_last_checkpoint(rng: random.Random, history: History) -> Expected:
    seq = rng.choice([seq for seq in history.signed if seq > history.covered])
    row = history.rows[seq - 1]
    content = json.loads(row.content)
    statement = content["attestations"][0]["statement"]
    statement[rng.choice(["meaning", "printed_name", "shown", "subject"])] += "!"
    edited = row.saying(canonical.encode(content))
    rewrite(history, seq, chained([edited, *history.rows[seq:]], history.rows[seq - 2]))
    return Expected("signature", (seq,))


@kind
def an_attachment_altered_or_removed(rng: random.Random, history: History) -> Expected:
    seq, digest = rng.choice(sorted(history.attached.items()))
    path = Path(settings.CONFIGURATION.attachments_folder) / digest[:2] / digest[2:4] / digest
    content = path.read_bytes()
    if rng.random() < 0.3:
        path.unlink()
    else:
        place = rng.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    return Expected("attachment", (seq,), undo=lambda: path.write_bytes(content))


# --- Rows ------------------------------------------------------------------------------------------------------------


def _any_row(rng: random.Random) -> tuple[str, int]:
    tables = [model for model in guards.gmp_models() if model._base_manager.exists()]
    model = rng.choice(tables)
    return model._meta.db_table, rng.choice(list(model._base_manager.values_list("pk", flat=True)))


@kind
def a_column_of_a_row_altered(rng: random.Random, history: History) -> Expected:
    key = rng.choice(list(Lot._base_manager.values_list("pk", flat=True)))
    column, value = rng.choice(
        [("name", f"N-{key}"), ("mass", "0.001"), ("status", "blessed"), ("note", "nothing"), ("version", 77),
         ("made_on", "2026-01-01"), ("facts", '{"n": -1}'), ("photo", b"\x07\x07"), ("pin", "0000")]
    )  # fmt: skip
    with unguarded("gmp_lot"):
        run(f'UPDATE gmp_lot SET "{column}" = %s WHERE id = %s', value, key)
    return Expected("row", table="gmp_lot", key=str(key), name=column)


@kind
def a_row_filled_with_nonsense(rng: random.Random, history: History) -> Expected:
    key = rng.choice(list(Lot._base_manager.values_list("pk", flat=True)))
    possible: dict[str, list[tuple[str, object]]] = {
        "sqlite": [("mass", "much"), ("mass", 1e300), ("made_on", "2026-99-99"), ("note", b"\xff\xfe"),
                   ("version", "x"), ("photo", "text"), ("facts", "1.5")],
        "postgresql": [("mass", "NaN"), ("facts", "1.5"), ("facts", '{"é": 1}'), ("made_on", "infinity")],
    }  # fmt: skip
    column, value = rng.choice(possible[connection.vendor])
    with unguarded("gmp_lot"):
        run(f'UPDATE gmp_lot SET "{column}" = %s WHERE id = %s', value, key)
    return Expected("row", table="gmp_lot", key=str(key))


@kind
def a_row_of_any_table_altered(rng: random.Random, history: History) -> Expected:
    table, key = _any_row(rng)
    with unguarded(table):
        run(f'UPDATE "{table}" SET version = version + 1 WHERE id = %s', key)
    return Expected("row", table=table, key=str(key))


@kind
def a_row_deleted(rng: random.Random, history: History) -> Expected:
    table, key = _any_row(rng)
    with unguarded(table):
        run(f'DELETE FROM "{table}" WHERE id = %s', key)
    return Expected("row", table=table, key=str(key))


@kind
def a_row_added(rng: random.Random, history: History) -> Expected:
    key = rng.randint(10_000, 99_999)
    with unguarded("record_series"):
        run("INSERT INTO record_series (id, version, prefix, last) VALUES (%s, 1, 'Q', 1)", key)
    return Expected("row", table="record_series", key=str(key))


# --- What is derived or signed ---------------------------------------------------------------------------------------


@kind
def the_index_of_changes_altered(rng: random.Random, history: History) -> Expected:
    change = rng.choice(list(Change.objects.all()))
    statement = rng.choice(
        ["UPDATE record_change SET row_version = row_version + 1 WHERE id = %s",
         "UPDATE record_change SET key = key + 1000 WHERE id = %s",
         "UPDATE record_change SET position = position + 1 WHERE id = %s",
         "UPDATE record_change SET \"table\" = 'record_series' WHERE id = %s",
         "DELETE FROM record_change WHERE id = %s"]
    )  # fmt: skip
    with unguarded("record_change"):
        run(statement, change.pk)
    return Expected("index", (change.entry_id,))


@kind
def a_line_added_to_the_index_of_changes(rng: random.Random, history: History) -> Expected:
    seq = rng.choice([rng.randint(1, history.last), history.last + rng.randint(1, 20)])
    with unguarded("record_change"):
        run("INSERT INTO record_change (id, seq, position, \"table\", key, row_version) VALUES (%s, %s, 9, 'x', 1, 1)",
            1_000_000, seq)  # fmt: skip
    return Expected("index", (seq,))


@kind
def a_kept_node_of_the_tree_altered_or_removed(rng: random.Random, history: History) -> Expected:
    node = rng.choice(list(Node.objects.all()))
    with unguarded("record_node"):
        statement, *values = rng.choice(
            [("UPDATE record_node SET hash = %s WHERE id = %s", rng.randbytes(32), node.pk),
             ("UPDATE record_node SET level = 16 WHERE id = %s", node.pk),
             ('UPDATE record_node SET "index" = 5 WHERE id = %s', node.pk),
             ("DELETE FROM record_node WHERE id = %s", node.pk)]
        )  # fmt: skip
        run(str(statement), *values)
    return Expected("index", table="record_node")


@kind
def a_checkpoint_altered(rng: random.Random, history: History) -> Expected:
    head = rng.choice(list(Checkpoint.objects.all()))
    place = rng.choice([at for at, mark in enumerate(head.note) if mark.isalnum()])
    flipped = head.note[:place] + ("A" if head.note[place] != "A" else "B") + head.note[place + 1 :]
    column, value = rng.choice(
        [("note", flipped), ("note", "nothing"), ("root", rng.randbytes(32)), ("pending", rng.randbytes(96)),
         ("pending", b""), ("key_name", "elsewhere")]
    )  # fmt: skip
    with unguarded("record_checkpoint"):
        run(f'UPDATE record_checkpoint SET "{column}" = %s WHERE tree_size = %s', value, head.tree_size)
    return Expected("checkpoint", name=f"checkpoint of size {head.tree_size}")


@kind
def a_time_stamp_altered(rng: random.Random, history: History) -> Expected:
    size = rng.choice(history.sizes)
    column, value = rng.choice(
        [("at", "2020-01-01 00:00:00+00"), ("token", b"nothing"), ("token", b"\xff\xfe"), ("kind", "psychic/1")]
    )
    if column == "at" and connection.vendor == "sqlite":
        value = "2020-01-01 00:00:00"
    with unguarded("record_timestamp"):
        run(f'UPDATE record_timestamp SET "{column}" = %s WHERE tree_size = %s', value, size)
    return Expected("timestamp", name=f"size {size}")


@kind
def a_cosignature_altered(rng: random.Random, history: History) -> Expected:
    with unguarded("record_cosignature"):
        run("UPDATE record_cosignature SET line = %s", rng.choice(["nothing", "\u2014 w AAAA\n", "\u2014 w+ x"]))
    return Expected("witness", name="outside.example/witness")


@kind
def a_guard_dropped_or_silenced(rng: random.Random, history: History) -> Expected:
    tables = guards.tables()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
            name, _, definition = rng.choice(sorted(cursor.fetchall()))
            cursor.execute(f'DROP TRIGGER "{name}"')
            if rng.random() < 0.5:
                cursor.execute(
                    definition.replace("RAISE(ABORT", "RAISE(IGNORE").split(" BEGIN")[0] + " BEGIN SELECT 1; END"
                )
            return Expected("guard", name=name)
        table = rng.choice([*tables.gmp, *tables.ledger])
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        name = rng.choice(sorted(row[0] for row in cursor.fetchall()))
        how = rng.choice(
            [f'DROP TRIGGER "{name}" ON "{table}"', f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"',
             f'ALTER TABLE "{table}" ENABLE TRIGGER "{name}"', f'ALTER TABLE "{table}" ENABLE REPLICA TRIGGER "{name}"']
        )  # fmt: skip
        cursor.execute(how)
    return Expected("guard", name=name)
