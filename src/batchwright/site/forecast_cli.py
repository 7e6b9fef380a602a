"""``batchwright batch forecast``: what the frozen twin of a batch's recipe says of it."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from batchwright.execution.operators_cli import batch_of
from batchwright.kernel.errors import BadInput
from batchwright.people.console import console_actor
from batchwright.site import forecast_telling
from batchwright.site.forecasting import DAY_H, days, forecast_of

console = Console(soft_wrap=True, highlight=False)
NO_FORECAST = 1
"""Exit code where there is no forecast; the sentence says why."""


def add_to(app: typer.Typer) -> None:
    """Add the command to those of batches.

    Args:
        app: Where.
    """
    app.command()(forecast)


def forecast(
    number: Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch.")],
    known: Annotated[float | None, typer.Option(help="Know only samples up to this day.", min=0, max=4000)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False,
) -> None:
    """Forecast a running batch from the values entered so far; exit code 1 where there is no forecast."""
    actor = console_actor()
    age = None if known is None else Fraction(known) * DAY_H
    shown = forecast_of(actor, batch_of(actor, number), age)
    if shown is None:
        raise BadInput("The recipe of this batch names no twin", value=number, remedy="See `batchwright twins list`.")
    if as_json:
        typer.echo(json.dumps(forecast_telling.as_json(shown), indent=2, ensure_ascii=False))
    else:
        use = shown.observed.use
        console.print(f"{number}: {forecast_telling.sentence(shown)}", markup=False)
        if shown.known_until_h is not None and shown.ahead is not None:
            console.print(f"Known up to day {days(shown.known_until_h)}; 90 % of the members are inside.")
            table = Table("Value at the end", "Unit", "5 %", "Median", "95 %")
            for one in forecast_telling.at_end(shown):
                table.add_row(one.quantity.name, one.quantity.unit, one.low, one.middle, one.high)
            console.print(table)
        for row in forecast_telling.unexpected(shown):
            words = f"{row.quantity.name} {row.value} {row.quantity.unit}, expected {row.low} to {row.high}"
            console.print(f"Not expected on day {row.day}: {words}", markup=False)
        console.print(f"Twin {use.model}, parameters {use.parameters}, frozen as {use.sha256[:16]}.", markup=False)
    if shown.ahead is None:
        raise typer.Exit(NO_FORECAST)
