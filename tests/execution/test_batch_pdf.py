"""The batch record as PDF/A-3: its structure, what is attached, and that what people write stays text."""

import io
import itertools
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from batchwright.execution.adapters import batch_pdf
from batchwright.execution.adapters.batch_words import words
from batchwright.execution.document import BatchDocument, canonical_json
from batchwright.execution.document_parts import Person
from batchwright.kernel.errors import DomainError
from tests.execution.documents import PHASES, attempt, tablets

XMP = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/", "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}  # fmt: skip
BATCHML = batch_pdf.Attached("recipe.xml", b"<MasterRecipe/>", "application/xml", "Master recipe as BatchML")


@pytest.fixture(scope="module")
def made() -> bytes:
    return batch_pdf.render(tablets(), [BATCHML])


@pytest.fixture
def pdf(made: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(made))


def text_of(pages: bytes) -> str:
    """What a reader can select on the pages, without blanks: words may be set apart."""
    found = []
    for page in pikepdf.open(io.BytesIO(pages)).pages:
        fonts = {name: _decoding(font) for name, font in cast("Any", page.Resources.Font).items()}
        current: dict[int, str] = {}
        for operands, operator in cast("Any", pikepdf.parse_content_stream(page)):
            if str(operator) == "Tf":
                current = fonts[str(operands[0])]
            elif str(operator) in ("Tj", "TJ"):
                parts = operands[0] if str(operator) == "TJ" else operands
                for part in cast("Any", parts):
                    if isinstance(part, pikepdf.String):
                        raw = bytes(part)
                        codes = (int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))
                        found.append("".join(current.get(code, "?") for code in codes))
    return re.sub(r"[\s\u200b]", "", "".join(found))


def _decoding(font: Any) -> dict[int, str]:
    decoded = {}
    for line in bytes(font.ToUnicode.read_bytes()).decode("latin-1").splitlines():
        pair = re.fullmatch(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", line.strip())
        if pair:
            decoded[int(pair[1], 16)] = bytes.fromhex(pair[2]).decode("utf-16-be")
    return decoded


@pytest.mark.requirement("Annex 11, 17")
def test_the_file_says_that_it_is_archival_with_attachments_and_accessible(pdf: pikepdf.Pdf) -> None:
    xmp = etree.fromstring(pdf.Root.Metadata.read_bytes())

    def said(name: str) -> str | None:
        return cast("str | None", xmp.findtext(f".//{name}", namespaces=XMP))

    assert (said("pdfaid:part"), said("pdfaid:conformance"), said("pdfuaid:part")) == ("3", "A", "1")
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en"
    assert "/StructTreeRoot" in pdf.Root
    assert pdf.Root.ViewerPreferences.DisplayDocTitle


def parts(node: Any) -> Iterator[Any]:
    """Every element of the structure of a file, which a screen reader goes by."""
    for child in node.K if isinstance(node.get("/K"), pikepdf.Array) else filter(None, [node.get("/K")]):
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from parts(child)


@pytest.mark.requirement("ALCOA+ legible")
def test_a_screen_reader_finds_headings_in_steps_headers_of_every_table_and_a_word_for_every_picture(
    pdf: pikepdf.Pdf,
) -> None:
    every = list(parts(pdf.Root.StructTreeRoot))
    kinds = [str(one.S) for one in every]
    levels = [int(kind[2:]) for kind in kinds if re.fullmatch("/H[1-6]", kind)]
    assert levels[0] == 1
    assert all(later <= before + 1 for before, later in itertools.pairwise(levels))
    tables = [one for one in every if one.S == "/Table"]
    assert len(tables) > 10
    assert all(any(cell.S == "/TH" for cell in parts(table)) for table in tables)
    figures = [one for one in every if one.S == "/Figure"]
    assert figures
    assert all("/Alt" in one for one in figures)


def test_the_file_has_a_colour_profile_of_its_own(pdf: pikepdf.Pdf) -> None:
    (intent,) = cast("Any", pdf.Root.OutputIntents)
    assert intent.S == "/GTS_PDFA1"
    profile = bytes(intent.DestOutputProfile.read_bytes())
    assert profile[36:40] == b"acsp"  # ISO 15076-1, 7.2: the signature of a profile
    assert intent.DestOutputProfile.N == 3


def test_every_typeface_is_in_the_file_and_every_sign_has_its_character(pdf: pikepdf.Pdf) -> None:
    seen = set()
    for page in pdf.pages:
        for font in cast("Any", page.Resources.Font).values():
            (inner,) = font.DescendantFonts
            described = inner.FontDescriptor
            assert any(key in described for key in ("/FontFile2", "/FontFile3"))
            assert "/ToUnicode" in font
            seen.add(str(described.FontName).partition("+")[2])
    assert seen
    assert all(one.startswith(("LibertinusSerif", "DejaVuSansMono")) for one in seen)


def test_the_file_is_not_locked_and_does_nothing_by_itself(pdf: pikepdf.Pdf, made: bytes) -> None:
    assert not pdf.is_encrypted
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.Root.keys())
    for one in pdf.objects:
        if isinstance(one, pikepdf.Dictionary):
            assert one.get("/S") not in ("/JavaScript", "/Launch", "/URI", "/SubmitForm")
            assert "/JS" not in one
    assert not pdf.check_pdf_syntax()


