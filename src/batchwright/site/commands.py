"""Commands of the site itself: prepare, check, show the configuration, run the processes."""

import getpass
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import BaseModel, SecretStr

from batchwright.kernel.errors import DomainError

Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="First port to try.")] = 8000,
    folder: Annotated[Path, typer.Option(help="Where the demo plant lives.")] = Path("var/demo"),
    speed: Annotated[
        float, typer.Option(min=1, max=1000, help="Seconds that pass in the plant in one second here.")
    ] = 1.0,
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="BATCHWRIGHT_DATA", exists=True, file_okay=False,
            help="Folder of reference data; by default ../shared/data where there is one.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Make a plant with demo people, once, and run it until Ctrl-C."""
    from batchwright.site import demo as plant

    beside = Path("../shared/data")
    plant.run(folder=folder, first_port=port, speed=speed, data=data or (beside if beside.is_dir() else None))


def demo_plant(progress: Annotated[Path | None, typer.Argument(help="File that says how far it is.")] = None) -> None:
    """Fill the empty plant of this environment with the demo."""
    from batchwright.site import demo_filling

    demo_filling.make(progress)


def migrate() -> None:
    """Bring the database up to date and put the guards in place."""
    from batchwright.site import start

    start.set_up_django()
    start.migrate()
    typer.echo("The tables are up to date and guarded.")


