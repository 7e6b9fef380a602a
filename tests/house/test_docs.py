"""Every code block of the documentation does what its page says."""

import os
from pathlib import Path

import pytest

from tests.conftest import PlantDatabase, engine
from tests.tools import doc_blocks

PAGES = [page for page in doc_blocks.pages() if page.is_file() and doc_blocks.blocks(page)]
PURE = [page for page in PAGES if "twins" in str(page.relative_to(doc_blocks.REPOSITORY))]
"""Pages of the twins, which cannot reach a database."""


def name(page: Path) -> str:
    return str(page.relative_to(doc_blocks.REPOSITORY))


def run(page: Path, folder: Path, environment: dict[str, str], how: doc_blocks.Run = doc_blocks.started) -> None:
    namespace: dict[str, object] = {"__name__": "page"}
    for block in doc_blocks.blocks(page):
        if block.kind == "python":
            doc_blocks.run_python(block, namespace)
        else:
            doc_blocks.run_console(block, folder, environment, how)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in PURE], ids=name)
def test_the_blocks_of_a_page_run(
    page: Path, plant_database: PlantDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    how = doc_blocks.started if engine() == "sqlite" else doc_blocks.forked
    run(page, tmp_path, plant_database.environment(), how)


@pytest.mark.parametrize("page", PURE, ids=name)
def test_the_blocks_of_a_page_run_where_there_is_no_plant(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("BATCHWRIGHT_", "DJANGO_"))}
    run(page, tmp_path, {**bare, "BATCHWRIGHT_PLANT_FOLDER": str(tmp_path / "plant")})
