"""A desk at which recipes are written, signed and made effective; what the tests of recipes share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchwright import people, record
from batchwright.people.evidence import PasswordEvidence
from batchwright.people.models import Sponsor, User
from batchwright.recipes import services
from batchwright.recipes import text as texts
from batchwright.recipes.models import RecipeVersion
from batchwright.recipes.services.lifecycle import shown_for
from batchwright.recipes.statements import MEANINGS
from tests.people.plant import ADDRESS, PASSWORD, Plant

SOURCE = Path(__file__).with_name("saline.yaml").read_text("utf-8")
"""A small recipe without a finding: one tank, one mixing step."""


@dataclass
class Workshop:
    """The plant's people and the recipes that they write."""

    plant: Plant

    def actor(self, name: str, role: str | None = None) -> record.Actor:
        """Let somebody act."""
        return self.plant.actor(name, role)

    @property
    def engineer(self) -> record.Actor:
        """Who writes."""
        return self.actor("process_engineer")

    @property
    def alpha(self) -> Sponsor:
        """Whose product it is."""
        return Sponsor.objects.get(code="ALPHA")

    def draft(self, source: str = SOURCE, **others: Any) -> RecipeVersion:
        """Begin a recipe of alpha's."""
        receipt = services.draft_recipe(
            actor=self.engineer, source=source, **{"sponsor": self.alpha, "reason": "transfer", **others}
        )
        return self.read(receipt)

    def read(self, which: record.Receipt | RecipeVersion) -> RecipeVersion:
        """Read a version anew."""
        subject = which.subject
        _recipe, identifier, number = subject.split("/")
        rows = RecipeVersion.objects.select_related("recipe__sponsor", "text")
        found: RecipeVersion = rows.get(recipe__identifier=identifier, number=number)
        return found

    def edit(self, version: RecipeVersion, changes: dict[Any, str], **others: Any) -> RecipeVersion:
        """Change values in a draft."""
        source = texts.edited(version.text.source, changes)
        services.edit_draft(actor=self.engineer, version=version, source=source, **others)
        return self.read(version)

    def sign(self, name: str, version: RecipeVersion, step: str, shown: str | None = None) -> dict[str, Any]:
        """Let somebody read a version and sign it; gives what the command takes."""
        if not User.objects.get(username=name).statement_version:
            self.plant.accept(name)
        session, actor = self.plant.session(name), self.actor(name)
        prepared = people.prepare(
            actor=actor, row=version, meaning=MEANINGS[step], session=session,
            shown=shown_for(actor, version, step) if shown is None else shown,
        )  # fmt: skip
        given = PasswordEvidence(PASSWORD, name)
        return {"name": prepared.name, "given": given, "session": session, "address": ADDRESS}

    def submit(self, version: RecipeVersion, name: str = "process_engineer") -> RecipeVersion:
        """Sign as who prepared it."""
        services.submit(actor=self.actor(name), version=version, **self.sign(name, version, "submit"))
        return self.read(version)

    def approve(self, version: RecipeVersion, name: str = "qa") -> RecipeVersion:
        """Sign as the second person."""
        services.approve(actor=self.actor(name), version=version, **self.sign(name, version, "approve"))
        return self.read(version)

    def put_in_force(self, version: RecipeVersion, **others: Any) -> RecipeVersion:
        """Make it effective."""
        services.make_effective(actor=self.actor("qa"), version=version, reason="trained", **others)
        return self.read(version)

    def effective(self, source: str = SOURCE) -> RecipeVersion:
        """A recipe with its first version in force."""
        return self.put_in_force(self.approve(self.submit(self.draft(source))))

    def next_version(self, version: RecipeVersion, changes: dict[Any, str] | None = None) -> RecipeVersion:
        """Begin the next version, with changes."""
        receipt = services.draft_version(actor=self.engineer, recipe=version.recipe, reason="study of mixing")
        begun = self.read(receipt)
        return self.edit(begun, changes) if changes else begun
