"""Labels of containers: GS1 DataMatrix and GS1-128 by ZXing, sheets as PDF by Typst, and ZPL for label printers.

The PDF is 100 mm by 60 mm for each label. ZPL is that of Zebra's programming guide: ^BX with quality 200 is DataMatrix
ECC 200 with `_1` for FNC1, ^BC in mode D is GS1-128.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from batchwright.materials import amounts
from batchwright.materials.models import Container

_TEMPLATE = """
#let labels = json(bytes(sys.inputs.labels))
#set page(width: 100mm, height: 60mm, margin: 4mm)
#set text(size: 9pt)
#for (at, one) in labels.enumerate() {
  if at > 0 { pagebreak() }
  grid(columns: (1fr, 26mm), column-gutter: 3mm, [
    #text(size: 13pt, weight: "bold", one.name) \\
    #one.material #h(1fr) #one.amount \\
    Lot #text(weight: "bold", one.lot) #h(1fr) #if one.expires != "" [Use by #one.expires] \\
    #if one.supplier_lot != "" [Supplier's lot #one.supplier_lot \\ ]
    #if one.hazards != "" [Hazards #one.hazards \\ ]
  ], image(one.matrix, width: 26mm))
  v(1fr)
  align(center, image(one.linear, height: 11mm))
  align(center, text(size: 11pt, weight: "bold", one.container))
}
"""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a container.

    Attributes:
        container: Its identifier.
        lot: Its lot.
        material: Code of the material.
        name: Name of the material.
        amount: What is in it.
        expires: Last day of use; "" if it does not expire.
        supplier_lot: The supplier's lot.
        hazards: Codes of hazards.
        elements: GS1 element string of the DataMatrix, as printed: with brackets.
        short: That of the linear symbol.
    """

    container: str
    lot: str
    material: str
    name: str
    amount: str
    expires: str
    supplier_lot: str
    hazards: str
    elements: str
    short: str


def label_of(container: Container) -> Label:
    """Say what stands on a container.

    Args:
        container: The container with its lot and material.

    Returns:
        The label.
    """
    lot, material = container.lot, container.lot.definition
    if material.gtin:
        expiry = "" if lot.expires_on is None else f"(17){lot.expires_on:%y%m%d}"
        elements = f"(01){material.gtin}{expiry}(10){lot.identifier}(21){container.identifier}"
    else:
        elements = f"(91){container.identifier}(92){lot.identifier}"
    return Label(
        container=container.identifier, lot=lot.identifier, material=material.code, name=material.name,
        amount=str(amounts.quantity(container.amount_e6, material.unit)),
        expires="" if lot.expires_on is None else lot.expires_on.isoformat(), supplier_lot=lot.supplier_lot,
        hazards=material.hazards, elements=elements,
        short=f"(00){container.sscc}" if container.sscc else f"(91){container.identifier}",
    )  # fmt: skip


def symbol(elements: str, *, linear: bool) -> bytes:
    """Draw a GS1 symbol.

    Args:
        elements: GS1 element string with brackets.
        linear: GS1-128 instead of DataMatrix.

    Returns:
        SVG.
    """
    import zxingcpp

    kind = zxingcpp.BarcodeFormat.Code128 if linear else zxingcpp.BarcodeFormat.DataMatrix
    drawn = zxingcpp.create_barcode(elements, kind, gs1=True).to_svg(scale=4, add_quiet_zones=True)
    # Without the document type, which would name a file elsewhere.
    return re.sub(r"<!DOCTYPE[^>]*>", "", drawn).encode()


def pdf(labels: Sequence[Label], *, picture: bool = False) -> bytes:
    """Set labels, one on each page.

    Args:
        labels: Labels.
        picture: A PNG of the first page instead, 300 points per inch.

    Returns:
        The PDF or PNG.
    """
    typst: Any = import_module("typst")
    files: dict[str, bytes] = {"main.typ": _TEMPLATE.encode()}
    rows: list[dict[str, Any]] = []
    for at, one in enumerate(labels):
        matrix, linear = f"matrix{at}.svg", f"linear{at}.svg"
        files[matrix], files[linear] = symbol(one.elements, linear=False), symbol(one.short, linear=True)
        rows.append({**asdict(one), "matrix": matrix, "linear": linear})
    inputs = {"labels": json.dumps(rows)}
    if picture:
        made: bytes | list[bytes] = typst.compile(files, format="png", ppi=300, sys_inputs=inputs)
        return made[0] if isinstance(made, list) else made
    result: bytes = typst.compile(files, format="pdf", sys_inputs=inputs)
    return result


def zpl(labels: Sequence[Label]) -> str:
    """Write labels for a label printer, 300 dots per inch.

    Args:
        labels: Labels.

    Returns:
        ZPL, one format for each label.
    """
    return "".join(_zpl(one) for one in labels)


def _zpl(one: Label) -> str:
    lines = [one.name, f"{one.material}   {one.amount}", f"Lot {one.lot}   {one.expires}", one.hazards]
    texts = "".join(
        f"^FO40,{40 + at * 60}^A0N,44,44^FH\\^FD{_escaped(line)}^FS\n" for at, line in enumerate(lines) if line
    )
    return (
        f"^XA\n^CI28\n^PW1181\n^LL709\n{texts}"
        f"^FO860,40^BXN,10,200,,,,_,1^FD{zpl_elements(one.elements)}^FS\n"
        f"^FO120,480^BY3^BCN,120,N,N,N,D^FD{one.short}^FS\n"
        f"^FO120,630^A0N,50,50^FD{one.container}^FS\n^XZ\n"
    )


def zpl_elements(elements: str) -> str:
    """Write an element string for ^BX: FNC1 first, and again after each value of no fixed length but the last."""
    parts = re.findall(r"\((\d{2})\)([^(]*)", elements)
    text = "_1"
    for at, (code, value) in enumerate(parts):
        open_ended = code not in ("00", "01", "17") and at < len(parts) - 1
        text += f"{code}{value.replace('_', '_095')}" + ("_1" if open_ended else "")
    return text


def _escaped(text: str) -> str:
    return "".join(f"\\{ord(sign):02x}" if sign in "^~\\" else sign for sign in text)
