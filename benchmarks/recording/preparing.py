"""Make the tables of one run and take the first containers in: ``python -m benchmarks.recording.preparing``."""

from __future__ import annotations

from decimal import Decimal

import django

from batchwright.kernel import clock
from benchmarks.recording.settings_names import PEER, ROWS


def main() -> None:
    """Migrate both databases and fill them."""
    django.setup()
    from django.core.management import call_command

    for alias in ("default", PEER):
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0, interactive=False)
    from batchwright.record import SITE, guards
    from benchmarks.recording.peers.models import TrackedContainer
    from benchmarks.recording.plant.models import Container
    from benchmarks.recording.plant.services import receive_containers

    guards.require()
    containers = [columns(number) for number in range(ROWS)]
    receive_containers(actor=SITE, containers=[Container(**values) for values in containers])
    for values in containers:
        TrackedContainer._default_manager.create(**values)


def columns(number: int) -> dict[str, object]:
    """Give the columns of a container by its number."""
    return {
        "code": f"C-{number:05d}",
        "material": "Sodium chloride, low endotoxin",
        "quantity": Decimal("25.000"),
        "unit": "kg",
        "received_at": clock.now(),
        "place": "warehouse 1",
    }


if __name__ == "__main__":
    main()
