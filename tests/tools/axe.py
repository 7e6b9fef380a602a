"""Asks axe about a page that is open in a browser."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe(page: Page, *rules: str) -> list[str]:
    """Ask axe; the rules of RULES, or those named."""
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": RULES}
    if page.evaluate("window.axe === undefined"):
        page.evaluate(Axe().axe_script)
    # What axe found to be fine is most of its answer and takes half of its time.
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(document, options).then((said) => said.violations)",
        {"runOnly": only, "resultTypes": ["violations"]},
    )
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
