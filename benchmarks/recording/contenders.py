"""The same change by Batchwright and by its peers.

Each contender gives a function per writer; calling it with a place changes one text column of the writer's own row
and returns when the change, with who and why, is acknowledged as durable.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from benchmarks.recording.settings_names import PEER

Change = Callable[[str], object]
WHO, WHY = "o.novak", "moved for sampling"


def batchwright(first: int, count: int) -> list[Callable[[], Change]]:
    """Give Batchwright's writers.

    Args:
        first: Number of the first writer's row.
        count: How many writers.

    Returns:
        One function per writer, to be called in the writer's own thread; it gives the change.
    """
    import django

    django.setup()
    from batchwright import record
    from benchmarks.recording.plant.models import Container
    from benchmarks.recording.plant.services import move_container

    actor = record.Actor(id=WHO, name="Olga Novak", role="operator")

    def writer(number: int) -> Change:
        # A row in use carries nothing but what the caller read: each change reads it anew under the lock.
        container = Container.objects.order_by("id")[number]
        return lambda place: move_container(actor=actor, container=container, place=place, reason=WHY)

    return [lambda number=number: writer(number) for number in range(first, first + count)]  # type: ignore[misc]


def simple_history(first: int, count: int) -> list[Callable[[], Change]]:
    """Give django-simple-history's writers; arguments and result as for :func:`batchwright`."""
    import django

    django.setup()
    from django.db import transaction

    from benchmarks.recording.peers.models import TrackedContainer

    def writer(number: int) -> Change:
        container: Any = TrackedContainer._default_manager.order_by("id")[number]

        def change(place: str) -> None:
            with transaction.atomic(using=PEER):
                container.place = place
                container._history_user = WHO  # noqa: SLF001 - the peer's documented way
                container._change_reason = WHY  # noqa: SLF001 - likewise
                container.save()

        return change

    return [lambda number=number: writer(number) for number in range(first, first + count)]  # type: ignore[misc]


def eventsourcing(first: int, count: int) -> list[Callable[[], Change]]:
    """Give eventsourcing's writers; arguments and result as for :func:`batchwright`."""
    from decimal import Decimal

    from batchwright.kernel import clock
    from benchmarks.recording.peers.events import ContainerAggregate, Containers

    application = Containers(dict(os.environ))

    def writer(number: int) -> Change:
        container = ContainerAggregate(
            f"C-{number:05d}", "Sodium chloride, low endotoxin", Decimal("25.000"), "kg", clock.now(), "warehouse 1"
        )
        application.save(container)

        def change(place: str) -> None:
            container.move(place, WHO, WHY)
            application.save(container)

        return change

    return [lambda number=number: writer(number) for number in range(first, first + count)]  # type: ignore[misc]


CONTENDERS = {"batchwright": batchwright, "simple_history": simple_history, "eventsourcing": eventsourcing}
