"""The guards: triggers that make the database refuse what no entry accounts for, and what capabilities rule out."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from django.apps import apps
from django.db import connections

from batchwright.kernel.errors import DomainError
from batchwright.record import models, rules
from batchwright.record.backends import guarding


def gmp_models() -> tuple[type[models.GmpModel], ...]:
    """Give every GMP table of every installed capability.

    Returns:
        The models, in the order of installation.
    """
    return tuple(
        model for model in apps.get_models() if issubclass(model, models.GmpModel) and not model._meta.abstract
    )


def tables() -> guarding.Tables:
    """Give the names of all guarded tables, and the rules that hold on them.

    Returns:
        GMP tables, the ledger's own, and the rules of installed capabilities.
    """
    gmp = tuple(model._meta.db_table for model in gmp_models())
    return guarding.Tables(
        gmp=gmp,
        ledger=tuple(model._meta.db_table for model in models.APPEND_ONLY),
        rules=tuple(rule for rule in rules.registered() if rule.table in gmp),
    )


def install(using: str = "default") -> None:
    """Make every guard of every table that exists as it must be.

    Args:
        using: The alias of the database.
    """
    connection = connections[using]
    present = set(connection.introspection.table_names())
    wanted = tables()
    existing = guarding.Tables(
        gmp=tuple(table for table in wanted.gmp if table in present),
        ledger=tuple(table for table in wanted.ledger if table in present),
        rules=tuple(rule for rule in wanted.rules if rule.table in present),
    )
    if existing.ledger:
        _engine(connection).install(connection, existing)


def install_after_migrate(*, using: str = "default", **_: Any) -> None:
    """Install the guards when migrations have run; connected in :mod:`batchwright.record.apps`.

    Args:
        using: The alias of the database that was migrated.
    """
    install(using)


def lift_rules_before_migrate(*, using: str = "default", plan: Sequence[object] = (), **_: Any) -> None:
    """Take the rules of capabilities away while tables change; connected in :mod:`batchwright.record.apps`.

    They come back when the migrations have run. The record's own guards stay.

    Args:
        using: The alias of the database.
        plan: The migrations to come; without any, nothing is touched.
    """
    if plan:
        _engine(connections[using]).lift_rules(connections[using])


def faults(using: str = "default") -> list[guarding.Fault]:
    """Find guards and rules that are missing, altered, disabled or left over.

    Args:
        using: The alias of the database.

    Returns:
        One fault each; none if neither the record nor a rule can be bypassed by SQL.
    """
    connection = connections[using]
    return list(_engine(connection).faults(connection, tables()))


def require(using: str = "default") -> None:
    """Refuse to go on while a guard is not as it must be.

    Args:
        using: The alias of the database.

    Raises:
        DomainError: With the guards that are wrong.
    """
    found = faults(using)
    if found:
        raise DomainError(
            "The database does not guard the record",
            value=", ".join(f"{name} is {state}" for name, state in found[:5]) + (" ..." if len(found) > 5 else ""),
            limit=f"all guards in place, {len(found)} are not",
            remedy="Run `batchwright migrate` as the owner of the tables, then find out who removed them.",
        )


def _engine(connection: Any) -> ModuleType:
    if connection.vendor == "postgresql":
        from batchwright.record.backends.postgresql import guards
    elif connection.vendor == "sqlite":
        from batchwright.record.backends.sqlite3 import guards  # type: ignore[no-redef]
    else:
        raise DomainError(
            "This database cannot guard the record", value=connection.vendor, limit="sqlite or postgresql"
        )
    return guards
