"""Files that stand with an entry: taken away by who may see the entry, shown and run by no browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from batchwright import record
from batchwright.record import stores
from tests.people.plant import Plant

PDF = b"%PDF-1.7\n% an audit report\n"
SCRIPT = b"<script>alert('x')</script>"


@record.entry_type("test.kept/1")
class Kept(record.EntryData):
    """Somebody keeps files."""


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A store of attachments of this test alone."""
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"plant_folder": tmp_path})
    yield tmp_path / "attachments"
    stores._files.cache_clear()


def keep(plant: Plant, *files: tuple[str, bytes, str], sponsor: str | None = "ALPHA") -> record.Entry:
    with record.entry(Kept(), actor=plant.actor("qa"), subject="sponsor/ALPHA", sponsor=sponsor) as entry:
        for name, content, media_type in files:
            entry.attach(name, content, media_type=media_type)
    found: record.Entry = record.Entry.objects.get(seq=entry.receipt.seq)
    return found


def addresses(entry: record.Entry, place: int = 0) -> tuple[str, str]:
    sha256 = entry.content["attachments"][place]["sha256"]
    return f"/record/{entry.seq}/files/{sha256}", f"/api/record/entries/{entry.seq}/attachments/{sha256}"


@pytest.mark.requirement("11.10(b)")
def test_a_file_is_taken_away_from_the_page_of_its_entry_and_from_the_api(plant: Plant, client: Client) -> None:
    entry = keep(plant, ("audit.pdf", PDF, "application/pdf"))
    qa = plant.log_in(client, "qa")
    page, api = addresses(entry)
    assert f'href="{page}"' in qa.get(f"/record/{entry.seq}/").content.decode()
    (told,) = qa.get(f"/api/record/entries/{entry.seq}").json()["attachments"]
    assert (told["name"], told["size"]) == ("audit.pdf", len(PDF))
    for address in (page, api):
        answer = qa.get(address)
        assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PDF, "application/pdf")
        assert answer["Content-Disposition"] == 'attachment; filename="audit.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.requirement("11.10(d)")
def test_a_file_of_anothers_entry_is_not_there(plant: Plant, client: Client) -> None:
    of_alpha = keep(plant, ("audit.pdf", PDF, "application/pdf"))
    of_plant = keep(plant, ("own.txt", b"the plant's own", "text/plain"), sponsor=None)
    sponsor_a, sponsor_b = plant.log_in(client, "sponsor_a"), plant.log_in(Client(), "sponsor_b")
    for address in addresses(of_alpha):
        assert sponsor_a.get(address).status_code == 200
        assert sponsor_b.get(address).status_code == 404
    for address in addresses(of_plant):
        assert sponsor_a.get(address).status_code == 404
    assert Client().get(addresses(of_alpha)[0]).status_code == 302
    # The right hash under another entry is no way in either.
    own = keep(plant, ("other.txt", b"other", "text/plain"))
    sha256 = of_plant.content["attachments"][0]["sha256"]
    assert sponsor_a.get(f"/record/{own.seq}/files/{sha256}").status_code == 404
    assert sponsor_a.get(f"/record/{own.seq}/files/x").status_code == 404


@pytest.mark.parametrize(
    ("name", "media_type", "type_told", "name_told"),
    [
        ("x.html", "text/html", "application/octet-stream", 'filename="x.html"'),
        ("x.svg", "image/svg+xml", "application/octet-stream", 'filename="x.svg"'),
        ("x.txt", "text/plain; charset=utf-16", "application/octet-stream", 'filename="x.txt"'),
        ("x.csv", "text/csv", "text/csv", 'filename="x.csv"'),
        ('a"b\r\nSet-Cookie: c=1', "text/plain", "text/plain", r'filename="a\"b__Set-Cookie: c=1"'),
        ("../../etc/passwd", "text/plain", "text/plain", 'filename=".._.._etc_passwd"'),
        ("Prüfung.pdf", "application/pdf", "application/pdf", "filename*=utf-8''Pr%C3%BCfung.pdf"),
    ],
)
def test_no_file_is_shown_or_run_whatever_it_says_it_is(
    plant: Plant, client: Client, name: str, media_type: str, type_told: str, name_told: str
) -> None:
    answer: Any = plant.log_in(client, "qa").get(addresses(keep(plant, (name, SCRIPT, media_type)))[0])
    assert answer.status_code == 200
    assert answer["Content-Type"] == type_told
    assert answer["Content-Disposition"] == f"attachment; {name_told}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.requirement("11.10(c)")
def test_a_file_that_was_altered_or_lost_is_not_given_out(plant: Plant, client: Client, own_folder: Path) -> None:
    entry = keep(plant, ("audit.pdf", PDF, "application/pdf"))
    qa = plant.log_in(client, "qa")
    (kept,) = own_folder.glob("??/??/*")
    kept.chmod(0o600)
    kept.write_bytes(PDF + b"!")
    for address in addresses(entry):
        answer = qa.get(address)
        assert answer.status_code == 503
        assert PDF not in answer.content
        assert "Call quality assurance" in answer.content.decode()
    kept.unlink()
    assert qa.get(addresses(entry)[0]).status_code == 503


@pytest.mark.parametrize("name", ["", "\n"])
def test_a_file_without_a_name_is_taken_away_under_some_name(plant: Plant, client: Client, name: str) -> None:
    entry = keep(plant, (name, PDF, "application/pdf"))
    answer = plant.log_in(client, "qa").get(addresses(entry)[0])
    assert answer.status_code == 200
    assert "filename=" in answer["Content-Disposition"]
