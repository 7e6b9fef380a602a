"""Reading the configuration: the file, the environment, and one clear sentence per wrong setting."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from batchwright.kernel.errors import BadInput
from batchwright.site.configuration import PREFIX, Configuration, OpenIdConnect

FILE_NAME = "batchwright.toml"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
OTHER_VARIABLES = frozenset({CONFIG_VARIABLE, f"{PREFIX}DATA"})
"""Variables of the same prefix that are no settings: where the file is, and where tests find reference data."""
_OTHER_PREFIXES = (f"{PREFIX}TEST_", f"{PREFIX}BENCH_")
_SECRETS = ("secret", "password", "database_url", "token")


class BadConfiguration(BadInput):
    """One or more settings are wrong; `problems` holds one sentence for each."""

    def __init__(self, problems: list[BadInput]) -> None:
        super().__init__(
            "The configuration cannot be used",
            value=f"{len(problems)} wrong " + ("setting" if len(problems) == 1 else "settings"),
            remedy="Correct them in the environment or in the configuration file and start again.",
        )
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  - {problem}" for problem in self.problems)])


def load() -> Configuration:
    """Read and check the configuration.

    Returns:
        The configuration.

    Raises:
        BadConfiguration: If any setting is wrong or unknown; it names all of them.
    """
    file, text = _file_and_text()
    try:
        from_file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration([BadInput(f"The file is not TOML: {error}", file=str(file))]) from error
    problems = _unknown_variables()
    try:
        configuration = Configuration(**from_file)
    except ValidationError as error:
        problems += [_problem(detail, file, text) for detail in error.errors(include_url=False)]
    except SettingsError as error:
        problems.append(BadInput(f"A variable cannot be read: {error}", limit="a value in JSON"))
    if problems:
        raise BadConfiguration(problems)
    return configuration


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy for a misspelt name.

    Args:
        name: What was written.
        known: What could have been meant.

    Returns:
        A sentence with the nearest known name, or "" if none is near.
    """
    # What all have in common says nothing about what was meant.
    bare = {one.removeprefix(PREFIX): one for one in known}
    close = difflib.get_close_matches(name.removeprefix(PREFIX), bare, n=1, cutoff=0.7)
    return f"Did you mean {bare[close[0]]}?" if close else ""


def _file_and_text() -> tuple[Path, str]:
    named = os.environ.get(CONFIG_VARIABLE)
    folder = os.environ.get(f"{PREFIX}PLANT_FOLDER") or Configuration.model_fields["plant_folder"].default
    file = Path(named) if named else Path(folder) / FILE_NAME
    try:
        return file, file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if not named:
            return file, ""
        problem = BadInput(
            "The configuration file does not exist", value=file, remedy=f"Write it or unset {CONFIG_VARIABLE}."
        )
        raise BadConfiguration([problem]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration([BadInput(f"The configuration file cannot be read: {error}", file=str(file))]) from error


def _unknown_variables() -> list[BadInput]:
    known = {f"{PREFIX}{field.upper()}" for field in Configuration.model_fields}
    problems = []
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in OTHER_VARIABLES or name.startswith(_OTHER_PREFIXES):
            continue
        if name.split("__", 1)[0].upper() not in known:
            problems.append(BadInput(f"{name} is no setting", remedy=nearest(name, known) or "Unset it."))
    return problems


def _problem(detail: ErrorDetails, file: Path, text: str) -> BadInput:
    location = [str(part) for part in detail["loc"]]
    if not location:
        return BadInput(detail["msg"].removeprefix("Value error, "))
    name = ".".join(location)
    variable = PREFIX + "__".join(location).upper()
    if variable in os.environ:
        place: dict[str, Any] = {"file": variable}
    else:
        place = {"file": str(file), "line": _line_of(location[-1], text)}
    if detail["type"] == "extra_forbidden":
        return BadInput(
            f"{name} is no setting", remedy=nearest(location[-1], _names(location[:-1])) or "Remove it.", **place
        )
    value = None if any(word in name for word in _SECRETS) else detail["input"]
    if detail["type"] == "missing":
        return BadInput(f"{name} is missing", remedy="Set it.", **place)
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return BadInput(f"{name}: {message}" if value is None else f"{name} {message}", value=value, **place)


def _line_of(key: str, text: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line):
            return number
    return None


def _names(table: list[str]) -> Iterable[str]:
    if table == ["oidc"]:
        return OpenIdConnect.model_fields
    return Configuration.model_fields
