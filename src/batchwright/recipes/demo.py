"""The recipes of the demo plant, written and signed through the same commands as everywhere, and once."""

import os
from pathlib import Path
from typing import Any, Final

from batchwright import people, record
from batchwright.people import access
from batchwright.people import demo as people_demo
from batchwright.people.models import Sponsor, User
from batchwright.recipes import services
from batchwright.recipes import text as texts
from batchwright.recipes.models import Recipe, RecipeVersion
from batchwright.recipes.services.lifecycle import shown_for
from batchwright.recipes.showing import elements
from batchwright.recipes.statements import MEANINGS

EXAMPLES: Final = Path(__file__).parent / "examples"
ENGINEER, QA = ("s.lindqvist", "process_engineer"), ("a.novak", "qa")
COUGH_SYRUP: Final = Path("batchml") / "cough_syrup_v02.xml"


def seed() -> None:
    """Fill the plant with recipes, once, after its people are there.

    Where ``BATCHWRIGHT_DATA`` names the folder of reference data of third parties, the recipe of another system that
    lies there is imported as well; it is never a part of Batchwright.
    """
    if Recipe.objects.exists():
        return
    tablet = _source("film_coated_tablet", "ALTAIR", "2")
    first = _in_force(_begin(_before(tablet), "ALTAIR"), "Transfer completed; operators trained on SOP-COMP-007")
    services.draft_version(
        actor=_actor(ENGINEER), recipe=first.recipe, source=tablet, reason="Change control CC-26-031: closer controls"
    )
    _in_force(_version("FCT40", 2), "Training on the closer controls given")
    _in_force(_begin(_source("monoclonal_antibody", "ALTAIR", "1"), "ALTAIR"), "Process validation PV-26-07 approved")
    vials = _source("freeze_dried_injectable", "MERIDIAN", "1")
    first = _in_force(_begin(vials, "MERIDIAN"), "Process validation PV-26-11 approved")
    services.draft_version(
        actor=_actor(ENGINEER), recipe=first.recipe, source=_next(vials),
        reason="Change control CC-26-044: yield limits after the first campaign",
    )  # fmt: skip
    _submit(_version("LYO12", 2))
    syrup = Path(os.environ.get("BATCHWRIGHT_DATA", "")) / COUGH_SYRUP
    if syrup.is_file():
        services.import_batchml(
            actor=_actor(ENGINEER), content=syrup.read_bytes(), name=syrup.name, identifier="COUGH-SYRUP",
            reason="Recipe of the plant that made it before",
        )  # fmt: skip


def _source(name: str, sponsor: str, number: str) -> str:
    """An example as this plant has it: for a sponsor of the demo, with the number of its version."""
    written = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
    return texts.edited(written, {("header", "sponsor"): sponsor, ("version",): number})


def _before(tablet: str) -> str:
    """The version before: controls every hour instead of every half, a wider yield, a lubricant without a class."""
    changes: dict[tuple[str | int, ...], str] = {("version",): "1"}
    recipe = texts.read(tablet).recipe
    for path, element, _where in elements(recipe):
        for index, control in enumerate(element.controls):
            if control.every is not None and str(control.every) == "30 min":
                changes[(*path, "controls", index, "every")] = "60 min"
    changes["yields", 0, "limits", "action_low"] = "93.0 %"
    changes["formula", "parameters", _index(recipe.formula.parameters, "lubricant"), "classification"] = "none"
    return texts.edited(tablet, changes)


def _next(vials: str) -> str:
    """The version that is in review: a narrower yield."""
    return texts.edited(vials, {("version",): "2", ("yields", 0, "limits", "action_low"): "95.0 %"})


def _index(parameters: Any, name: str) -> int:
    return next(index for index, one in enumerate(parameters) if one.id == name)


def _actor(who: tuple[str, str]) -> record.Actor:
    return access.actor_of(User.objects.select_related("sponsor").get(username=who[0]), who[1])


def _version(identifier: str, number: int) -> RecipeVersion:
    rows = RecipeVersion.objects.select_related("recipe__sponsor", "text")
    found: RecipeVersion = rows.get(recipe__identifier=identifier, number=number)
    return found


def _again(version: RecipeVersion) -> RecipeVersion:
    return _version(version.recipe.identifier, version.number)


def _begin(source: str, sponsor: str) -> RecipeVersion:
    receipt = services.draft_recipe(
        actor=_actor(ENGINEER), source=source, sponsor=Sponsor.objects.get(code=sponsor), reason="Technology transfer"
    )
    _recipe, identifier, number = receipt.subject.split("/")
    return _version(identifier, int(number))


def _signed(who: tuple[str, str], version: RecipeVersion, step: str) -> dict[str, Any]:
    """Sign at the desk what is shown there."""
    actor = _actor(who)
    session, evidence = people_demo.desk_of(actor.id)
    prepared = people.prepare(
        actor=actor, row=version, meaning=MEANINGS[step], shown=shown_for(actor, version, step), session=session
    )
    return {
        "actor": actor, "version": version, "name": prepared.name, "given": evidence, "session": session,
        "address": people_demo.ADDRESS,
    }  # fmt: skip


def _submit(version: RecipeVersion) -> RecipeVersion:
    services.submit(**_signed(ENGINEER, version, "submit"))
    return _again(version)


def _in_force(version: RecipeVersion, reason: str) -> RecipeVersion:
    version = _submit(version)
    services.approve(**_signed(QA, version, "approve"))
    services.make_effective(actor=_actor(QA), version=_again(version), reason=reason)
    return _again(version)
