"""The documentation is complete: what exists is written down, and what is written down exists."""

import re
import tomllib
from pathlib import Path

import pytest

from batchwright import cli
from batchwright.site import commands
from tests.tools import doc_blocks, index_page

REPOSITORY = doc_blocks.REPOSITORY
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", doc_blocks.pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_of_one_kind() -> None:
    folders = {page.relative_to(REPOSITORY / "docs").parts[0] for page in (REPOSITORY / "docs").glob("*/**/*.md")}
    assert folders <= set(index_page.KINDS)


@pytest.mark.requirement("11.10(k)")
def test_every_command_is_documented() -> None:
    page = (REPOSITORY / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    app = cli.application(None)
    names = [command.name for command in app.registered_commands] + list(cli.CAPABILITIES)
    assert names[: len(commands.SITE_COMMANDS)] == list(commands.SITE_COMMANDS)
    assert [name for name in names if f"| `{name}" not in page] == []


def test_every_runtime_dependency_has_its_line_with_licence_upkeep_and_exit() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[\[<>=~!; ]", dependency, maxsplit=1)[0] for dependency in project["dependencies"]}
    page = (REPOSITORY / "docs" / "adr" / "0005-runtime-dependencies.md").read_text(encoding="utf-8")
    first_cells = [row.split("|")[1] for row in page.splitlines() if row.startswith("| ")][1:]
    listed = {name.strip() for cell in first_cells for name in re.sub(r"\(.*\)", "", cell).split(",")}
    assert listed - {"package"} == names
