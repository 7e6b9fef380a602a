"""``batchwright batchml`` at a terminal: what it prints, what it writes, and with which exit code it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from batchwright import cli
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
from tests.recipes.batchml_samples import LOGIC, document
from tests.recipes.test_batchml_review import record_file
from tests.recipes.test_batchml_weighing import ORDER, REPORT


class Terminal:
    """Runs the command and keeps what it says.

    Args:
        folder: Where the files lie.
        capsys: What pytest catches.
    """

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run, and give what was printed; on standard error where it was refused."""
        with pytest.raises(SystemExit) as end:
            cli.main(["batchml", *arguments])
        said = self.capsys.readouterr()
        assert (end.value.code or 0) == code, said.err
        return said.err if code in (cli.EXIT_REFUSED, cli.EXIT_UNAVAILABLE) else said.out

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code))


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


@pytest.mark.requirement("Annex 11, 5")
def test_an_import_says_what_was_taken_over_what_was_not_and_what_is_wrong(terminal: Terminal) -> None:
    defective = document(logic=LOGIC.replace("TRUE", ""), header='<Header lang="en"><ProductID>P</ProductID></Header>')
    file = terminal.file("recipe.xml", defective)
    said = terminal.run("import", file)
    assert (
        "Recipe R-1: 0 procedures, 0 unit procedures, 0 operations, 1 phases; 2 steps, 1 transitions, 2 links" in said
    )
    assert "1 x condition-blank: line 13, BatchInformation/MasterRecipe/ProcedureLogic/Transition (t1)" in said
    assert "1 x BatchInformation/MasterRecipe/Header/@lang, first in line 1: 'en'" in said
    report = terminal.json("import", file)
    assert (report["holds"]["steps"], report["defects"][0]["id"], report["version"]) == (2, "t1", "V0700")


def test_an_import_of_weighing_orders_says_what_they_hold(terminal: Terminal) -> None:
    assert "1 weighing orders with 1 lines; 0 reports with 0 amounts" in terminal.run(
        "import", terminal.file("o", ORDER)
    )
    said = terminal.run("import", terminal.file("r", REPORT))
    assert "0 weighing orders with 0 lines; 1 reports with 1 amounts" in said
    assert "release-missing" in said


def test_a_recipe_is_written_as_text_to_be_mended_and_exported_again(terminal: Terminal) -> None:
    text, exported = str(terminal.folder / "recipe.yaml"), str(terminal.folder / "out.xml")
    terminal.run("import", terminal.file("recipe.xml", document()), "--yaml", text)
    said = terminal.run("export", text, "--output", exported)
    assert "not validated, gives the same back when read" in said
    content = Path(exported).read_bytes()
    assert read_master_recipe(content, "out").recipe == read_master_recipe(document(), "in").recipe
    assert "is there already" in terminal.run("export", text, "-o", exported, code=2)
    assert "cannot be written" in terminal.run("export", text, "-o", str(terminal.folder / "no" / "x"), code=2)
    assert "Only a recipe" in terminal.run("import", terminal.file("o", ORDER), "--yaml", "x.yaml", code=2)


def test_orders_and_reports_are_exported_as_they_were(terminal: Terminal) -> None:
    for name, content in (("order", ORDER), ("report", REPORT)):
        output = str(terminal.folder / f"{name}.out")
        report = terminal.json("export", terminal.file(name, content), "--output", output)
        assert (report["equal_when_read_back"], report["validated"]) == (True, False)
        assert (
            terminal.json("import", output)[f"{name}s"]
            == terminal.json("import", str(terminal.folder / name))[f"{name}s"]
        )


def test_an_export_that_does_not_follow_its_schema_is_not_written(terminal: Terminal) -> None:
    schema = terminal.file(
        "other.xsd", b'<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="other"/></schema>'
    )
    file, output = terminal.file("recipe.xml", document()), terminal.folder / "out.xml"
    said = terminal.run("export", file, "-o", str(output), "--schema", schema, code=1)
    assert "1 faults; nothing was written." in said
    assert "line 2: BatchInformation: Element 'BatchInformation': No matching global declaration" in said
    assert not output.exists()
    assert len(terminal.json("export", file, "-o", str(output), "--schema", schema, code=1)["faults"]) == 1
    assert "1 faults" in terminal.run("validate", file, "--schema", schema, code=1)
    assert terminal.json("validate", file, "--schema", schema, code=1)["faults"][0]["element"] == "BatchInformation"
    assert "Schema: line 1: BatchInformation" in terminal.run("import", file, "--schema", schema)


@pytest.mark.requirement("11.10(b)")
def test_a_real_recipe_goes_in_and_out_and_the_export_follows_the_schema(
    terminal: Terminal, reference_data: Path
) -> None:
    data = reference_data / "batchml"
    source, output = str(data / "cough_syrup_v02.xml"), str(terminal.folder / "v0700.xml")
    taken = terminal.json("import", source)
    assert taken["holds"]["elements"] == {"procedure": 1, "unit procedure": 2, "operation": 11, "phase": 36}
    exported = terminal.json("export", source, "--output", output, "--schema", str(data / "schema-v0700"))
    assert (exported["equal_when_read_back"], exported["validated"], exported["faults"]) == (True, True, [])
    assert exported["holds"] == taken["holds"] == terminal.json("import", output)["holds"]
    assert terminal.json("validate", output, "--schema", str(data / "schema-v0700"))["valid"] is True
    assert "follows its schema" in terminal.run(
        "export", output, "-o", f"{output}2", "--schema", str(data / "schema-v0700")
    )
    assert "no faults" in terminal.run("validate", output, "--schema", str(data / "schema-v0700"))


def test_release_of_a_record_with_an_open_exception_is_refused_with_exit_code_1(terminal: Terminal) -> None:
    file = terminal.file("record.xml", record_file())
    said = terminal.run("review", file, code=1)
    assert "Record R-1: Release is refused." in said
    assert "line 1, BatchProductionRecord/Events/Event (e1): The exception is Open" in said
    report = terminal.json("review", file, code=1)
    assert (report["release"], report["findings"][0]["code"]) == ("refused", "exception-open")


def test_a_record_that_nothing_stands_against_is_left_to_a_person(terminal: Terminal) -> None:
    sort = '<EventSubType Status="Closed">Alarm</EventSubType>'
    event = f"<Event><ID>e1</ID><TimeStamp>2026-11-22T12:00:00Z</TimeStamp>{sort}</Event>"
    file = terminal.file("record.xml", record_file(event=event, count="2"))
    said = terminal.run("review", file)
    assert "Nothing stands against release; the decision is a person's." in said
    assert "To be looked at:" in said
    assert terminal.json("review", file)["release"] == "nothing found against it"


@pytest.mark.parametrize(
    ("command", "content", "said"),
    [
        ("import", b"<a", "file.xml, line 1: The file is no XML"),
        ("import", record_file(), "`batchwright batchml review` reads production records."),
        ("review", document(), "The file is no BatchProductionRecord: BatchInformation."),
        ("review", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
    ],
)
def test_what_cannot_be_read_ends_in_one_sentence_and_exit_code_2(
    terminal: Terminal, command: str, content: bytes, said: str
) -> None:
    assert said in terminal.run(command, terminal.file("file.xml", content), code=2)


def test_a_file_that_is_not_there_or_too_large_is_refused(terminal: Terminal) -> None:
    assert "The file cannot be read: No such file" in terminal.run("import", "nothing.xml", code=2)
    assert "The file is too large" in terminal.run("import", terminal.file("big", b" " * (2**25 + 1)), code=2)
