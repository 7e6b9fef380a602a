"""Taking over what other systems hold: every decision is reported, a second run changes nothing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.materials import cli, import_cli, queries, recalls, services
from batchwright.materials.adapters import b2mml, mapping, tablets
from batchwright.materials.models import Container, Definition, Descent, Lot
from batchwright.materials.services.migration import migrate
from batchwright.materials.services.other_systems import import_document
from batchwright.people.models import Sponsor
from batchwright.record import verification
from tests.materials.warehouse import Warehouse

HEADS = "batch;code;strength;size;start;api_code;api_batch;smcc_batch;lactose_batch;starch_batch;api_water"
ROW = "1;25;5MG;240000;nov.18;5;2;1;2;1;1.53"


def run(*arguments: str, app: Any = import_cli.app) -> Any:
    answer = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def folder(tmp_path: Path, *rows: str, heads: str = HEADS) -> Path:
    (tmp_path / "Laboratory.csv").write_text("\n".join([heads, *rows, ""]), encoding="utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.requirement("Annex 11, 4", "211.150")
def test_the_real_plants_lots_are_taken_over_once_and_traced(warehouse: Warehouse, reference_data: Path) -> None:
    address = str(reference_data / "tablets")
    dry = json.loads(run("tablets", address, "--dry-run", "--json"))
    assert dry["found"] == {
        "materials": 29, "product_lots": 1005, "descents": 4020,
        "component_lots": {"API": 238, "SMCC": 18, "LACTOSE": 22, "STARCH": 17},
    }  # fmt: skip
    assert dry["defects_by_kind"]["date without a day"] == 1005
    assert dry["defects_by_kind"]["zero"] == 217
    assert not Lot.objects.exists()
    done = json.loads(run("tablets", address, "--json", "--sponsor", "ALPHA"))["written"]
    assert (done["lots"], done["descents"], done["materials"]) == (1300, 4020, 28), "lactose was defined before"
    head = record.Entry.objects.count()
    assert "Written: 0 materials, 0 lots" in run("tablets", address)
    assert record.Entry.objects.count() == head
    assert verification.verify().whole
    starch = json.loads(run("trace", "STARCH/12", "--json", app=cli.app))
    assert len(starch["lots"]) == 89
    back = json.loads(run("trace", starch["lots"][0]["source_id"], "--back", "--json", app=cli.app))
    assert {one["material"] for one in back["lots"]} == {"API", "SMCC", "LACTOSE", "STARCH"}
    client = warehouse.plant.log_in(Client(), "qa")
    page = client.get(reverse("materials:genealogy", args=[starch["lot"]["lot"]])).content.decode()
    assert "in 89 lots" in page
    assert "\N{MULTIPLICATION SIGN} FCT-" in page, "many lots of one product share a box"
    recalled = recalls.impact(warehouse.actor("qa"), Lot.objects.get(identifier=starch["lot"]["lot"]))
    assert {len(one.made_on) for one in recalled.nearest} == {0, 7}, "no more is said than is known: the month"
    sponsor = warehouse.actor("sponsor_a")
    assert queries.lots(sponsor).count() == 1005
    assert queries.lots(warehouse.actor("sponsor_b")).count() == 0


def test_a_lot_that_the_file_describes_otherwise_now_is_named_and_left_alone(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    actor, rules = warehouse.actor("qa"), mapping.load()
    migrate(actor=actor, plan=tablets.read(folder(tmp_path, ROW), rules), sponsor=Sponsor.objects.get(code="BETA"))
    outcome = migrate(actor=actor, plan=tablets.read(folder(tmp_path, ROW.replace("240000", "480000")), rules))
    assert outcome.differing == ["FCT/1"]
    assert outcome.entries == []
    lot = Lot.objects.get(source_id="FCT/1")
    assert (lot.nominal_e6, lot.status) == (240_000_000_000, "quarantine")
    assert (lot.origin, lot.made_to_the) == ("migrated", "month")
    assert Descent.objects.filter(child=lot).count() == 4
    with pytest.raises(people.Refused):
        migrate(actor=warehouse.actor("operator"), plan=tablets.read(tmp_path, rules))
    Definition.objects.get(code="API")
    other = rules.model_copy(update={"component": [rules.component[0].model_copy(update={"unit": "g"})]})
    with pytest.raises(DomainError, match="another unit"):
        migrate(actor=actor, plan=tablets.read(tmp_path, other))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("nov.18", "movember"), "line 2: This is not a month and a year: movember"),
        (ROW.replace("5MG", "7MG"), "spelling has no rule: 7MG"),
        (ROW.replace("240000", "0"), "not a batch size: 0"),
        (ROW.replace(";25;", ";  ;"), "needed is blank: code"),
        (ROW + "\n" + ROW, "line 3: A batch stands there twice"),
        (ROW + "\n2;25;10M;1;nov.18;5;2;1;2;1;1.53", "name one product differently"),
        (ROW + ";9", "another number of cells"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        tablets.read(folder(tmp_path, row), mapping.load())


def test_defects_are_counted_by_kind_with_the_first_of_each(tmp_path: Path) -> None:
    heads = f"{HEADS};colour;starch_ph"
    rows = [f"{ROW};red;4.4", "2;25;5MG;240000;avg.19;5;2;1;2;1;     ;red;4.6",
            "3;25;5MG;240000;avg.19;5;3;1;2;1;0;red;0", "4;25;5MG;240000;avg.19;5;3;1;2;1;n.a.;red;4.4"]  # fmt: skip
    (tmp_path / "notes.txt").write_text("one\n", encoding="utf-8")
    report = tablets.read(folder(tmp_path, *rows, heads=heads), mapping.load()).as_json()
    kinds = {(one["kind"], one["column"]): (one["count"], one["decision"]) for one in report["defects"]}
    assert kinds["blank", "api_water"] == (1, "no value")
    assert kinds["zero", "api_water"] == (1, "not measured")
    assert kinds["zero", "starch_ph"] == (1, "undecided: no rule says what it means")
    assert kinds["no number", "api_water"] == (1, "not taken over")
    assert kinds["unknown column", "colour"][0] == 1
    assert kinds["component lot described in two ways", "starch_ph"][0] == 1
    left = {"what": "file notes.txt", "values": 1, "why": "no rule of this mapping reads it"}
    assert left in report["not_taken_over"]


def test_a_folder_a_heading_or_a_mapping_that_is_wrong_is_named(tmp_path: Path) -> None:
    rules = mapping.load()
    with pytest.raises(BadInput, match="not there"):
        tablets.read(tmp_path, rules)
    with pytest.raises(BadInput, match="line 1: A column is missing: size"):
        tablets.read(folder(tmp_path, heads=HEADS.replace("size", "big")), rules)
    with pytest.raises(BadInput, match="stands there twice"):
        tablets.read(folder(tmp_path, heads=f"{HEADS};size"), rules)
    own = tmp_path / "own.toml"
    for text, said in (("a = ", "no TOML"), ("source = 1", "source")):
        own.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=said):
            mapping.load(own)
    with pytest.raises(BadInput, match="mapping file is not there"):
        mapping.load(tmp_path / "none.toml")
    text = mapping.DEFAULT.read_text(encoding="utf-8")
    own.write_text(text.replace('unit = "kg"', 'unit = "kilo"', 1), encoding="utf-8")
    with pytest.raises(BadInput, match="kilo"):
        mapping.load(own)
    (tmp_path / "Laboratory.csv").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadInput, match="is not utf-8-sig"):
        tablets.read(tmp_path, rules)


def test_the_other_systems_files_are_taken_over_whole_or_reported(warehouse: Warehouse, reference_data: Path) -> None:
    data = reference_data / "batchml"
    files = [str(next(data.glob(f"{kind}-*.xml"))) for kind in ("MAT", "LOT", "INV")]
    arguments = [*files, "--schemas", str(data / "schema-v0401"), "--location", "STORE", "--json"]
    reports = json.loads(run("b2mml", *arguments))
    assert [one["faults"] for one in reports] == [[], [], []]
    lot = Lot.objects.get(source_id="CRBN0001_LOT01")
    container = Container.objects.get(lot=lot)
    assert (lot.status, str(lot.expires_on), lot.definition.hazards) == ("quarantine", "2013-12-08", "C XN")
    assert (container.amount_e6, container.held, container.location.code) == (24_910_000, True, "STORE")
    for report in reports:
        text = Path(next(path for path in files if path.endswith(report["file"]))).read_text(encoding="utf-8-sig")
        said = "\n".join([*report["taken"], *report["reported"]])
        for value in ("DEV130", "CRBN0001", "24.910", "XN"):
            assert (value in text) == (value in said), "whatever the file says is accounted for"
    again = json.loads(run("b2mml", *arguments))
    assert [one["written"]["entry"] for one in again] == [None, None, None]
    dry = json.loads(run("b2mml", str(next(data.glob("PES-*.xml"))), *arguments[3:], "--dry-run"))
    assert "releaseID" in dry[0]["faults"][0]
    assert dry[0]["taken"] == []
    assert len(dry[0]["reported"]) > 20


def test_a_b2mml_file_that_is_broken_or_hostile_is_refused(
    warehouse: Warehouse, tmp_path: Path, reference_data: Path
) -> None:
    good = next((reference_data / "batchml").glob("INV-*.xml")).read_text(encoding="utf-8-sig")
    entity = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    cases = {
        "no XML": good[:200],
        "document type": good.replace("?>", f"?>{entity}", 1),
        "unit has no rule: STONE": good.replace("KG", "STONE"),
        "not an amount: many": good.replace("24.910", "many"),
        "ID is missing": good.replace("<ID>CRBN0001</ID>", "<ID/>", 1),
    }
    path = tmp_path / "INV.xml"
    for said, text in cases.items():
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=said):
            b2mml.read(path)
    with pytest.raises(BadInput, match="cannot be read"):
        b2mml.read(tmp_path / "none.xml")
    path.write_text(good, encoding="utf-8")
    with pytest.raises(BadInput, match="schema cannot be read"):
        b2mml.read(path, schemas=tmp_path)
    with pytest.raises(DomainError, match="material of this lot is not here"):
        import_document(actor=warehouse.actor("qa"), document=b2mml.read(path))
    lots = next((reference_data / "batchml").glob("LOT-*.xml"))
    shutil.copy(lots, path)
    with pytest.raises(DomainError, match="material of this lot is not here"):
        import_document(actor=warehouse.actor("qa"), document=b2mml.read(path), location=warehouse.store)
    path.write_text(lots.read_text(encoding="utf-8-sig").replace("2013-12-08", "some-daywe"), encoding="utf-8")
    with pytest.raises(BadInput, match="not a day"):
        b2mml.read(path)


def test_the_terminal_answers_what_the_pages_answer(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg", number="T-1")
    name = warehouse.container(lot).identifier
    one = lot.identifier
    for arguments in (["lots"], ["show", one], ["trace", one], ["recall", one], ["stock"]):
        assert lot.identifier in run(*arguments, app=cli.app)
        assert lot.identifier in run(*arguments, "--json", app=cli.app)
    assert lot.identifier in run("recall", lot.identifier, "--csv", app=cli.app)
    assert "entry #" in run("allocate", name, "1 kg", "--purpose", "order", app=cli.app)
    assert "entry #" in run("allocate", "LACTOSE", "1 kg", "--purpose", "order", app=cli.app)
    for arguments in (["allocate", "NOTHING", "1 kg", "--purpose", "x"], ["show", "L-9999-9"]):
        with pytest.raises(BadInput, match="no such"):
            run(*arguments, app=cli.app)
    services.hold_lot(actor=warehouse.actor("operator"), lot=lot, reason="torn")
    with pytest.raises(DomainError, match="on hold"):
        run("allocate", name, "1 kg", "--purpose", "order", app=cli.app)
    assert "No lot" in run("lots", "--text", "zzz", app=cli.app)
    for arguments in (["tablets", ".", "--sponsor", "NOBODY"], ["b2mml", "x.xml", "--location", "NOWHERE"]):
        with pytest.raises(BadInput):
            run(*arguments)


def test_the_demo_fills_its_warehouse_once(demo_people: None) -> None:
    from batchwright.materials import demo

    demo.seed()
    entries = record.Entry.objects.count()
    demo.seed()
    assert record.Entry.objects.count() == entries
    api = Lot.objects.get(supplier_lot="AC-88121")
    qa = demo._actor("a.novak", "qa")
    assert recalls.impact(qa, api).sponsors == {"ALTAIR": 3}
    assert queries.balance(qa, api).unaccounted == 0
