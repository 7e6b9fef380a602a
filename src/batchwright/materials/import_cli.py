"""``batchwright import``: what other systems hold, taken over whole or reported."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from batchwright.kernel.errors import BadInput
from batchwright.materials.adapters import mapping as mappings
from batchwright.materials.adapters import tablets as reading
from batchwright.people import Sponsor
from batchwright.people.console import console_actor

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and report; write nothing.")]


@app.callback()
def _several() -> None:
    """Keep each format a command of its own."""


@app.command()
def tablets(
    folder: Annotated[Path, typer.Argument(help="Folder that holds the files.")],
    mapping: Annotated[Path, typer.Option(help="Mapping file; copy the one that comes along and edit it.")] = (
        mappings.DEFAULT
    ),
    sponsor: Annotated[str, typer.Option(help="Code of the sponsor who owns the products.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take over products, component lots and product lots with their genealogy from a table of batches."""
    began = time.perf_counter()
    rules = mappings.load(mapping)
    plan = reading.read(folder, rules)
    report: dict[str, Any] = {"dry_run": dry_run, **plan.as_json()}
    if not dry_run:
        report["written"] = _write(plan, sponsor or rules.sponsor, as_json)
    report["seconds"] = round(time.perf_counter() - began, 2)
    if as_json:
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        _show(report)


@app.command()
def b2mml(
    files: Annotated[list[Path], typer.Argument(help="Files of materials, lots and inventory, in this order.")],
    schemas: Annotated[Path | None, typer.Option(help="Folder of the V0401 schemas; validates first.")] = None,
    location: Annotated[str, typer.Option(help="Code of the location where counted containers stand.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take over what another system's B2MML files say; every element is taken over or reported."""
    from batchwright.materials import queries
    from batchwright.materials.adapters import b2mml as files_of
    from batchwright.materials.services.other_systems import import_document

    actor = console_actor()
    place = queries.locations(actor).filter(code=location).first() if location else None
    if location and place is None:
        raise BadInput("There is no such location", value=location)
    reports = []
    for path in files:
        document = files_of.read(path, schemas=schemas)
        report: dict[str, Any] = {"dry_run": dry_run, **document.as_json()}
        if not dry_run:
            taken = import_document(actor=actor, document=document, location=place)
            report["written"] = {"done": taken.done, "unchanged": taken.unchanged, "entry": taken.entry}
        reports.append(report)
    if as_json:
        typer.echo(json.dumps(reports, indent=2, ensure_ascii=False))
        return
    for report in reports:
        valid = f"{len(report['faults'])} faults" if report["validated"] else "not validated"
        console.print(f"{report['file']} ({report['root']}, {valid}): {len(report['taken'])} elements taken over, "
                      f"{len(report['reported'])} reported.")  # fmt: skip
        for line in (*report["faults"], *report["reported"], *report.get("written", {}).get("done", ())):
            console.print(f"  {line}", markup=False)


def _write(plan: reading.Plan, code: str, quiet: bool) -> dict[str, Any]:
    from batchwright.materials.services.migration import migrate

    actor = console_actor()
    owner = Sponsor.visible_to(actor).filter(code=code).first() if code else None
    if code and owner is None:
        raise BadInput("There is no such sponsor", value=code, remedy="Enrol it first.")
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("lots", total=None)
        done = migrate(
            actor=actor, plan=plan, sponsor=owner,
            progress=lambda _, count, total: bar.update(task, completed=count, total=total),
        )  # fmt: skip
    return {
        "materials": done.materials, "lots": done.lots, "descents": done.descents, "unchanged": done.unchanged,
        "differing": done.differing, "entries": done.entries,
    }  # fmt: skip


def _show(report: dict[str, Any]) -> None:
    found = report["found"]
    components = ", ".join(f"{count} {code}" for code, count in found["component_lots"].items())
    products = found["materials"] - len(found["component_lots"])
    console.print(f"{report['file']}: {report['rows']} rows, {found['product_lots']} product lots of {products} "
                  f"products, component lots: {components}.")  # fmt: skip
    table = Table("Defect", "Column", "Count", "First", "Decision")
    for one in report["defects"]:
        table.add_row(one["kind"], one["column"], str(one["count"]), one["example"], one["decision"])
    console.print(table)
    console.print(f"Not taken over: {len(report['not_taken_over'])} columns and files; --json names them.")
    if report["dry_run"]:
        console.print("Nothing was written.")
        return
    done = report["written"]
    console.print(f"Written: {done['materials']} materials, {done['lots']} lots and {done['descents']} descents in "
                  f"{len(done['entries'])} entries; {done['unchanged']} were here already "
                  f"({len(done['differing'])} of them say something else and were left as they are); "
                  f"{report['seconds']} s.")  # fmt: skip
