"""The lots that the tablet line of the demo made before: those of a real plant where they are at hand, else made up.

Where ``BATCHWRIGHT_DATA`` names the folder of reference data of third parties, the component and product lots of its
1,005 commercial batches are taken over by the same import as any plant's; they are never a part of Batchwright. Else
lots are made up, and each of them says so in its name and its source.
"""

import csv
import os
import random
import tempfile
from pathlib import Path
from typing import Final

from batchwright.materials.adapters import mapping, tablets
from batchwright.materials.models import Lot
from batchwright.materials.services.migration import migrate
from batchwright.people import access
from batchwright.people.models import Sponsor, User

TABLETS: Final = Path("tablets") / "Laboratory.csv"
OWNER: Final = "ALTAIR"
MADE_UP: Final = 120
"""Batches that are made up."""
_MONTHS: Final = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "avg", "sep", "okt", "nov", "dec")
_PRODUCTS: Final = (("1", "5MG", 240_000), ("3", "10M", 240_000), ("6", "20M", 120_000), ("9", "40M", 60_000))


def seed() -> None:
    """Take the lots over, once, after the people of the demo are there."""
    rules = mapping.load()
    real = Path(os.environ.get("BATCHWRIGHT_DATA", "")) / TABLETS
    if real.is_file():
        _take_over(real.parent, rules)
        return
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / rules.file)
        _take_over(Path(folder), _made_up(rules))


def _take_over(folder: Path, rules: mapping.Mapping) -> None:
    if not Lot.objects.filter(source=rules.source).exists():
        quality = access.actor_of(User.objects.select_related("sponsor").get(username="a.novak"), "qa")
        migrate(actor=quality, plan=tablets.read(folder, rules), sponsor=Sponsor.objects.get(code=OWNER))


def _made_up(rules: mapping.Mapping) -> mapping.Mapping:
    """The same rules, under which everything says that it is made up."""
    batch = rules.batch.model_copy(update={"name": f"{rules.batch.name} (made up)"})
    components = [one.model_copy(update={"name": f"{one.name} (made up)"}) for one in rules.component]
    return rules.model_copy(update={"source": "made-up", "batch": batch, "component": components})


def _write(path: Path) -> None:
    """Write a table as the tablet plant has it, with fewer columns: lots of components serve several batches."""
    die = random.Random(7)  # noqa: S311 - no secret; alike each time
    api = smcc = lactose = starch = 1
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(
            ("batch", "code", "strength", "size", "start", "api_code", "api_batch", "smcc_batch", "lactose_batch",
             "starch_batch", "api_water")
        )  # fmt: skip
        for number in range(1, MADE_UP + 1):
            code, strength, size = die.choice(_PRODUCTS)
            month = (number - 1) // 5
            api += die.random() < 0.3
            smcc += die.random() < 0.05
            lactose += die.random() < 0.06
            starch += die.random() < 0.04
            start = f"{_MONTHS[month % 12]}.{24 + month // 12}"
            # water belongs to the lot: the same lot says the same each time
            table.writerow((number, code, strength, size, start, 1, api, smcc, lactose, starch, f"1.{20 + api % 60}"))
