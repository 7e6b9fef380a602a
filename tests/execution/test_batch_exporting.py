"""The record of a batch to take away: pages and a zip, from pages and from a terminal, for whoever may have it."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from batchwright import record
from batchwright.execution import cli, documenting, exporting, queries, services
from batchwright.execution.document import BatchDocument
from batchwright.execution.models import Batch
from batchwright.kernel.errors import BadInput, DomainError, Unavailable
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
from tests.execution.shift import Shift
from tests.execution.test_documenting import another, cooked
from tests.record.strangers import python_alone, said

FILES = {
    "batch/batch-record.pdf", "batch/batch-record.json", "batch/control-recipe.json", "batch/master-recipe.json",
    "batch/master-recipe.xml",
}  # fmt: skip


def exported(shift: Shift, batch: Batch, name: str = "qa") -> bytes:
    """The zip as somebody takes it."""
    to = io.BytesIO()
    exporting.export_batch(shift.actor(name), shift.read(batch), to, reason="for the sponsor's release")
    return to.getvalue()


@pytest.mark.requirement("11.10(b)")
@pytest.mark.requirement("11.50(b)")
def test_the_zip_holds_the_whole_batch_and_a_stranger_finds_it_whole_or_says_what_is_not(
    shift: Shift, tmp_path: Path
) -> None:
    batch = cooked(shift)
    exception = batch.exceptions.get()
    services.assess_exception(
        actor=shift.actor("supervisor"), exception=exception, cause="a draught", impact="none, back within a minute"
    )
    another(shift)
    zipped = exported(shift, batch)
    folder = tmp_path / "record"
    with zipfile.ZipFile(io.BytesIO(zipped)) as whole:
        names = set(whole.namelist())
        whole.extractall(folder)
    assert names >= FILES | {"verify.py", "manifest.json"}
    manifest = json.loads((folder / "manifest.json").read_bytes())
    subjects = {json.loads((folder / item["file"]).read_bytes())["entry"]["subject"] for item in manifest["entries"]}
    assert subjects == {batch.subject, exception.subject}

    alone = python_alone(tmp_path / "alone")
    code, told = said(alone, folder, "--key", record.site_key())
    assert code == 0, told
    assert told.rstrip().endswith(f"AS RECORDED: {batch.subject}")
    assert "of 2 subjects unaltered" in told

    pages = folder / "batch" / "batch-record.pdf"
    good = pages.read_bytes()
    pages.write_bytes(good.replace(b"/Title", b"/Tit1e", 1))
    code, told = said(alone, folder, "--key", record.site_key())
    assert (code, "NOT AS RECORDED: batch/batch-record.pdf is not the file that the manifest lists" in told) == (
        1,
        True,
    )
    pages.write_bytes(good)

    data = (folder / "batch" / "batch-record.json").read_bytes()
    told_of = BatchDocument.model_validate_json(data)
    opened = pikepdf.open(io.BytesIO(good))
    attached = {str(one.UF): bytes(one.EF.F.read_bytes()) for one in cast("Any", opened.Root.AF)}
    assert attached["batch-record.json"] == data
    assert attached["master-recipe.xml"] == (folder / "batch" / "master-recipe.xml").read_bytes()
    assert read_master_recipe(attached["master-recipe.xml"], "x").recipe == batch.recipe_version.text.master
    assert hashlib.sha256(attached["control-recipe.json"]).hexdigest() == batch.control_sha256
    assert hashlib.sha256(attached["master-recipe.json"]).hexdigest() == batch.recipe_version.sha256
    head = (folder / "checkpoint.txt").read_text("utf-8").splitlines()
    assert told_of.record.tree_size == int(head[1]) == manifest["tree_size"]
    assert told_of.record.entries == manifest["count"]
    given = record.history(batch, shift.actor("qa")).last()
    assert given is not None
    assert (given.type, given.reason) == ("record.exported/1", "for the sponsor's release")


def test_a_copy_of_a_batch_that_goes_on_meanwhile_is_not_given_out(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = shift.started()
    read = documenting.document_of

    def slowly(actor: record.Actor, one: Batch, **others: Any) -> BatchDocument:
        told = read(actor, one, **others)
        shift.do(batch, "clear", point_1="yes", point_2="yes")
        return told

    monkeypatch.setattr(exporting, "document_of", slowly)
    with pytest.raises(Unavailable, match="went on while its record was being written"):
        exported(shift, batch)
    assert not record.history(batch, shift.actor("qa")).filter(type="record.exported/1").exists()


def test_a_sponsor_takes_its_own_batch_and_no_other_one(shift: Shift) -> None:
    batch = shift.started()
    assert exported(shift, batch, "sponsor_a")
    assert queries.batch(shift.actor("sponsor_b"), batch.number) is None
    with pytest.raises(DomainError, match="knows no such subject"):
        exported(shift, batch, "sponsor_b")


def test_both_are_given_on_pages_and_nobody_else_learns_that_there_is_a_batch(shift: Shift, client: Client) -> None:
    batch = shift.started()
    pages, export = (reverse(f"execution:record_{what}", args=[batch.number]) for what in ("pages", "export"))
    shift.workshop.plant.log_in(client, "qa")
    answer = client.get(pages)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert f'filename="{batch.number}.pdf"' in answer["Content-Disposition"]
    taken = client.post(export, {"reason": "inspection"})
    assert zipfile.ZipFile(io.BytesIO(b"".join(cast("Any", taken).streaming_content))).testzip() is None
    assert client.get(export).status_code == 405
    shift.workshop.plant.log_in(client, "sponsor_b")
    assert (client.get(pages).status_code, client.post(export).status_code) == (404, 404)


def asked(*words: str) -> str:
    """What a command prints."""
    answer = CliRunner().invoke(cli.app, list(words), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_terminal_writes_both_and_overwrites_nothing(
    shift: Shift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = shift.started()
    paper, zipped = tmp_path / "record.pdf", tmp_path / "record.zip"
    told = json.loads(asked("pdf", batch.number, "--out", str(paper), "--json"))
    assert (told["batch"], told["bytes"]) == (batch.number, paper.stat().st_size)
    assert "SHA-256 of its data" in asked("pdf", batch.number, "--out", str(tmp_path / "again.pdf"))
    told = json.loads(asked("export", batch.number, "--out", str(zipped), "--reason", "archive", "--json"))
    assert (told["entries"], set(told["files"]), told["remarks"]) == (2, FILES, [])
    assert "batch/batch-record.pdf" in asked("export", batch.number, "--out", str(tmp_path / "again.zip"))
    for command in ("pdf", "export"):
        with pytest.raises(BadInput, match="is there already"):
            asked(command, batch.number, "--out", str(zipped))
        with pytest.raises(BadInput, match="no such batch"):
            asked(command, "B-9999-X", "--out", str(tmp_path / "none"))
        with pytest.raises(BadInput, match="no such folder"):
            asked(command, batch.number, "--out", str(tmp_path / "none" / "record"))

    def refuse(*_: object, **__: object) -> bytes:
        raise DomainError("BatchML has no place for this", value="a picture")

    monkeypatch.setattr(exporting, "write_master_recipe", refuse)
    told_of = asked("export", batch.number, "--out", str(tmp_path / "without.zip"))
    assert "The master recipe is not there as BatchML: BatchML has no place for this: a picture" in told_of
    assert "master-recipe.xml" not in told_of
    monkeypatch.setattr(exporting, "export_batch", refuse)
    with pytest.raises(DomainError):
        asked("export", batch.number, "--out", str(tmp_path / "half.zip"))
    assert not (tmp_path / "half.zip").exists(), "half a copy stands in nobody's way"
