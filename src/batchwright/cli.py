"""The ``batchwright`` command; each capability brings its own commands in its ``cli.py``, mounted here by name.

Django is set up, and a capability's commands are imported, only when one of them is asked for: ``--help`` is quick.
Wrong input ends in one sentence on standard error and exit code 2; a traceback is a bug.
"""

import importlib
import os
import sys
from typing import Annotated

import typer

from batchwright import __version__
from batchwright.kernel.errors import BatchwrightError, Unavailable

CAPABILITIES = {
    "user": ("batchwright.people.cli", "Enrol people, give roles, disable accounts."),
    "plant": ("batchwright.plant.cli", "See what can be used and why not, what fits, and the logbook."),
    "material": ("batchwright.materials.cli", "Find lots and stock, trace, recall, allocate."),
    "import": ("batchwright.materials.import_cli", "Take over what other systems hold."),
    "recipes": ("batchwright.recipes.cli", "Find, check, compare, export and import recipes."),
    "batch": ("batchwright.execution.cli", "Make, run and perform batches, and take their records away."),
    "batchml": ("batchwright.recipes.batchml_cli", "Recipes, weighing orders and batch records of other systems."),
    "record": ("batchwright.record.cli", "Verify, show, export, replay and witness the record."),
    "twins": ("batchwright.twins.cli", "Simulate, fit, check and measure models of unit operations; needs no plant."),
}
"""Command, the module whose `app` holds its commands, and the line that stands in the help."""

EXTENDED = {"batch": "batchwright.site.forecast_cli"}
"""Command, and the module on a floor above it whose `add_to` adds to its commands."""

PURE = frozenset({"batchml", "twins"})
"""Commands that know no plant: Django is not set up for them, unless the option below asks for it."""
INTO_PLANT = "--into-plant"

EXIT_REFUSED = 2
"""Wrong input, or a rule of the plant says no: the same again will be refused again."""
EXIT_UNAVAILABLE = 3
"""The database, equipment or the network does not answer: the same can succeed later."""


def application(asked: str | None, *, into_plant: bool = False) -> typer.Typer:
    """Build the command line.

    Args:
        asked: The command that was asked for; its capability is loaded, the others are only listed.
        into_plant: Whether a command that knows no plant is to write into it this time.

    Returns:
        The application.
    """
    from batchwright.site.commands import add_site_commands

    app = typer.Typer(
        name="batchwright",
        help="The plant system for pharmaceutical contract manufacturers: one record that anyone can verify.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_general)
    add_site_commands(app)
    for name, (module, summary) in CAPABILITIES.items():
        loads = name == asked
        mounted = _extended(_loaded(module, pure=name in PURE and not into_plant), name) if loads else _listed()
        app.add_typer(mounted, name=name, help=summary, no_args_is_help=True)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code.

    Args:
        arguments: What follows the name of the program; by default the process's own.

    Raises:
        SystemExit: Always, with 0 for success, 1 for a finding, 2 for a refusal, 3 for what does not answer.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        words, plant = _plant_option(words)
        if plant is not None:
            os.environ["BATCHWRIGHT_PLANT_FOLDER"] = plant
        asked = next((word for word in words if not word.startswith("-")), None)
        application(asked, into_plant=INTO_PLANT in words)(words)
    except Unavailable as error:
        _refuse(str(error), EXIT_UNAVAILABLE)
    except BatchwrightError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.strerror or error}: {error.filename}." if error.filename else str(error))
    except _broken() as error:
        _refuse(str(error))
    except _database_errors() as error:
        _refuse(
            f"The database does not answer: {str(error).strip()}. Run `batchwright check` to see what is missing.",
            EXIT_UNAVAILABLE,
        )


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"batchwright {__version__}")
        raise typer.Exit


def _general(
    plant: Annotated[str | None, typer.Option("--plant", metavar="FOLDER", help="Plant folder to work on.")] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options that stand before the command."""


def _plant_option(words: list[str]) -> tuple[list[str], str | None]:
    """Take ``--plant FOLDER`` from before the command, since the settings are read when the command is loaded."""
    if words[:1] == ["--plant"] and len(words) > 1:
        return words[2:], words[1]
    if words and words[0].startswith("--plant="):
        return words[1:], words[0].removeprefix("--plant=")
    return words, None


def _loaded(module: str, *, pure: bool) -> typer.Typer:
    if not pure:
        from batchwright.site.start import set_up_django

        set_up_django()
    app: typer.Typer = importlib.import_module(module).app
    return app


def _extended(app: typer.Typer, name: str) -> typer.Typer:
    if name in EXTENDED:
        importlib.import_module(EXTENDED[name]).add_to(app)
    return app


def _listed() -> typer.Typer:
    empty = typer.Typer()
    empty.callback()(lambda: None)
    return empty


def _broken() -> tuple[type[Exception], ...]:
    """What the verifier raises, which knows nothing of Batchwright's own errors; none if it was never loaded."""
    if "batchwright.record.verifier" not in sys.modules:
        return ()
    from batchwright.record.verifier import Broken

    return (Broken,)


def _database_errors() -> tuple[type[Exception], ...]:
    """The errors of a database that does not answer or has no tables; none if Django was never loaded."""
    if "django.db" not in sys.modules:
        return ()
    from django.db import OperationalError, ProgrammingError

    return (OperationalError, ProgrammingError)


def _refuse(sentence: str, code: int = EXIT_REFUSED) -> None:
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(sentence, style="red", markup=False, highlight=False)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
