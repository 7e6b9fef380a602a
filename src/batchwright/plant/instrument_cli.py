"""``batchwright plant instruments | instrument | calendar | calibrate | check`` and ``batchwright plant scale ...``."""

from __future__ import annotations

import json
import signal
import threading
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from batchwright import record
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.people.console import console_actor
from batchwright.plant import instrument_queries as queries
from batchwright.plant import measuring
from batchwright.plant.adapters.simulator import order
from batchwright.plant.calibration import Point
from batchwright.plant.models import Instrument
from batchwright.plant.scales import Reading
from batchwright.plant.services import calibrating, weighing

console = Console(soft_wrap=True, highlight=False)
scale = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Tag = Annotated[str, typer.Argument(metavar="TAG", help="Tag of an instrument.")]


def mount(app: typer.Typer) -> None:
    """Put these commands beside those of the plant.

    Args:
        app: The commands of ``batchwright plant``.
    """
    for command in (instruments, instrument, calendar, calibrate, check):
        app.command()(command)
    app.add_typer(scale, name="scale", help="Read scales; simulate one.")


def _say(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _instrument(actor: record.Actor, tag: str) -> Instrument:
    found = queries.instrument(actor, tag)
    if found is None:
        raise BadInput("There is no such instrument", value=tag, remedy="See `batchwright plant instruments`.")
    return found


def instruments(
    text: Annotated[str, typer.Option(help="Part of a tag, a name, a serial number or a unit's tag.")] = "",
    kind: Annotated[str, typer.Option(help="scale, temperature, ph, ...")] = "",
    as_json: Json = False,
) -> None:
    """List instruments: which may be used, and why one may not."""
    found = queries.judged(list(queries.instruments(console_actor(), text=text, kind=kind)))
    if as_json:
        _say([queries.shown(one) for one in found])
        return
    table = Table("Instrument", "Name", "Mounted on", "Counts to", "Verdict")
    for one in found:
        row, why = one.instrument, "; ".join(str(reason) for reason in one.verdict.reasons)
        table.add_row(
            row.tag, row.name, "" if row.element is None else row.element.tag,
            "" if one.due_on is None else one.due_on.isoformat(), escape(why or "can be used"),
        )  # fmt: skip
    console.print(table if found else "No instrument is found; add one on its page, or see `batchwright demo`.")


def instrument(tag: Tag, as_json: Json = False) -> None:
    """Show one instrument: may I measure with it, and what did its calibrations find?"""
    actor = console_actor()
    one = _instrument(actor, tag)
    shown = queries.shown(queries.judged([one])[0])
    shown["calibrations"] = [queries.told(row) for row in queries.calibrations(actor, one)]
    shown["checks"] = [
        {"checked_at": row.checked_at.isoformat(), "passed": row.passed, "points": row.points}
        for row in queries.checks(actor, one)[:20]
    ]
    if as_json:
        _say(shown)
        return
    for key, value in shown.items():
        console.print(f"{key:14} {escape(str(value))}")


def calendar(as_json: Json = False) -> None:
    """Show what has to be calibrated when: what is overdue first, then month by month."""
    months = queries.calendar(console_actor())
    if as_json:
        _say(
            [
                {
                    "month": None if month.first is None else month.first.isoformat()[:7],
                    "due": [queries.shown(one) for one in month.due],
                }
                for month in months
            ]
        )  # fmt: skip
        return
    for month in months:
        console.print("now" if month.first is None else month.first.isoformat()[:7])
        for one in month.due:
            why = "; ".join(str(reason) for reason in one.verdict.reasons)
            console.print(f"  {one.due_on or '-':<12} {one.instrument.tag:10} {escape(why)}")


def calibrate(
    tag: Tag,
    found: Annotated[list[str], typer.Option("--found", help="REFERENCE=SHOWN as found, in the unit; repeat.")],
    standard: Annotated[str, typer.Option(help="The references, and to what they are traceable.")],
    left: Annotated[list[str] | None, typer.Option("--left", help="The same as left, where it was adjusted.")] = None,
    weighing_of_one_load: Annotated[
        list[str] | None, typer.Option("--weighing", help="A weighing of one load; ten of them or more.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="A PDF.", exists=True, dir_okay=False)] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the record.")] = "",
) -> None:
    """Record a calibration; it counts once quality assurance approved it on its page."""
    actor = console_actor()
    one = _instrument(actor, tag)
    receipt = calibrating.calibrate(
        actor=actor, instrument=one, as_found=[_point(text, one) for text in found],
        as_left=[_point(text, one) for text in left or ()],
        weighings=[Quantity(text, one.unit) for text in weighing_of_one_load or ()], standard=standard, reason=reason,
        certificate=None if certificate is None else (certificate.name, certificate.read_bytes()),
    )  # fmt: skip
    row = queries.calibrations(actor, one).first()
    outcome = "" if row is None else f": {row.outcome}, to {row.due_on.isoformat()} once approved"
    console.print(f"{one.tag} calibrated{outcome} (entry #{receipt.seq}).")


def _point(text: str, one: Instrument) -> Point:
    reference, equals, shown = text.partition("=")
    if not equals:
        raise BadInput("This is no comparison", value=text, limit="REFERENCE=SHOWN, such as 20=20.001")
    return Point(Quantity(reference, one.unit), Quantity(shown, one.unit))


def check(
    tag: Tag, shown: Annotated[list[str], typer.Argument(help="What it showed for each check reference, in order.")]
) -> None:
    """Record the daily check of a scale."""
    actor = console_actor()
    one = _instrument(actor, tag)
    receipt = calibrating.check_instrument(
        actor=actor, instrument=one, indicated=[Quantity(text, one.unit) for text in shown]
    )
    passed = queries.checks(actor, one)[0].passed
    console.print(f"Check of {one.tag} {'passed' if passed else 'FAILED'} (entry #{receipt.seq}).")


@scale.command()
def read(
    tag: Tag,
    live: Annotated[bool, typer.Option("--live", help="What it shows now, stable or not, suitable or not.")] = False,
    for_: Annotated[str, typer.Option("--for", help="Take the value into the record, for this.")] = "",
    as_json: Json = False,
) -> None:
    """Give a stable value of a scale that may be used now; anything else is refused, with the reason."""
    actor = console_actor()
    one = _instrument(actor, tag)
    if for_:
        receipt = weighing.take_reading(actor=actor, scale=one, purpose=for_)
        entry = record.history(one, actor).get(seq=receipt.seq)
        if as_json:
            _say({"entry": receipt.seq, **entry.content["data"]})
        else:
            console.print(f"{entry.sentence} (entry #{receipt.seq}).")
        return
    if live:
        reading = weighing.read_scale(actor=actor, scale=one)
    else:
        weighing.require_suitable(one)
        with weighing.connected(one) as line:
            reading = line.read_stable()
        weighing.require_suitable(one, load=reading.value)
    if as_json:
        _say(_shown(one, reading))
    else:
        console.print(f"{one.tag} {reading.value} {'stable' if reading.stable else 'NOT STABLE'}")


def _shown(one: Instrument, reading: Reading) -> dict[str, Any]:
    return {
        "tag": one.tag, "value": reading.value.as_json(), "stable": reading.stable, "at": reading.at.isoformat(),
        "raw": reading.raw, "usable": measuring.verdict_on(one, load=reading.value).usable,
    }  # fmt: skip


@scale.command()
def simulate(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.")] = 0,
    capacity: Annotated[str, typer.Option(help="Capacity with its unit.")] = "60 kg",
    digit: Annotated[str, typer.Option(help="Readability, in the unit of the capacity.")] = "0.001",
    demo: Annotated[bool, typer.Option("--demo", help="The scales of the demo plant, loads coming and going.")] = False,
) -> None:
    """Be a scale that speaks MT-SICS and SBI, until Ctrl-C; lines `SIM PUT 12.5 kg`, `SIM FAULT cut` rule it."""
    from batchwright.plant import demo_instruments
    from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if demo:
        demo_instruments.serve(ended)
        return
    most = Quantity.parse(capacity)
    one = SimulatedScale(unit=most.unit, capacity=most.value, readability=Decimal(digit), model=f"Simulated {most}")
    with ScaleServer(one, port) as server:
        console.print(f"A simulated scale of {most} listens at 127.0.0.1:{server.port}; Ctrl-C ends it.")
        ended.wait()


@scale.command()
def put(tag: Tag, load: Annotated[str, typer.Argument(help="The whole load, such as '48.684 kg'.")]) -> None:
    """Put a load on a simulated scale."""
    _tell(tag, f"PUT {Quantity.parse(load)}")


@scale.command()
def fault(
    tag: Tag, name: Annotated[str, typer.Argument(help="unstable, slow, cut, garbage, twice, busy, none.")]
) -> None:
    """Make a simulated scale misbehave."""
    _tell(tag, f"FAULT {name}")


def _tell(tag: str, words: str) -> None:
    one = _instrument(console_actor(), tag)
    order(one.tag, one.host, one.port, words)
    console.print(f"{one.tag}: {words}")
