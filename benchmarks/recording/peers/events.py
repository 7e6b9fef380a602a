"""eventsourcing: the container as an aggregate of events."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class ContainerAggregate(Aggregate):
    """A container; its state is what its events say."""

    @event("Received")
    def __init__(self, code: str, material: str, quantity: Decimal, unit: str, received_at: datetime, place: str):
        self.code = code
        self.material = material
        self.quantity = quantity
        self.unit = unit
        self.received_at = received_at
        self.place = place

    @event("Moved")
    def move(self, place: str, who: str, why: str) -> None:
        """Move it; the event keeps the place, who did it and why."""
        self.place = place


class Containers(Application[UUID]):
    """The peer's application, with its own recorder for the engine."""
