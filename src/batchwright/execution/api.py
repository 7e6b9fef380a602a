"""Batches at the JSON edge, below ``/api/batches``: what runs, what is to be done, and doing it.

A command carries its own key in the header ``Idempotency-Key``: sent again it is answered as the first time. 409 says
that somebody was faster, 422 that an attempt was refused and is on record, with every reason.
"""

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Header, Router, Schema
from ninja.errors import HttpError
from ninja.utils import check_csrf

from batchwright import people, record
from batchwright.execution import queries, services, telling
from batchwright.execution.models import Batch
from batchwright.execution.states import Command
from batchwright.kernel.errors import BadInput
from batchwright.people.web.acting import actor_of
from batchwright.record.moments import Moment

router = Router(tags=["batches"])
MOST = 200
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


class Ordered(Schema):
    """A command to a batch, or to a part of its procedure."""

    command: str
    path: str = ""
    reason: str = ""
    expected_version: int | None = None


class Value(Schema):
    """One value with where it comes from."""

    text: str
    source: str = "manual"
    instrument: str = ""
    calibrated_until: Moment | None = None


class Second(Schema):
    """A second person who identifies in the same request."""

    username: str
    password: str


class Performed(Schema):
    """What somebody puts in at a step."""

    path: str
    values: dict[str, str | Value] = {}
    reason: str = ""
    done_at: Moment | None = None
    second: Second | None = None


class Checked(Schema):
    """What a second person says of a step."""

    path: str
    agrees: bool = True
    reason: str = ""


class Answered(Schema):
    """What somebody decides where the recipe leaves it open."""

    key: str
    choice: str
    reason: str = ""


def batch_of(request: HttpRequest, number: str) -> Batch:
    """Find the batch of an address, or answer that there is none."""
    found = queries.batch(actor_of(request), number)
    if found is None:
        raise Http404
    return found


def acting(request: HttpRequest, number: str) -> tuple[record.Actor, Batch]:
    """Find who acts and on which batch; what does not come from a page or client of this plant is refused."""
    if check_csrf(request) is not None:
        raise HttpError(403, "The request carries no valid CSRF token.")
    return actor_of(request), batch_of(request, number)


def said(receipt: record.Receipt) -> dict[str, Any]:
    """Name the entry of a command."""
    return {"entry": receipt.seq, "repeated": receipt.repeated}


@router.get("")
def batches(request: HttpRequest, text: str = "", state: str = "") -> list[dict[str, Any]]:
    """Give batches that the caller may know of, the latest first, at most 200.

    Args:
        request: The request.
        text: Part of a number or a product.
        state: State of the batch.

    Returns:
        Batches.
    """
    return [telling.of_batch(one) for one in queries.batches(actor_of(request), text=text, state=state)[:MOST]]


@router.get("/to-do")
def to_do(request: HttpRequest, line: str = "") -> list[dict[str, Any]]:
    """Give the steps that wait for the caller in the present role, at most 200.

    Args:
        request: The request.
        line: Only those in this unit.

    Returns:
        Steps, the oldest first.
    """
    return telling.of_waiting(queries.to_do(actor_of(request), line=line)[:MOST])


@router.get("/{number}")
def batch(request: HttpRequest, number: str) -> dict[str, Any]:
    """Give one batch: where it stands, what is to be done and what it waits for.

    Args:
        request: The request.
        number: Its number.

    Returns:
        The batch.
    """
    return telling.of_standing(queries.standing(actor_of(request), batch_of(request, number)))


@router.get("/{number}/attempts")
def attempts(request: HttpRequest, number: str, path: str) -> list[dict[str, Any]]:
    """Give every attempt at a step, also those that were refused.

    Args:
        request: The request.
        number: Number of the batch.
        path: Of the step.

    Returns:
        Attempts, in order.
    """
    run = queries.run(actor_of(request), number, path)
    if run is None:
        raise Http404
    return [telling.of_attempt(one) for one in queries.attempts(actor_of(request), run)]


@router.get("/{number}/exceptions")
def exceptions(request: HttpRequest, number: str, only_open: bool = False) -> list[dict[str, Any]]:
    """Give the exceptions of a batch.

    Args:
        request: The request.
        number: Number of the batch.
        only_open: Only those that nobody has closed.

    Returns:
        In the order in which they were raised.
    """
    found = queries.exceptions(actor_of(request), batch_of(request, number), only_open=only_open)
    return telling.of_exceptions(found)


@router.post("/{number}/commands")
def command(request: HttpRequest, number: str, asked: Ordered, key: Key = None) -> dict[str, Any]:
    """Give a command to a batch or a part of its procedure.

    Args:
        request: The request.
        number: Number of the batch.
        asked: The command.
        key: Key of this very command.

    Returns:
        The entry.

    Raises:
        BadInput: If there is no such command.
    """
    actor, one = acting(request, number)
    if asked.command not in list(Command):
        raise BadInput("There is no such command", value=asked.command, limit=", ".join(Command))
    return said(
        services.command_batch(
            actor=actor, batch=one, command=Command(asked.command), path=asked.path, reason=asked.reason,
            expected_version=asked.expected_version, idempotency_key=key,
        )
    )  # fmt: skip


@router.post("/{number}/perform")
def perform(request: HttpRequest, number: str, asked: Performed, key: Key = None) -> dict[str, Any]:
    """Perform a step; what is refused is kept, and answered with 422.

    Args:
        request: The request.
        number: Number of the batch.
        asked: What was put in.
        key: Key of this very attempt.

    Returns:
        The entry.
    """
    actor, one = acting(request, number)
    second = None
    if asked.second is not None:
        second = people.identify(
            username=asked.second.username, password=asked.second.password, first=actor, action="step.verify",
            address=request.META.get("REMOTE_ADDR", ""),
        )  # fmt: skip
    values = {name: services.Put(**put.dict()) if isinstance(put, Value) else put for name, put in asked.values.items()}
    return said(
        services.perform(
            actor=actor, batch=one, path=asked.path, values=values, reason=asked.reason, done_at=asked.done_at,
            checker=second, idempotency_key=key,
        )
    )  # fmt: skip


@router.post("/{number}/check")
def check(request: HttpRequest, number: str, asked: Checked, key: Key = None) -> dict[str, Any]:
    """Check as the second person what the first one did.

    Args:
        request: The request.
        number: Number of the batch.
        asked: What is said of it.
        key: Key of this very check.

    Returns:
        The entry.
    """
    actor, one = acting(request, number)
    return said(
        services.check(
            actor=actor, batch=one, path=asked.path, agrees=asked.agrees, reason=asked.reason, idempotency_key=key
        )
    )


@router.post("/{number}/answer")
def answer(request: HttpRequest, number: str, asked: Answered, key: Key = None) -> dict[str, Any]:
    """Decide where the recipe leaves it to an operator.

    Args:
        request: The request.
        number: Number of the batch.
        asked: The decision.
        key: Key of this very decision.

    Returns:
        The entry.
    """
    actor, one = acting(request, number)
    return said(
        services.answer_question(
            actor=actor, batch=one, key=asked.key, choice=asked.choice, reason=asked.reason, idempotency_key=key
        )
    )
