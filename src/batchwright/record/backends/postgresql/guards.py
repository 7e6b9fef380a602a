"""The functions and triggers of PostgreSQL."""

from typing import Any

from batchwright.record.backends import GENESIS, guarding
from batchwright.record.rules import PREFIX, Rule

LOCK = 7_283_151_001
"""The advisory lock that orders the ledger of one database."""
UNACCOUNTED = "BW001"
"""SQLSTATE of an entry that does not account for exactly the rows that were written."""

# Counts and folds each written row, and refuses it while no entry is open in this very transaction.
_GUARD = """
DECLARE
  op text := CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END;
  key bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END;
BEGIN
  IF current_setting('batchwright.entry', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
    RAISE EXCEPTION '%: refused, no record entry is open; write through record.entry', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM set_config('batchwright.writes', encode(sha256(convert_to(
    current_setting('batchwright.writes', true) || TG_TABLE_NAME || ' ' || key || ' ' || op, 'UTF8')), 'hex'), true);
  RETURN NULL;
END"""
# At commit: whoever set the settings by hand still has no entry in the ledger that accounts for the row.
_REQUIRE = """
DECLARE
  row_key bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END;
  last bigint;
BEGIN
  SELECT c.seq INTO last FROM record_change c
    WHERE c."table" = TG_TABLE_NAME::text AND c.key = row_key ORDER BY c.seq DESC LIMIT 1;
  IF NOT EXISTS (SELECT FROM record_entry e WHERE e.seq = last AND e.transaction = pg_current_xact_id()::text::bigint)
  THEN
    RAISE EXCEPTION '%: refused, this transaction wrote no record entry that accounts for the row', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END"""
_NEVER = """
BEGIN
  RAISE EXCEPTION '%: refused, % is never done to this table', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END"""
_ADD = """
BEGIN
  IF pg_current_xact_id()::text NOT IN (coalesce(current_setting('batchwright.entry', true), ''),
      coalesce(current_setting('batchwright.ledger', true), '')) THEN
    RAISE EXCEPTION '%: refused, only the record itself adds to its ledger', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END"""
# Whoever inserts an entry, by whatever path, it must continue the chain.
_CHAIN = f"""
DECLARE
  head record;
  tail bytea;
BEGIN
  SELECT seq, hash INTO head FROM record_entry ORDER BY seq DESC LIMIT 1;
  tail := convert_to(',"prev_hash":"' || coalesce(encode(head.hash, 'hex'), '{GENESIS}') || '","seq":' || NEW.seq
    || ',"subject_seq":' || NEW.subject_seq || '}}', 'UTF8');
  IF NEW.seq IS DISTINCT FROM coalesce(head.seq, 0) + 1
      OR NEW.hash IS DISTINCT FROM sha256('\\x00'::bytea || NEW.body)
      OR substr(NEW.body, greatest(length(NEW.body) - length(tail) + 1, 1)) IS DISTINCT FROM tail THEN
    RAISE EXCEPTION 'record_entry: refused, entry % does not continue the chain', NEW.seq
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  NEW.transaction := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END"""  # noqa: S608 - constants of this module alone
_APPEND = f"""
DECLARE
  head record;
  moment text := p_at;
BEGIN
  IF current_setting('batchwright.entry', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
    RAISE EXCEPTION 'record_append: refused, no record entry is open'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF current_setting('batchwright.writes', true) IS DISTINCT FROM p_account THEN
    RAISE EXCEPTION 'record_append: refused, the entry does not account for every row that was written'
      USING ERRCODE = '{UNACCOUNTED}';
  END IF;
  PERFORM pg_advisory_xact_lock({LOCK});
  SELECT e.seq, e.hash, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
    INTO head FROM record_entry e ORDER BY e.seq DESC LIMIT 1;
  seq := coalesce(head.seq, 0) + 1;
  IF head.at COLLATE "C" > moment COLLATE "C" THEN
    moment := head.at;
  END IF;
  SELECT e.subject_seq + 1 INTO subject_seq
    FROM record_entry e WHERE e.subject = p_subject ORDER BY e.subject_seq DESC LIMIT 1;
  subject_seq := coalesce(subject_seq, 1);
  at := moment;
  body := convert_to('{{"at":"' || moment || '","entry":', 'UTF8') || p_content
    || convert_to(',"prev_hash":"' || coalesce(encode(head.hash, 'hex'), '{GENESIS}') || '","seq":' || seq
    || ',"subject_seq":' || subject_seq || '}}', 'UTF8');
  hash := sha256('\\x00'::bytea || body);
  INSERT INTO record_entry
      (seq, at, type, actor, subject, subject_seq, sponsor, idempotency_key, hash, body)
    VALUES (seq, moment::timestamptz, p_type, p_actor, p_subject, subject_seq, p_sponsor, p_key, hash, body);
  INSERT INTO record_change (seq, position, "table", key, row_version)
    SELECT record_append.seq, n - 1, t, k, v
      FROM unnest(p_tables, p_keys, p_versions) WITH ORDINALITY AS marks(t, k, v, n);
  PERFORM set_config('batchwright.entry', '', true);
  RETURN NEXT;
END"""  # noqa: S608 - constants of this module alone
_PARAMETERS = (
    "p_at text, p_content bytea, p_type text, p_actor text, p_subject text, p_sponsor text, p_key text,"
    " p_account text, p_tables text[], p_keys bigint[], p_versions int[],"
    " OUT seq bigint, OUT at text, OUT subject_seq bigint, OUT hash bytea, OUT body bytea"
)
FUNCTIONS: dict[str, tuple[str, str, str]] = {
    "record_guard": ("", "trigger", _GUARD),
    "record_require": ("", "trigger", _REQUIRE),
    "record_never": ("", "trigger", _NEVER),
    "record_add": ("", "trigger", _ADD),
    "record_chain": ("", "trigger", _CHAIN),
    "record_append": (_PARAMETERS, "SETOF record", _APPEND),
}
"""Name: parameters, what it returns, source."""
_READERS = ("record_require", "record_chain", "record_append")
# Those that read the ledger find its own tables, not temporary ones of the same name. And they keep to its indexes: a
# connection plans them once, perhaps while the ledger is nearly empty, where reading all of it looks as good.
_READING = ("enable_seqscan=off", "enable_bitmapscan=off", "enable_sort=off")


