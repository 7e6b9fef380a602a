"""The mapping file of an import: how a site's table is read, in TOML that a site copies and edits."""

from __future__ import annotations

import hashlib
import string
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from batchwright.kernel import units
from batchwright.kernel.errors import BadInput
from batchwright.materials.statuses import LotStatus

DEFAULT = Path(__file__).parent / "tablets.toml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BatchRule(_Part):
    """How a row becomes a product lot. Templates name columns in braces."""

    id: str
    source_id: str
    code: str
    name: str
    size: str
    unit: str
    started: str


class ComponentRule(_Part):
    """How a column names the lot of a component, and which columns must say the same on every row of that lot."""

    column: str
    source_id: str
    code: str
    name: str
    unit: str
    same: list[str] = []


class Later(_Part):
    """Columns that are read and judged, and taken over by later work."""

    columns: list[str] = []


class Mapping(_Part):
    """A whole mapping file."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    file: str
    separator: str = Field(min_length=1, max_length=1)
    encoding: str = "utf-8-sig"
    status: LotStatus
    sponsor: str = ""
    batch: BatchRule
    component: list[ComponentRule]
    spelling: dict[str, dict[str, str]] = {}
    months: dict[str, int]
    columns: dict[str, str] = {}
    zero: dict[str, str] = {}
    later: Later = Later()
    sha256: str = ""

    def needed(self) -> list[str]:
        """Give the columns without which nothing can be read.

        Returns:
            Headings, each once.
        """
        names = [self.batch.id, self.batch.size, self.batch.started, *(one.column for one in self.component)]
        for template in (self.batch.source_id, self.batch.code, self.batch.name):
            names += [name for _, name, _, _ in string.Formatter().parse(template) if name]
        return list(dict.fromkeys(names))

    def known(self) -> set[str]:
        """Give every column that the mapping speaks of.

        Returns:
            Headings.
        """
        return {*self.needed(), *self.later.columns, *(name for one in self.component for name in one.same)}


def load(path: Path = DEFAULT) -> Mapping:
    """Read a mapping file.

    Args:
        path: The file.

    Returns:
        The mapping.

    Raises:
        BadInput: If it is no TOML, or a rule is missing, unknown or malformed.
    """
    try:
        content = path.read_bytes()
        found = Mapping.model_validate(tomllib.loads(content.decode()))
    except FileNotFoundError as error:
        raise BadInput("The mapping file is not there", file=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping file is no TOML: {error}", file=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        remedy = "Compare it with the one that comes along."
        raise BadInput(f"{where}: {first['msg']}", file=str(path), remedy=remedy) from error
    for unit in (found.batch.unit, *(one.unit for one in found.component)):
        try:
            units.parse(unit)
        except BadInput as error:
            raise BadInput(error.message, file=str(path), value=unit, limit=error.limit, remedy=error.remedy) from error
    return found.model_copy(update={"sha256": hashlib.sha256(content).hexdigest()})
