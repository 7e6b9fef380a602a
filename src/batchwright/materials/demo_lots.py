"""The lots that the tablet line of the demo made before: those of a real plant where they are at hand, else made up.

Where ``BATCHWRIGHT_DATA`` names the folder of reference data of third parties, the component and product lots of its
1,005 commercial batches are taken over by the same import as any plant's; they are never a part of Batchwright. Else
lots are made up, and each of them says so in its name and its source.

What the latest of these batches was made from is still in the store: it is counted in, tested again and approved, and
the tablet batches of the demo are made from it first. Potency is what the table says of the lot.
"""

import csv
import os
import random
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from batchwright import record
from batchwright.kernel.quantity import Quantity
from batchwright.materials import demo, services
from batchwright.materials.adapters import mapping, tablets
from batchwright.materials.models import Location, Lot
from batchwright.materials.services.common import today
from batchwright.materials.services.migration import migrate
from batchwright.people import access
from batchwright.people.models import Sponsor, User

TABLETS: Final = Path("tablets") / "Laboratory.csv"
OWNER: Final = "ALTAIR"
MADE_UP: Final = 120
"""Batches that are made up."""
LEFT: Final = {"API": "55 kg", "LACTOSE": "110 kg", "SMCC": "48 kg", "STARCH": "13 kg"}
"""What two containers of each hold: a little more than two batches of tablets take."""
_RETEST: Final = timedelta(days=120)
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
    if Lot.objects.filter(source=rules.source).exists():
        return
    plan = tablets.read(folder, rules)
    migrate(actor=_actor("a.novak", "qa"), plan=plan, sponsor=Sponsor.objects.get(code=OWNER))
    latest = max(plan.products.values(), key=lambda one: (one.made_on is not None and one.made_on, one.line))
    potency = _potency(folder / rules.file, rules, latest.line)
    for name in latest.parents:
        _count_in(Lot.objects.select_related("definition").get(source=rules.source, source_id=name), potency)


def _actor(name: str, role: str) -> record.Actor:
    return access.actor_of(User.objects.select_related("sponsor").get(username=name), role)


def _potency(table: Path, rules: mapping.Mapping, line: int) -> dict[str, Quantity]:
    """What the table says of the active substance on a line: the substance itself, and its water."""
    with table.open(encoding=rules.encoding, newline="") as file:
        rows = csv.DictReader(file, delimiter=rules.separator)
        row = next(row for row in rows if rows.line_num == line)
    return {"assay": Quantity(row["api_content"], "%"), "water": Quantity(row["api_water"], "%")}


def _count_in(lot: Lot, potency: dict[str, Quantity]) -> None:
    code = lot.definition.code
    for _ in range(2):
        services.count_in(
            actor=_actor("j.okafor", "supervisor"), lot=lot, amount=Quantity.parse(LEFT[code]),
            location=Location.objects.get(code="STORE-A"), reason="Stock-take when the lots were taken over",
        )  # fmt: skip
    if code == "API":
        services.certify_lot(
            actor=_actor("l.nguyen", "analyst"), lot=lot, certificate=f"{lot.source} {lot.source_id}",
            assay=potency["assay"], water=potency["water"],
        )  # fmt: skip
    demo.retest(lot, today() + _RETEST)
    demo.approve(lot)


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
             "starch_batch", "api_water", "api_content")
        )  # fmt: skip
        for number in range(1, MADE_UP + 1):
            code, strength, size = die.choice(_PRODUCTS)
            month = (number - 1) // 5
            api += die.random() < 0.3
            smcc += die.random() < 0.05
            lactose += die.random() < 0.06
            starch += die.random() < 0.04
            start = f"{_MONTHS[month % 12]}.{24 + month // 12}"
            # water and content belong to the lot: the same lot says the same each time
            water, content = f"1.{20 + api % 60}", f"98.{api % 10}"
            table.writerow((number, code, strength, size, start, 1, api, smcc, lactose, starch, water, content))