def wanted(tables: guarding.Tables) -> dict[str, tuple[str, str]]:
    """Give the triggers that must be there.

    Args:
        tables: The GMP tables, the ledger's own, and the rules.

    Returns:
        Trigger names, each with its table and the rest of its definition.
    """
    found = {}
    for table in tables.gmp:
        found[f"record_guard_{table}"] = (
            table, "AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION record_guard()"
        )  # fmt: skip
        found[f"record_require_{table}"] = (
            table,
            "AFTER INSERT OR UPDATE OR DELETE ON {} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            " EXECUTE FUNCTION record_require()",
        )
        found[f"record_truncate_{table}"] = (
            table, "BEFORE TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION record_never()"
        )  # fmt: skip
    for table in tables.ledger:
        found[f"record_add_{table}"] = (table, "BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION record_add()")
        found[f"record_never_{table}"] = (
            table, "BEFORE UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION record_never()"
        )  # fmt: skip
        found[f"record_truncate_{table}"] = (
            table, "BEFORE TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION record_never()"
        )  # fmt: skip
    found["record_chain_record_entry"] = (
        "record_entry", "BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION record_chain()"
    )  # fmt: skip
    for rule in tables.rules:
        found[rule.trigger] = (
            rule.table, f"BEFORE {rule.event} ON {{}} FOR EACH ROW EXECUTE FUNCTION {rule.trigger}()"
        )  # fmt: skip
    return found


def functions(tables: guarding.Tables) -> dict[str, tuple[str, str, str]]:
    """Give the functions that must be there.

    Args:
        tables: The GMP tables, the ledger's own, and the rules.

    Returns:
        Names, each with parameters, what it returns, and its source.
    """
    return {**FUNCTIONS, **{rule.trigger: ("", "trigger", _of_rule(rule)) for rule in tables.rules}}


def _of_rule(rule: Rule) -> str:
    locks = "".join(f"\n  PERFORM 1 FROM ({lock}) AS locked;" for lock in rule.lock)
    refusals = "".join(
        f"\n  IF ({when.replace('{no}', 'false')}) THEN"
        f"\n    RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation';\n  END IF;"
        for said, when in rule.sentences
    )
    return f"\nBEGIN{locks}{refusals}\n  RETURN {'OLD' if rule.event == 'DELETE' else 'NEW'};\nEND"


