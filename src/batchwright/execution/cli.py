"""``batchwright batch``: batches from a terminal."""

import typer

from batchwright.execution import record_cli

app = typer.Typer(no_args_is_help=True)
app.command("pdf")(record_cli.pdf)
app.command("export")(record_cli.export)
