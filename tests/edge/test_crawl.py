"""Everybody goes through every page of the demo plant that leads on from home: no dead end, nothing of a stranger."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client

from batchwright.people import demo
from tests.conftest import Stages, fresh_plant
from tests.tools import crawl

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

QUERIES = 80
"""The most that a page may ask a database; most ask a third."""
AT_HOME = 140
"""Home asks every capability what is running, late and wrong."""
SEE_MOST = ("qa", "sponsor")
"""Roles that look at several pages of each kind: who sees all, and who must not."""


@pytest.fixture
def demo_at_work(_stages: Stages, django_db_blocker: "DjangoDbBlocker") -> Iterator[None]:
    """The demo's plant with everything in it that the demo begins with."""
    with django_db_blocker.unblock():
        stage = _stages.at("demo_at_work")
    with fresh_plant(stage, django_db_blocker):
        yield


class Visitor:
    """Somebody who asks in this process; counts what each page asks the database."""

    def __init__(self, username: str) -> None:
        from tests.people.plant import met

        self.client = met().log_in(Client(raise_request_exception=False), username)
        self.queries: dict[str, int] = {}

    def get(self, address: str) -> crawl.Answer:
        asked = 0

        def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            nonlocal asked
            asked += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            said = self.client.get(address)
            text = said.getvalue().decode("utf-8", "replace")
        self.queries[address] = asked
        media_type = said.headers.get("Content-Type", "").split(";")[0]
        return crawl.Answer(said.status_code, media_type, text, said.headers.get("Location", ""))


    def greedy(self) -> list[str]:
        """Pages that ask the database too often."""
        asked = ((page, number, AT_HOME if page == "/" else QUERIES) for page, number in self.queries.items())
        return [f"{page}: {number} queries (limit: {limit})" for page, number, limit in asked if number > limit]


@pytest.mark.slow
@pytest.mark.either_engine
@pytest.mark.requirement("11.10(d)")
def test_everybody_goes_through_every_page_and_meets_no_dead_end_and_nothing_of_another_sponsor(
    demo_at_work: None, caplog: pytest.LogCaptureFixture
) -> None:
    every = crawl.entries(Visitor("a.novak").get)
    faults, kinds = [], set()
    with caplog.at_level(logging.ERROR):
        for person in demo.PEOPLE:
            hidden = crawl.hidden_from(person.sponsor, every) if person.sponsor else frozenset()
            assert bool(hidden) is bool(person.sponsor), "nothing is hidden from a sponsor: the demo is too small"
            visitor = Visitor(person.username)
            most = crawl.MOST if person.role in SEE_MOST else 1
            found = crawl.walk(person.username, visitor.get, crawl.resolved(), hidden=hidden, most=most)
            faults += [f"as {person.username}: {fault}" for fault in found.faults + visitor.greedy()]
            kinds |= set(found.kinds)
    assert not faults, "\n".join(faults)
    assert [one.getMessage() for one in caplog.records] == []
    assert len(kinds) > 50
