"""``batchwright batch put-away`` and ``batch output``: what a batch made, and putting it away from a terminal."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from batchwright import materials
from batchwright.execution import queries, services, telling
from batchwright.execution.operators_cli import As, batch_of, somebody
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.people.console import console_actor

console = Console(soft_wrap=True, highlight=False)
Number = Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch.")]
Once = Annotated[str | None, typer.Option("--key", help="Key of this very command; sent twice, it acts once.")]
_MANY = re.compile(r"(\d+)\s*x\s+(.+)")


def output(
    number: Number, as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False
) -> None:
    """Show what a batch made, and what became of it."""
    actor = console_actor()
    told = telling.of_output(queries.output(actor, batch_of(actor, number)))
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    if told is None:
        console.print(f"{number} has not ended, or its product is no material of the plant.")
        return
    lot = f"lot {told['lot']} in {told['status']}" if told["lot"] else "no lot yet"
    made = told["made"] or f"not on record ({told['how']})"
    console.print(
        f"{number}, {lot}: made {made}, samples {told['samples']}, put away "
        f"{told['put_away']}, not accounted for {told['not_accounted_for'] or 'unknown'}",
        markup=False,
    )
    table = Table("Container", "Kind", "Location", "Filled", "Holds")
    for row in told["containers"]:
        table.add_row(*row.values())
    if told["containers"]:
        console.print(table)


def put_away(
    number: Number,
    containers: Annotated[list[str], typer.Argument(help="What is filled: '12 x 25 kg', '13.4 kg'.")],
    who: As,
    location: Annotated[str, typer.Option(help="Code of the location.")],
    kind: Annotated[str, typer.Option(help="Kind of container, such as drum.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the record.")] = "",
    key: Once = None,
) -> None:
    """Put away what a batch made, in containers that get a name each."""
    actor = somebody(who, "lot.make")
    place = materials.locations(actor).filter(code=location).first()
    if place is None:
        raise BadInput("There is no such location", value=location)
    receipt = services.put_away(
        actor=actor, batch=batch_of(actor, number), fills=[_fill(one, kind) for one in containers], location=place,
        reason=reason, idempotency_key=key,
    )  # fmt: skip
    again = ", as before" if receipt.repeated else ""
    said = f"{number} put away at {location} (entry #{receipt.seq}{again})."
    console.print(f"{said} See `batchwright batch output {number}`.")


def _fill(text: str, kind: str) -> materials.Fill:
    many = _MANY.fullmatch(text.strip())
    if many is None:
        return materials.Fill(Quantity.parse(text), 1, kind)
    return materials.Fill(Quantity.parse(many[2]), int(many[1]), kind)
