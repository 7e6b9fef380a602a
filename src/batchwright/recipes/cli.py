"""``batchwright recipes``: recipes from a terminal; signatures are given on pages, where what is signed is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.urls import reverse
from rich.console import Console
from rich.table import Table

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people import Sponsor
from batchwright.people.console import console_actor
from batchwright.recipes import exporting, queries, services, site
from batchwright.recipes.differences import differences
from batchwright.recipes.examination import ENGINE, examine
from batchwright.recipes.models import RecipeVersion
from batchwright.recipes.repairs import read_repairs
from batchwright.recipes.services.common import require_sound
from batchwright.recipes.services.repairing import repair_all

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
FINDING = 1
"""Exit code where a check found an error."""
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Name = Annotated[str, typer.Argument(metavar="RECIPE", help="What the recipe is called.")]
Number = Annotated[int | None, typer.Option("--version", help="Version; the one in force, else the latest.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the record.")]


def _say(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _version(actor: record.Actor, name: str, number: int | None = None) -> RecipeVersion:
    found = queries.version(actor, name, number) if number is not None else None
    if number is None:
        one = queries.recipe(actor, name)
        found = None if one is None else queries.effective_recipe(actor, name) or queries.versions(actor, one).first()
    if found is None:
        raise BadInput("There is no such recipe or version", value=name if number is None else f"{name} {number}",
                       remedy="See `batchwright recipes list`.")  # fmt: skip
    return found


def _shown(one: RecipeVersion) -> dict[str, Any]:
    times = {"effective_from": one.effective_from, "superseded_at": one.superseded_at}
    return {
        "recipe": one.recipe.identifier, "version": one.number, "state": one.state, "sponsor": one.tenant,
        "product": one.recipe.product, "sha256": one.sha256, "submitted_by": one.submitted_by,
        "approved_by": one.approved_by, **{name: None if at is None else clock.iso(at) for name, at in times.items()},
        "engine": one.engine, "findings": one.findings,
    }  # fmt: skip


@app.command(name="list")
def list_recipes(
    text: Annotated[str, typer.Option(help="Part of a name.")] = "",
    state: Annotated[str, typer.Option(help="Only those with a version that stands there.")] = "",
    as_json: Json = False,
) -> None:
    """List recipes: which version is in force, which waits."""
    actor = console_actor()
    found: list[dict[str, Any]] = [
        {
            "recipe": one.recipe.identifier, "name": one.recipe.name, "product": one.recipe.product,
            "sponsor": one.recipe.tenant, "in_force": None if one.in_force is None else one.in_force.number,
            "waiting": None if one.open is None else {"version": one.open.number, "state": one.open.state},
        }
        for one in queries.listed(actor, list(queries.recipes(actor, text=text, state=state)))
    ]  # fmt: skip
    if as_json:
        _say(found)
        return
    table = Table("Recipe", "Name", "Sponsor", "In force", "Waiting")
    for one in found:
        waits = "" if one["waiting"] is None else f"{one['waiting']['version']}, {one['waiting']['state']}"
        table.add_row(one["recipe"], one["name"], one["sponsor"] or "", str(one["in_force"] or "none"), waits)
    console.print(table if found else "No recipe is found; `batchwright recipes import` brings the first.")


@app.command()
def show(
    name: Name,
    version: Number = None,
    at: Annotated[datetime | None, typer.Option(help="The version in force at this moment, UTC.")] = None,
    as_json: Json = False,
) -> None:
    """Show a version: where it stands, who signed it, what its check found."""
    actor = console_actor()
    one = _version(actor, name, version)
    if at is not None:
        found = queries.effective_recipe(actor, name, at.replace(tzinfo=at.tzinfo or UTC))
        if found is None:
            raise DomainError("No version was in force then", value=at.isoformat())
        one = found
    shown = _shown(one)
    if as_json:
        _say(shown)
        return
    for key, value in shown.items():
        if key != "findings":
            console.print(f"{key:14} {'-' if value in (None, '') else value}", markup=False)
    _print_findings(shown["findings"])


@app.command()
def check(
    what: Annotated[str, typer.Argument(metavar="RECIPE|FILE", help="A recipe of the plant, or a file of YAML.")],
    version: Number = None,
    as_json: Json = False,
) -> None:
    """Check a recipe; exit code 1 if there is an error."""
    actor = console_actor()
    path = Path(what)
    if path.suffix.lower() in (".yaml", ".yml"):
        try:
            source = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput("The file cannot be read", file=what, value=str(error)) from error
    else:
        source = _version(actor, what, version).text.source
    examined = examine(source, site.offers(actor))
    found = [one.as_json() for one in examined.found]
    if as_json:
        _say({"what": what, "engine": ENGINE, "readable": examined.recipe is not None, "findings": found})
    else:
        _print_findings(found)
    if examined.errors:
        raise typer.Exit(FINDING)


def _print_findings(found: list[dict[str, Any]]) -> None:
    for one in found:
        where = f"{one['where']}: " if one["where"] else ""
        console.print(f"line {one['line']}: {one['severity']}: {where}{one['sentence']}. {one['remedy']}", markup=False)
    errors = sum(one["severity"] == "error" for one in found)
    console.print(f"{errors} errors, {len(found) - errors} to look at." if found else "Nothing found.")


@app.command()
def diff(
    name: Name,
    old: Annotated[int, typer.Option("--from", help="Version before.")],
    new: Annotated[int, typer.Option("--to", help="Version after.")],
    as_json: Json = False,
) -> None:
    """Tell what has changed between two versions, in the field's words."""
    actor = console_actor()
    before, after = _version(actor, name, old), _version(actor, name, new)
    told = differences(before.text.master, after.text.master)
    if as_json:
        _say([{"where": one.where, "sentence": one.sentence} for one in told])
        return
    for one in told:
        console.print(str(one), markup=False)
    if not told:
        console.print("What the recipe says is the same.")


