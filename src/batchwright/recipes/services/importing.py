"""Taking a recipe over from another system's BatchML: as a draft, with the file and the whole report in the record."""

import json
from collections import Counter

from batchwright import people, record
from batchwright.people import Sponsor
from batchwright.recipes import entries
from batchwright.recipes import text as texts
from batchwright.recipes.adapters.batchml_reading import RecipeReading, read_master_recipe
from batchwright.recipes.models import Origin
from batchwright.recipes.services.common import checked_against
from batchwright.recipes.services.writing import first_version, keep_first, new_recipe

REPORT = "report.json"
"""Name of the attachment that says what was taken over, what was not, and what is wrong."""


@record.command
def import_batchml(
    *,
    actor: record.Actor,
    content: bytes,
    name: str,
    identifier: str = "",
    sponsor: Sponsor | None = None,
    reason: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Take a master recipe over as a draft; nothing of it is repaired by that.

    Args:
        actor: Who takes it over.
        content: Bytes of the file.
        name: Name of the file.
        identifier: What the recipe is called in this plant; "" for what the file calls it.
        sponsor: Whose product it makes; None for the plant's own.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the version's.

    Raises:
        Refused: If the actor may not.
        DomainError: If there is such a recipe already.
        BadInput: If the file holds no recipe, or the identifier is malformed.
    """
    people.authorize(actor, "recipe.import")
    reading = read_master_recipe(content, name)
    source = _source(reading)
    row = new_recipe(reading.recipe, identifier or reading.recipe.id, sponsor)
    version = first_version(row, source, reading.recipe, checked_against(actor, source), Origin.IMPORTED)
    data = entries.RecipeImported(
        recipe=row.identifier, number=version.number, sha256=version.sha256, file=name, file_sha256=reading.sha256,
        format=f"{reading.root} {reading.version}".strip(), taken=len(reading.taken),
        reported=sum(one.count for one in reading.reported),
        defects=dict(sorted(Counter(one.code for one in reading.defects).items())),
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=row.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.import")
        entry.attach(name, content, media_type="application/xml")
        report = json.dumps(reading.as_json(), indent=2, ensure_ascii=False).encode()
        entry.attach(REPORT, report, media_type="application/json")
        keep_first(entry, row, version)
    return entry.receipt


def _source(reading: RecipeReading) -> str:
    """The text of what was read, with where it came from."""
    head = f"# Taken over from {json.dumps(reading.file)}, SHA-256 {reading.sha256}\n"
    return head + texts.write(reading.recipe)
