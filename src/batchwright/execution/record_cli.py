"""``batchwright batch pdf`` and ``batchwright batch export``: the record of a batch as files."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from batchwright import record
from batchwright.execution import exporting, queries
from batchwright.execution.document import digest
from batchwright.execution.models import Batch
from batchwright.kernel.errors import BadInput
from batchwright.people.console import console_actor

console = Console(soft_wrap=True, highlight=False, markup=False)
Number = Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]


def _batch(actor: record.Actor, number: str) -> Batch:
    found = queries.batch(actor, number)
    if found is None:
        raise BadInput("There is no such batch", value=number, remedy="See `batchwright batch list`.")
    return found


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise BadInput("The file is there already", file=str(out), remedy="Name another with --out, or remove it.")
    if not out.parent.is_dir():
        raise BadInput("There is no such folder", file=str(out.parent), remedy="Make it, or name another with --out.")


def pdf(
    number: Number,
    out: Annotated[Path, typer.Option("--out", "-o", help="The PDF to write.")],
    as_json: Json = False,
) -> None:
    """Write the record of a batch as PDF/A-3 with its data attached."""
    actor = console_actor()
    batch = _batch(actor, number)
    _refuse_existing(out)
    made, document = exporting.pages_of(actor, batch)
    out.write_bytes(made)
    if as_json:
        typer.echo(json.dumps({"batch": number, "file": str(out), "bytes": len(made), "data": digest(document)}))
    else:
        console.print(f"{out}: {len(made):,} bytes; SHA-256 of its data {digest(document)}.")


def export(
    number: Number,
    out: Annotated[Path, typer.Option("--out", "-o", help="The zip to write.")],
    reason: Annotated[str, typer.Option(help="What the copy is for; it is recorded.")] = "",
    as_json: Json = False,
) -> None:
    """Write the whole record of a batch as one zip, with the program that verifies it anywhere."""
    actor = console_actor()
    batch = _batch(actor, number)
    _refuse_existing(out)
    with out.open("xb") as file:
        try:
            made = exporting.export_batch(actor, batch, file, reason=reason)
        except BaseException:
            out.unlink()  # half a copy would stand in the way of the next one
            raise
    if as_json:
        shown = {
            "batch": number, "file": str(out), "entries": made.export.entries, "tree_size": made.export.tree_size,
            "files": made.files, "remarks": list(made.remarks),
        }  # fmt: skip
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    console.print(f"{out}: {made.export.entries} entries under checkpoint #{made.export.tree_size:,}.")
    for name in made.files:
        console.print(f"  {name}")
    for remark in made.remarks:
        console.print(remark)
    console.print(f"Check it anywhere: python verify.py {out.name} (verify.py is in it; it needs only cryptography).")
