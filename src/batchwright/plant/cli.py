"""``batchwright plant``: what the plant is, and whether each thing in it is fit for use, from a terminal."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.people.console import console_actor
from batchwright.plant import instrument_cli, judging, queries, services, telling
from batchwright.plant.facts import Intended
from batchwright.plant.models import EquipmentElement
from batchwright.plant.queries import Branch

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
instrument_cli.mount(app)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Tag = Annotated[str, typer.Argument(metavar="TAG", help="Tag of a unit.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the record.")]


def _say(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _unit(actor: record.Actor, tag: str) -> EquipmentElement:
    found = queries.unit(actor, tag)
    if found is None:
        raise BadInput("There is no such unit", value=tag, remedy="See `batchwright plant units`.")
    return found


@app.command()
def tree(as_json: Json = False) -> None:
    """Show what the plant consists of, with the state of each unit."""
    found = queries.tree(console_actor())
    if as_json:
        _say([telling.of_branch(one) for one in found])
        return
    for one in found:
        console.print(_drawn(one, None))
    if not found:
        console.print("The plant is empty; `batchwright demo` shows one, and `batchwright plant add` begins yours.")


def _drawn(branch: Branch, trunk: Tree | None) -> Tree:
    one = branch.element
    words = f"{one.tag} {one.name}"
    if branch.state is not None and branch.verdict is not None:
        words += f" [{branch.state.get_state_display()}{'' if branch.verdict.usable else ', cannot be used'}]"
    here = Tree(escape(words)) if trunk is None else trunk.add(escape(words))
    for part in branch.parts:
        _drawn(part, here)
    return here


@app.command()
def units(
    text: Annotated[str, typer.Option(help="Part of a tag, a name or a class.")] = "",
    area: Annotated[str, typer.Option(help="Tag of an area.")] = "",
    state: Annotated[str, typer.Option(help="clean, dirty, in_use, held or out_of_service.")] = "",
    usable: Annotated[bool | None, typer.Option("--usable/--not-usable", help="Only those.")] = None,
    as_json: Json = False,
) -> None:
    """List units with their state, and why one cannot be used."""
    found = queries.units(console_actor(), text=text, area=area, state=state, usable=usable)
    if as_json:
        _say([telling.of_unit(one) for one in found])
        return
    table = Table("Unit", "Name", "Area", "State", "Verdict")
    for one in found:
        why = "; ".join(str(reason) for reason in one.verdict.reasons)
        table.add_row(
            one.element.tag, one.element.name, "" if one.area is None else one.area.tag,
            str(one.state.get_state_display()), escape(f"cannot be used: {why}" if why else "can be used"),
        )  # fmt: skip
    console.print(table if found else "No unit is found.")


@app.command()
def unit(
    tag: Tag,
    at: Annotated[datetime | None, typer.Option(help="As it was at this time, in UTC.")] = None,
    product: Annotated[str, typer.Option(help="What is to be made.")] = "",
    batch: Annotated[str, typer.Option(help="Which batch of it.")] = "",
    as_json: Json = False,
) -> None:
    """Show one unit: can it be used, and what does it offer?"""
    actor = console_actor()
    one = _unit(actor, tag)
    moment = None if at is None else clock.parse(f"{at:%Y-%m-%dT%H:%M:%S.%f}Z")
    verdict = judging.verdict_of(one, moment, Intended(product, batch) if product else None)
    told = {
        **telling.of_element(one), **telling.of_unit(queries.unit_shown(actor, one)),
        "verdict": telling.of_verdict(verdict), "offers": telling.of_offers(queries.offered(actor, one)),
    }  # fmt: skip
    if as_json:
        _say(told)
        return
    console.print(escape(f"{one.tag} {one.name}: {'can be used' if verdict.usable else 'cannot be used'}"))
    for obstacle in verdict.obstacles:
        console.print(escape(f"  - {obstacle.reason}"))
    for condition in verdict.conditions:
        console.print(escape(f"  before a batch: {condition.reason}"))
    for key in ("class", "area", "state", "since", "why", "batch", "campaign"):
        if told[key]:
            console.print(escape(f"  {key:10} {told[key]}"))
    for code, value in told["offers"].items():
        console.print(escape(f"  offers     {code} {value}"))


@app.command()
def match(
    asks: Annotated[
        list[str], typer.Argument(metavar="REQUIREMENT...", help="Such as 'working-volume at least 150 L'.")
    ],
    product: Annotated[str, typer.Option(help="What is to be made: then changeover and clearance count.")] = "",
    batch: Annotated[str, typer.Option(help="Which batch of it.")] = "",
    as_json: Json = False,
) -> None:
    """Say which units do what is asked, and why the others do not."""
    actor = console_actor()
    known = queries.vocabulary(actor)
    asked = [telling.read_requirement(one, known) for one in asks]
    found = queries.match_units(actor, asked, intended=Intended(product, batch) if product else None)
    if as_json:
        _say(telling.of_matching(found))
        return
    for place, fit in enumerate(found.fits, start=1):
        console.print(escape(f"{place}. {fit.offer.unit} {fit.offer.title}: {'; '.join(map(str, fit.why))}"))
    if not found.fits:
        console.print("No unit does all of this now.")
    for miss in found.alternatives:
        near = "would do, once fit for use" if miss.only_by_state else "does not do"
        console.print(escape(f"-  {miss.offer.unit} {miss.offer.title} {near}: {'; '.join(miss.sentences)}"))


@app.command()
def logbook(
    tag: Annotated[str, typer.Argument(metavar="[TAG]", help="Tag of a unit; all if left out.")] = "",
    kind: Annotated[str, typer.Option(help="Kind of line, such as use_begun or cleaned.")] = "",
    text: Annotated[str, typer.Option(help="Part of a batch, product or detail.")] = "",
    last: Annotated[int, typer.Option(help="How many lines.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """Show the logbook, the latest lines first."""
    actor = console_actor()
    found = queries.logbook(actor, one=_unit(actor, tag) if tag else None, kind=kind, text=text)[:last]
    lines = [telling.of_line(line) for line in found]
    if as_json:
        _say(lines)
        return
    table = Table("At", "Unit", "What", "Product", "Batch", "Detail", "Person")
    for line in lines:
        table.add_row(*(escape(line[key]) for key in ("at", "unit", "kind", "product", "batch", "detail", "person")))
    console.print(table if lines else "The logbook is empty: the first use of a unit writes the first line.")


@app.command()
def campaigns(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False, as_json: Json = False
) -> None:
    """List campaigns, the latest first."""
    found = [telling.of_campaign(one, one.batches) for one in queries.campaigns(console_actor(), only_open=only_open)]
    if as_json:
        _say(found)
        return
    table = Table("Unit", "Campaign", "Product", "Opened", "Closed", "Batches", "Of at most")
    for one in found:
        table.add_row(
            one["unit"], str(one["number"]), one["product"], one["opened_at"], one["closed_at"] or "open",
            str(one["batches"]), str(one["max_batches"] or ""),
        )  # fmt: skip
    console.print(table if found else "There is no campaign.")


@app.command()
def classes(as_json: Json = False) -> None:
    """List the equipment classes."""
    found = [
        {"class": one.code, "name": one.name, "level": one.level, "members": one.members}
        for one in queries.classes(console_actor())
    ]
    if as_json:
        _say(found)
        return
    table = Table("Class", "Name", "Level", "Members")
    for one in found:
        table.add_row(*(str(cell) for cell in one.values()))
    console.print(table if found else "No class is defined.")


@app.command()
def add(
    tag: Annotated[str, typer.Argument(help="Its tag, never used before.")],
    name: Annotated[str, typer.Argument(help="What people call it.")],
    level: Annotated[str, typer.Option(help="enterprise, site, area, process_cell, unit, ...")] = "unit",
    parent: Annotated[str, typer.Option(help="Tag of what it belongs to.")] = "",
    equipment_class: Annotated[str, typer.Option("--class", help="Code of its class.")] = "",
    offers: Annotated[list[str] | None, typer.Option("--offers", help="Such as 'working-volume 60..120 L'.")] = None,
) -> None:
    """Add an element to the plant."""
    actor = console_actor()
    kind = queries.classes(actor).filter(code=equipment_class).first() if equipment_class else None
    above = queries.element(actor, parent) if parent else None
    if (equipment_class and kind is None) or (parent and above is None):
        raise BadInput("There is no such class or parent", value=f"{equipment_class} {parent}".strip())
    receipt = services.add_equipment(
        actor=actor, tag=tag, name=name, level=level, parent=above, equipment_class=kind,
        offered={code: value.strip() for code, _, value in (one.partition(" ") for one in offers or [])},
    )  # fmt: skip
    console.print(f"{tag} added (entry #{receipt.seq}).")


@app.command()
def hold(tag: Tag, reason: Why) -> None:
    """Hold a unit at once: nothing begins on it."""
    actor = console_actor()
    receipt = services.hold_unit(actor=actor, unit=_unit(actor, tag), reason=reason)
    console.print(f"{tag} held (entry #{receipt.seq}).")
