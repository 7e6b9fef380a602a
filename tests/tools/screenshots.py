"""The pictures of the documentation, taken from the demo's own pages: ``python -m tests.tools.screenshots``.

Starts a demo plant in a temporary folder, signs in, and writes ``docs/images/*.png``. Needs Chromium.
"""

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("BATCHWRIGHT_CHROMIUM", "/usr/bin/chromium")
DESK, TABLET = (1440, 900), (1024, 768)


@dataclass(frozen=True)
class Picture:
    """One picture: the page, who looks at it, on what screen."""

    name: str
    address: str
    who: str = "a.novak"
    size: tuple[int, int] = DESK
    scheme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture("sign-in", "/accounts/login/", who="", size=TABLET),
    Picture("home", "/"),
    Picture("home-dark", "/", scheme="dark"),
    Picture("people", "/people/"),
    Picture("training", "/training/", who="j.okafor", size=TABLET),
    Picture("signature", "SIGN", who="j.okafor", size=TABLET),
    Picture("record", "/record/"),
    Picture("entry", "ENTRY"),
    Picture("subject", "/record/of/user/p.silva/", scheme="dark", size=TABLET),
    Picture("verification", "VERIFY"),
    Picture("account", "/account/", who="m.kowalska", size=TABLET),
    Picture("roles", "/people/roles/"),
    Picture("plant", "/plant/", who="m.kowalska", size=TABLET),
    Picture("unit", "/plant/units/FB-101/", who="m.kowalska", size=TABLET),
)


@contextmanager
def demo_plant(folder: Path) -> Iterator[str]:
    """Serve a fresh demo plant.

    Args:
        folder: Where it is kept.

    Yields:
        Its address.
    """
    os.environ.update(
        BATCHWRIGHT_PLANT_FOLDER=str(folder), BATCHWRIGHT_SITE_NAME="Limmat Biologics, Schlieren",
        BATCHWRIGHT_SITE_ZONE="Europe/Zurich", DJANGO_SETTINGS_MODULE="batchwright.site.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="true",
    )  # fmt: skip
    import django

    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command
    from django.core.servers.basehttp import ThreadedWSGIServer

    from batchwright.people import demo
    from batchwright.plant import demo as equipment
    from batchwright.record.services import checkpoint

    call_command("migrate", verbosity=0, interactive=False)
    demo.seed()
    equipment.seed()
    checkpoint()
    server = ThreadedWSGIServer(("localhost", 0), _quiet_handler(), connections_override={})
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


def _quiet_handler() -> type:
    from django.core.servers.basehttp import WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        """A request line is no news here."""

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Quiet


def _address(picture: Picture) -> str:
    """Find pages whose number depends on the demo's story."""
    from batchwright.people.models import TrainingRecord, User
    from batchwright.record import runs
    from batchwright.record.actor import Actor
    from batchwright.record.models import Entry

    if picture.address == "ENTRY":
        return f"/record/{Entry.objects.filter(type='training.corrected/1').latest('seq').seq}/"
    if picture.address == "SIGN":
        waiting = TrainingRecord.objects.get(read_at__isnull=False, achieved_at__isnull=True)
        return f"/training/records/{waiting.pk}/sign/assessed_competent/"
    if picture.address == "VERIFY":
        person = User.objects.get(username=picture.who)
        run = runs.start(Actor(id=person.username, name=person.printed_name, role="qa"))
        for thread in threading.enumerate():
            if thread.name.startswith("verification-"):
                thread.join()
        return f"/record/verify/{run.pk}/"
    return picture.address


def take(to: Path, pictures: Sequence[Picture] = PICTURES) -> list[Path]:
    """Take the pictures.

    Args:
        to: The folder they are written to.
        pictures: Which ones.

    Returns:
        The files.
    """
    from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

    to.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="batchwright-pictures-") as folder, demo_plant(Path(folder)) as site:
        from batchwright.people import demo

        passwords = {person.username: person.password for person in demo.PEOPLE}

        states: dict[str, StorageState] = {}

        def screen(browser: Browser, picture: Picture) -> BrowserContext:
            return browser.new_context(
                viewport={"width": picture.size[0], "height": picture.size[1]}, color_scheme=picture.scheme,
                base_url=site, locale="en-GB", timezone_id="Europe/Zurich", reduced_motion="reduce",
                storage_state=states.get(picture.who),
            )  # fmt: skip

        def sign_in(browser: Browser, picture: Picture) -> None:
            with screen(browser, picture) as context:
                page = context.new_page()
                page.goto("/accounts/login/")
                page.get_by_label("User name").fill(picture.who)
                page.get_by_label("Password", exact=True).fill(passwords[picture.who])
                page.get_by_role("button", name="Sign in").click()
                page.get_by_role("heading", name="What needs me").wait_for()
                states[picture.who] = context.storage_state()

        def one(browser: Browser, picture: Picture) -> Path:
            if picture.who and picture.who not in states:
                sign_in(browser, picture)
            with screen(browser, picture) as context:
                page = context.new_page()
                page.goto(_address(picture))
                file = to / f"{picture.name}.png"
                page.screenshot(path=file)
            return file

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            made += [one(browser, picture) for picture in pictures]
            browser.close()
    return made


def main() -> int:
    """Take all pictures, or those that are named.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="pictures to take; all if none is named")
    parser.add_argument("--to", type=Path, default=REPOSITORY / "docs" / "images")
    asked = parser.parse_args()
    wanted = [picture for picture in PICTURES if not asked.names or picture.name in asked.names]
    for file in take(asked.to, wanted):
        sys.stdout.write(f"{file.relative_to(REPOSITORY) if file.is_relative_to(REPOSITORY) else file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
