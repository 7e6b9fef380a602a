"""Repairs written in a file: which finding, what is changed, why; made one by one, each an entry of its own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from batchwright.execution.states import State
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.recipes import cli, queries, text
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
from batchwright.recipes.examination import examine
from batchwright.recipes.findings import Finding
from batchwright.recipes.placed import Placed
from batchwright.recipes.repairs import Repair, Repairs, answered, mended, read_repairs
from batchwright.recipes.services.repairing import repair_all
from batchwright.recipes.yaml_tree import read_tree
from tests.execution.graphs import Floor
from tests.recipes.test_importing import imported
from tests.recipes.workshop import SOURCE, Workshop

SHIPPED = Path(text.__file__).parent / "examples" / "repairs" / "cough_syrup_v02.yaml"
REPAIRS = """
repairs:
  - finding: no-product
    where: [header]
    why: certificate 12
    changes: [{set: {product: SALINE}}]
  - finding: outside
    where: [speed]
    why: as on the plate of the motor
    changes: [{at: [formula, parameters, speed, value], to: "60 {rev}/min"}]
"""
BROKEN = (
    SOURCE.replace("  sponsor: ALPHA\n", "").replace("product: SALINE\n", "product: ''\n")
    .replace('value: "60 {rev}/min"', 'value: "90 {rev}/min"')
)  # fmt: skip
PART = """
id: A  # what it is
list:
  - id: one
    inner:
      deep: 1
    last: x
  - id: two
    text: |
      a
      b
  - {id: three, size: 1 kg}
elements:
  - id: E
    elements: [{id: F, name: f}]
