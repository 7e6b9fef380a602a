"""Opens the pages of a running plant as people see them - on a tablet, at a desk, by day, by night - and asks axe."""

import os
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, sync_playwright

from tests.tools.axe import axe

if TYPE_CHECKING:
    from tests.tools.crawl import Session

TABLET = (1024, 768)
DESK = (1440, 900)
OF_COLOUR = ("color-contrast", "link-in-text-block")
OF_LAYOUT = ("target-size", "scrollable-region-focusable")
_BUILT_OF = """() => {
    const parts = new Set()
    for (const one of document.body.querySelectorAll("*")) {
        const said = one.getAttributeNames().filter((name) => !["id", "href", "name", "value"].includes(name))
        const svg = one.closest("svg")
        const words = [one.parentElement.tagName, one.tagName, one.getAttribute("class"), said]
        parts.add(svg && svg !== one ? "svg" : words.join(" "))
    }
    return [...parts].sort().join("\\n")
}"""
"""What a page is made of: two that differ in their words alone are alike to axe."""

_COVERED = """() => {
    const wrong = []
    const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
    for (const one of document.querySelectorAll(reached)) {
        if (one.disabled || !one.checkVisibility({visibilityProperty: true})) continue
        one.focus()
        const place = one.getClientRects()[0]
        if (!place || place.width < 5 || place.height < 5 || place.height > window.innerHeight / 2) continue
        const above = document.elementFromPoint(place.x + place.width / 2, place.y + place.height / 2)
        if (!above || one.contains(above) || above.contains(one)) continue
        if (one.labels && [...one.labels].some((label) => label.contains(above))) continue
        wrong.push(`${one.outerHTML.slice(0, 120)} below ${above.outerHTML.slice(0, 80)}`)
    }
    return wrong
}"""
"""WCAG 2.4.11: what has the focus is scrolled clear of what stays at the edges of the screen."""


class Eyes:
    """Who looks; remembers what the pages looked at were made of, and looks at none twice that is made of the same."""

    def __init__(self) -> None:
        self._met: dict[str, set[str]] = {}
        self.seen = 0
        """Pages looked at for whom was looked last."""
        self.alike = 0
        """Pages left out, because somebody else had one of the same kind that is made of the same parts."""

    def look(self, session: "Session", pages: dict[str, str]) -> list[str]:
        """Look at one page of each kind.

        Args:
            session: Who is signed in.
            pages: An address of each kind.

        Returns:
            What is wrong, with its page and screen.
        """
        self.seen = self.alike = 0
        wrong: list[str] = []
        cookies: Any = [{"name": one.name, "value": one.value, "url": session.url} for one in session.jar]
        with sync_playwright() as playwright:
            program = os.environ.get("BATCHWRIGHT_CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            context = browser.new_context(reduced_motion="reduce")
            context.add_cookies(cookies)
            page = context.new_page()
            for name, address in sorted(pages.items()):
                page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
                page.goto(f"{session.url}{address}")
                built = page.evaluate(_BUILT_OF)
                if built in self._met.setdefault(name, set()):
                    self.alike += 1
                    continue
                self._met[name].add(built)
                self.seen += 1
                wrong += [f"{name} {address}: {fault}" for fault in _asked(page)]
            browser.close()
        return wrong


def _asked(page: Page) -> list[str]:
    """Ask about the page that is open: every rule once, and what size and light change in both of them."""
    said = [f"tablet: {fault}" for fault in axe(page)]
    page.emulate_media(color_scheme="dark")
    said += [f"tablet, dark: {fault}" for fault in axe(page, *OF_COLOUR)]
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.evaluate("window.scrollTo(0, 0)")
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach((part) => part.open = true)")
    said += [f"desk, dark: {fault}" for fault in axe(page, *OF_COLOUR)]
    page.emulate_media(color_scheme="light")
    said += [f"desk: {fault}" for fault in axe(page, *OF_COLOUR, *OF_LAYOUT)]
    page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    return said + [f"tablet: what has the focus is covered: {fault}" for fault in page.evaluate(_COVERED)]
