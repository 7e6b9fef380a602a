"""The record of a batch to take away: its pages as PDF/A, and a zip that a stranger can check."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import overviews
from batchwright.execution.adapters import batch_pdf
from batchwright.execution.adapters.batch_pdf import Attached
from batchwright.execution.document import BatchDocument, canonical_json
from batchwright.execution.documenting import document_of
from batchwright.execution.files import filed
from batchwright.execution.gathering import entries_of
from batchwright.execution.models import Attempt, Batch, ControlText
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.recipes.adapters.batchml_writing import write_master_recipe

FOLDER = "batch"
"""Folder of the zip in which stands what goes with the entries."""
PAGES = "batch-record.pdf"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class BatchExported:
    """What was given out.

    Attributes:
        export: What the zip holds of the record.
        files: What goes with the entries, by name in the zip, with the SHA-256 of each.
        remarks: What could not be given in the form that was wanted, and why.
    """

    export: record.Exported
    files: dict[str, str]
    remarks: tuple[str, ...] = ()


def pages_of(actor: record.Actor, batch: Batch) -> tuple[bytes, BatchDocument]:
    """Set the pages of a batch as they are now.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.

    Returns:
        PDF/A-3 with its data, its recipes and what people attached in its steps, and the document that it shows.

    Raises:
        Refused: If the actor may not see batches.
        Unavailable: If a file that was kept with an entry is gone.
    """
    document = document_of(actor, batch)
    return batch_pdf.render(document, [*_sources(batch)[0], *_files(actor, batch)]), document


def export_batch(actor: record.Actor, batch: Batch, to: IO[bytes], *, reason: str = "") -> BatchExported:
    """Write the record of a batch as one zip: entries, proofs, keys, verifier, pages, data, recipes.

    Args:
        actor: Who asks.
        batch: A batch that the actor was allowed to read.
        to: The file that takes the zip.
        reason: What the copy is for; that it was given out is recorded.

    Returns:
        What was written.

    Raises:
        Refused: If the actor may not take copies of the record, or not see batches.
        Broken: If the record does not hold; a broken copy is not given out.
        Unavailable: If the batch went on while its record was being written, or the key of the site is gone.
    """
    people.authorize(actor, "record.export")
    people.authorize(actor, "batch.read")
    sources, remarks = _sources(batch)
    attached = _files(actor, batch)
    files: dict[str, bytes] = {}

    def companions(head: record.Checkpoint, written: Sequence[record.Entry]) -> dict[str, bytes]:
        document = document_of(actor, batch, head=head)
        if entries_of(actor, batch) != [one.seq for one in written]:
            raise Unavailable(
                _("The batch went on while its record was being written"), value=batch.number,
                remedy=_("Export it again."),
            )  # fmt: skip
        pages = {PAGES: batch_pdf.render(document, [*sources, *attached]), batch_pdf.DATA: canonical_json(document)}
        pages |= {one.name: one.content for one in sources}
        files.update({f"{FOLDER}/{name}": content for name, content in pages.items()})
        return files

    made = record.export(batch.subject, actor=actor, to=to, reason=reason, below=True, companions=companions)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return BatchExported(made, digests, remarks)


def _files(actor: record.Actor, batch: Batch) -> list[Attached]:
    """What people attached in the steps; beside the entries it stands in the zip anyway."""
    own = Attempt.visible_to(actor).filter(batch=batch, entered__icontains=" SHA-256 ")
    found = filed(own.select_related("run").order_by("at", "id"), overviews.entries_of(actor, own))
    files = []
    for one in found.values():
        kept = None if one.seq is None else record.attachment(actor, one.seq, one.sha256)
        if kept is not None:
            name = f"{one.seq}-{_UNSAFE.sub('_', kept.name)}"
            said = f"Attached in the step {one.step}, entry #{one.seq}"
            files.append(Attached(name, kept.content, kept.media_type, said, "supplement"))
    return files


def _sources(batch: Batch) -> tuple[list[Attached], tuple[str, ...]]:
    """The recipes of a batch: the master as text, as data and as BatchML, and the control recipe in force."""
    text = batch.recipe_version.text
    control = ControlText.objects.get(batch=batch, revision=batch.revision)
    found = [
        Attached("control-recipe.json", control.canonical.encode(), "application/json", "Control recipe in force"),
        Attached("master-recipe.json", text.canonical.encode(), "application/json", "Master recipe as it was signed"),
    ]
    try:
        batchml = write_master_recipe(text.master)
    except DomainError as error:
        return found, (_("The master recipe is not there as BatchML: %s") % error,)
    return [*found, Attached("master-recipe.xml", batchml, "application/xml", "Master recipe as BatchML")], ()
