"""``batchwright material``: lots, stock, genealogy and recall from a terminal."""

from __future__ import annotations

import csv
import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials import acts_cli, amounts, queries, recalls, reconciliation, services, tracing
from batchwright.materials.acts_cli import lot_of
from batchwright.materials.models import Lot
from batchwright.people.console import console_actor

app = typer.Typer(no_args_is_help=True)
app.add_typer(acts_cli.app)
console = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Name = Annotated[str, typer.Argument(metavar="LOT", help="Lot as printed, or its id at another system.")]


def _say(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _shown(one: Lot) -> dict[str, Any]:
    return {
        "lot": one.identifier, "material": one.definition.code, "status": one.status, "origin": one.origin,
        "source_id": one.source_id, "supplier_lot": one.supplier_lot, "sponsor": one.tenant,
        "made_on": None if one.made_on is None else one.made_on.isoformat()[: 7 if one.made_to_the == "month" else 10],
        "expires_on": None if one.expires_on is None else one.expires_on.isoformat(),
    }  # fmt: skip


@app.command()
def lots(
    text: Annotated[str, typer.Option(help="Part of a name.")] = "",
    material: Annotated[str, typer.Option(help="Code of the material.")] = "",
    status: Annotated[str, typer.Option(help="Status.")] = "",
    as_json: Json = False,
) -> None:
    """List lots, the newest first."""
    found = [_shown(one) for one in queries.lots(console_actor(), text=text, material=material, status=status)]
    if as_json:
        _say(found)
        return
    table = Table("Lot", "Material", "Status", "Made", "Expires", "Other names")
    for one in found:
        names = " ".join(filter(None, (one["source_id"], one["supplier_lot"])))
        table.add_row(
            one["lot"], one["material"], one["status"], one["made_on"] or "", one["expires_on"] or "", names
        )
    console.print(table if found else "No lot is found; `batchwright import` or a receipt brings the first.")


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show one lot: can it be used, where is it, and does its mass add up?"""
    actor = console_actor()
    one = lot_of(actor, name)
    unit, judged, held = one.definition.unit, queries.fitness(one), queries.balance(actor, one)
    shown = {
        **_shown(one), "usable": judged.usable, "why": list(judged.why),
        "containers": [
            {
                "container": part.identifier, "amount": str(amounts.quantity(part.amount_e6, unit)),
                "location": part.location.code, "held": part.held, "to_sample": part.to_sample,
            }
            for part in queries.containers(actor, one)
        ],
        "sampling": {"planned": one.to_sample, "sampled": len(queries.sampled(actor, one))},
        "balance": _balance(held, unit),
    }  # fmt: skip
    if as_json:
        _say(shown)
        return
    for key, value in shown.items():
        console.print(f"{key:14} {value}")


def _balance(held: reconciliation.Balance, unit: str) -> dict[str, Any]:
    ppm, limit = held.difference_ppm, held.limit_ppm
    return {
        "received": str(amounts.quantity(held.received, unit)),
        **{name: str(amounts.quantity(amount, unit)) for name, amount in held.parts.items()},
        "unaccounted": str(amounts.quantity(held.unaccounted, unit)),
        "counts_differ_by": None if ppm is None else reconciliation.percent(ppm),
        "limit": None if limit is None else reconciliation.percent(limit), "within_limit": held.within,
    }  # fmt: skip


@app.command()
def trace(
    name: Name,
    back: Annotated[bool, typer.Option("--back", help="What it was made from, not what was made of it.")] = False,
    as_json: Json = False,
) -> None:
    """Trace a lot through any depth."""
    actor = console_actor()
    one = lot_of(actor, name)
    found = tracing.trace(actor, one, "back" if back else "forward")
    rows = {row.pk: row for row in tracing.lots_of(actor, found.levels)}
    reached = [{**_shown(rows[key]), "steps": level} for key, level in found.levels.items() if key != one.pk]
    if as_json:
        _say(
            {
                "lot": _shown(one), "direction": found.direction, "lots": reached,
                "descents": [
                    {"from": rows[edge.parent].identifier, "to": rows[edge.child].identifier, "kind": edge.kind}
                    for edge in found.edges
                ],
            }
        )  # fmt: skip
        return
    table = Table("Steps", "Lot", "Material", "Status", "Made", "Other names")
    for row in reached:
        names = " ".join(filter(None, (row["source_id"], row["supplier_lot"])))
        table.add_row(str(row["steps"]), row["lot"], row["material"], row["status"], row["made_on"] or "", names)
    console.print(table)
    what = "was made from" if back else "is in"
    console.print(f"{one.identifier} {one.source_id} {what} {len(reached)} lots by {len(found.edges)} descents.")


@app.command()
def recall(
    name: Name,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write a table for a spreadsheet.")] = False,
) -> None:
    """Say what a recall of a lot touches: lots, stock, shipments, sponsors."""
    actor = console_actor()
    one = lot_of(actor, name)
    if as_csv:
        csv.writer(sys.stdout).writerows(recalls.table(recalls.touched(actor, one)))
    elif as_json:
        _say(recalls.report(actor, one))
    else:
        found = recalls.impact(actor, one)
        console.print(
            f"{one.identifier}: {found.count - 1} lots, {found.products} of them products, {found.in_stock} in stock, "
            f"{len(found.shipments)} shipments, {len(found.sponsors)} sponsors."
        )
        for reference, named in recalls.shipments(actor, one).items():
            console.print(f"shipment {reference}: {', '.join(named)}")
        for code, many in found.sponsors.items():
            console.print(f"sponsor {code}: {many} lots")


@app.command()
def stock(
    location: Annotated[str, typer.Option(help="Code of a location.")] = "", as_json: Json = False
) -> None:
    """Show what is in the plant, by place and expiry."""
    rows = [
        {
            "location": one.location.code, "container": one.identifier, "lot": one.lot.identifier,
            "material": one.lot.definition.code,
            "amount": str(amounts.quantity(one.amount_e6, one.lot.definition.unit)),
            "expires_on": None if one.lot.expires_on is None else one.lot.expires_on.isoformat(),
            "usable": queries.fitness(one.lot, held=one.held).usable,
        }
        for one in queries.stock(console_actor(), location=location)
    ]  # fmt: skip
    if as_json:
        _say(rows)
        return
    table = Table("Location", "Container", "Lot", "Material", "Amount", "Expires", "Usable")
    for row in rows:
        table.add_row(*(str("" if cell is None else cell) for cell in row.values()))
    console.print(table if rows else "Nothing is in stock.")


@app.command()
def allocations(as_json: Json = False) -> None:
    """List what is promised and neither used nor ended."""
    rows = [
        {
            "allocation": one.pk, "container": one.container.identifier, "lot": one.lot.identifier,
            "material": one.lot.definition.code, "purpose": one.purpose, "since": one.allocated_on.isoformat(),
            "amount": str(amounts.quantity(one.amount_e6, one.lot.definition.unit)),
        }
        for one in queries.open_allocations(console_actor())
    ]  # fmt: skip
    if as_json:
        _say(rows)
        return
    table = Table("Number", "Container", "Lot", "Material", "For", "Since", "Amount")
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table if rows else "Nothing is promised.")


@app.command()
def allocate(
    container: Annotated[str, typer.Argument(help="Container, or code of a material to choose by expiry.")],
    amount: Annotated[str, typer.Argument(help="Amount, such as '1.5 kg'.")],
    purpose: Annotated[str, typer.Option(help="To what: a batch or an order.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the record.")] = "",
) -> None:
    """Allocate material, first expired first out."""
    actor = console_actor()
    quantity = Quantity.parse(amount)
    chosen, material = queries.container(actor, container), queries.definition(actor, container)
    if chosen is not None:
        receipt = services.allocate_from(
            actor=actor, container=chosen, amount=quantity, purpose=purpose, reason=reason
        )
    elif material is not None:
        receipt = services.allocate(
            actor=actor, definition=material, amount=quantity, purpose=purpose, reason=reason
        )
    else:
        raise BadInput("There is no such container or material", value=container)
    console.print(f"{quantity} allocated to {purpose} (entry #{receipt.seq}).")