@app.command()
def submit(name: Name, version: Number = None, as_json: Json = False) -> None:
    """Say whether a draft can be submitted, and where its author signs it."""
    _sign_on_page(name, version, "submit", "draft", as_json)


@app.command()
def approve(name: Name, version: Number = None, as_json: Json = False) -> None:
    """Say whether a version can be approved, and where a second person signs it."""
    _sign_on_page(name, version, "approve", "review", as_json)


def _sign_on_page(name: str, number: int | None, step: str, state: str, as_json: bool) -> None:
    actor = console_actor()
    waiting = next((one.number for one in queries.waiting(actor, state) if one.recipe.identifier == name), None)
    one = _version(actor, name, number or waiting)
    if one.state != state:
        raise DomainError("This version does not stand there", value=one.state, limit=state)
    require_sound(one, examine(one.text.source, site.offers(actor)).found)
    page = settings.CONFIGURATION.public_url + reverse(f"recipes:{step}", args=[one.recipe.identifier, one.number])
    shown = {"recipe": name, "version": one.number, "step": step, "sign_at": page}
    if as_json:
        _say(shown)
    else:
        console.print(f"{name} version {one.number} is sound. It is signed on its page: {page}", markup=False)


@app.command(name="make-effective")
def make_effective(
    name: Name,
    reason: Why,
    version: Number = None,
    at: Annotated[datetime | None, typer.Option(help="From when, UTC; now without.")] = None,
    as_json: Json = False,
) -> None:
    """Put an approved version in force."""
    actor = console_actor()
    waiting = next((one.number for one in queries.waiting(actor, "approved") if one.recipe.identifier == name), None)
    begin = None if at is None else at.replace(tzinfo=at.tzinfo or UTC)
    one = _version(actor, name, version or waiting)
    receipt = services.make_effective(actor=actor, version=one, effective_from=begin, reason=reason)
    _said(receipt, as_json)


