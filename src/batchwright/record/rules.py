"""Rules: what a capability has the database refuse by itself, where a check constraint of one row cannot tell.

A rule is a trigger told as conditions of refusal. Capabilities register theirs as they register entry types; the
record installs them beside its own guards after every migration and holds them to be there: a rule that somebody
dropped, altered or silenced is named by ``batchwright check``, stops the plant, and is a finding of every verification.
Rules hold for raw SQL and for a replay of the record as well.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from batchwright.kernel.errors import DomainError

PREFIX = "rule_"
"""What the name of every trigger made from a rule begins with, so that one of an earlier release is known as such."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,57}")
_EVENT = re.compile(r"INSERT|DELETE|UPDATE(?: OF [a-z][a-z0-9_]*(?:, [a-z][a-z0-9_]*)*)?")
_SAID = re.compile(r"[^'%]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """A trigger that refuses a row.

    Attributes:
        name: What it is called; begins with the name of the table's capability.
        table: On which GMP table.
        event: ``INSERT``, ``UPDATE`` or ``DELETE``, or ``UPDATE OF a, b`` where only some columns matter.
        refusals: What is said, and the SQL condition under which it is refused, with ``NEW`` and ``OLD``. ``{no}`` is
            false and ``IS DISTINCT FROM`` a comparison that knows NULL, in either dialect.
        lock: Queries for rows that PostgreSQL locks before it looks, so that nobody changes them meanwhile. SQLite has
            one writer at a time.
    """

    name: str
    table: str
    event: str
    refusals: tuple[tuple[str, str], ...]
    lock: tuple[str, ...] = ()

    @property
    def trigger(self) -> str:
        """The trigger's name in the database, and its function's in PostgreSQL."""
        return PREFIX + self.name

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """What the database says in full, and when."""
        return [(f"{self.table}: refused, {said}", when) for said, when in self.refusals]


_registry: dict[str, Rule] = {}


def register_rules(rules: Sequence[Rule]) -> None:
    """Have the database hold rules, from the next migration on.

    Args:
        rules: The rules of a capability.

    Raises:
        DomainError: If a name is taken by another rule, or a part of a rule cannot become a trigger.
    """
    for rule in rules:
        _require_sound(rule)
        if _registry.setdefault(rule.name, rule) != rule:
            raise DomainError("Two rules have one name", value=rule.name, remedy="Rename one of them.")


def registered() -> tuple[Rule, ...]:
    """Give every rule of every installed capability.

    Returns:
        The rules, in the order of registration.
    """
    return tuple(_registry.values())


def _require_sound(rule: Rule) -> None:
    parts = [
        (_NAME, rule.name, "1 to 58 lower-case letters, digits and underscores"),
        (_EVENT, rule.event, "INSERT, DELETE, UPDATE or UPDATE OF a, b"),
        *((_SAID, said, "a sentence without apostrophe and per cent sign") for said, _ in rule.refusals),
    ]
    for form, value, limit in parts:
        if not form.fullmatch(value):
            raise DomainError(f"The rule {rule.name} cannot become a trigger", value=value, limit=limit)
    if not rule.refusals:
        raise DomainError("A rule refuses nothing", value=rule.name, remedy="Give it a condition.")
