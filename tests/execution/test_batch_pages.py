"""The pages of a batch: how it is going, what was not as it should be, and what a reviewer has to judge."""

import pytest
from django.test import Client
from django.urls import reverse

from batchwright.execution.states import Command
from tests.execution.shift import Shift


def at(name: str, *arguments: object) -> str:
    return reverse(f"execution:{name}", args=arguments)


@pytest.fixture
def qa(shift: Shift) -> Client:
    return shift.workshop.plant.log_in(Client(), "qa")


def words(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def test_smoke(shift: Shift, qa: Client) -> None:
    words(qa, at("batches"))
    batch = shift.started()
    words(qa, at("batches"))
    words(qa, at("batch", batch.number))
    words(qa, at("batch", batch.number) + "?level=heat")
    words(qa, at("run", batch.number, 4))
    batch = shift.to_the_end(batch, temperature="89.0")
    words(qa, at("batch", batch.number))
    words(qa, at("review", batch.number))
    one = shift.exception(batch)
    words(qa, at("exception", batch.number, one.number))
    words(qa, at("assess", batch.number, one.number))
    words(qa, at("exceptions"))
    sup = shift.workshop.plant.log_in(Client(), "supervisor")
    words(sup, at("make"))
    words(sup, at("make-of", "SYR1"))
    words(sup, at("raise", batch.number))
    other = shift.started()
    words(sup, at("redlines", other.number))
    for kind in ("parameter", "limits", "skip", "add", "unit"):
        words(sup, at("redline", other.number, kind))
    words(sup, at("command", other.number, Command.HOLD))
