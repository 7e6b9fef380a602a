"""The pictures of the documentation, taken from the demo's own pages: ``python -m tests.tools.screenshots``.

Starts a demo plant in a temporary folder, signs in, and writes ``docs/images/*.png``. Needs Chromium.
"""

import argparse
import io
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
    *(
        Picture(f"tour-{number}-{name}", f"TOUR{number}", who="m.kowalska" if number == 3 else "a.novak", size=size)
        for number in range(1, 8) for name, size in (("desk", DESK), ("tablet", TABLET))
    ),
)  # fmt: skip
COLOURS = 96
"""Of each picture: letters and greys need few, and the files stay small."""


@contextmanager
def demo_plant(folder: Path) -> Iterator[str]:
    """Serve a demo plant.

    Args:
        folder: Where it is kept; a plant is made there where none is.

    Yields:
        Its address.
    """
    os.environ.update(
        BATCHWRIGHT_PLANT_FOLDER=str(folder), BATCHWRIGHT_SITE_NAME="Limmat Biologics, Schlieren",
        BATCHWRIGHT_SITE_ZONE="Europe/Zurich", DJANGO_SETTINGS_MODULE="batchwright.site.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="true", BATCHWRIGHT_DEMO="true", BATCHWRIGHT_MODULES="simulated",
    )  # fmt: skip
    from batchwright.site import demo, demo_filling, start

    if not (folder / demo.DATABASE).exists():
        demo_filling.make()
    start.set_up_django()
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer

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
    from batchwright.people import access
    from batchwright.people.models import TrainingRecord, User
    from batchwright.record import runs
    from batchwright.record.actor import Actor
    from batchwright.record.models import Entry
    from batchwright.site.web import tour

    if picture.address.startswith("TOUR"):
        person = User.objects.select_related("sponsor").get(username=picture.who)
        actor = access.actor_of(person, access.current_role_codes(person)[0])
        return tour.step_of(actor, int(picture.address[-1])).stop.href
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


def _write(file: Path, png: bytes) -> None:
    """Write a picture with few colours."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


def take(to: Path, pictures: Sequence[Picture] = PICTURES, plant: Path | None = None) -> list[Path]:
    """Take the pictures.

    Args:
        to: The folder they are written to.
        pictures: Which ones.
        plant: Folder of a demo plant that is there already; by default one is made and thrown away.

    Returns:
        The files.
    """
    from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

    to.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    passing = tempfile.TemporaryDirectory(prefix="batchwright-pictures-")
    with passing as folder, demo_plant(plant or Path(folder)) as site:
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
                if picture.address.startswith("TOUR"):
                    context.add_cookies([{"name": "tour", "value": picture.address[-1], "url": site}])
                page = context.new_page()
                page.goto(_address(picture))
                file = to / f"{picture.name}.png"
                _write(file, page.screenshot())
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
    parser.add_argument("--plant", type=Path, help="folder of a demo plant that is there already")
    asked = parser.parse_args()
    wanted = [picture for picture in PICTURES if not asked.names or picture.name in asked.names]
    for file in take(asked.to, wanted, asked.plant):
        sys.stdout.write(f"{file.relative_to(REPOSITORY) if file.is_relative_to(REPOSITORY) else file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
