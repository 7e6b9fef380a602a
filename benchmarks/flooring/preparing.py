"""Prepares the plant of the benchmark: operators with sessions, and batches that wait for them. Its own process.

Writes to standard output, as JSON, the log-ins (session cookies) and the batches with the steps of each.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # models load only once Django is set up
    from tests.people.plant import Plant

PASSWORD_FIRST, PASSWORD = "given-Horse-battery-8", "correct-Horse-battery-9"
_STEPS = 40
"""Steps of one batch, as many as a shift performs."""


def recipe() -> str:
    """Write the recipe: forty steps one after another, of the kinds that operators meet most.

    Returns:
        The text.
    """
    flow = " -> ".join(["begin", *(f"s{number}" for number in range(_STEPS)), "end"])
    return _RECIPE.format(flow=flow, steps="\n".join(_step(number) for number in range(_STEPS)))


def _step(number: int) -> str:
    limits = "limits: {action_low: 10.0 Cel, action_high: 90.0 Cel}"
    phase = (
        "{kind: enter, entries: [{id: value, name: Temperature, unit: Cel, decimals: 1, " + limits + "}]}",
        "{kind: instruct, text: Stir for a minute.}",
        "{kind: enter, entries: [{id: mass, name: Mass, unit: kg, decimals: 1}, {id: note, name: Note, type: text}]}",
        "{kind: clear line, area: Kitchen, points: [vessel empty, labels gone]}",
    )[number % 4]
    return f"              - {{id: s{number}, level: phase, name: Step {number}, phase: {phase}}}"


VALUES = (
    {"value": "50.0"}, {"done": "done"}, {"mass": "99.0", "note": "as it is"}, {"point_1": "yes", "point_2": "yes"},
)  # fmt: skip
"""What is put in at each kind of step."""
_RECIPE = """
id: BENCH1
version: "1"
name: Syrup
header:
  product: SYRUP
  sponsor: ALPHA
  batch_size: {{nominal: 100 kg, minimum: 50 kg, maximum: 200 kg}}
formula:
  parameters:
    - {{id: sugar, name: Sugar, kind: input, material: SUGAR, value: 40.0 kg, scaling: {{rule: proportional}}, rounding: {{decimals: 1}}}}
    - {{id: water, name: Water, kind: input, material: WFI, value: 60.0 kg, scaling: {{rule: proportional}}, rounding: {{decimals: 1}}}}
    - {{id: syrup, name: Syrup, kind: output, material: SYRUP, value: 100.0 kg, scaling: {{rule: proportional}}, rounding: {{decimals: 1}}}}
  balance_tolerance: 0.5 %
elements:
  - id: make
    level: procedure
    logic: {{flow: [begin -> cooking -> end]}}
    yields:
      - {{id: yield, name: Yield, actual: s2.mass, theoretical: sugar + water, limits: {{action_low: 95 %, action_high: 101 %}}}}
    elements:
      - id: cooking
        level: unit procedure
        logic: {{flow: [begin -> cook -> end]}}
        elements:
          - id: cook
            level: operation
            name: Cook
            logic: {{flow: [{flow}]}}
            elements:
{steps}
"""  # noqa: E501 - a line of a recipe is a line


def main() -> None:
    """Prepare as many operators and batches as the arguments say."""
    import django

    django.setup()
    from django.conf import settings

    from batchwright.site import start
    from tests.people.plant import populate

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody logs in with one
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    start.migrate()
    plant = populate()
    cookies = [_operator(plant, f"op{number:03d}") for number in range(int(sys.argv[1]))]
    batches = _batches(plant, int(sys.argv[2]))
    steps = [f"make/cooking/cook/s{number}" for number in range(_STEPS)]
    json.dump({"cookies": cookies, "batches": batches, "steps": steps}, sys.stdout)


def _operator(plant: Plant, name: str) -> str:
    """Enrol an operator and begin a session; gives its cookie."""
    from django.test import Client

    from batchwright import record
    from batchwright.people import services

    services.enrol_user(
        actor=record.SITE, username=name, printed_name=name.title(), password=PASSWORD_FIRST, sponsor=None,
        email=f"{name}@example.com", reason="benchmark",
    )  # fmt: skip
    services.assign_role(actor=record.SITE, user=plant.user(name), role="operator", valid_until=None)
    services.change_password(actor=plant.actor(name, "operator"), user=plant.user(name), password=PASSWORD)
    return str(plant.log_in(Client(), name).cookies["sessionid"].value)


def _batches(plant: Plant, count: int) -> list[str]:
    """Put the recipe in force and start batches of it."""
    from batchwright.execution import services
    from batchwright.execution.models import Batch
    from batchwright.execution.states import Command
    from batchwright.kernel.quantity import Quantity
    from tests.recipes.workshop import Workshop

    Workshop(plant).effective(recipe())
    made = []
    for _number in range(count):
        receipt = services.create_batch(
            actor=plant.actor("planner"), recipe="BENCH1", size=Quantity("100", "kg"), units={}
        )
        number = receipt.subject.removeprefix("batch/")
        batch = Batch.objects.select_related("sponsor", "recipe_version__recipe").get(number=number)
        services.command_batch(actor=plant.actor("operator"), batch=batch, command=Command.START)
        made.append(number)
    return made


if __name__ == "__main__":
    main()