def check(
    running: Annotated[
        bool, typer.Option("--running", help="Insist on what production needs: web and worker run.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at everything the plant depends on; exit code 1 if something must be mended."""
    from batchwright.site import start

    start.set_up_django()
    from batchwright.site import checks

    findings = checks.look(running=running)
    fine = all(finding.fine for finding in findings)
    if as_json:
        typer.echo(json.dumps({"fine": fine, "findings": [finding.as_json() for finding in findings]}, indent=2))
    else:
        for finding in findings:
            typer.echo(f"{finding.word:5}  {finding.name}: {finding.says}")
            if finding.remedy:
                typer.echo(f"       {finding.remedy}")
    if not fine:
        raise typer.Exit(1)


def config(as_json: Json = False) -> None:
    """Show every setting with its value; secrets are not shown."""
    from batchwright.site.configuration import Configuration
    from batchwright.site.configuration_file import load

    loaded = load()
    values = {name: shown(getattr(loaded, name)) for name in Configuration.model_fields}
    if as_json:
        typer.echo(json.dumps(values, indent=2))
        return
    for name, value in values.items():
        typer.echo(f"{name} = {json.dumps(value)}")


def shown(value: object) -> Any:
    """A setting as it may be shown.

    Args:
        value: Its value.

    Returns:
        The value in JSON's types; a secret as ``(set)`` or ``(not set)``.
    """
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else "(not set)"
    if isinstance(value, BaseModel):
        return {name: shown(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def web() -> NoReturn:
    """Serve the pages; this process becomes gunicorn."""
    from batchwright.site import start

    start.set_up_django()
    start.require()
    from django.db import connection

    connection.close()
    from batchwright.site import metrics

    metrics.share_between_processes()
    arguments = ["-m", "gunicorn", "-c", "python:batchwright.site.gunicorn_settings", "batchwright.site.wsgi"]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own interpreter


def worker() -> None:
    """Do what is due without anybody asking: sign checkpoints."""
    from batchwright.site import start, work

    start.set_up_django()
    start.require()
    work.run()


def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to measure, such as: record")] = "all",
) -> None:
    """Measure a claim beside a named peer in the same run; what follows the name goes to the benchmark."""
    given = list(context.args)
    if name.startswith("-"):  # an option of all
        name, given = "all", [name, *given]
    benchmarks = Path(__file__).parents[3] / "benchmarks"
    modules = [*benchmarks.glob("*.py"), *(main.parent for main in benchmarks.glob("*/__main__.py"))]
    known = sorted(module.stem for module in modules if not module.stem.startswith("_"))
    if name not in known:
        raise DomainError(
            "There is no such benchmark",
            value=name,
            limit=", ".join(known) or "none here",
            remedy="" if known else "Benchmarks come with the source; run this in a checkout.",
        )
    os.chdir(benchmarks.parent)
    os.execv(sys.executable, [sys.executable, "-m", f"benchmarks.{name}", *given])  # noqa: S606 - our own


PassphraseFile = Annotated[
    Path | None, typer.Option(help="File whose first line is the passphrase of the keys; for its owner alone.")
]


def backup(
    to: Annotated[Path, typer.Option(help="The file to write; it must not exist.")],
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Write database and attachments into one file while the plant works; keys go along if locked."""
    from batchwright.site import start

    start.set_up_django()
    start.require()
    from batchwright.site import backup as keeping

    made = keeping.make(to, actor=_administrator(), passphrase=_passphrase(passphrase_file))
    if as_json:
        typer.echo(json.dumps({**asdict(made.manifest), "bytes": made.bytes, "sha256": made.sha256}, indent=2))
        return
    held = made.manifest
    typer.echo(f"{to}: {made.bytes:,} bytes, SHA-256 {made.sha256}")
    typer.echo(f"It holds the record up to entry #{held.covered_to} and {held.attachments} attachments.")
    if held.with_keys:
        typer.echo("The keys are in it, locked; keep the passphrase elsewhere.")
    else:
        typer.echo("The keys are not in it. Give --passphrase-file, or keep keys/ and secret_key yourself.")


def restore(
    file: Annotated[Path, typer.Argument(help="The back-up.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")] = "",
    passphrase_file: PassphraseFile = None,
) -> None:
    """Bring a plant back from a back-up, into an empty plant folder and an empty database."""
    from batchwright.site import start

    start.set_up_django()
    from batchwright.site import restoring

    passphrase = _passphrase(passphrase_file)
    held = restoring.restore(file, actor=_administrator(), reason=reason, passphrase=passphrase)
    typer.echo(f"{held.site} is back as of {held.at}, up to entry #{held.covered_to}.")
    if passphrase is None:
        typer.echo("The keys are not: put keys/ and secret_key back, or rotate the site key.")
    typer.echo("Now prove it: batchwright check; batchwright record verify; batchwright record replay --into FILE")


def _passphrase(file: Path | None) -> str | None:
    return None if file is None else file.read_text(encoding="utf-8").split("\n", 1)[0].strip()


def _administrator() -> Any:
    """Whoever has a shell on the plant's machine acts as the site, under the name of that account."""
    from batchwright import record

    return record.Actor(id="site", name=f"Site administration ({getpass.getuser()})", role="site")


def now(as_json: Json = False) -> None:
    """Show what is running, what is late and what is wrong, suite by suite."""
    from batchwright.site import start

    start.set_up_django()
    from batchwright.people.console import console_actor
    from batchwright.site.web import now as plant

    seen = plant.now_of(console_actor())
    if as_json:
        typer.echo(json.dumps(plant.told(seen), indent=2, ensure_ascii=False))
        return
    typer.echo(seen.sentence)
    for suite in seen.suites:
        typer.echo(f"\n{suite.name}: {suite.counted}")
        for one in suite.batches:
            where = ", ".join(one.present.units[:3]) if one.present.doing else one.present.batch.state
            typer.echo(f"  {one.number:14} {one.steps or '-'} ({where}); {one.time}; needs {one.whom}")
            if one.worst:
                typer.echo(f"  {'':14} {one.worst_word}: {one.worst_sentence} {one.others}".rstrip())
    for need in seen.needs:
        typer.echo(f"\n{need.who}: {'; '.join(act.what for act in need.acts)}")


SITE_COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "demo-plant": demo_plant,
    "migrate": migrate,
    "check": check,
    "config": config,
    "now": now,
    "web": web,
    "worker": worker,
    "backup": backup,
    "restore": restore,
    "bench": bench,
}


def add_site_commands(app: typer.Typer) -> None:
    """Mount the commands of this module.

    Args:
        app: The application that takes them.
    """
    for name, command in SITE_COMMANDS.items():
        passes_on = {"allow_extra_args": True, "ignore_unknown_options": True} if command is bench else None
        app.command(name, context_settings=passes_on, hidden=command is demo_plant)(command)
