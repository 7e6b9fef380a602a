"""Writes ``docs/reference/configuration.md`` from the settings themselves."""

import json
from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from batchwright.site.configuration import PREFIX, Configuration, OpenIdConnect

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "reference" / "configuration.md"

_HEAD = f"""\
# Configuration

Written by `make docs` from the settings themselves; a test fails when this page is out of date.

A setting is taken from the environment (`{PREFIX}` and its name in capitals), then from the file that
`{PREFIX}CONFIG` names (by default `batchwright.toml` in the plant folder), then from its default. All are
checked before anything starts, and every wrong or unknown one is named at once. `batchwright config` shows what is set.

```toml
site_name = "Brno, building 4"
site_zone = "Europe/Prague"
database_url = "postgresql://batchwright@/plant?host=/run/postgresql"
public_url = "https://plant.example.com"

[reauthentication]
default = "component"
released = "passkey"
```

Tables of the file are written in the environment with two underscores: `{PREFIX}REAUTHENTICATION__RELEASED=passkey`.
"""


def text() -> str:
    """The page."""
    lines = [_HEAD, *_table(Configuration, PREFIX), ""]
    lines += ["## The table `oidc`", "", *_table(OpenIdConnect, f"{PREFIX}OIDC__"), ""]
    return "\n".join(lines)


def _table(model: type[BaseModel], prefix: str) -> list[str]:
    rows = ["| setting | variable | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        if not field.description:
            raise ValueError(f"The setting {name} has no description.")
        rows.append(
            f"| `{name}` | `{prefix}{name.upper()}` | {_default(field)} | {field.description}{_limits(field)} |"
        )
    return rows


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", (), {}):
        return "none"
    return f"`{json.dumps(value, default=str)}`"


def _limits(field: FieldInfo) -> str:
    limits = {type(part).__name__: part for part in field.metadata}
    if "Ge" in limits and "Le" in limits:
        return f" ({limits['Ge'].ge} to {limits['Le'].le})"
    return ""