@pytest.mark.requirement("11.10(b)")
def test_the_data_of_the_record_is_attached_byte_for_byte_with_what_goes_with_it(pdf: pikepdf.Pdf) -> None:
    attached = {str(one.UF): one for one in cast("Any", pdf.Root.AF)}
    assert sorted(attached) == ["batch-record.json", "recipe.xml"]
    data = attached["batch-record.json"]
    assert data.AFRelationship == "/Data"
    assert data.EF.F.Subtype == "/application/json"
    assert bytes(data.EF.F.read_bytes()) == canonical_json(tablets())
    assert attached["recipe.xml"].AFRelationship == "/Source"
    assert bytes(attached["recipe.xml"].EF.F.read_bytes()) == BATCHML.content
    assert BatchDocument.model_validate_json(bytes(data.EF.F.read_bytes())) == tablets()


def test_the_same_document_gives_the_same_bytes_in_another_process(made: bytes) -> None:
    assert batch_pdf.render(tablets(), [BATCHML]) == made
    script = (
        "import os, sys, tempfile; os.environ['BATCHWRIGHT_PLANT_FOLDER'] = tempfile.mkdtemp();"
        "import django; django.setup();"
        "from hashlib import sha256; from tests.execution.test_batch_pdf import BATCHML, batch_pdf, tablets;"
        "print(sha256(batch_pdf.render(tablets(), [BATCHML])).hexdigest())"
    )
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "batchwright.site.settings", "TZ": "Asia/Tokyo",
        "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "7",
    }  # fmt: skip
    other = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == sha256(made).hexdigest()


def test_another_document_gives_another_digest_on_every_page(made: bytes) -> None:
    assert batch_pdf.render(tablets(labels=())) != made


@pytest.mark.parametrize(
    "written", ['#eval("1+1") #include "/etc/passwd"', "$ x^2 $ *bold* _it_ = Heading", "\\u{41} // no comment",
                '"], [#pagebreak()', "</script><b>&amp;", "#sys.inputs @label <label>"],
)  # fmt: skip
def test_what_a_person_wrote_is_set_as_it_was_written(written: str) -> None:
    run = PHASES[1].model_copy(update={"name": written, "text": written, "attempts": (attempt(1, 3, reason=written),)})
    pages = batch_pdf.render(tablets(phases=(run,)))
    assert text_of(pages).count(re.sub(r"\s", "", written)) >= 2


def test_a_character_that_no_typeface_has_is_named_by_its_code_point_and_stays_in_the_data() -> None:
    signer = Person(id="l.wei", name="李伟 \U0001f9ea \x07\ue000")
    document = tablets(phases=(PHASES[0].model_copy(update={"attempts": (attempt(1, 3).model_copy(
        update={"by": signer}),)}),))  # fmt: skip
    pages = batch_pdf.render(document)
    shown = text_of(pages)
    assert "[U+674E][U+4F1F][U+1F9EA][U+0007][U+E000]" in shown
    opened = pikepdf.open(io.BytesIO(pages))
    (data,) = cast("Any", opened.Root.AF)
    assert json.loads(bytes(data.EF.F.read_bytes()))["phases"][0]["attempts"][0]["by"]["name"] == signer.name


