"""Prepares the plant of the benchmark of pages: the demo with a real plant's lots, and who looks at which page.

Its own process; the argument is the folder of the lots' table, or "". Writes to standard output, as JSON, a session
cookie for each role and the addresses: every page that links lead to from Home, each kind once.
"""

from __future__ import annotations

import html
import importlib
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:  # models load only once Django is set up
    from django.test import Client

FIRST = ("qa", "operator", "supervisor", "process_engineer", "planner", "analyst", "administrator", "inspector")
"""Roles in the order in which they look: a kind of page is measured for the first one who comes to it."""
OF_EVERYBODY = ("home", "execution:work")
"""Pages that are measured for every role."""
_HREF = re.compile(r'href="(/[^"#]*)')
_MOST = 400
"""Pages after which a role's links are followed no further."""


def main() -> None:
    """Prepare."""
    import django

    django.setup()
    from django.conf import settings

    from batchwright.people import demo as people
    from batchwright.site import start
    from batchwright.site.demo_filling import SEEDED

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    start.migrate()
    for name in (*SEEDED, "execution"):
        importlib.import_module(f"batchwright.{name}.demo").seed()
    lots = _lots(sys.argv[1])
    _plain_rows()
    cookies, pages, kinds = {}, [], set()
    for role in FIRST:
        person = next(one for one in people.PEOPLE if one.role == role)
        client = _signed_in(person)
        cookies[role] = client.cookies["sessionid"].value
        for kind, address in walk(client).items():
            if kind not in kinds or kind in OF_EVERYBODY:
                pages.append({"role": role, "page": kind, "address": address})
            kinds.add(kind)
    json.dump({"cookies": cookies, "pages": pages, "lots": lots}, sys.stdout)


def _lots(folder: str) -> int:
    """Take over the lots of a real plant; gives how many there are then."""
    from batchwright.materials.models import Lot

    if folder:
        command = [sys.executable, "-m", "batchwright.cli", "import", "tablets", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return Lot.objects.count()


def _plain_rows() -> None:
    from benchmarks.flooring.models import PlainStep

    PlainStep._default_manager.bulk_create(
        PlainStep(batch=f"B-{number}", path="make/cook/stir", by="op001") for number in range(20)
    )


def _signed_in(person: Any) -> Client:
    from django.test import Client
    from django.urls import reverse

    client = Client()
    answer = client.post(reverse("account_login"), {"login": person.username, "password": person.password})
    if answer.status_code != 302:
        raise RuntimeError(f"{person.username} cannot sign in")
    return client


def walk(client: Client) -> dict[str, str]:
    """Follow links from Home, breadth first.

    Args:
        client: A browser in which somebody is signed in.

    Returns:
        Each kind of page, by its name in the table of addresses, with the first address that was found of it.
    """
    from django.urls import Resolver404, resolve

    waiting, seen, found, files = ["/"], {"/"}, dict[str, str](), set[str]()
    while waiting and len(found) < _MOST:
        address = waiting.pop(0)
        try:
            kind = resolve(urlsplit(address).path).view_name
        except Resolver404:
            continue
        if kind in found or kind in files or "logout" in kind or kind.startswith(("api", "static")):
            continue
        answer = client.get(address)
        if answer.status_code != 200:
            continue
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            files.add(kind)
            continue
        found[kind] = address
        for link in map(html.unescape, _HREF.findall(answer.content.decode())):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    return found


if __name__ == "__main__":
    main()
