"""Every signed command of every capability: it accepts what was shown for this very act, and nothing else.

A command that signs and is missing in the tables below fails the first test.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import batchwright
from batchwright import people, record
from batchwright.execution import services as executing
from batchwright.execution.exceptions import Kind
from batchwright.execution.statements import of_exception
from batchwright.kernel.errors import DomainError
from batchwright.materials import services as warehousing
from batchwright.materials import statements
from batchwright.materials.models import Supplier
from batchwright.materials.services.common import today
from batchwright.people import services as staffing
from batchwright.people.models import Edition, TrainingRecord
from batchwright.people.services.training import shown as shown_of_training
from batchwright.plant import services as equipment
from batchwright.plant import showing
from batchwright.plant.services import calibrating
from batchwright.recipes import services as writing
from batchwright.recipes.services.lifecycle import shown_for
from tests.execution.shift import SIGNED, Shift
from tests.materials.warehouse import Warehouse
from tests.people.plant import ADDRESS, PASSWORD, Plant
from tests.plant.floor import Floor
from tests.plant.metrology import Metrology
from tests.recipes.workshop import Workshop


@dataclass(frozen=True)
class Act:
    """Something that waits for a signature.

    Args:
        signer: Who may sign it.
        row: What is signed.
        meaning: What the signature means.
        other: Another meaning that the same person may sign with.
        shown: What the page shows.
        command: The command; takes what proves the signer.
    """

    signer: str
    row: record.GmpModel
    meaning: str
    other: str
    shown: str
    command: Callable[..., record.Receipt]


def _training(plant: Plant) -> TrainingRecord:
    plant.accept("operator", "supervisor")
    staffing.define_qualification(
        actor=plant.actor("qa"), code="WEIGH", title="Weighing", document="SOP-014", edition="1"
    )
    staffing.plan_training(
        actor=plant.actor("supervisor"), user=plant.user("operator"), edition=Edition.objects.get(document="SOP-014")
    )
    found: TrainingRecord = TrainingRecord.objects.latest("pk")
    return found


def _read(row: TrainingRecord) -> Act:
    return Act(
        "operator", row, "read_and_understood", "performed", shown_of_training(row, "read_and_understood"),
        lambda **proof: staffing.sign_read(training=row, **proof),
    )  # fmt: skip


def sign_read(plant: Plant) -> Act:
    return _read(_training(plant))


def sign_assessment(plant: Plant) -> Act:
    row = _training(plant)
    reading = _read(row)
    _sign(plant, reading, reading.meaning, reading.shown)
    row.refresh_from_db()
    return Act(
        "supervisor", row, "assessed_competent", "read_and_understood", shown_of_training(row, "assessed_competent"),
        lambda **proof: staffing.sign_assessment(training=row, **proof),
    )  # fmt: skip


def decide_lot(warehouse: Warehouse) -> Act:
    lot = warehouse.receive(approved=False)
    return Act(
        "qa", lot, "approved", "rejected", statements.of_lot(lot, "approved", "tested"),
        lambda **proof: warehousing.decide_lot(lot=lot, status="approved", reason="tested", **proof),
    )  # fmt: skip


def retest_lot(warehouse: Warehouse) -> Act:
    lot, day = warehouse.receive(), today() + timedelta(days=30)
    return Act(
        "qa", lot, "approved", "read_and_understood", statements.of_retest(lot, day, "passed"),
        lambda **proof: warehousing.retest_lot(lot=lot, retest_on=day, reason="passed", **proof),
    )  # fmt: skip


def free_container(warehouse: Warehouse) -> Act:
    lot = warehouse.receive()
    warehousing.hold_container(actor=warehouse.actor("operator"), container=warehouse.container(lot), reason="wet")
    held = warehouse.container(lot)
    return Act(
        "qa", held, "approved", "read_and_understood", statements.of_container(held, "dried"),
        lambda **proof: warehousing.free_container(container=held, reason="dried", **proof),
    )  # fmt: skip


def decide_supplier(warehouse: Warehouse) -> Act:
    row = Supplier.objects.get(code="MEGGLE")
    return Act(
        "qa", row, "rejected", "approved", statements.of_supplier(row, "withdrawn", None, "audit"),
        lambda **proof: warehousing.decide_supplier(supplier=row, approval="withdrawn", reason="audit", **proof),
    )  # fmt: skip


def verify_cleaning(floor: Floor) -> Act:
    row = floor.clean()
    return Act(
        "supervisor", row, "verified", "read_and_understood", showing.of_cleaning(row),
        lambda **proof: equipment.verify_cleaning(cleaning=row, **proof),
    )  # fmt: skip


def verify_clearance(floor: Floor) -> Act:
    row = floor.clear()
    return Act(
        "supervisor", row, "verified", "performed", showing.of_clearance(row),
        lambda **proof: equipment.verify_clearance(clearance=row, **proof),
    )  # fmt: skip


def qualify_unit(floor: Floor) -> Act:
    unit = floor.unit()
    facts: dict[str, Any] = {"kind": "IQ", "document": "IQ-1", "reason": "installed", "due_at": None}
    return Act(
        "qa", unit, "approved", "rejected", showing.of_qualification(unit, **facts),
        lambda **proof: equipment.qualify_unit(unit=unit, **facts, **proof),
    )  # fmt: skip


def approve_calibration(floor: Floor) -> Act:
    metrology = Metrology(floor.plant)
    metrology.add_scale()
    row = metrology.calibrate()
    return Act(
        "qa", row, "approved", "read_and_understood", calibrating.shown(row),
        lambda **proof: calibrating.approve_calibration(calibration=row, **proof),
    )  # fmt: skip


def submit(workshop: Workshop) -> Act:
    version, signer = workshop.draft(), "process_engineer"
    return Act(
        signer, version, "authored", "read_and_understood", shown_for(workshop.actor(signer), version, "submit"),
        lambda **proof: writing.submit(version=version, **proof),
    )  # fmt: skip


def approve(workshop: Workshop) -> Act:
    version, signer = workshop.submit(workshop.draft()), "qa"
    return Act(
        signer, version, "approved", "rejected", shown_for(workshop.actor(signer), version, "approve"),
        lambda **proof: writing.approve(version=version, **proof),
    )  # fmt: skip


def sign_step(shift: Shift) -> Act:
    batch = shift.started(SIGNED)
    with pytest.raises(DomainError, match="own page"):
        shift.to_the_end(batch)
    row = shift.run(batch, "confirm")
    return Act(
        "supervisor", row, "performed", "verified", executing.shown_for_step(batch, row.path),
        lambda **proof: executing.sign_step(run=row, **proof),
    )  # fmt: skip


def sign_exception(shift: Shift) -> Act:
    batch = shift.started()
    executing.raise_exception(actor=shift.actor("operator"), batch=batch, kind=Kind.EQUIPMENT, sentence="it rattles")
    row = shift.assess(shift.exception(batch))
    return Act(
        "supervisor", row, "reviewed", "verified", of_exception(row, "reviewed"),
        lambda **proof: executing.sign_exception(exception=row, meaning="reviewed", **proof),
    )  # fmt: skip


def review_batch(shift: Shift) -> Act:
    batch, qa = shift.to_the_end(shift.started()), shift.actor("qa")
    shift.verify_record()
    for one in executing.review_of(qa, batch).of("needs judgement"):
        executing.judge_check(actor=qa, batch=batch, key=one.key, text="cleared again by the next batch")
    row = shift.read(batch)
    return Act(
        "qa", row, "reviewed", "approved", executing.shown_for_review(qa, row),
        lambda **proof: executing.review_batch(batch=row, **proof),
    )  # fmt: skip


OF_PEOPLE: dict[str, Callable[[Plant], Act]] = {one.__name__: one for one in (sign_read, sign_assessment)}
OF_MATERIALS: dict[str, Callable[[Warehouse], Act]] = {
    one.__name__: one for one in (decide_lot, retest_lot, free_container, decide_supplier)
}
OF_PLANT: dict[str, Callable[[Floor], Act]] = {
    one.__name__: one for one in (verify_cleaning, verify_clearance, qualify_unit, approve_calibration)
}
OF_RECIPES: dict[str, Callable[[Workshop], Act]] = {one.__name__: one for one in (submit, approve)}
OF_EXECUTION: dict[str, Callable[[Shift], Act]] = {
    one.__name__: one for one in (sign_step, sign_exception, review_batch)
}


def _sign(plant: Plant, act: Act, meaning: str, shown: str) -> record.Receipt:
    session = plant.session(act.signer)
    prepared = plant.prepare(act.signer, act.row, meaning, session, shown)
    return act.command(
        actor=plant.actor(act.signer), name=prepared.name, given=people.PasswordEvidence(PASSWORD, act.signer),
        session=session, address=ADDRESS,
    )  # fmt: skip


def _try_everything(plant: Plant, act: Act) -> None:
    """Sign something else, in each way it could be tried; then what is right."""
    signatures, before = people.Signature.objects.count(), _row(act)
    attempts = (
        (act.other, act.shown), (act.meaning, f"{act.shown}\nAnd nothing follows from it."),
        (act.meaning, "I have read this."), (act.other, "I have read this."),
    )  # fmt: skip
    for meaning, shown in attempts:
        with pytest.raises(people.SignatureRefused, match="Something else was shown to you"):
            _sign(plant, act, meaning, shown)
        assert _row(act) == before, (meaning, shown)
        refused = record.Entry.objects.order_by("-seq")[0]
        assert (refused.type, refused.data["meaning"], refused.data["signed_subject"]) == (
            "signature.refused/1", meaning, act.row.subject,
        )  # fmt: skip
    assert people.Signature.objects.count() == signatures
    assert plant.user(act.signer).failed_attempts == 0, "the signer was proven; only the paper was another"
    receipt = _sign(plant, act, act.meaning, act.shown)
    signed = people.Signature.objects.latest("pk")
    assert (signed.meaning, signed.shown, signed.subject_text) == (act.meaning, act.shown, receipt.subject)


def _row(act: Act) -> dict[str, Any]:
    found: dict[str, Any] = type(act.row)._default_manager.filter(pk=act.row.pk).values().get()
    return found


def test_every_signed_command_is_attacked_here() -> None:
    found = set()
    for file in Path(batchwright.__file__).parent.rglob("*.py"):
        if file.parts[-2:] == ("people", "signing.py"):
            continue
        source = file.read_text("utf-8")
        if "signed_entry(" not in source:
            continue
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef) and "signed_entry(" in ast.unparse(function):
                found.add(function.name)
    assert found == {*OF_PEOPLE, *OF_MATERIALS, *OF_PLANT, *OF_RECIPES, *OF_EXECUTION}


@pytest.mark.requirement("11.70")
@pytest.mark.requirement("11.200")
@pytest.mark.parametrize("name", sorted(OF_PEOPLE))
def test_no_statement_of_another_act_is_accepted_for_people(plant: Plant, name: str) -> None:
    _try_everything(plant, OF_PEOPLE[name](plant))


@pytest.mark.requirement("11.70")
@pytest.mark.requirement("11.200")
@pytest.mark.parametrize("name", sorted(OF_MATERIALS))
def test_no_statement_of_another_act_is_accepted_for_materials(warehouse: Warehouse, name: str) -> None:
    warehouse.plant.accept("qa")
    _try_everything(warehouse.plant, OF_MATERIALS[name](warehouse))


@pytest.mark.requirement("11.70")
@pytest.mark.requirement("11.200")
@pytest.mark.parametrize("name", sorted(OF_PLANT))
def test_no_statement_of_another_act_is_accepted_for_the_plant(floor: Floor, name: str) -> None:
    _try_everything(floor.plant, OF_PLANT[name](floor))


@pytest.mark.requirement("11.70")
@pytest.mark.requirement("11.200")
@pytest.mark.parametrize("name", sorted(OF_RECIPES))
def test_no_statement_of_another_act_is_accepted_for_recipes(workshop: Workshop, name: str) -> None:
    act = OF_RECIPES[name](workshop)
    workshop.plant.accept(act.signer)
    _try_everything(workshop.plant, act)


@pytest.mark.requirement("11.70")
@pytest.mark.requirement("11.200")
@pytest.mark.parametrize("name", sorted(OF_EXECUTION))
def test_no_statement_of_another_act_is_accepted_for_execution(shift: Shift, name: str) -> None:
    act = OF_EXECUTION[name](shift)
    shift.workshop.plant.accept(act.signer)
    _try_everything(shift.workshop.plant, act)
