"""What a capability has the database refuse stands beside the guards: nobody drops, alters or silences it unnoticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.record import guards, rules, verification
from tests.conftest import PlantDatabase, engine
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Container, Lot

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(c)")]
LIGHT = record.Rule(
    "gmp_container_light",
    "gmp_container",
    "INSERT",
    (("the lot weighs too little", "coalesce((SELECT l.mass FROM gmp_lot l WHERE l.id = NEW.lot_id) < 1, {no})"),),
    ("SELECT 1 FROM gmp_lot l WHERE l.id = NEW.lot_id FOR SHARE",),
)
STAY = record.Rule(
    "gmp_container_stay",
    "gmp_container",
    "UPDATE OF place, lot_id",
    (("a container stays", "NEW.place IS DISTINCT FROM OLD.place"), ("a container keeps its lot", "1 = 0")),
)


@pytest.fixture
def held(plant_database: PlantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own capability with two rules, in place."""
    monkeypatch.setattr(rules, "_registry", dict(rules._registry))
    record.register_rules([LIGHT, STAY])
    guards.install()
    assert guards.faults() == []


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def move(place: str) -> None:
    with record.entry(NoteMade(text="moved"), actor=plant.OPERATOR, subject="x") as entry:
        entry.update(Container.objects.get(), place=place)


def widen(model: type[record.GmpModel], column: str, wider: models.Field[Any, Any]) -> None:
    wider.set_attributes_from_name(column)
    wider.model = model
    before = model._meta.get_field(column)
    assert isinstance(before, models.Field)
    with connection.schema_editor() as editor:
        editor.alter_field(model, before, wider)


def drop(rule: record.Rule) -> None:
    run(f'DROP TRIGGER "{rule.trigger}"' + (f" ON {rule.table}" if engine() == "postgresql" else ""))


@pytest.mark.usefixtures("held")
def test_the_database_refuses_what_a_rule_refuses_and_says_so(lot: Lot) -> None:
    plant.fill_container(lot, "A1")
    plant.receive_lot("L-2", "0.5")
    with pytest.raises(DatabaseError, match="gmp_container: refused, the lot weighs too little"):
        plant.fill_container(plant.lot_named("L-2"), "A2")
    with pytest.raises(DatabaseError, match="gmp_container: refused, a container stays"):
        move("B1")
    assert verification.verify().whole


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("rule", [LIGHT, STAY], ids=["on insert", "on columns"])
def test_a_rule_that_was_dropped_is_named_stops_the_plant_and_comes_back(rule: record.Rule) -> None:
    drop(rule)
    assert guards.faults() == [(rule.trigger, "missing")]
    assert [finding.message for finding in verification.verify().findings] == [f"{rule.trigger} is missing"]
    with pytest.raises(DomainError, match=rf"{rule.trigger} is missing.*Run `batchwright migrate`"):
        guards.require()
    call_command("migrate", verbosity=0, interactive=False)
    assert guards.faults() == []


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    "changes", [{"refusals": (("never", "1 = 0"),)}, {"event": "UPDATE OF place"}, {"event": "UPDATE"}]
)
def test_a_rule_that_was_weakened_is_named(changes: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as once:
        once.setitem(rules._registry, STAY.name, replace(STAY, **changes))  # type: ignore[arg-type]
        guards.install()
        assert guards.faults() == []
    assert guards.faults() == [(STAY.trigger, "altered")]
    guards.install()
    assert guards.faults() == []


@pytest.mark.usefixtures("held")
@pytest.mark.skipif(engine() != "postgresql", reason="PostgreSQL can silence a trigger")
@pytest.mark.parametrize("how", ["DISABLE", "ENABLE", "ENABLE REPLICA"])
def test_a_rule_that_was_silenced_is_named(how: str) -> None:
    run(f"ALTER TABLE gmp_container {how} TRIGGER {STAY.trigger}")
    assert guards.faults() == [(STAY.trigger, "disabled")]


@pytest.mark.usefixtures("held")
def test_a_rule_of_an_earlier_release_is_named_until_it_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(rules._registry, STAY.name)
    assert guards.faults() == [(STAY.trigger, "left over")]
    guards.install()
    assert guards.faults() == []


@pytest.mark.usefixtures("held")
def test_the_rules_make_way_for_migrations_and_are_back_after_them(lot: Lot) -> None:
    plant.fill_container(lot, "A1")
    guards.lift_rules_before_migrate(plan=[])
    assert guards.faults() == [], "nothing is to be migrated"
    guards.lift_rules_before_migrate(plan=["some migration"])
    assert {fault.state for fault in guards.faults()} == {"missing"}
    assert len(guards.faults()) == len(guards.tables().rules)
    # What no engine does to a table that a trigger names: SQLite rebuilds a table that a rule of another one reads,
    # PostgreSQL changes the type of a column that a rule waits for.
    widen(Lot, "mass", models.DecimalField(max_digits=14, decimal_places=3))
    widen(Container, "place", models.CharField(max_length=60))
    call_command("migrate", verbosity=0, interactive=False)
    assert guards.faults() == []
    with pytest.raises(DatabaseError, match="a container stays"):
        move("B1")


def test_a_rule_stands_on_a_table_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_registry", {})
    record.register_rules([replace(LIGHT, table="gone")])
    assert guards.tables().rules == ()
    guards.install()
    assert guards.faults() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Rule"}, "cannot become a trigger: Rule"),
        ({"name": "x" * 59}, "cannot become a trigger"),
        ({"event": "TRUNCATE"}, "cannot become a trigger: TRUNCATE"),
        ({"event": "UPDATE OF"}, "cannot become a trigger: UPDATE OF"),
        ({"refusals": (("it's wrong", "1 = 1"),)}, "without apostrophe"),
        ({"refusals": (("5 % too much", "1 = 1"),)}, "per cent"),
        ({"refusals": ()}, "refuses nothing: gmp_container_light"),
        ({"name": "gmp_container_stay"}, "Two rules have one name: gmp_container_stay"),
    ],
)
def test_what_cannot_become_a_trigger_is_refused_at_once(
    changes: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_registry", {STAY.name: STAY})
    with pytest.raises(DomainError, match=said):
        record.register_rules([replace(LIGHT, **changes)])  # type: ignore[arg-type]
    assert rules.registered() == (STAY,)
    record.register_rules([STAY])
    assert rules.registered() == (STAY,)
