"""A desk at which quality assurance reviews and signs; what the tests of signatures share."""

from typing import Any

from batchwright import people, record
from batchwright.people import signing
from batchwright.people.evidence import PasswordEvidence
from batchwright.people.models import PlantSession, Sponsor
from tests.people.plant import ADDRESS, PASSWORD, Plant


@record.entry_type("test.reviewed/1")
class Reviewed(record.EntryData):
    pass


@record.entry_type("test.edited/1")
class Edited(record.EntryData):
    pass


class Desk:
    """A record that quality assurance reviews and signs."""

    def __init__(self, plant: Plant, row: Sponsor, session: PlantSession) -> None:
        self.plant, self.row, self.session = plant, row, session

    def prepare(self, *, shown: str = "Alpha Pharma is our sponsor.", meaning: str = "reviewed") -> signing.Prepared:
        self.row.refresh_from_db()
        return self.plant.prepare("qa", self.row, meaning, self.session, shown)

    def sign(
        self,
        prepared: signing.Prepared,
        given: people.PasswordEvidence | people.PasskeyEvidence,
        **others: Any,
    ) -> record.Receipt:
        arguments: dict[str, Any] = {
            "actor": self.plant.actor("qa"), "row": self.row, "name": prepared.name, "given": given,
            "session": PlantSession.objects.get(pk=self.session.pk), "address": ADDRESS,
            "meaning": prepared.statement.meaning, "shown": lambda _row: prepared.statement.shown,
        }  # fmt: skip
        with signing.signed_entry(Reviewed(), **{**arguments, **others}) as entry:
            pass
        return entry.receipt

    def password(self, username: str = "qa") -> PasswordEvidence:
        return PasswordEvidence(password=PASSWORD, username=username)

    def edit(self, **values: Any) -> record.Receipt:
        with record.entry(Edited(), actor=self.plant.actor("supervisor"), subject=self.row) as entry:
            entry.update(entry.lock(self.row), **values)
        return entry.receipt
