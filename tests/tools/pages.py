"""Writes the generated pages: ``python -m tests.tools.pages``; with ``--check`` only says which are out of date."""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.tools import configuration_page, house_page, index_page, recipe_schema, requirements_page, states_page

PAGES: dict[Path, Callable[[], str]] = {
    configuration_page.PAGE: configuration_page.text,
    requirements_page.PAGE: requirements_page.text,
    index_page.PAGE: index_page.text,
    recipe_schema.PAGE: recipe_schema.text,
    states_page.PAGE: states_page.text,
    house_page.PAGE: house_page.text,
    **{house_page.FOLDER / name: draw for name, draw in house_page.pictures().items()},
}


def out_of_date() -> list[Path]:
    """The pages that are not as they would be written now."""
    return [page for page, text in PAGES.items() if not page.is_file() or page.read_text(encoding="utf-8") != text()]


def main() -> int:
    stale = out_of_date()
    if "--check" in sys.argv[1:]:
        for page in stale:
            print(f"{page.name} is out of date; run: make docs")
        return 1 if stale else 0
    for page in stale:
        page.write_text(PAGES[page](), encoding="utf-8")
        print(f"wrote {page.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
