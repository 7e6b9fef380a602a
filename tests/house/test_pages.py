"""The documentation is complete: what exists is written down, and what is written down exists."""

import re
import tomllib
from pathlib import Path

import pytest

from batchwright import cli
from batchwright.people import permissions
from batchwright.site import commands
from tests.tools import doc_blocks, index_page

REPOSITORY = doc_blocks.REPOSITORY
PART = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]*)#([^)\s]+)\)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", doc_blocks.pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", doc_blocks.pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_to_a_part_of_a_page_leads_to_a_heading(page: Path) -> None:
    found = PART.findall(page.read_text(encoding="utf-8"))
    parts = [(page.parent / target if target else page, part) for target, part in found if "://" not in target]
    assert [part for file, part in parts if file.suffix == ".md" and part not in _headings(file)] == []


def _headings(page: Path) -> set[str]:
    """Names of the headings of a page, as its readers make them: small letters, without points, hyphens for blanks."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_role_has_a_page_that_says_what_it_sees_first() -> None:
    folder = REPOSITORY / "docs" / "how-to" / "roles"
    names = {"qa": "quality-assurance"}
    for role in permissions.ROLES:
        page = folder / f"{names.get(role.code, role.code.replace('_', '-'))}.md"
        assert "**You see first:**" in page.read_text(encoding="utf-8")


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
