"""Walks through every page of a running plant as each of its people: ``python -m tests.tools.crawl --url http://...``.

Begins at home and follows every link, the addresses that a page asks for by itself, and its forms that search. Of pages
of one kind - one address with the same parameters - it looks at some. It finds what does not answer, links that lead
nowhere or to what the person may not see, and in a sponsor's pages what belongs to another sponsor. With ``--axe`` one
page of each kind is also opened in a browser (`tests.tools.eyes`), on a tablet and at a desk, by day and by night.
Without ``--who`` everybody of the demo walks, one after the other.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any

MOST = 3
"""Pages of one kind that are looked at."""
_NAMED = ("user/", "sponsor/", "recipe/")
_LINKS = {"a": ("href",), "img": ("src",), "iframe": ("src",), "object": ("data",)}
_ASKED_FOR = ("hx-get", "data-src", "data-href")
_NOT_FOLLOWED = ("mailto:", "data:", "blob:", "tel:")
_TOKEN = re.compile(r"csrfmiddlewaretoken\W+value=\W?([A-Za-z0-9]+)")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    media_type: str
    text: str
    location: str = ""


Get = Callable[[str], Answer]
"""Asks for an address, as somebody; never follows a redirection."""
Kind = Callable[[str], str]
"""Names what a path is an instance of; "" where no address of the plant is like it."""


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.marks: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.marks |= {said[name] for name in ("id", "name") if name in said}
        asked = [said[name] for name in (*_LINKS.get(tag, ()), *_ASKED_FOR) if name in said]
        if tag == "form" and said.get("method", "get").lower() == "get" and said.get("action"):
            asked.append(said["action"])
        self.links += [link for link in asked if not link.startswith(_NOT_FOLLOWED)]


@dataclass
class Walk:
    """What one person found."""

    who: str
    asked: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    """The first page of each kind that is a page."""
    statuses: Counter[int] = field(default_factory=Counter)
    leaks: int = 0
    """Pages that name what belongs to another sponsor."""
    faults: list[str] = field(default_factory=list)


def walk(who: str, get: Get, kind: Kind, *, hidden: frozenset[str] = frozenset(), most: int = MOST) -> Walk:
    """Walk through the plant.

    Args:
        who: Who walks.
        get: Asks as this person.
        kind: What an address is an instance of.
        hidden: Words that may stand on none of the pages.
        most: How many pages of one kind are looked at.
    """
    found = Walk(who)
    seen: Counter[str] = Counter()
    known = {"/"}
    waiting = deque([("/", "the beginning")])
    secret = _any_of(hidden)
    while waiting:
        address, origin = waiting.popleft()
        named = kind(urllib.parse.urlsplit(address).path)
        if not named:
            found.faults.append(f"{address}: no such address, linked from {origin}")
            continue
        key = f"{named}?{'&'.join(sorted(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))))}"
        seen[key] += 1
        if seen[key] > most:
            continue
        answer = get(address)
        found.asked += 1
        found.statuses[answer.status] += 1
        links = list(_judged(found, address, origin, answer))
        if secret is not None and (leaks := sorted(set(secret.findall(answer.text)))):
            found.leaks += 1
            found.faults.append(f"{address}: names {', '.join(leaks[:5])} of another sponsor")
        if answer.status == 200 and answer.media_type == "text/html" and "<html" in answer.text[:500]:
            found.kinds.setdefault(named, address)
        for link in links:
            there = urllib.parse.urldefrag(urllib.parse.urljoin(f"http://plant{address}", link)).url
            if not there.startswith("http://plant/"):
                found.faults.append(f"{address}: leads out of the plant to {link}")
            elif (path := there.removeprefix("http://plant")) not in known and not path.startswith("/static/"):
                known.add(path)
                waiting.append((path, address))
    return found


def _judged(found: Walk, address: str, origin: str, answer: Answer) -> Iterator[str]:
    """Judge an answer, and give the links in it."""
    if answer.status in (301, 302, 303) and answer.location:
        yield answer.location
        return
    if answer.status != 200:
        found.faults.append(f"{address}: {answer.status}, linked from {origin}")
        return
    if answer.media_type != "text/html":
        return
    page = _Page(answer.text)
    for link in page.links:
        if not link.startswith("#"):
            yield link
        elif "<html" in answer.text[:500] and link not in ("#", "#top") and link[1:] not in page.marks:
            found.faults.append(f"{address}: nothing on the page is called {link}")


def _any_of(words: frozenset[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(word) for word in longest_first)})(?![\w-])")


def hidden_from(sponsor: str, all_entries: list[dict[str, Any]]) -> frozenset[str]:
    """Words that nobody of a sponsor may read: what the entries about other sponsors are about, and no others.

    Args:
        sponsor: The sponsor's code.
        all_entries: Entries as the JSON edge gives them to somebody of the plant.
    """
    theirs: set[str] = set()
    others: set[str] = set()
    for entry in all_entries:
        about = entry["subject"].split("/", 1)[-1]
        words = {about} | {
            entry["data"][name]
            for name in ("printed_name", "name", "username", "code", "product")
            if isinstance(entry["data"].get(name), str) and entry["subject"].startswith(_NAMED)
        }
        (theirs if entry["sponsor"] in (None, sponsor) else others).update(words)
    return frozenset(word for word in others - theirs if len(word) >= 4 and not word.isdigit())


def entries(get: Get) -> list[dict[str, Any]]:
    """Every entry that somebody may read, over the JSON edge."""
    read: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        answer = get(f"/api/record/entries?limit=500&after={after}")
        if answer.status != 200:
            raise RuntimeError(f"the entries cannot be read: {answer.status} {answer.text[:200]}")
        said = json.loads(answer.text)
        read += said["entries"]
        after = said["next_after"]
    return read


class Session:
    """Somebody signed in to a running plant.

    Args:
        url: Where it answers.
        username: Who signs in.
        password: With what.
    """

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url.rstrip("/")
        self.jar = CookieJar()
        keeping = urllib.request.HTTPCookieProcessor(self.jar)
        self._open = urllib.request.build_opener(keeping, _Staying()).open
        token = _TOKEN.search(self.get("/accounts/login/").text)
        form = {"login": username, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
        answer = self._ask(urllib.request.Request(f"{self.url}/accounts/login/", urllib.parse.urlencode(form).encode()))
        if answer.status != 302:
            raise RuntimeError(f"{username} cannot sign in: {answer.status}")

    def get(self, address: str) -> Answer:
        """Ask for an address."""
        return self._ask(urllib.request.Request(f"{self.url}{urllib.parse.quote(address, safe='/?&=%+:,~')}"))

    def post(self, address: str, said: dict[str, Any], key: str = "") -> Answer:
        """Send JSON, with a key by which it is known when it is sent again."""
        token = next(cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken")
        headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Idempotency-Key": key}
        return self._ask(urllib.request.Request(f"{self.url}{address}", json.dumps(said).encode(), headers))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._open(request, timeout=60) as said:
                return _answer(said)
        except urllib.error.HTTPError as refused:
            return _answer(refused)


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirection."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _answer(said: Any) -> Answer:
    media_type = said.headers.get_content_type()
    text = said.read().decode("utf-8", "replace")
    return Answer(said.status, media_type, text, said.headers.get("Location", ""))


def resolved() -> Kind:
    """Name addresses as the plant does; no plant of this machine is touched."""
    from django.urls import Resolver404, resolve

    def kind(path: str) -> str:
        try:
            return resolve(urllib.parse.unquote(path)).view_name
        except Resolver404:
            return ""

    return kind


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.crawl", description=__doc__)
    parser.add_argument("--url", required=True, help="where a demo plant answers")
    parser.add_argument("--most", type=int, default=20, help="pages of one kind that are looked at (default: 20)")
    parser.add_argument("--who", nargs="*", default=[], help="only these people")
    parser.add_argument("--axe", action="store_true", help="open one page of each kind in a browser")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BATCHWRIGHT_PLANT_FOLDER"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "batchwright.site.settings"
        import django

        django.setup()
        return _crawl(asked)


def _crawl(asked: argparse.Namespace) -> int:
    from batchwright.people import demo
    from tests.tools.eyes import Eyes

    people = [person for person in demo.PEOPLE if not asked.who or person.username in asked.who]
    qa = next(person for person in demo.PEOPLE if person.role == "qa")
    every = entries(Session(asked.url, qa.username, qa.password).get)
    eyes = Eyes()
    faults = 0
    for person in people:
        session = Session(asked.url, person.username, person.password)
        hidden = hidden_from(person.sponsor, every) if person.sponsor else frozenset()
        found = walk(person.username, session.get, resolved(), hidden=hidden, most=asked.most)
        wrong = eyes.look(session, found.kinds) if asked.axe else []
        faults += len(found.faults) + len(wrong)
        told = {
            "who": person.username, "role": person.role, "pages": found.asked, "kinds": len(found.kinds),
            "seen by axe": eyes.seen, "alike": eyes.alike, "statuses": dict(found.statuses),
            "server errors": sum(number for status, number in found.statuses.items() if status >= 500),
            "hidden words": len(hidden), "leaks": found.leaks, "faults": found.faults + wrong,
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False), flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
