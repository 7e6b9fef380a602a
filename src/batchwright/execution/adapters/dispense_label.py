"""The label of a container that was filled, drawn with the symbols of the warehouse (21 CFR 211.101(b), 211.130)."""

import json
from importlib import import_module
from typing import Any, Final

from django.utils.translation import gettext as _

from batchwright import materials, record
from batchwright.execution.labels import Label, label
from batchwright.execution.models import Vessel, Weighing
from batchwright.execution.services import turning
from batchwright.execution.services.weighing_facts import lot_of, read_dispensing
from batchwright.execution.weighing import Vessel as VesselFact
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity

_TEMPLATE: Final = """
#let one = json(bytes(sys.inputs.label))
#set page(width: 100mm, height: 70mm, margin: 4mm)
#set text(size: 8.5pt, number-type: "lining", number-width: "tabular")
#grid(columns: (1fr, 24mm), column-gutter: 3mm, [
  #text(size: 13pt, weight: "bold", one.material_name) \\
  #one.material #h(1fr) #text(weight: "bold", one.number) \\
  #one.words.batch #text(size: 11pt, weight: "bold", one.batch) \\
  #one.product \\
  #one.words.lot #text(weight: "bold", one.lots) \\
  #if one.use_before != "" [#one.words.use_before #one.use_before]
], image("matrix.svg", width: 24mm))
#v(1fr)
#table(columns: (1fr, 1fr, 1fr), stroke: 0.4pt, inset: 1.6mm, align: right,
  [#one.words.net], [#one.words.tare], [#one.words.gross],
  text(size: 12pt, weight: "bold", one.net), text(size: 12pt, one.tare), text(size: 12pt, one.gross))
#one.words.vessel #text(weight: "bold", one.container) #h(1fr) #one.words.weighed #one.weighed_by, #one.weighed_at \\
#h(1fr) #if one.checked_by != "" [#one.words.checked #one.checked_by]
"""


def of_weighing(actor: record.Actor, row: Weighing) -> Label:
    """Say what stands on the label of the container that a weight went into.

    Args:
        actor: Who asks for it.
        row: A weight that counts, which the actor was allowed to read.

    Returns:
        The label.

    Raises:
        DomainError: If the tare of the container is not known.
    """
    turn = turning.read(row.batch, clock.now())
    dispensing = read_dispensing(turn, turn.runs[row.run.path])
    asked = next((one for one in dispensing.own if one.path == row.line), None)
    if asked is None:
        raise DomainError(_("This weight is of no line of the step"), value=row.line)
    line, _why = dispensing.line(asked)
    rows = [one for one in dispensing.rows if one.line == row.line]
    lots = {one.lot.identifier: lot_of(one.source, row.tenant, row.batch.number) for one in rows}
    made = Vessel.visible_to(actor).filter(run=row.run, code=row.vessel).first()
    tare = row.tare if made is None or not made.tare else made.tare
    definition = materials.definition(actor, asked.material)
    return label(
        line, dispensing.weighed[row.line], list(lots.values()),
        VesselFact(code=row.vessel, clean=True, tare=Quantity.parse(tare) if tare else Quantity("0", "kg")),
        batch=row.batch.number, product=row.batch.name or row.batch.product,
        material_name=asked.title if definition is None else definition.name, at=row.attempt.at, by=row.attempt.by_name,
        checked_by=row.attempt.checked_by_name,
    )  # fmt: skip


def drawn(one: Label, *, picture: bool = False) -> bytes:
    """Set a label.

    Args:
        one: The label.
        picture: A PNG of 300 points per inch instead of a PDF.

    Returns:
        The PDF or PNG, 100 mm by 70 mm.
    """
    typst: Any = import_module("typst")
    elements = f"(91){one.container}(92){one.lots[0]}(93){one.batch}"
    files = {"main.typ": _TEMPLATE.encode(), "matrix.svg": materials.symbol(elements, linear=False)}
    words = {
        "batch": _("Batch"), "lot": _("Lot"), "use_before": _("Use by"), "net": _("Net"), "tare": _("Tare"),
        "gross": _("Gross"), "vessel": _("Container"), "weighed": _("Weighed by"), "checked": _("Checked by"),
    }  # fmt: skip
    content = {
        **one.model_dump(mode="json"), "words": words, "lots": ", ".join(one.lots), "net": str(one.net),
        "tare": str(one.tare), "gross": str(one.gross),
        "use_before": "" if one.use_before is None else one.use_before.isoformat(),
        "weighed_at": clock.iso(one.weighed_at)[:16].replace("T", " ") + " UTC",
    }  # fmt: skip
    inputs = {"label": json.dumps(content)}
    if picture:
        made: bytes | list[bytes] = typst.compile(files, format="png", ppi=300, sys_inputs=inputs)
        return made[0] if isinstance(made, list) else made
    found: bytes = typst.compile(files, format="pdf", sys_inputs=inputs)
    return found
