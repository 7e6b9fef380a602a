"""The JSON edge answers whatever is sent as its own description says it does, to everybody who may ask.

Requests are made from the description itself: sound ones and broken ones, about what is in the plant and what is not.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies

from tests.conftest import Stages, engine, fresh_plant

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.people.plant import Plant

Facts = dict[str, Any]
LOG_INS = ("qa", "operator", "process_engineer", "administrator", "sponsor_a", "sponsor_b", "inspector", "")
"""Who sends: the last one is a stranger."""
SENDERS = LOG_INS if engine() == "sqlite" else ("qa", "operator", "sponsor_b", "")
"""Who may do what is the same on both engines: on the other one those send who are let in furthest, and who are not."""
TOKEN = "a" * 32
"""Against forged requests: of the form that was sent; the same stands in the cookie."""


@pytest.fixture
def filled_plant(_stages: Stages, django_db_blocker: "DjangoDbBlocker") -> "Iterator[tuple[Plant, Facts]]":
    """A plant with something of everything of one sponsor, whose commits are real."""
    from batchwright import record
    from batchwright.recipes.models import RecipeVersion
    from tests.people.plant import met
    from tests.people.test_every_url import world

    with django_db_blocker.unblock():
        stage = _stages.at("people")
    with fresh_plant(stage, django_db_blocker):
        plant = met()
        facts = world(plant)
        head = record.checkpoint()
        assert head is not None
        text = RecipeVersion.objects.get(recipe__identifier=facts["recipe"], number=1).text.source
        yield plant, facts | {"entries": head.tree_size, "text": text}


def known(facts: Facts) -> dict[str, list[Any]]:
    """What stands in the plant, by the names of parameters and fields, and what no database likes."""
    return {
        "number": [facts["batch"], 1], "identifier": [facts["lot"], facts["recipe"]], "tag": [facts["unit"], "SC-01"],
        "path": [facts["cleared"], "make", "make/cooking"], "command": ["HOLD", "RESUME", "START"],
        "seq": [facts["seq"], facts["filed"]], "sha256": [facts["sha256"]], "container": [facts["container"]],
        "username": ["operator"], "idempotency_key": [None], "tree_size": [facts["entries"]],
        "old": [1, 5], "new": [facts["entries"]], "unit": [facts["unit"]], "batch": [facts["batch"]], "limit": [3],
        "source": [facts["text"]], "amount": ["0.5 kg"], "at": ["2026-11-22T07:21:00Z"], "location": ["WH"],
        "choice": ["yes"], "second": [None], "done_at": [None], "text": ["A", "\x00", "\ud7ff", "%"],
        "reason": ["because", "\x00"], "purpose": ["a trial", "\x00"], "since": ["0001-01-01T00:00:00+23:59"],
    }  # fmt: skip


def about_the_plant(case: Any, there: Mapping[str, list[Any]], drawn: Random) -> None:
    """Let most of a request be about what is in the plant, and the rest about anything."""
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            for name in there.keys() & part.keys():
                if drawn.random() < 0.8:
                    part[name] = drawn.choice(there[name])


def faults(operation: Any, who: str, client: Client, there: Mapping[str, list[Any]], examples: int) -> set[str]:
    """What one operation answers to one log-in that is not described, or is no answer at all."""
    from schemathesis import checks
    from schemathesis.core.failures import Failure, FailureGroup

    held = (
        checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
        checks.response_schema_conformance, checks.response_headers_conformance,
    )  # fmt: skip
    cookies = {key: cookie.value for key, cookie in client.cookies.items()} | {"csrftoken": TOKEN}
    found = set()

    @seed(crc32(f"{operation.label} as {who}".encode()))
    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), drawn=strategies.randoms(use_true_random=False))
    def send(case: Any, drawn: Random) -> None:
        about_the_plant(case, there, drawn)
        answer = case.call(cookies=cookies, headers={"X-CSRFToken": TOKEN})
        try:
            case.validate_response(answer, checks=held)
        except (Failure, FailureGroup) as error:
            said = "\n".join(f"{one}" for one in getattr(error, "exceptions", [error]))
            found.add(f"{operation.label} as {who}: {answer.status_code}\n{said}\n{case.as_curl_command()}")

    send()
    return found


@pytest.mark.slow
def test_the_json_edge_answers_as_it_is_described(
    filled_plant: "tuple[Plant, Facts]", request: pytest.FixtureRequest
) -> None:
    import schemathesis
    from django.core.handlers.wsgi import WSGIHandler
    from schemathesis.core.result import Ok

    plant, facts = filled_plant
    examples = request.config.getoption("--examples", default=None) or (3 if engine() == "sqlite" else 2)
    clients = {name: plant.log_in(Client(), name) if name else Client() for name in SENDERS}
    schema = schemathesis.openapi.from_dict(clients["qa"].get("/api/openapi.json").json())
    schema.app = WSGIHandler()
    there = known(facts)
    wrong: list[str] = []
    for found in schema.get_all_operations():
        for name, client in clients.items():
            assert isinstance(found, Ok), found
            wrong += faults(found.ok(), name or "a stranger", client, there, examples)
    assert not wrong, "\n\n".join(wrong)
