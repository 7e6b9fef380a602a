"""Every page asks the database a few questions, however much the plant holds."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from batchwright import record
from batchwright.kernel import clock
from batchwright.materials.adapters import mapping, tablets
from batchwright.materials.services import migration
from batchwright.people import access, demo, services
from batchwright.people.models import User
from benchmarks.paging.preparing import walk

MOST = 40
"""Queries of one page."""
MORE = {"home": 70}
"""Pages that may ask more, because they show something of everything."""
ROLES = ("qa", "operator", "supervisor", "process_engineer", "planner", "administrator")


@pytest.fixture
def _on_stage_with_demo_at_work(db: None) -> None:
    """A mark for the stage, which must come before ``db`` does."""


def _signed_in(role: str) -> Client:
    person = next(one for one in demo.PEOPLE if one.role == role)
    client = Client()
    client.post("/accounts/login/", {"login": person.username, "password": person.password})
    return client


def _asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200, address
    return len(asked)


def _all(pages: dict[str, tuple[Client, str]]) -> dict[str, int]:
    """Queries of pages in one moment: the number in their header, and when somebody was seen, are kept for a while."""
    with clock.frozen(clock.now()):
        for client in {id(client): client for client, _address in pages.values()}.values():
            client.get("/")
        return {kind: _asked(*page) for kind, page in pages.items()}


def _receive_more(folder: Path) -> None:
    """Forty further lots with their genealogy, and five further people."""
    rows = "\n".join(f"{number};25;5MG;240000;nov.18;5;{number};1;2;1;1.53" for number in range(1, 31))
    heads = "batch;code;strength;size;start;api_code;api_batch;smcc_batch;lactose_batch;starch_batch;api_water"
    (folder / "Laboratory.csv").write_text(f"{heads}\n{rows}\n", encoding="utf-8")
    rules = mapping.load(mapping.DEFAULT)
    quality = access.actor_of(User.objects.get(username="a.novak"), "qa")
    migration.migrate(actor=quality, plan=tablets.read(folder, rules), sponsor=None)
    for number in range(5):
        services.enrol_user(
            actor=record.SITE, username=f"n.{number}", printed_name=f"New {number}", password="given-Horse-battery-8",
            email=f"n.{number}@example.com", sponsor=None, reason="hired",
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.either_engine
@pytest.mark.usefixtures("_on_stage_with_demo_at_work")
def test_every_page_asks_few_questions_and_not_more_where_there_is_more(tmp_path: Path) -> None:
    pages: dict[str, tuple[Client, str]] = {}
    for role in ROLES:
        client = _signed_in(role)
        pages = {kind: (client, address) for kind, address in walk(client).items()} | pages
    few = _all(pages)
    assert {kind: count for kind, count in few.items() if count > MORE.get(kind, MOST)} == {}
    assert len(few) > 60, "the walk no longer comes round the plant"
    _receive_more(tmp_path)
    many = _all(pages)
    assert {kind: (few[kind], many[kind]) for kind in many if many[kind] > few[kind] + 1} == {}
