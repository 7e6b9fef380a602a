"""Falsifications of what stands beside the entries: rows, indexes, the tree, checkpoints and guards."""

from __future__ import annotations

import random

from django.db import connection

from batchwright.record import guards
from batchwright.record.models import Change, Checkpoint, Node
from tests.gmp.models import Lot
from tests.properties.history import History, run, unguarded
from tests.properties.mutations import Expected, kind

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
