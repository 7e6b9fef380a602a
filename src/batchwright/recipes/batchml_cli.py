"""``batchwright batchml``: recipes, weighing orders and production records of other systems. Needs no plant."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from batchwright.kernel.errors import BadInput
from batchwright.materials.adapters.foreign_xml import Tally, content_of, local_name, parse
from batchwright.recipes import foreign_review
from batchwright.recipes.adapters.batchml_reading import RecipeReading, counts, read_master_recipe
from batchwright.recipes.adapters.batchml_writing import write_master_recipe
from batchwright.recipes.adapters.production_record import not_reviewed, read_production_record
from batchwright.recipes.adapters.reading import Reading, first_of_each
from batchwright.recipes.adapters.schemas import faults_of
from batchwright.recipes.adapters.weighing_orders import SCHEMAS as WEIGHING_ROOTS
from batchwright.recipes.adapters.weighing_orders import WeighingReading, read_weighing
from batchwright.recipes.adapters.weighing_writing import write_weighing_orders, write_weighing_reports
from batchwright.recipes.procedure import MasterRecipe

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
FINDING = 1
"""Exit code where release is refused, or a file does not follow its schema."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="File of the other system.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Schema = Annotated[
    Path | None, typer.Option("--schema", metavar="PATH", help="File of the schema, or the folder of its version.")
]


@app.command("import")
def import_file(
    file: File,
    schema: Schema = None,
    yaml: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the recipe as text, to be mended.")] = None,
    into_plant: Annotated[bool, typer.Option("--into-plant", help="Take the recipe into the plant, as a draft.")] = (
        False
    ),
    reason: Annotated[str, typer.Option(help="Why it is taken into the plant.")] = "",
    name: Annotated[str, typer.Option(help="What it is called in the plant.")] = "",
    sponsor: Annotated[str, typer.Option(help="Code of the sponsor whose product it makes.")] = "",
    as_json: Json = False,
) -> None:
    """Read a master recipe or weighing orders: everything is taken over or reported, and defects have their place."""
    began = time.perf_counter()
    content = content_of(file)
    reading = _read(content, file.name)
    report = reading.as_json()
    if schema is not None:
        report["faults"] = [one.as_json() for one in faults_of(parse(content, file.name), schema, file.name)]
    if yaml is not None:
        if not isinstance(reading, RecipeReading):
            raise BadInput("Only a recipe is written as text", file=file.name, value=reading.root)
        from batchwright.recipes import text

        _write(yaml, text.write(reading.recipe).encode())
    if into_plant:
        from batchwright.recipes.cli import taken_in  # the plant is set up for this option alone

        receipt = taken_in(file, reason=reason, name=name, sponsor=sponsor)
        report["plant"] = {"entry": receipt.seq, "subject": receipt.subject}
    report["seconds"] = round(time.perf_counter() - began, 3)
    if as_json:
        _say_json(report)
    else:
        _show_reading(reading, report)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Recipe as YAML, or a file that `import` reads.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write; it may not be there.")],
    schema: Schema = None,
    as_json: Json = False,
) -> None:
    """Write a recipe as BatchML V0700, or weighing orders as B2MML V0401; what is written gives the same back."""
    source = _source(file)
    content = _exported(source)
    report: dict[str, Any] = {"from": file.name, "to": str(output), "bytes": len(content), "equal_when_read_back": True}
    if isinstance(source, MasterRecipe):
        report["holds"] = counts(source)
    faults = None if schema is None else faults_of(parse(content, output.name), schema, output.name)
    report |= {"validated": faults is not None, "faults": [one.as_json() for one in faults or ()]}
    if not faults:
        _write(output, content)
    if as_json:
        _say_json(report)
    else:
        valid = "not validated" if faults is None else "follows its schema"
        said = f"{output}: {len(content)} bytes, {valid}, gives the same back when read."
        console.print(f"{len(faults)} faults; nothing was written." if faults else said, markup=False)
        for fault in faults or ():
            console.print(f"  {fault}", markup=False)
    if faults:
        raise typer.Exit(FINDING)


@app.command()
def validate(
    file: File,
    schema: Annotated[
        Path, typer.Option("--schema", metavar="PATH", help="File of the schema, or the folder of its version.")
    ],
    as_json: Json = False,
) -> None:
    """Compare a file with its schema; each fault says line and element. Exit code 1 if there is one."""
    root = parse(content_of(file), file.name)
    began = time.perf_counter()
    faults = faults_of(root, schema, file.name)
    seconds = round(time.perf_counter() - began, 3)
    if as_json:
        _say_json({"file": file.name, "root": local_name(root), "valid": not faults, "seconds": seconds,
                   "faults": [one.as_json() for one in faults]})  # fmt: skip
    else:
        console.print(f"{file.name} ({local_name(root)}): {len(faults) or 'no'} faults; {seconds} s.", markup=False)
        for one in faults:
            console.print(f"  {one}", markup=False)
    if faults:
        raise typer.Exit(FINDING)