def install(connection: Any, tables: guarding.Tables) -> None:
    """Make every function and trigger as it must be.

    Args:
        connection: A Django connection whose user owns the tables.
        tables: The GMP tables and the ledger's own.
    """
    stale = {fault.name: fault.state for fault in faults(connection, tables)}
    _drop(connection, [name for name, state in stale.items() if state == "left over"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
        for name, (parameters, returns, source) in functions(tables).items():
            if name in stale:
                options = " ".join(f"SET {setting}" for setting in _settings(name, schema))
                options += " ROWS 1" if name == "record_append" else ""
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}({parameters}) RETURNS {returns}"
                    f" LANGUAGE plpgsql {options} AS $record${_variable(name)}{source}$record$"
                )
        for name, (table, rest) in wanted(tables).items():
            if name in stale:
                kind = "CONSTRAINT TRIGGER" if name.startswith("record_require_") else "TRIGGER"
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
                cursor.execute(f'CREATE {kind} "{name}" ' + rest.format(f'"{table}"'))
                # ALWAYS: also where a session pretends to be a replica, which silences ordinary triggers.
                cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"')


def lift_rules(connection: Any) -> None:
    """Take every rule away, as long as migrations rebuild tables.

    PostgreSQL refuses to change the type of a column that a trigger names.

    Args:
        connection: A Django connection whose user owns the tables.
    """
    _drop(connection, _left_over(connection, guarding.Tables((), ())))


def _drop(connection: Any, rules: list[str]) -> None:
    """Drop triggers of rules with their functions."""
    with connection.cursor() as cursor:
        for name in rules:
            cursor.execute(f'DROP FUNCTION "{name}"() CASCADE')


def _left_over(connection: Any, tables: guarding.Tables) -> list[str]:
    """Rules of the database that no capability has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE starts_with(proname, %s) AND NOT proname = ANY(%s)"
            " AND prorettype = 'trigger'::regtype AND pronamespace = current_schema()::regnamespace ORDER BY proname",
            [PREFIX, [rule.trigger for rule in tables.rules]],
        )
        return [name for (name,) in cursor.fetchall()]


def faults(connection: Any, tables: guarding.Tables) -> list[guarding.Fault]:
    """Find functions and triggers that are missing, altered, disabled or left over.

    Args:
        connection: A Django connection.
        tables: The GMP tables and the ledger's own.

    Returns:
        One fault each.
    """
    wanted_functions = functions(tables)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosrc, coalesce(proconfig, '{}'), quote_ident(current_schema()) FROM pg_proc"
            " WHERE proname = ANY(%s) AND pronamespace = current_schema()::regnamespace",
            [list(wanted_functions)],
        )
        present = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT tgname, c.relname, tgenabled::text, p.proname, tgtype, tgdeferrable AND tginitdeferred,"
            " tgqual IS NULL, (SELECT coalesce(string_agg(a.attname, ', ' ORDER BY a.attname), '') FROM pg_attribute a"
            " WHERE a.attrelid = tgrelid AND a.attnum = ANY (tgattr))"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid"
            " WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        )
        triggers = {row[0]: row[1:] for row in cursor.fetchall()}
    found: dict[str, str] = {}
    for name, (_, _, source) in wanted_functions.items():
        if name not in present:
            found[name] = "missing"
            continue
        text, settings, schema = present[name]
        if text != _variable(name) + source or settings != _settings(name, schema):
            found[name] = "altered"
    for name, (table, rest) in wanted(tables).items():
        state = _state(triggers[name], table, rest) if name in triggers else "missing"
        if state != "in place":
            found.setdefault(name, state)
    found |= dict.fromkeys(_left_over(connection, tables), "left over")
    return [guarding.Fault(name, state) for name, state in found.items()]


# pg_trigger.tgtype: row 1, before 2, insert 4, delete 8, update 16, truncate 32.
_EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


def _state(present: tuple[Any, ...], table: str, rest: str) -> str:
    relation, enabled, function, kind, deferred, unconditional, columns = present
    before_on, _, of = rest.split(" ON ", maxsplit=1)[0].partition(" OF ")
    expected = sum(bit for event, bit in _EVENTS.items() if event in before_on)
    expected += 2 * ("BEFORE" in before_on) + ("FOR EACH ROW" in rest)
    found = (relation, kind, deferred, unconditional, columns.split(", "))
    if found != (table, expected, "DEFERRABLE" in rest, True, sorted(of.split(", "))) or f"{function}()" not in rest:
        return "altered"
    return "in place" if enabled == "A" else "disabled"


def _settings(name: str, schema: str) -> list[str]:
    path = f"search_path={schema}, pg_temp"
    if name.startswith(PREFIX):
        return [path]
    return [path, *_READING] if name in _READERS else []


def _variable(name: str) -> str:
    # OUT parameters share their names with columns: in SQL statements the column is meant.
    return "\n#variable_conflict use_column" if name == "record_append" else ""
