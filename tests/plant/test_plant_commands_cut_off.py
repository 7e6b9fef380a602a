"""Every command of the plant, cut off between its changes and the commit: nothing half-done stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.people.models import Challenge, PlantSession
from batchwright.plant import models, services, showing
from batchwright.plant.models import Cleaning, EquipmentClass, LineClearance
from tests.people.plant import ADDRESS, PASSWORD
from tests.plant.floor import Floor

TABLES: tuple[Any, ...] = (
    models.Campaign, models.Capability, models.ChangeoverRule, models.Cleaning, models.CleaningProcedure,
    models.EquipmentClass, models.EquipmentElement, models.EquipmentProperty, models.LineClearance, models.LogbookLine,
    models.Qualification, models.UnitState, models.Use, people.Signature, record.Entry,
)  # fmt: skip
ELSEWHERE = {
    name for name in services.__all__
    if any(word in name for word in ("instrument", "calibrat", "scale", "check", "reading", "weigh", "tare", "zero"))
}  # fmt: skip
"""Commands on instruments; they are cut off in their own tests."""
Command = Callable[[Floor], Any]


class PlugPulledError(Exception):
    """The machine stopped here."""


def _signed(command: Callable[..., Any], name: str, row: type[record.GmpModel] | None = None, **facts: Any) -> Command:
    """A command that is signed with what was prepared before the machine stopped."""

    def act(floor: Floor) -> Any:
        table = "plant_equipment_element" if row is None else row._meta.db_table
        challenge = Challenge.objects.filter(signed_table=table, session__user__username=name).latest("pk")
        session = PlantSession.objects.select_related("user").get(pk=challenge.session_id)
        if row is not None:
            facts["cleaning" if row is Cleaning else "clearance"] = row._default_manager.latest("pk")
        else:
            facts["unit"] = floor.unit("GR-2")
        return command(
            actor=floor.actor(name), name=challenge.statement_sha256, session=session, address=ADDRESS,
            given=people.PasswordEvidence(PASSWORD, name), **facts,
        )  # fmt: skip

    return act


def _on(command: Callable[..., Any], name: str, tag: str, **facts: Any) -> Command:
    return lambda floor: command(actor=floor.actor(name), unit=floor.unit(tag), **facts)


COMMANDS: dict[str, Command] = {
    "define_property": lambda floor: services.define_property(
        actor=floor.actor("qa"), code="noise", title="noise", kind="flag"
    ),
    "define_class": lambda floor: services.define_class(
        actor=floor.actor("qa"), code="NEW", name="New", offered={"temperature": "5..60 Cel"}
    ),
    "add_equipment": lambda floor: services.add_equipment(
        actor=floor.actor("qa"), tag="GR-9", name="G", level="unit", parent=floor.unit("LINE"),
        offered={"temperature": "5..60 Cel"},
    ),
    "change_equipment": lambda floor: services.change_equipment(
        actor=floor.actor("qa"), element=floor.unit("GR-2"), offered={"working-volume": "60..70 L"}, reason="x"
    ),
    "retire_equipment": lambda floor: services.retire_equipment(
        actor=floor.actor("qa"), element=floor.unit("GR-2"), reason="x"
    ),
    "issue_cleaning_procedure": lambda floor: services.issue_cleaning_procedure(
        actor=floor.actor("qa"), code="SOP-FULL", edition="2", title="x", kind="full",
        equipment_class=EquipmentClass.objects.get(code="HSG"),
    ),
    "set_changeover_rule": lambda floor: services.set_changeover_rule(
        actor=floor.actor("qa"), equipment_class=EquipmentClass.objects.get(code="HSG"), reason="x"
    ),
    "take_over_unit": lambda floor: services.take_over_unit(
        actor=floor.actor("qa"), unit=floor.unit("BL-1"), reason="x",
        use=services.PaperUse("P", "B", clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1)),
        qualifications=(services.PaperQualification("IQ", "1", clock.now() - timedelta(hours=3), "Q"),),
    ),
    "qualify_unit": _signed(services.qualify_unit, "qa", kind="PQ", document="PQ-1", reason="x"),
    "verify_cleaning": _signed(services.verify_cleaning, "supervisor", Cleaning),
    "verify_clearance": _signed(services.verify_clearance, "supervisor", LineClearance),
    "clean_unit": lambda floor: floor.clean("GR-2"),
    "clear_line": _on(services.clear_line, "operator", "GR-2", product="P-1", batch="B-2"),
    "begin_use": lambda floor: floor.begin(),
    "end_use": lambda floor: floor.end("BL-2"),
    "open_campaign": _on(services.open_campaign, "operator", "GR-2", product="P-1"),
    "close_campaign": _on(services.close_campaign, "operator", "GR-1"),
    "hold_unit": _on(services.hold_unit, "operator", "GR-1", reason="x"),
    "free_unit": _on(services.free_unit, "qa", "BL-3", reason="x"),
    "take_out": _on(services.take_out, "process_engineer", "GR-1", reason="x"),
    "return_to_service": _on(services.return_to_service, "process_engineer", "BL-4", reason="x"),
}  # fmt: skip


def test_every_command_is_cut_off_here_or_with_the_instruments() -> None:
    commands = {name for name in services.__all__ if name[0].islower()}
    assert commands - ELSEWHERE == COMMANDS.keys()


@pytest.fixture
def workday(floor: Floor) -> Floor:
    """Something of everything, so that every command has something to act on."""
    qa, operator = floor.actor("qa"), floor.actor("operator")
    services.set_changeover_rule(
        actor=qa, equipment_class=EquipmentClass.objects.get(code="BLENDER"), needs_clearance=False, reason="x"
    )
    services.issue_cleaning_procedure(
        actor=qa, code="SOP-BL", edition="1", title="Washing", kind="full",
        equipment_class=EquipmentClass.objects.get(code="BLENDER"),
    )  # fmt: skip
    for tag in ("BL-2", "BL-3", "BL-4"):
        services.add_equipment(
            actor=qa, tag=tag, name=tag, level="unit", parent=floor.unit("LINE"),
            equipment_class=EquipmentClass.objects.get(code="BLENDER"),
        )  # fmt: skip
    floor.ready("GR-1")
    services.open_campaign(actor=operator, unit=floor.unit("GR-1"), product="P-1")
    floor.qualify("BL-2")
    floor.cleaned("BL-2", "SOP-BL")
    floor.begin("BL-2")
    services.hold_unit(actor=operator, unit=floor.unit("BL-3"), reason="x")
    services.take_out(actor=floor.actor("process_engineer"), unit=floor.unit("BL-4"), reason="x")
    done, cleared, unit = floor.clean("GR-2"), floor.clear("GR-2"), floor.unit("GR-2")
    stage = showing.of_qualification(unit, kind="PQ", document="PQ-1", due_at=None, reason="x")
    for name, row, meaning, shown in (
        ("supervisor", done, "verified", showing.of_cleaning(done)),
        ("supervisor", cleared, "verified", showing.of_clearance(cleared)), ("qa", unit, "approved", stage),
    ):  # fmt: skip
        floor.plant.prepare(name, row, meaning, floor.plant.session(name), shown)
    return floor


def _state() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that these commands write."""
    return {table._meta.db_table: list(table._default_manager.order_by("pk").values()) for table in TABLES}


@pytest.mark.requirement("11.10(e)")
def test_a_command_that_is_cut_off_before_its_commit_leaves_nothing(
    workday: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull(*_: object) -> None:
        raise PlugPulledError

    before = _state()
    for name, command in COMMANDS.items():
        with monkeypatch.context() as patch:
            patch.setattr(record.OpenEntry, "append", pull)
            with pytest.raises(PlugPulledError):
                command(workday)
        assert _state() == before, name
