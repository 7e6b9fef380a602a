"""Labels and scans: what is printed is read back by a decoder, and what is scanned leads to the container."""

import contextlib
import io
import re
from datetime import date, timedelta

import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput
from batchwright.materials import services
from batchwright.materials.adapters import labelling, scanning
from batchwright.materials.services.common import today
from tests.materials.warehouse import Warehouse

GTIN = "04012345678901"
TRADED = labelling.Label(
    container="C-0001-X", lot="L-0042-B", material="TABLET", name='Tablet "5 mg" ^#[*]', amount="12.5 kg",
    expires="2027-12-31", supplier_lot="", hazards="", elements=f"(01){GTIN}(17)271231(10)L-0042-B(21)C-0001-X",
    short="(00)340123450000000017",
)  # fmt: skip


def decoded(png: bytes) -> dict[str, str]:
    """What a decoder reads in a picture, by its symbology."""
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(png)).convert("L")
    return {found.symbology_identifier: found.text for found in zxingcpp.read_barcodes(image)}


@pytest.mark.requirement("211.80", "Weigh: label")
def test_a_printed_label_is_read_back_by_a_decoder() -> None:
    found = decoded(labelling.pdf([TRADED], picture=True))
    assert found == {"]d2": TRADED.elements, "]C1": TRADED.short}
    assert labelling.pdf([TRADED, TRADED]).startswith(b"%PDF-")


@pytest.mark.parametrize("linear", [False, True])
def test_both_symbols_carry_gs1(linear: bool) -> None:
    kind = zxingcpp.BarcodeFormat.Code128 if linear else zxingcpp.BarcodeFormat.DataMatrix
    drawn = zxingcpp.create_barcode(TRADED.short, kind, gs1=True)
    assert drawn.content_type == zxingcpp.ContentType.GS1
    assert b"<!DOCTYPE" not in labelling.symbol(TRADED.short, linear=linear)


def test_zpl_carries_the_same_element_strings_and_no_text_that_the_printer_would_obey() -> None:
    text = labelling.zpl([TRADED])
    assert r'^FH\^FDTablet "5 mg" \5e#[*]^FS' in text
    matrix = re.search(r"\^BXN,10,200,,,,_,1\^FD(.*?)\^FS", text)
    assert matrix is not None
    said = matrix[1].removeprefix("_1").replace("_1", scanning.SEPARATOR)
    assert scanning.read(said) == scanning.read(TRADED.elements)
    assert f"^BCN,120,N,N,N,D^FD{TRADED.short}^FS" in text


def test_a_scan_says_what_the_label_says_in_each_spelling() -> None:
    wanted = scanning.Scan(container="C-0001-X", lot="L-0042-B", gtin=GTIN, expires_on=date(2027, 12, 31))
    plain = f"01{GTIN}1727123110L-0042-B{scanning.SEPARATOR}21C-0001-X"
    for text in (plain, f"]d2{plain}", f"]C1{plain}\r\n", TRADED.elements):
        assert scanning.looks_scanned(text)
        assert scanning.read(text) == wanted
    assert scanning.read(TRADED.short).sscc == "340123450000000017"
    assert not scanning.looks_scanned("L-0042-B")


@pytest.mark.parametrize("text", ["", "]d2", "(01)04012345678902", "(00)340123450000000018", "(99", "01040123"])
def test_a_misread_label_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(BadInput, match="Scan it again"):
        scanning.read(text)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_whatever_a_scanner_sends_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        scanning.read(text)


def test_a_scanned_label_leads_to_its_container_and_labels_come_from_the_page(warehouse: Warehouse) -> None:
    services.define_material(
        actor=warehouse.actor("qa"), code="TRADED", name="Traded", kind="component", unit="kg", gtin=GTIN
    )
    client = warehouse.plant.log_in(Client(), "operator")
    for code in ("TRADED", "LACTOSE"):
        lot = warehouse.receive("1 kg", code=code, expires_on=today() + timedelta(days=20))
        container = warehouse.container(lot)
        label = labelling.label_of(container)
        assert ("(17)" in label.elements) is (code == "TRADED")
        answer = client.get("/find", {"q": label.elements})
        assert answer["Location"] == reverse("materials:container", args=[container.identifier])
        for form, kind in (("pdf", "application/pdf"), ("zpl", "text/plain; charset=utf-8")):
            answer = client.get(reverse("materials:labels", args=[lot.identifier, form]))
            assert answer["Content-Type"] == kind
            assert answer.content
    assert client.get(reverse("materials:labels", args=[lot.identifier, "doc"])).status_code == 404
    assert client.get("/find", {"q": "(01)04012345678902"}).status_code == 200, "a misread label finds nothing"
