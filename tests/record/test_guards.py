"""A guard that is missing, altered or silenced stops the plant with a message that names it."""

import pytest
from django.core.management import call_command
from django.db import connection

from batchwright.kernel.errors import DomainError
from batchwright.record import guards
from tests.conftest import engine
from tests.gmp import plant

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(c)")]
on_postgresql = pytest.mark.skipif(engine() != "postgresql", reason="PostgreSQL has functions and trigger states")
on_sqlite = pytest.mark.skipif(engine() != "sqlite", reason="SQLite keeps a trigger's text")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def names() -> list[tuple[str, str]]:
    """Every guard with its table."""
    with connection.cursor() as cursor:
        if engine() == "sqlite":
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname, relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal"
            )
        return sorted(cursor.fetchall())


def drop(name: str, table: str) -> str:
    return f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if engine() == "postgresql" else "")


def test_after_migration_every_guard_is_in_place() -> None:
    assert guards.faults() == []
    guards.require()
    wanted = guards.tables()
    assert {"gmp_lot", "gmp_container", "record_site_key", "record_series", "record_witness"} <= set(wanted.gmp)
    assert {table for _, table in names()} == {*wanted.gmp, *wanted.ledger}


def test_each_missing_guard_is_named_and_migration_puts_it_back() -> None:
    for name, table in names():
        run(drop(name, table))
        assert [tuple(fault) for fault in guards.faults()] == [(name, "missing")]
        with pytest.raises(DomainError, match=f"{name} is missing"):
            guards.require()
        guards.install()
    call_command("migrate", verbosity=0, interactive=False)
    assert guards.faults() == []


def test_many_missing_guards_are_counted() -> None:
    for name, table in names()[:7]:
        run(drop(name, table))
    with pytest.raises(DomainError, match=r"\.\.\. \(limit: all guards in place, 7 are not\).*batchwright migrate"):
        guards.require()


@on_sqlite
def test_an_altered_guard_is_told_from_a_missing_one() -> None:
    run('DROP TRIGGER "record_guard_gmp_lot_update"')
    run('CREATE TRIGGER "record_guard_gmp_lot_update" AFTER UPDATE ON "gmp_lot" BEGIN SELECT 1; END')
    assert guards.faults() == [("record_guard_gmp_lot_update", "altered")]
    guards.install()
    assert guards.faults() == []


@on_postgresql
@pytest.mark.parametrize("state", ["DISABLE", "ENABLE", "ENABLE REPLICA"])
def test_a_silenced_guard_is_said_to_be_disabled(state: str) -> None:
    run(f'ALTER TABLE gmp_lot {state} TRIGGER "record_guard_gmp_lot"')
    assert guards.faults() == [("record_guard_gmp_lot", "disabled")]
    guards.install()
    assert guards.faults() == []


@on_postgresql
@pytest.mark.parametrize(
    "definition",
    [
        "CREATE TRIGGER {} BEFORE INSERT OR UPDATE OR DELETE ON gmp_lot FOR EACH ROW EXECUTE FUNCTION record_guard()",
        "CREATE TRIGGER {} AFTER INSERT OR UPDATE ON gmp_lot FOR EACH ROW EXECUTE FUNCTION record_guard()",
        "CREATE TRIGGER {} AFTER INSERT OR UPDATE OR DELETE ON gmp_lot FOR EACH ROW EXECUTE FUNCTION record_require()",
        "CREATE TRIGGER {} AFTER INSERT OR UPDATE OR DELETE ON gmp_container FOR EACH ROW EXECUTE FUNCTION"
        " record_guard()",
        "CREATE TRIGGER {} AFTER INSERT OR UPDATE OR DELETE ON gmp_lot FOR EACH STATEMENT EXECUTE FUNCTION"
        " record_guard()",
        "CREATE TRIGGER {} AFTER INSERT OR UPDATE OR DELETE ON gmp_lot FOR EACH ROW WHEN (false) EXECUTE FUNCTION"
        " record_guard()",
        "CREATE TRIGGER {} AFTER INSERT OR DELETE OR UPDATE OF version ON gmp_lot FOR EACH ROW EXECUTE FUNCTION"
        " record_guard()",
    ],
    ids=["before", "two events", "other function", "other table", "per statement", "never", "one column"],
)
def test_an_altered_guard_is_named(definition: str) -> None:
    run('DROP TRIGGER "record_guard_gmp_lot" ON gmp_lot')
    run(definition.format("record_guard_gmp_lot"))
    table = "gmp_container" if "ON gmp_container" in definition else "gmp_lot"
    run(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "record_guard_gmp_lot"')
    assert guards.faults() == [("record_guard_gmp_lot", "altered")]


@on_postgresql
def test_an_altered_or_missing_function_is_named() -> None:
    run("CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    assert guards.faults() == [("record_guard", "altered")]
    guards.install()
    run("ALTER FUNCTION record_guard SET search_path = elsewhere, pg_catalog")
    assert guards.faults() == [("record_guard", "altered")]
    run("DROP FUNCTION record_append")
    assert guards.faults() == [("record_guard", "altered"), ("record_append", "missing")]
    guards.install()
    assert guards.faults() == []
    plant.receive_lot("L-1")


def test_a_database_that_cannot_guard_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "oracle", raising=False)
    with pytest.raises(DomainError, match=r"cannot guard the record: oracle \(limit: sqlite or postgresql\)"):
        guards.faults()


def test_where_the_ledger_is_not_there_yet_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = names()
    monkeypatch.setattr(connection.introspection, "table_names", list)
    guards.install()
    assert names() == before