@app.command()
def review(file: File, as_json: Json = False) -> None:
    """Review a batch production record: what stands against release, each with its place. Exit code 1 if refused."""
    reading = read_production_record(content_of(file), file.name)
    findings = [*foreign_review.review(reading.record), *not_reviewed(reading)]
    refused = foreign_review.is_refused(findings)
    if as_json:
        report = reading.as_json()
        report["release"] = "refused" if refused else "nothing found against it"
        report["findings"] = [one.as_json() for one in findings]
        _say_json(report)
    else:
        _show_review(reading.record.id, findings, refused)
        _show_defects(reading)
    if refused:
        raise typer.Exit(FINDING)


def _read(content: bytes, name: str) -> RecipeReading | WeighingReading:
    if local_name(parse(content, name)) in WEIGHING_ROOTS:
        return read_weighing(content, name)
    return read_master_recipe(content, name)


def _source(file: Path) -> MasterRecipe | WeighingReading:
    if file.suffix.lower() in (".yaml", ".yml"):
        from batchwright.recipes import text

        return text.read(content_of(file), file.name).recipe
    reading = _read(content_of(file), file.name)
    return reading.recipe if isinstance(reading, RecipeReading) else reading


def _exported(source: MasterRecipe | WeighingReading) -> bytes:
    if isinstance(source, MasterRecipe):
        return write_master_recipe(source)
    if source.root == "SyncProductionSchedule":
        return write_weighing_orders(source.orders, source.message)
    return write_weighing_reports(source.reports, source.message)


def _write(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as target:
            target.write(content)
    except FileExistsError as error:
        raise BadInput("The file is there already", file=str(path), remedy="Name another, or remove it.") from error
    except OSError as error:
        raise BadInput("The file cannot be written", file=str(path), value=error.strerror) from error


def _say_json(report: dict[str, Any]) -> None:
    typer.echo(json.dumps(report, indent=2, ensure_ascii=False))


def _show_reading(reading: RecipeReading | WeighingReading, report: dict[str, Any]) -> None:
    version = reading.version or "of an unknown version"
    console.print(f"{reading.file}: {reading.root} {version}, {report['seconds']} s.", markup=False)
    if isinstance(reading, RecipeReading):
        holds = counts(reading.recipe)
        elements = ", ".join(f"{count} {level}s" for level, count in holds["elements"].items())
        graph = ", ".join(f"{holds[name]} {name}" for name in ("steps", "transitions", "links", "parameters"))
        console.print(f"Recipe {reading.recipe.id}: {elements}; {graph}.", markup=False)
    else:
        lines = sum(len(one.lines) for one in reading.orders)
        weighed = sum(len(one.weighed) for one in reading.reports)
        console.print(f"{len(reading.orders)} weighing orders with {lines} lines; {len(reading.reports)} reports with "
                      f"{weighed} amounts.")  # fmt: skip
    _show_defects(reading)
    _show_reported(reading.reported, len(reading.taken))
    for one in report.get("faults", ()):
        console.print(f"Schema: line {one['line']}: {one['element']}: {one['message']}", markup=False)
    if "plant" in report:
        console.print(f"In the plant: {report['plant']['subject']}, entry #{report['plant']['entry']}.", markup=False)


def _show_defects(reading: Reading) -> None:
    if not reading.defects:
        return
    console.print(f"{len(reading.defects)} defects of the file, the first of each sort (--json lists all):")
    for count, one in first_of_each(reading.defects):
        console.print(f"  {count} x {one.code}: {one}", markup=False)


def _show_reported(reported: tuple[Tally, ...], taken: int) -> None:
    empty = sum(one.count for one in reported if not one.example)
    left = [one for one in reported if one.example]
    console.print(f"{taken} values were taken over; {empty} elements are empty; "
                  f"{sum(one.count for one in left)} values were not taken over:")  # fmt: skip
    for one in left:
        console.print(f"  {one.count} x {one.path}, first in line {one.line}: {one.example!r}", markup=False)


def _show_review(record: str, findings: list[foreign_review.Remark], refused: bool) -> None:
    verdict = "Release is refused." if refused else "Nothing stands against release; the decision is a person's."
    console.print(f"Record {record}: {verdict}", markup=False, style="bold red" if refused else "bold")
    for blocks, title in ((True, "Against release:"), (False, "To be looked at:")):
        some = [one for one in findings if one.blocks is blocks]
        if some:
            console.print(title)
        for one in some:
            console.print(f"  {one}.{' ' + one.remedy if one.remedy else ''}", markup=False)