@app.command()
def export(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; .yaml, .xml (BatchML) or .json.")],
    version: Number = None,
    as_json: Json = False,
) -> None:
    """Write a version as a file."""
    one = _version(console_actor(), name, version)
    content = exporting.exported(one, output.suffix.lower().lstrip(".").replace("yml", "yaml"))
    try:
        with output.open("xb") as target:
            target.write(content)
    except FileExistsError as error:
        raise BadInput("The file is there already", file=str(output), remedy="Name another, or remove it.") from error
    except OSError as error:
        raise BadInput("The file cannot be written", file=str(output), value=error.strerror) from error
    shown = {"recipe": name, "version": one.number, "to": str(output), "bytes": len(content), "sha256": one.sha256}
    if as_json:
        _say(shown)
    else:
        console.print(f"{output}: {len(content)} bytes.", markup=False)


@app.command()
def repair(
    name: Name,
    repairs: Annotated[Path, typer.Option("--from", metavar="FILE", help="YAML: which finding, what is changed, why.")],
    version: Number = None,
    as_json: Json = False,
) -> None:
    """Repair an imported draft, each repair an entry of its own; exit code 1 if errors are left."""
    actor = console_actor()
    one = _version(actor, name, version)
    try:
        wanted = read_repairs(repairs.read_bytes(), repairs.name)
    except OSError as error:
        raise BadInput("The file cannot be read", file=str(repairs), value=error.strerror) from error
    made: list[dict[str, Any]] = []
    for step in repair_all(actor=actor, version=one, repairs=wanted):
        entry = None if step.receipt is None else step.receipt.seq
        made.append({"finding": step.repair.finding, "where": step.where, "why": step.repair.why, "entry": entry})
        if not as_json:
            said = "recorded before" if entry is None else f"entry #{entry}"
            console.print(f"{said}: {step.repair.finding} {step.where}: {step.repair.why}", markup=False)
    left = [found.as_json() for found in _version(actor, name, one.number).found]
    if as_json:
        _say({"recipe": name, "version": one.number, "repairs": made, "findings": left})
    else:
        _print_findings(left)
    if any(found["severity"] == "error" for found in left):
        raise typer.Exit(FINDING)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML, or BatchML of another system.")],
    reason: Why,
    name: Annotated[str, typer.Option("--name", help="What an imported recipe is called here.")] = "",
    sponsor: Annotated[str, typer.Option(help="Code of the sponsor whose product it makes.")] = "",
    as_json: Json = False,
) -> None:
    """Take a recipe into the plant as a draft; BatchML with its file and report in the record."""
    _said(taken_in(file, reason=reason, name=name, sponsor=sponsor), as_json)


def taken_in(file: Path, *, reason: str, name: str = "", sponsor: str = "") -> record.Receipt:
    """Take a file into the plant as a draft.

    Args:
        file: YAML or BatchML.
        reason: Why.
        name: What an imported recipe is called here; "" for what the file calls it.
        sponsor: Code of the sponsor; "" for the plant's own.

    Returns:
        Where the entry stands.

    Raises:
        BadInput: If there is no such sponsor or file, or the file holds no recipe.
    """
    actor = console_actor()
    owner = Sponsor.visible_to(actor).filter(code=sponsor).first() if sponsor else None
    if sponsor and owner is None:
        raise BadInput("There is no such sponsor", value=sponsor, remedy="Enrol it first.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInput("The file cannot be read", file=str(file), value=error.strerror) from error
    if file.suffix.lower() not in (".yaml", ".yml"):
        return services.import_batchml(
            actor=actor, content=content, name=file.name, identifier=name, sponsor=owner, reason=reason
        )
    try:
        source = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("The text is not UTF-8", file=file.name, value=error.reason) from error
    return services.draft_recipe(actor=actor, source=source, sponsor=owner, name=file.name, reason=reason)


def _said(receipt: record.Receipt, as_json: bool) -> None:
    if as_json:
        _say({"entry": receipt.seq, "subject": receipt.subject, "repeated": receipt.repeated})
    else:
        console.print(f"Recorded as entry #{receipt.seq}: {receipt.subject}", markup=False)
