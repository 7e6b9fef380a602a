"""Every code block of the documentation does what its page says."""

import os
from pathlib import Path

import pytest

from tests.conftest import PlantDatabase
from tests.tools import doc_blocks

PAGES = [page for page in doc_blocks.pages() if page.is_file() and doc_blocks.blocks(page)]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(doc_blocks.REPOSITORY)) for page in PAGES])
def test_the_blocks_of_a_page_run(
    page: Path, plant_database: PlantDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = plant_database.environment()
    environment["BATCHWRIGHT_PLANT_FOLDER"] = os.environ["BATCHWRIGHT_PLANT_FOLDER"]
    namespace: dict[str, object] = {"__name__": "page"}
    for block in doc_blocks.blocks(page):
        if block.kind == "python":
            doc_blocks.run_python(block, namespace)
        else:
            doc_blocks.run_console(block, tmp_path, environment)
