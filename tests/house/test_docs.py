"""Every code block of the documentation does what its page says."""

import os
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.conftest import PlantDatabase, engine
from tests.tools import doc_blocks

PAGES = [page for page in doc_blocks.pages() if page.is_file() and doc_blocks.blocks(page)]
PURE = [page for page in PAGES if "twins" in str(page.relative_to(doc_blocks.REPOSITORY))]
"""Pages of the twins, which cannot reach a database."""


EITHER_ENGINE = {"docs/how-to/production.md", "docs/tutorial/first-batch.md"}
"""Pages that work on plants of their own, or show nothing that depends on the engine."""
AS_A_READER = ("README.md", "CONTRIBUTING.md", "docs/tutorial/", "docs/how-to/production.md")
"""Pages of whose commands the first of each capability is started as a reader does; the others run in copies of this
process, as those of other pages do."""


def name(page: Path) -> str:
    return str(page.relative_to(doc_blocks.REPOSITORY))


def marked(page: Path) -> ParameterSet:
    marks = [pytest.mark.either_engine] if name(page) in EITHER_ENGINE else []
    return pytest.param(page, marks=marks, id=name(page))


def run(page: Path, folder: Path, environment: dict[str, str], how: doc_blocks.Run = doc_blocks.started) -> None:
    namespace: dict[str, object] = {"__name__": "page"}
    for block in doc_blocks.blocks(page):
        if block.kind == "python":
            doc_blocks.run_python(block, namespace)
        else:
            given: dict[str, str] = namespace.get("environment", {})  # type: ignore[assignment]
            doc_blocks.run_console(block, folder, {**environment, **given}, how)


@pytest.mark.parametrize("page", [marked(page) for page in PAGES if page not in PURE])
def test_the_blocks_of_a_page_run(
    page: Path, plant_database: PlantDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    how = doc_blocks.forked
    if engine() == "sqlite" and name(page).startswith(AS_A_READER):
        how = doc_blocks.started_first()
    run(page, tmp_path, plant_database.environment(), how)


@pytest.mark.parametrize("page", PURE, ids=name)
def test_the_blocks_of_a_page_run_where_there_is_no_plant(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("BATCHWRIGHT_", "DJANGO_"))}
    run(page, tmp_path, {**bare, "BATCHWRIGHT_PLANT_FOLDER": str(tmp_path / "plant")})
