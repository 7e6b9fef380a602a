"""``batchwright batch weigh ...``: weighing and dispensing from a terminal, and weighing orders of other systems."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from batchwright import record
from batchwright.execution import dispensing_queries, ordered, queries, services, telling
from batchwright.execution.dispensing_queries import DispenseView, dispense_view
from batchwright.execution.models import Run
from batchwright.execution.operators_cli import As, batch_of, somebody
from batchwright.execution.services import WeightPut
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.people.console import console_actor
from batchwright.recipes import text as texts
from batchwright.recipes.adapters.weighing_orders import read_weighing
from batchwright.recipes.adapters.weighing_writing import write_weighing_reports
from batchwright.recipes.weighing import Message

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Number = Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch.")]
Step = Annotated[str, typer.Argument(metavar="STEP", help="Path of the dispensing, or its last part.")]
Source = Annotated[str, typer.Option(help="Label of the container that it is taken from.")]
VesselCode = Annotated[str, typer.Option("--vessel", help="Label of the container that is filled.")]
Scale = Annotated[str, typer.Option(help="Tag of the scale.")]
Method = Annotated[str, typer.Option(help="net, reverse or pallet.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the record.")]
Second = Annotated[str, typer.Option("--second", metavar="USER", help="Second person, who identifies too.")]
Amount = Annotated[str, typer.Option(help="Net weight by hand, where no scale can be read; needs a reason.")]
REFUSED = 1
"""Exit code where an attempt was refused and kept."""


def _say(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _run(actor: record.Actor, number: str, step: str) -> Run:
    batch = batch_of(actor, number)
    paths = list(batch.runs.filter(kind="dispense").values_list("path", flat=True))
    found = [one for one in paths if one == step or one.endswith(f"/{step}")]
    run = queries.run(actor, number, found[0]) if len(found) == 1 else None
    if run is None:
        raise BadInput("There is no such dispensing that has begun", value=step, limit=", ".join(paths) or "none",
                       remedy=f"See `batchwright batch show {number}`.")  # fmt: skip
    return run


def _acted(act: Callable[[], record.Receipt], *, as_json: bool) -> None:
    """Say what came of an act; what was refused is kept, and the exit code is 1."""
    try:
        receipt = act()
    except services.AttemptRefused as refused:
        if as_json:
            _say(telling.of_refused(refused))
        else:
            console.print(f"Refused and kept (entry #{refused.receipt.seq}): {refused}", style="red", markup=False)
        raise typer.Exit(REFUSED) from refused
    entry = record.Entry.objects.get(seq=receipt.seq)  # tenancy: of this very act
    if as_json:
        _say({"entry": receipt.seq, "repeated": receipt.repeated, **entry.data})
    else:
        console.print(f"{entry.sentence} (entry #{receipt.seq}).", markup=False)


def told(view: DispenseView) -> dict[str, Any]:
    """Give a dispensing for machines and terminals.

    Args:
        view: As `dispense_view` gives it.

    Returns:
        Lines, weights, and what is at hand with the reasons against it.
    """
    numbers = view.hand.numbers
    return {
        "batch": view.batch.number, "step": view.run.path, "state": view.run.state,
        "lines": [
            {
                "line": one.asked.path, "name": one.asked.title, "material": one.asked.material,
                "correction": one.asked.correction, "full": one.full, "waits_for": one.waits_for or None,
                "theoretical": None if one.line is None else str(one.line.theoretical),
                "weighed": None if one.weighed is None else str(one.weighed), "why": one.why or None,
            }
            for one in view.lines
        ],
        "weights": [
            {
                "key": row.pk, "line": row.line, "lot": row.lot.identifier, "net": row.net, "vessel": row.vessel,
                "container": None if row.into is None else row.into.identifier, "scale": row.scale or None,
                "by": row.attempt.by, "checked_by": row.attempt.checked_by or None, "charged": row.charged,
            }
            for row in view.weights
        ],
        "bar": None if numbers is None else {
            "target": str(numbers.target), "low": str(numbers.low), "high": str(numbers.high), "why": numbers.why
        },
        "against": [
            {"code": one.code, "sentence": one.sentence, "value": one.value, "limit": one.limit, "remedy": one.remedy}
            for one in view.hand.reasons
        ],
    }  # fmt: skip


@app.command()
def show(
    number: Number, step: Step, source: Source = "", vessel: VesselCode = "", scale: Scale = "", method: Method = "net",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show a dispensing: its lines, what was weighed, and what speaks against what is at hand."""
    actor = console_actor()
    scanned = {"source": source, "vessel": vessel, "scale": scale, "method": method}
    content = told(dispense_view(actor, _run(actor, number, step), scanned))
    if as_json:
        _say(content)
        return
    table = Table("Line", "Material", "At 100 %", "Weighed", "State")
    for one in content["lines"]:
        state = "weighed" if one["full"] else one["waits_for"] or "to be weighed"
        table.add_row(one["line"], one["material"], one["theoretical"] or "", one["weighed"] or "", state)
    console.print(table)
    for row in content["weights"]:
        console.print(f"  {row['key']}: {row['net']} of lot {row['lot']} in {row['vessel']}", markup=False)
    if content["bar"]:
        console.print("target {target}, {low} to {high}: {why}".format(**content["bar"]), markup=False)
    for one in content["against"]:
        console.print(f"{one['sentence']} {one['value']} {one['limit']} {one['remedy']}", style="red", markup=False)