"""


def change(source: str, *changes: dict[str, object], place: tuple[str | int, ...] = ("list", 0)) -> str:
    repair = Repair.model_validate({"finding": "x", "where": ["x"], "why": "y", "changes": changes})
    return mended(source, place, repair)


def test_a_change_touches_what_it_names_and_nothing_else() -> None:
    assert change(PART, {"set": {"last": "y"}}) == PART.replace("last: x", 'last: "y"')
    assert change(PART, {"set": {"new": {"a": ["b", True]}}}) == PART.replace(
        "    last: x\n", '    last: x\n    new: {"a": ["b", true]}\n'
    )
    assert change(PART, {"set": {"inner": {"deep": "2"}, "last": "z"}}) == PART.replace(
        "inner:\n      deep: 1", 'inner: {"deep": "2"}'
    ).replace("last: x", 'last: "z"')
    assert change(PART, {"at": ["list", "two", "text"], "to": "c"}) == PART.replace("|\n      a\n      b\n", '"c"\n')
    assert change(PART, {"at": ["list", "three", "size"], "to": "2 kg"}) == PART.replace("1 kg", '"2 kg"')
    assert change(PART, {"at": ["F", "name"], "to": "g"}) == PART.replace("name: f", 'name: "g"')
    without_one = PART.replace("  - id: one\n    inner:\n      deep: 1\n    last: x\n", "")
    assert change(PART, {"remove": True}) == without_one
    assert change(PART, {"remove": True}, place=("list", "0")) == without_one, "as the record gives the place"
    assert change(PART, {"remove": ["inner"]}) == PART.replace("    inner:\n      deep: 1\n", "")
    assert change(PART, {"remove": ["id", "inner"]}) == PART.replace("id: one\n    inner:\n      deep: 1\n    ", "")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"at": ["list", "four"], "to": "x"}, "nothing at the place"),
        ({"at": ["nobody", "name"], "to": "x"}, "nothing at the place"),
        ({"at": ["id", "name"], "to": "x"}, "nothing at the place"),
        ({"at": ["list", "three", "size"], "remove": True}, "between brackets"),
        ({"at": ["list", "one", "inner", "deep"], "remove": True}, "alone"),
        ({"at": ["list", "one"], "to": "x"}, "by hand"),
        ({"remove": ["nothing"]}, "nothing at this place"),
    ],
)
def test_what_cannot_be_changed_so_is_refused(asked: dict[str, object], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        change(PART, asked)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("repairs: []", "at least 1"),
        ("repairs: [{finding: a, where: [b], why: c, changes: [{to: x, remove: true}]}]", "one of: to, set, remove"),
        ("repairs: [{finding: a, where: [b], why: '', changes: [{to: x}]}]", "at least 1"),
        ("repairs: [{finding: a, where: [b], why: c, changes: [{too: x}]}]", "Extra"),
        ("repairs: [", "not YAML"),
    ],
)
def test_a_file_that_is_no_repairs_is_refused_with_its_line(content: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as refused:
        read_repairs(content, "r.yaml")
    assert (refused.value.file, refused.value.line) == ("r.yaml", 1)


def placed(code: str, where: str) -> Placed:
    return Placed(Finding(code, "error", (), where, "so"), 1)


def test_a_finding_is_named_by_the_end_of_its_place_and_by_more_where_two_end_so() -> None:
    found = [placed("unread", "make / mix / 2"), placed("unread", "make / fill / 2"), placed("scaling", "header")]
    repair, _where = next(read_repairs(REPAIRS, "r").one_by_one())
    repair = repair.model_copy(update={"finding": "unread"})
    assert answered(found, repair, "fill / 2") is found[1]
    assert answered(found, repair, "make / mix / 2") is found[0]
    assert answered(found, repair, "header") is None, "another code"
    with pytest.raises(BadInput, match="several places"):
        answered(found, repair, "2")
    whole = [placed("unread", "2"), *found]
    assert answered(whole, repair, "2") is whole[0]


# in the plant ---------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("11.10(e)")
def test_repairs_of_a_file_are_recorded_one_by_one_and_can_be_gone_on_with(workshop: Workshop, tmp_path: Path) -> None:
    version = imported(workshop, BROKEN)
    file = tmp_path / "repairs.yaml"
    file.write_text(REPAIRS, "utf-8")
    arguments = ["repair", "SAL9", "--from", str(file)]
    wrong = read_repairs("file_sha256: aa" + REPAIRS, "r")
    with pytest.raises(DomainError, match="another file"):
        list(repair_all(actor=workshop.engineer, version=version, repairs=wrong))
    first = next(repair_all(actor=workshop.engineer, version=version, repairs=read_repairs(REPAIRS, "r")))
    assert first.receipt is not None
    answer = CliRunner().invoke(cli.app, arguments, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    assert "recorded before: no-product header: certificate 12" in answer.output
    assert "Nothing found." in answer.output
    told = [one for one in queries.history(workshop.engineer, version.recipe) if one.type == "recipe.repaired/1"]
    assert [one.content["reason"] for one in told] == ["as on the plate of the motor", "certificate 12"]
    again = CliRunner().invoke(cli.app, [*arguments, "--json"], catch_exceptions=False)
    assert [one["entry"] for one in json.loads(again.output)["repairs"]] == [None, None]
    file.write_text(REPAIRS.replace("where: [speed]", "where: [speed, water]"), "utf-8")
    with pytest.raises(DomainError, match="no such finding"):
        CliRunner().invoke(cli.app, arguments, catch_exceptions=False)
    with pytest.raises(BadInput, match="cannot be read"):
        CliRunner().invoke(cli.app, ["repair", "SAL9", "--from", str(tmp_path / "none")], catch_exceptions=False)
    assert workshop.approve(workshop.submit(workshop.read(version))).state == "approved"


def test_what_is_left_after_the_repairs_is_told(workshop: Workshop, tmp_path: Path) -> None:
    imported(workshop, BROKEN)
    file = tmp_path / "repairs.yaml"
    file.write_text(REPAIRS[: REPAIRS.index("  - finding: outside")], "utf-8")
    answer = CliRunner().invoke(cli.app, ["repair", "SAL9", "--from", str(file)], catch_exceptions=False)
    assert answer.exit_code == 1
    assert "outside its own limits" in answer.output


# the cough syrup ------------------------------------------------------------------------------------------------------
def all_made(source: str, repairs: Repairs) -> str:
    """All repairs from one look at the text, from the last place to the first, so that places stay where they are."""
    found = examine(source).found
    wanted: list[tuple[Repair, Placed]] = []
    for repair, where in repairs.one_by_one():
        one = answered(found, repair, where)
        assert one is not None, (repair.finding, where)
        wanted.append((repair, one))
    elsewhere = [any(change.at for change in repair.changes) for repair, _one in wanted]
    here = [pair for pair, away in zip(wanted, elsewhere, strict=True) if not away]
    for code in sorted({repair.finding for repair, _one in here}):
        tree = read_tree(source, None)  # once for all of a sort, for none of them stands inside another
        for repair, one in sorted(here, key=lambda pair: -pair[1].line):
            if repair.finding == code:
                source = mended(source, one.finding.place, repair, tree)
    for (repair, one), away in zip(wanted, elsewhere, strict=True):
        if away:  # what is changed at another place is looked for in the text as it is then
            source = mended(source, one.finding.place, repair)
    return source


@pytest.mark.requirement("211.186")
def test_the_cough_syrup_is_mended_by_the_repairs_that_ship_and_all_its_phases_run(reference_data: Path) -> None:
    file = reference_data / "batchml" / "cough_syrup_v02.xml"
    repairs = read_repairs(SHIPPED.read_bytes(), SHIPPED.name)
    reading = read_master_recipe(file.read_bytes(), file.name)
    assert reading.sha256 == repairs.file_sha256
    found = examine(all_made(text.write(reading.recipe), repairs))
    assert [one.finding.code for one in found.found] == ["no-balance"]
    assert found.recipe is not None
    floor = Floor.started(found.recipe)
    widest = 0
    while floor.outlook.to_perform:
        widest = max(widest, len(floor.outlook.to_perform))
        floor.do(floor.outlook.to_perform[0])
    assert floor.marking.state is State.COMPLETE, floor.outlook.sentence
    assert (len(floor.done), len(set(floor.done)), widest) == (36, 36, 6)
