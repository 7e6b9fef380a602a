"""Every command of recipes, cut off between its changes and the commit: nothing half-done stays."""

from collections.abc import Callable
from typing import Any

import pytest

from batchwright import record
from batchwright.people.models import Challenge, Signature
from batchwright.recipes import services, site
from batchwright.recipes import text as texts
from batchwright.recipes.adapters.batchml_writing import write_master_recipe
from batchwright.recipes.models import Justification, Recipe, RecipeText, RecipeVersion
from tests.recipes.test_importing import BROKEN, SmallSite, imported
from tests.recipes.test_services import SPEED
from tests.recipes.workshop import SOURCE, Workshop

TABLES: tuple[Any, ...] = (
    Challenge, Justification, Recipe, RecipeText, RecipeVersion, Signature, record.Entry,
)  # fmt: skip
Prepared = Callable[[], Any]


class PlugPulledError(Exception):
    """The machine stopped here."""


def _signed(step: str, name: str) -> Callable[[Workshop], Prepared]:
    def prepare(workshop: Workshop) -> Prepared:
        version = workshop.draft()
        if step == "approve":
            version = workshop.submit(version)
        signature = workshop.sign(name, version, step)
        command = getattr(services, step)
        return lambda: command(actor=workshop.actor(name), version=workshop.read(version), **signature)

    return prepare


def _write(workshop: Workshop) -> Prepared:
    return lambda: services.draft_recipe(actor=workshop.engineer, source=SOURCE, sponsor=workshop.alpha)


def _begin(workshop: Workshop) -> Prepared:
    recipe = workshop.effective().recipe
    return lambda: services.draft_version(actor=workshop.engineer, recipe=recipe, reason="study")


def _edit(workshop: Workshop) -> Prepared:
    version = workshop.draft()
    source = texts.edited(SOURCE, {SPEED: "55 {rev}/min", ("name",): "Saline, isotonic"})
    return lambda: services.edit_draft(actor=workshop.engineer, version=workshop.read(version), source=source)


def _repair(workshop: Workshop) -> Prepared:
    version = imported(workshop)
    key = next(one.key for one in version.found if one.finding.code == "no-product")
    source = texts.edited(version.text.source, {("header", "product"): "SALINE"})
    return lambda: services.repair_draft(
        actor=workshop.engineer, version=workshop.read(version), source=source, finding=key, reason="certificate"
    )


def _justify(workshop: Workshop) -> Prepared:
    version = workshop.draft()
    key = version.found[0].key
    return lambda: services.justify(actor=workshop.engineer, version=workshop.read(version), finding=key, why="coming")


def _import(workshop: Workshop) -> Prepared:
    content = write_master_recipe(texts.read(BROKEN).recipe)
    return lambda: services.import_batchml(actor=workshop.engineer, content=content, name="a.xml", reason="transfer")


def _return(workshop: Workshop) -> Prepared:
    version = workshop.submit(workshop.draft())
    return lambda: services.return_to_author(actor=workshop.actor("qa"), version=workshop.read(version), reason="no")


def _make_effective(workshop: Workshop) -> Prepared:
    second = workshop.approve(workshop.submit(workshop.next_version(workshop.effective())))
    return lambda: services.make_effective(actor=workshop.actor("qa"), version=workshop.read(second), reason="trained")


def _withdraw(workshop: Workshop) -> Prepared:
    version = workshop.effective()
    return lambda: services.withdraw(actor=workshop.actor("qa"), version=workshop.read(version), reason="unsafe")


COMMANDS: dict[str, Callable[[Workshop], Prepared]] = {
    "approve": _signed("approve", "qa"), "draft_recipe": _write, "draft_version": _begin, "edit_draft": _edit,
    "import_batchml": _import, "justify": _justify, "make_effective": _make_effective, "repair_draft": _repair,
    "return_to_author": _return, "submit": _signed("submit", "process_engineer"), "withdraw": _withdraw,
}  # fmt: skip


def test_every_command_is_cut_off_here() -> None:
    assert set(services.__all__) == COMMANDS.keys()


def state() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that recipes write; what is only asked for a signature does not count."""
    rows = {table._meta.db_table: list(table._default_manager.order_by("pk").values()) for table in TABLES}
    rows[Challenge._meta.db_table] = [row for row in rows[Challenge._meta.db_table] if row["used_at"] is not None]
    return rows


@pytest.mark.requirement("11.10(e)")
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_that_is_cut_off_before_its_commit_leaves_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name == "justify":
        monkeypatch.setattr(site, "offers", lambda _actor: SmallSite())
    act = COMMANDS[name](workshop)

    def pull(_entry: record.OpenEntry, _gate: Any) -> None:
        raise PlugPulledError

    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(record.OpenEntry, "append", pull)
        with pytest.raises(PlugPulledError):
            act()
    assert state() == before
    act()
    assert state() != before, "the same command acts once the machine is back"


@pytest.mark.parametrize("name", ["draft_recipe", "import_batchml", "make_effective"])
def test_a_command_that_is_sent_twice_is_done_once(workshop: Workshop, name: str) -> None:
    act = COMMANDS[name](workshop)
    command = getattr(services, name)
    sent: dict[str, Any] = {}

    def remembering(**given: Any) -> record.Receipt:
        sent.update(given)
        found: record.Receipt = command(**given, idempotency_key="one")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, name, remembering)
        first = act()
    again = command(**sent, idempotency_key="one")
    assert (again.seq, again.repeated) == (first.seq, True)
