"""A list is sorted by the head of a column: on the server, before paging, with the filters kept."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from batchwright.kernel import clock
from batchwright.materials.models import Lot
from batchwright.materials.web.lots import LOTS
from batchwright.people import demo
from batchwright.record.web.sorting import MadeColumns

LISTS = {
    "/materials/": "qa", "/materials/stock/": "qa", "/materials/definitions/": "qa", "/materials/suppliers/": "qa",
    "/batches/": "qa", "/batches/exceptions/": "qa", "/recipes/": "qa", "/people/": "qa", "/plant/units/": "qa",
    "/plant/instruments/": "qa", "/plant/logbook/": "qa", "/record/checkpoints/": "qa", "/record/verify/": "qa",
}  # fmt: skip
"""Lists that may be longer than a screen, and who looks at them."""
_HEAD = re.compile(r"<th scope=\"col\"[^>]*?(?: aria-sort=\"(\w+)\")?><a href=\"([^\"]*)\" data-sort=\"(\w+)\"")
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)


@pytest.fixture
def _on_stage_with_demo_at_work(db: None) -> None:
    """A mark for the stage, which must come before ``db`` does."""


@pytest.fixture
def quality(_on_stage_with_demo_at_work: None) -> Iterator[Client]:
    """Quality assurance of the demo, signed in. Time stands still: what pages keep for a minute is not counted anew."""
    cache.clear()
    person = next(one for one in demo.PEOPLE if one.role == "qa")
    client = Client()
    with clock.frozen(clock.now()):
        client.post("/accounts/login/", {"login": person.username, "password": person.password})
        yield client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def first_table(shown: str) -> str:
    """The table whose heads sort."""
    tables = re.findall(r"<table.*?</table>", shown, re.DOTALL)
    return next((one for one in tables if "data-sort" in one), "")


def rows(shown: str) -> list[str]:
    """What identifies each row, in the order shown: its first link."""
    found = (re.search(r'<th scope="row".*?href="([^"]*)"', one, re.DOTALL) for one in _ROW.findall(first_table(shown)))
    return [one.group(1) for one in found if one]


def everything(client: Client, address: str) -> list[str]:
    """The rows of all pages of a list."""
    found: list[str] = []
    following: str | None = address
    while following:
        shown = page(client, following)
        found += rows(shown)
        onward = re.search(r'rel="next" href="([^"]*)"', shown)
        following = address.partition("?")[0] + html.unescape(onward.group(1)) if onward else None
    return found


@pytest.mark.slow
@pytest.mark.parametrize("address", LISTS)
def test_every_head_sorts_the_whole_list_both_ways_and_asks_the_database_no_more(quality: Client, address: str) -> None:
    page(quality, address)
    with CaptureQueriesContext(connection) as asked:
        plain = page(quality, address)
    every = everything(quality, address)
    keys = {key for _direction, _href, key in _HEAD.findall(plain)}
    assert keys or not every, "a list that may be long has no head that sorts"
    for key in keys:
        ways = []
        for wanted, direction in ((key, "ascending"), (f"-{key}", "descending")):
            with CaptureQueriesContext(connection) as more:
                shown = page(quality, f"{address}?sort={wanted}")
            assert len(more) <= len(asked), (address, wanted)
            assert [(said, one) for said, _href, one in _HEAD.findall(shown) if said] == [(direction, key)]
            ways.append(everything(quality, f"{address}?sort={wanted}"))
        assert sorted(ways[0]) == sorted(ways[1]) == sorted(every), "a row is lost, or shown twice, between two pages"


@pytest.mark.slow
def test_an_order_is_kept_by_the_filter_and_a_filter_by_the_order(quality: Client) -> None:
    shown = page(quality, "/materials/?status=approved&sort=-use_by")
    assert '<input type="hidden" name="sort" value="-use_by">' in shown
    assert "?status=approved&amp;sort=use_by" in shown
    assert "hidden" not in re.findall(r'<form class="filters".*?</form>', page(quality, "/materials/"), re.DOTALL)[0]


@pytest.mark.slow
def test_an_order_that_nobody_knows_is_no_order(quality: Client) -> None:
    usual = rows(page(quality, "/materials/"))
    for asked in ("password", "-", "--lot", "definition__sponsor__name", "?"):
        shown = page(quality, f"/materials/?sort={asked}")
        assert rows(shown) == usual
        assert 'name="sort"' not in shown


@pytest.mark.slow
def test_an_excerpt_of_a_list_on_another_page_has_heads_without_links(quality: Client) -> None:
    batch = rows(page(quality, "/batches/"))[0]
    assert "data-sort" not in page(quality, batch)


@pytest.mark.slow
@pytest.mark.usefixtures("_on_stage_with_demo_at_work")
def test_what_has_no_date_comes_last_whichever_way_the_list_runs() -> None:
    for asked, rising in (("use_by", True), ("-use_by", False)):
        request = RequestFactory().get("/materials/", {"sort": asked})
        days = list(LOTS.sort(Lot.objects.all(), request).values_list("expires_on", flat=True))
        known = [day for day in days if day is not None]
        assert days == known + [None] * (len(days) - len(known))
        assert len(known) > 3
        assert all(one <= other if rising else one >= other for one, other in pairwise(known))


def test_rows_that_are_worked_out_are_sorted_alike_and_equals_keep_their_order() -> None:
    columns = MadeColumns({"due": lambda one: one.due}, first="due")
    late, soon, never, soon_too = (SimpleNamespace(due=due) for due in (9, 2, None, 2))
    made = [late, soon, never, soon_too]
    assert columns.sort(made, RequestFactory().get("/")) == [soon, soon_too, late, never]
    assert columns.sort(made, RequestFactory().get("/?sort=-due")) == [late, soon, soon_too, never]
    assert MadeColumns({}).sort(made, RequestFactory().get("/?sort=due")) == made
