"""Makes the pictures of the documentation from a demo plant of its own: ``make screenshots``."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = REPOSITORY / "docs" / "images"
DESK = {"width": 1440, "height": 900}
TABLET = {"width": 1024, "height": 768}


@dataclass(frozen=True)
class Picture:
    """One picture.

    Args:
        name: Its file, without the ending.
        path: The page.
        role: Who looks at it, a role's code; "" for somebody not signed in.
        size: The window.
        dark: Whether in dark colours.
    """

    name: str
    path: str
    role: str
    size: Mapping[str, int]
    dark: bool = False


PICTURES = (
    Picture("sign-in", "/accounts/login/", "", TABLET),
    Picture("home", "/", "supervisor", DESK),
    Picture("home-dark", "/", "supervisor", TABLET, dark=True),
    Picture("record", "/record/", "qa", DESK),
    Picture("people", "/people/", "administrator", DESK),
    Picture("training", "/training/", "supervisor", DESK),
    Picture("account", "/account/", "operator", TABLET),
)


def chromium() -> str:
    """The system's Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise SystemExit("Chromium is not installed. On Debian: apt-get install chromium")


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """A demo plant for the length of a ``with`` block; gives its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "batchwright.cli", "demo", "--folder", str(folder), "--port", "8900"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
    )
    try:
        for line in process.stdout or ():
            if "answers at " in line:
                yield line.split("answers at ")[1].strip().rstrip("/")
                break
        else:
            raise SystemExit(f"The demo ended with exit code {process.wait()}.")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def log_ins(folder: Path) -> dict[str, tuple[str, str]]:
    """Role -> user name and password, as the demo's own seeding tells; doing it again changes nothing."""
    os.environ["BATCHWRIGHT_PLANT_FOLDER"] = str(folder)
    from batchwright.site import start

    start.set_up_django()
    from batchwright.people.demo import seed

    return {log_in.role_code: (log_in.username, log_in.password) for log_in in seed()}


def take(browser: Browser, address: str, picture: Picture, known: Mapping[str, tuple[str, str]]) -> None:
    """Take one picture, as the person who would look at that page."""
    context = browser.new_context(
        viewport={"width": picture.size["width"], "height": picture.size["height"]},
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    page = context.new_page()
    if picture.role:
        username, password = known[picture.role]
        page.goto(f"{address}/accounts/login/")
        page.fill("#id_login", username)
        page.fill("#id_password", password)
        page.click("form:has(#id_login) button")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
    answer = page.goto(address + picture.path)
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.path} answered {answer.status if answer else 'nothing'} to {picture.role}.")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{picture.name}.png")
    context.close()
    print(f"docs/images/{picture.name}.png")


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="batchwright-pictures-") as scratch:
        folder = Path(scratch) / "demo"
        with demo(folder) as address, sync_playwright() as playwright:
            known = log_ins(folder)
            # Chromium has no sandbox for root; what it opens here is our own plant.
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
            for picture in PICTURES:
                take(browser, address, picture, known)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
