"""The triggers of SQLite."""

from typing import Any

from batchwright.record.backends import guarding
from batchwright.record.rules import PREFIX, Rule

_GMP = """CREATE TRIGGER {name} AFTER {event} ON "{table}" BEGIN
 SELECT CASE WHEN record_write('{table}', {row}.id, '{op}') = 0
  THEN RAISE(ABORT, '{table}: refused, no record entry is open; write through record.entry') END;
END"""
_ADD = """CREATE TRIGGER {name} BEFORE INSERT ON "{table}" BEGIN
 SELECT CASE WHEN record_append() = 0
  THEN RAISE(ABORT, '{table}: refused, only the record itself adds to its ledger') END;
END"""
_NEVER = """CREATE TRIGGER {name} BEFORE {event} ON "{table}" BEGIN
 SELECT RAISE(ABORT, '{table}: refused, the ledger is never changed');
END"""
_OPS = (("INSERT", "NEW", "create"), ("UPDATE", "NEW", "update"), ("DELETE", "OLD", "delete"))


def wanted(tables: guarding.Tables) -> dict[str, str]:
    """Give the triggers that must be there.

    Args:
        tables: The GMP tables, the ledger's own, and the rules.

    Returns:
        Trigger names and their definitions, exactly as SQLite keeps them.
    """
    found = {}
    for table in tables.gmp:
        for event, row, op in _OPS:
            name = f"record_guard_{table}_{op}"
            found[name] = _GMP.format(name=name, event=event, table=table, row=row, op=op)
    for table in tables.ledger:
        name = f"record_guard_{table}_add"
        found[name] = _ADD.format(name=name, table=table)
        for event in ("UPDATE", "DELETE"):
            name = f"record_guard_{table}_{event.lower()}"
            found[name] = _NEVER.format(name=name, event=event, table=table)
    for rule in tables.rules:
        found[rule.trigger] = _of_rule(rule)
    return found


def _of_rule(rule: Rule) -> str:
    refusals = "".join(
        f" SELECT RAISE(ABORT, '{said}') WHERE {when.replace('{no}', '0').replace('IS DISTINCT FROM', 'IS NOT')};\n"
        for said, when in rule.sentences
    )
    return f'CREATE TRIGGER {rule.trigger} BEFORE {rule.event} ON "{rule.table}" BEGIN\n{refusals}END'


def install(connection: Any, tables: guarding.Tables) -> None:
    """Make every trigger as it must be.

    Args:
        connection: A Django connection.
        tables: The GMP tables and the ledger's own.
    """
    present = _present(connection)
    with connection.cursor() as cursor:
        for name, definition in wanted(tables).items():
            if present.get(name) != definition:
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
                cursor.execute(definition)
        for name in _left_over(present, tables):
            cursor.execute(f'DROP TRIGGER "{name}"')


def lift_rules(connection: Any) -> None:
    """Take every rule away, as long as migrations rebuild tables.

    SQLite refuses to rename a table into place while a trigger of another one names it.

    Args:
        connection: A Django connection.
    """
    with connection.cursor() as cursor:
        for name in _left_over(_present(connection), guarding.Tables((), ())):
            cursor.execute(f'DROP TRIGGER "{name}"')


def faults(connection: Any, tables: guarding.Tables) -> list[guarding.Fault]:
    """Find triggers that are missing, altered or left over.

    Args:
        connection: A Django connection.
        tables: The GMP tables and the ledger's own.

    Returns:
        One fault each.
    """
    present = _present(connection)
    return [
        guarding.Fault(name, "missing" if name not in present else "altered")
        for name, definition in wanted(tables).items()
        if present.get(name) != definition
    ] + [guarding.Fault(name, "left over") for name in _left_over(present, tables)]


def _left_over(present: dict[str, str], tables: guarding.Tables) -> list[str]:
    """Rules of the database that no capability has."""
    known = {rule.trigger for rule in tables.rules}
    return sorted(name for name in present if name.startswith(PREFIX) and name not in known)


def _present(connection: Any) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())
