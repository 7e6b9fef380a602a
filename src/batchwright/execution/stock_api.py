"""What a batch made at the JSON edge, below ``/api/batches``: what became of it, and putting it away."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from batchwright import materials
from batchwright.execution import queries, services, telling
from batchwright.execution.api import Key, acting, batch_of, said
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.people.web.acting import actor_of

router = Router(tags=["batches"])


class Filled(Schema):
    """Containers of one kind that hold the same."""

    amount: str
    number: int = Field(default=1, ge=1, le=500)
    kind: str = Field(default="", max_length=40)


class PutAway(Schema):
    """What is put away, and where."""

    containers: list[Filled]
    location: str
    reason: str = ""
    expected_version: int | None = None


@router.get("/{number}/output")
def output(request: HttpRequest, number: str) -> dict[str, Any]:
    """Say what a batch made and what became of it.

    Args:
        request: The request.
        number: Number of the batch.

    Returns:
        Made, samples, put away, not accounted for, containers; nothing while it has not ended or made no lot.
    """
    actor = actor_of(request)
    return {"batch": number, "output": telling.of_output(queries.output(actor, batch_of(request, number)))}


@router.post("/{number}/put-away")
def put_away(request: HttpRequest, number: str, asked: PutAway, key: Key = None) -> dict[str, Any]:
    """Put away what a batch made.

    Args:
        request: The request.
        number: Number of the batch.
        asked: What is put away, and where.
        key: Key of this very command.

    Returns:
        The entry.

    Raises:
        BadInput: If there is no such location.
    """
    actor, one = acting(request, number)
    location = materials.locations(actor).filter(code=asked.location).first()
    if location is None:
        raise BadInput("There is no such location", value=asked.location)
    fills = [materials.Fill(Quantity.parse(part.amount), part.number, part.kind) for part in asked.containers]
    return said(
        services.put_away(
            actor=actor, batch=one, fills=fills, location=location, reason=asked.reason,
            expected_version=asked.expected_version, idempotency_key=key,
        )
    )  # fmt: skip