@app.command()
def bar(
    number: Number, step: Step, source: Source, vessel: VesselCode, scale: Scale, method: Method = "net",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show what the scale shows now against the tolerance; no value of the record."""
    actor = console_actor()
    scanned = {"source": source, "vessel": vessel, "scale": scale, "method": method}
    view = dispense_view(actor, _run(actor, number, step), scanned)
    live = dispensing_queries.live(actor, view)
    numbers, mark = view.hand.numbers, live.mark
    content = {
        "shows": None if live.reading is None else str(live.reading.value),
        "stable": live.reading is not None and live.reading.stable, "net": None if live.net is None else str(live.net),
        "side": None if mark is None else mark.side, "error": live.error or None,
        **({} if numbers is None else {name: str(getattr(numbers, name)) for name in ("target", "low", "high")}),
    }  # fmt: skip
    if as_json:
        _say(content)
    else:
        console.print(", ".join(f"{name} {value}" for name, value in content.items() if value), markup=False)


@app.command()
def stage(number: Number, step: Step, lot: Source, who: As, as_json: Json = False) -> None:
    """Make the potency of a lot known to the batch."""
    actor = somebody(who, "step.perform")
    run = _run(actor, number, step)
    _acted(lambda: services.stage_lot(actor=actor, batch=run.batch, path=run.path, lot=lot), as_json=as_json)


@app.command()
def ready(
    number: Number, step: Step, vessel: VesselCode, who: As, scale: Scale = "",
    new: Annotated[bool, typer.Option("--new", help="It is new, clean and used for the first time.")] = False,
    source: Source = "", tare: Amount = "", reason: Why = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Make a container ready: weighed empty; with --source, weigh that one before something is taken out of it."""
    actor = somebody(who, "step.perform")
    run = _run(actor, number, step)
    _acted(
        lambda: services.ready_vessel(
            actor=actor, batch=run.batch, path=run.path, vessel=vessel, scale=scale, new=new, source=source,
            tare=Quantity.parse(tare) if tare else None, reason=reason,
        ),
        as_json=as_json,
    )  # fmt: skip


@app.command(name="record")
def record_weight(
    number: Number, step: Step, source: Source, vessel: VesselCode, who: As, scale: Scale = "", second: Second = "",
    line: Annotated[str, typer.Option(help="Line, where several are of this material.")] = "",
    method: Method = "net", manual: Amount = "", reason: Why = "",
    last: Annotated[bool | None, typer.Option("--full/--more", help="Whether the line is full with it.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Key of this very weight: it counts once.")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Read the scale, and record what it shows as a weight of a line."""
    if method not in ("net", "reverse"):
        raise BadInput("There is no such way of weighing here", value=method, limit="net, reverse")
    actor = somebody(who, "step.perform")
    run = _run(actor, number, step)
    checker = somebody(second, "step.verify", first=actor) if second else None
    put = WeightPut(
        source=source, vessel=vessel, scale=scale, line=line, method=method,  # type: ignore[arg-type]  # one of both
        manual=Quantity.parse(manual) if manual else None, last=last,
    )  # fmt: skip
    _acted(
        lambda: services.record_weight(
            actor=actor, batch=run.batch, path=run.path, put=put, checker=checker, reason=reason, idempotency_key=key
        ),
        as_json=as_json,
    )


@app.command(name="return")
def give_back(
    number: Number, step: Step, weighing: Annotated[int, typer.Argument(help="Key of the weight, as `show` gives it.")],
    who: As, second: Second, reason: Why, as_json: Json = False,
) -> None:  # fmt: skip
    """Give a weight back to the container that it came from."""
    actor = somebody(who, "step.perform")
    run = _run(actor, number, step)
    checker = somebody(second, "step.verify", first=actor)
    _acted(
        lambda: services.return_weight(
            actor=actor, batch=run.batch, path=run.path, weighing=weighing, checker=checker, reason=reason
        ),
        as_json=as_json,
    )


# ---------------------------------------------------------------------------------------------- orders of other systems
@app.command()
def order(
    file: Annotated[Path, typer.Argument(help="Weighing order, B2MML.", exists=True, dir_okay=False)],
    tolerance: Annotated[str, typer.Option(help="Of lines for which the order gives none, such as '0.5 %'.")] = "",
    sponsor: Annotated[str, typer.Option(help="Code of the sponsor; the plant's own where none.")] = "",
    number: Annotated[str, typer.Option(help="Number of the order, where the file has several.")] = "",
    out: Annotated[Path | None, typer.Option(help="File to write; the terminal where none.")] = None,
) -> None:
    """Write the recipe with which a weighing order is carried out, for `batchwright recipes draft`."""
    orders = [one for one in read_weighing(file.read_bytes(), file.name).orders if number in ("", one.id)]
    if len(orders) != 1:
        raise BadInput("One order is taken over at a time", value=len(orders), limit="1", remedy="Name it: --number.")
    given = ordered.tolerance_of(tolerance) if tolerance else None
    content = texts.write(ordered.recipe_of(orders[0], tolerance=given, sponsor=sponsor))
    if out is None:
        typer.echo(content, nl=False)
        return
    out.write_text(content, encoding="utf-8")
    console.print(f"{out}: recipe ORDER-{orders[0].id} with {len(orders[0].lines)} lines.")


@app.command()
def report(
    number: Number, out: Annotated[Path | None, typer.Option(help="File to write; the terminal where none.")] = None
) -> None:
    """Write what was weighed for a batch as other systems read it, B2MML V0401."""
    actor = console_actor()
    content = write_weighing_reports(
        [dispensing_queries.weighing_report(actor, batch_of(actor, number))], Message(created=clock.now())
    )
    if out is None:
        typer.echo(content.decode(), nl=False)
        return
    out.write_bytes(content)
    console.print(f"{out}: what was weighed for {number}.")
