"""A browser in front of a plant that really commits: one server thread, one Chromium, nobody else on the network."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, StorageState
    from pytest_django import DjangoDbBlocker

    from tests.conftest import Stages

from tests.conftest import fresh_plant

CHROMIUM = os.environ.get("BATCHWRIGHT_CHROMIUM", "/usr/bin/chromium")
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A camera that shows a clock, and that nobody has to allow."""
TABLET = (1024, 768)
DESK = (1440, 900)
Scheme = Literal["light", "dark"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let one worker try a module: its plant and its browser are made once."""
    item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium as Debian ships it; for one module, because Playwright's loop lives in this thread until it ends."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # queries of a test beside that loop are meant
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *CAMERA])
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(_stages: "Stages", django_db_blocker: "DjangoDbBlocker") -> Iterator[str]:
    """Where the demo's plant answers; one plant for the tests of one module."""
    from batchwright.record.services import checkpoint

    with django_db_blocker.unblock():
        stage = _stages.at("demo")
    with fresh_plant(stage, django_db_blocker):
        checkpoint()
        with serving() as found:
            yield found


@contextmanager
def serving() -> Iterator[str]:
    """Let the plant of this process answer in a thread of its own."""
    from django.core.cache import cache
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    cache.clear()
    server = ThreadedWSGIServer(("localhost", 0), WSGIRequestHandler, connections_override={})
    server.daemon_threads = True
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class House:
    """The plant as people meet it: pages opened by somebody, on some screen."""

    browser: "Browser"
    address: str
    elsewhere: list[str] = field(default_factory=list)
    """Requests that left the plant."""
    complaints: list[str] = field(default_factory=list)
    """What the browser's console said was wrong."""
    _states: dict[str, "StorageState"] = field(default_factory=dict)

    @contextmanager
    def at(self, size: tuple[int, int] = DESK, scheme: Scheme = "light", who: str = "") -> Iterator["Page"]:
        """Sit down at a screen, signed in or as a stranger."""
        state = self._state(who) if who else None
        with self._screen(size, scheme, state) as page:
            yield page

    @contextmanager
    def _screen(self, size: tuple[int, int], scheme: Scheme, state: "StorageState | None" = None) -> Iterator["Page"]:
        context: BrowserContext = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, base_url=self.address,
            storage_state=state, locale="en-GB", timezone_id="Europe/Zurich", has_touch=size == TABLET,
            reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(30_000)  # a busy machine is no fault of a page
        context.on("request", self._watch)
        context.on("console", self._listen)
        page = context.new_page()
        try:
            yield page
        finally:
            context.close()

    def _state(self, who: str) -> "StorageState":
        """Sign in once as somebody, through the page."""
        if who not in self._states:
            with self._screen(DESK, "light") as page:
                self.sign_in(page, who)
                self._states[who] = page.context.storage_state()
        return self._states[who]

    def sign_in(self, page: "Page", who: str) -> None:
        """Sign in through the page."""
        page.goto("/accounts/login/")
        self.fill_log_in(page, who)
        page.get_by_role("heading", name="What needs me").wait_for()

    def fill_log_in(self, page: "Page", who: str) -> None:
        """Fill in the log-in page and press its button; it leads to where one wanted to go."""
        from batchwright.people import demo

        password = next(person.password for person in demo.PEOPLE if person.username == who)
        page.get_by_label("User name").fill(who)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()

    def _watch(self, request: "Request") -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def _listen(self, message: "ConsoleMessage") -> None:
        expected = "Failed to load resource" in message.text  # the pages of 403 and 404 themselves
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(f"{message.location.get('url', '')}: {message.text}")


@pytest.fixture
def house(browser: "Browser", address: str) -> Iterator[House]:
    """The demo's plant in a browser; at the end nothing left it and the console was silent."""
    opened = House(browser, address)
    yield opened
    assert opened.elsewhere == []
    assert opened.complaints == []
