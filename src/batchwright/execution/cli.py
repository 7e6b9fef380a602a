"""``batchwright batch``: batches from a terminal: what runs, what is to be done, commands, steps, exceptions.

Reading is the console's. Whoever makes, commands or performs says with ``--as`` who it is and proves it with the own
password, as on a page; nobody acts under another one's name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from batchwright import record
from batchwright.execution import operators_cli, queries, record_cli, services, stock_cli, telling, weighing_cli
from batchwright.execution.models import Batch
from batchwright.execution.operators_cli import As, batch_of, somebody
from batchwright.execution.states import Command
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.people.console import console_actor

app = typer.Typer(no_args_is_help=True)
app.add_typer(operators_cli.app)
app.add_typer(weighing_cli.app, name="weigh", help="Weigh and dispense; weighing orders of other systems.")
app.command("pdf")(record_cli.pdf)
app.command("export")(record_cli.export)
app.command("output")(stock_cli.output)
app.command("put-away")(stock_cli.put_away)
console = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Number = Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch.")]
Path = Annotated[str, typer.Argument(metavar="STEP", help="Path of the step, or its last part.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the record.")]
REFUSED = 1
"""Exit code where an attempt was refused and kept."""


def _say(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _told(receipt: record.Receipt, sentence: str, as_json: bool, number: str) -> None:
    if as_json:
        _say({"entry": receipt.seq, "repeated": receipt.repeated, "subject": receipt.subject})
    else:
        console.print(f"{sentence} (entry #{receipt.seq}). See `batchwright batch show {number}`.")


@app.command(name="list")
def list_batches(
    text: Annotated[str, typer.Option(help="Part of a number or a product.")] = "",
    state: Annotated[str, typer.Option(help="State of the batch.")] = "",
    as_json: Json = False,
) -> None:
    """List batches, the latest first."""
    found = [telling.of_batch(one) for one in queries.batches(console_actor(), text=text, state=state)]
    if as_json:
        _say(found)
        return
    table = Table("Batch", "Product", "Size", "Recipe", "State", "Started")
    for one in found:
        table.add_row(one["batch"], one["product"], one["size"], f"{one['recipe']} {one['recipe_version']}",
                      one["state"], one["started_at"] or "")  # fmt: skip
    console.print(table if found else "No batch is found; `batchwright batch create` makes the first.")


@app.command()
def show(number: Number, as_json: Json = False) -> None:
    """Show where a batch stands, what is to be done and what it waits for."""
    actor = console_actor()
    told = telling.of_standing(queries.standing(actor, batch_of(actor, number)))
    if as_json:
        _say(told)
        return
    console.print(f"{told['batch']} {told['product']} {told['size']}: {told['state']}, {told['status']}")
    for step in told["steps"]:
        waits = step["waits_for_second_person_after"]
        asks = f"to be checked by somebody other than {waits}" if waits else ", ".join(
            f"{one['field']} ({one['unit'] if one['type'] == 'number' else one['type']})" for one in step["fields"]
        )  # fmt: skip
        console.print(f"  {step['path']}: {step['name']} [{step['kind'] or 'step'}] {asks}", markup=False)
    for one in told["questions"]:
        console.print(f"  {one['question']}: {', '.join(one['options'])} (key {one['key']})", markup=False)
    if told["waits"]:
        console.print(told["waits"], markup=False)


@app.command()
def create(
    recipe: Annotated[str, typer.Argument(help="Recipe with a version in force.")],
    size: Annotated[str, typer.Option(help="Size, such as '240 kg'.")],
    who: As,
    unit: Annotated[list[str] | None, typer.Option(help="ELEMENT=TAG for each requirement; may be repeated.")] = None,
    number: Annotated[str, typer.Option(help="Number; the next of the series where none is given.")] = "",
    operator_decides: Annotated[bool, typer.Option(help="Ask where the recipe says nothing.")] = False,
    reason: Why = "",
    as_json: Json = False,
) -> None:
    """Make a batch of a recipe."""
    units = dict(_pair(one, "--unit") for one in unit or [])
    receipt = services.create_batch(
        actor=somebody(who, "batch.plan"), recipe=recipe, size=Quantity.parse(size), units=units, number=number,
        operator_decides=operator_decides, reason=reason,
    )  # fmt: skip
    made = receipt.subject.removeprefix("batch/")
    _told(receipt, f"Batch {made} is made", as_json, made)


def _pair(text: str, option: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark:
        raise BadInput("This is no pair", value=text, limit=f"{option} NAME=VALUE")
    return name, value


def _commands(command: Command, help_text: str) -> Callable[..., None]:
    def order(
        number: Number,
        who: As,
        path: Annotated[str, typer.Option("--step", help="Path of a part of the procedure; all where none.")] = "",
        reason: Why = "",
        as_json: Json = False,
    ) -> None:
        action = "batch.hold" if command in (Command.HOLD, Command.PAUSE) else "batch.command"
        actor = somebody(who, action)
        receipt = services.command_batch(
            actor=actor, batch=batch_of(actor, number), command=command, path=path, reason=reason
        )
        _told(receipt, f"{number}: {command}", as_json, number)

    order.__doc__ = help_text
    return order


for _command, _help in (
    (Command.START, "Start a batch."),
    (Command.PAUSE, "Pause a batch: what runs comes to its end, nothing new begins."),
    (Command.RESUME, "Let a paused batch go on."),
    (Command.HOLD, "Hold a batch at once; needs a reason."),
    (Command.RESTART, "Let a held batch go on."),
    (Command.STOP, "Stop a batch in an orderly way; needs a reason."),
    (Command.ABORT, "Abort a batch at once; needs a reason."),
    (Command.RESET, "Make a batch that has ended ready to start again; needs a reason."),
):
    app.command(_command.lower())(_commands(_command, _help))


@app.command()
def perform(
    number: Number,
    path: Path,
    who: As,
    value: Annotated[list[str] | None, typer.Option(help="FIELD=VALUE; may be repeated.")] = None,
    reason: Why = "",
    second: Annotated[str, typer.Option("--second", help="Second person, who identifies too.")] = "",
    as_json: Json = False,
) -> None:
    """Perform a step; what is refused is kept, and the exit code is 1."""
    actor = somebody(who, "step.perform")
    one = batch_of(actor, number)
    checker = somebody(second, "step.verify", first=actor) if second else None
    try:
        receipt = services.perform(
            actor=actor, batch=one, path=_whole(one, path), reason=reason, checker=checker,
            values=dict(_pair(pair, "--value") for pair in value or []),
        )  # fmt: skip
    except services.AttemptRefused as refused:
        if as_json:
            _say(telling.of_refused(refused))
        else:
            console.print(f"Refused and kept (entry #{refused.receipt.seq}): {refused}", style="red", markup=False)
        raise typer.Exit(REFUSED) from refused
    _told(receipt, f"{number}: {path} performed", as_json, number)


def _whole(batch: Batch, path: str) -> str:
    """The path of a step that is given by its end."""
    found = [one for one in batch.runs.values_list("path", flat=True) if one == path or one.endswith(f"/{path}")]
    return path if path in found or len(found) != 1 else str(found[0])


@app.command()
def check(
    number: Number,
    path: Path,
    who: As,
    agrees: Annotated[bool, typer.Option("--agree/--disagree", help="Whether it is as it was entered.")] = True,
    reason: Why = "",
    as_json: Json = False,
) -> None:
    """Check as the second person what another one did."""
    actor = somebody(who, "step.verify")
    one = batch_of(actor, number)
    receipt = services.check(actor=actor, batch=one, path=_whole(one, path), agrees=agrees, reason=reason)
    _told(receipt, f"{number}: {path} {'checked' if agrees else 'not confirmed'}", as_json, number)


@app.command()
def answer(
    number: Number,
    key: Annotated[str, typer.Argument(help="Key of the question, as `show` gives it.")],
    choice: Annotated[str, typer.Argument(help="One of its options.")],
    who: As,
    reason: Why = "",
    as_json: Json = False,
) -> None:
    """Decide where the recipe leaves it to an operator."""
    actor = somebody(who, "step.perform")
    receipt = services.answer_question(
        actor=actor, batch=batch_of(actor, number), key=key, choice=choice, reason=reason
    )
    _told(receipt, f"{number}: decided {choice}", as_json, number)


@app.command()
def attempts(number: Number, path: Path, as_json: Json = False) -> None:
    """List every attempt at a step, also those that were refused."""
    actor = console_actor()
    one = batch_of(actor, number)
    run = queries.run(actor, number, _whole(one, path))
    if run is None:
        raise BadInput("This step has not begun", value=path, remedy=f"See `batchwright batch show {number}`.")
    found = [telling.of_attempt(row) for row in queries.attempts(actor, run)]
    if as_json:
        _say(found)
        return
    table = Table("No.", "What", "By", "At", "Values", "Said")
    for row in found:
        entered = ", ".join(f"{part['field']} {part['text']}" for part in row["entered"])
        said = "; ".join(part["sentence"] for part in row["reasons"]) or row["verdict"]
        table.add_row(str(row["number"]), row["kind"], row["by"], row["at"], entered, said)
    console.print(table)


@app.command()
def exceptions(
    number: Annotated[str, typer.Argument(metavar="[BATCH]", help="Number of the batch; all where none.")] = "",
    only_open: Annotated[bool, typer.Option("--open", help="Only those that nobody has closed.")] = False,
    as_json: Json = False,
) -> None:
    """List exceptions, of one batch or of all."""
    actor = console_actor()
    one = batch_of(actor, number) if number else None
    found = telling.of_exceptions(queries.exceptions(actor, one, only_open=only_open).select_related("batch"))
    if as_json:
        _say(found)
        return
    table = Table("Exception", "Severity", "Kind", "What", "Closed")
    for row in found:
        table.add_row(row["exception"], row["severity"], row["kind"], row["sentence"], row["closed_at"] or "open")
    console.print(table if found else "There is no exception.")