def test_every_character_that_is_said_to_be_shown_can_be_set() -> None:
    every = "".join(
        chr(code) for code in range(0x20, 0x2C00)
        if not batch_pdf._UNSHOWN.search(chr(code)) and unicodedata.category(chr(code)) != "Cn"
    )  # fmt: skip
    assert len(every) > 1_900
    run = PHASES[0].model_copy(update={"text": " ".join(every)})
    assert batch_pdf.render(tablets(phases=(run,)))


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60))
def test_whatever_people_write_the_pages_are_made(written: str) -> None:
    document = tablets()
    run = PHASES[1].model_copy(update={"name": written, "text": written, "unit": written, "around": (written,)})
    exception = document.exceptions[0].model_copy(update={"cause": written, "sentence": written, "number": written})
    material = document.materials[0].model_copy(update={"name": written, "lot": written})
    heading = document.heading.model_copy(update={"product_name": written, "site": written, "batch": written or "-"})
    assert batch_pdf.render(
        tablets(heading=heading, phases=(run,), exceptions=(exception,), materials=(material,), tests=(), samples=())
    )


def test_texts_longer_than_a_page_or_without_a_blank_break() -> None:
    long = attempt(1, 3, reason="word " * 3_000)
    endless = attempt(2, 4, reason="x" * 5_000)
    run = PHASES[0].model_copy(update={"attempts": (long, endless)})
    pages = pikepdf.open(io.BytesIO(batch_pdf.render(tablets(phases=(run,)))))
    assert len(pages.pages) >= 9


def test_times_are_those_of_the_site_also_where_its_clocks_change() -> None:
    shown = text_of(batch_pdf.render(tablets()))
    assert "2026-11-2207:24:00UTC+1" in shown
    heading = tablets().heading.model_copy(update={"zone": "Asia/Kolkata"})
    assert "UTC+5:30" in text_of(batch_pdf.render(tablets(heading=heading)))
    assert "12:40:00UTC" in text_of(
        batch_pdf.render(tablets(heading=tablets().heading.model_copy(update={"zone": "UTC"})))
    )


@pytest.mark.requirement("11.50(b)", "Annex 11, 8")
def test_a_reader_finds_exceptions_refused_attempts_and_who_signed() -> None:
    shown = text_of(batch_pdf.render(tablets()))
    for expected in (
        "EX-0007", "refused", "7,4", "isnonumberwithaunitoftheplant", "SakuraItō", "passkey", "48.684kg", "page1of",
        "Rinsethechute", "skipped", "Reworkthegranules", "pythonverify.py",
    ):  # fmt: skip
        assert expected in shown, expected


def test_a_batch_of_which_nothing_is_on_record_yet_has_its_pages_and_says_so() -> None:
    empty = {name: () for name, part in BatchDocument.model_fields.items() if part.default == ()}
    shown = text_of(batch_pdf.render(tablets(**empty)))
    assert "Noneisonrecord." in shown
    assert "Noexceptionisonrecord" in shown


def test_the_pages_can_be_looked_at_as_pictures() -> None:
    drawn = batch_pdf.pictures(tablets(), ppi=30)
    assert len(drawn) >= 5
    assert all(one.startswith(b"\x89PNG") for one in drawn)


def test_no_word_is_translated_that_the_pages_never_use() -> None:
    template = batch_pdf._template().decode()
    asked = set(re.findall(r'"([a-z][a-z0-9 ]*)"', template))
    by_value = ("verdict ", "kind ", "use ", "s ", "count ", "before", "after")
    assert {key for key in words() if not key.startswith(by_value)} <= asked


@pytest.mark.skipif("BATCHWRIGHT_VERAPDF" not in os.environ, reason="BATCHWRIGHT_VERAPDF names no veraPDF")
def test_verapdf_finds_nothing(made: bytes, tmp_path: Path) -> None:
    file = tmp_path / "record.pdf"
    file.write_bytes(made)
    program = os.environ["BATCHWRIGHT_VERAPDF"]
    for flavour in ("3a", "ua1"):
        found = subprocess.run([program, "--flavour", flavour, "--format", "text", str(file)], capture_output=True,
                               text=True, check=False)  # fmt: skip
        assert found.stdout.startswith("PASS"), found.stdout


def test_what_typst_cannot_set_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_pdf, "_template", lambda: b"#panic(\"no paper\")")
    with pytest.raises(DomainError, match=r"cannot be set.*no paper"):
        batch_pdf.render(tablets())
