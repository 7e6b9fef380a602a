"""Recipes, their versions, and the texts of these."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.people.models import Sponsor
from batchwright.people.models.tenancy import Sponsored
from batchwright.recipes.placed import Placed, read_finding
from batchwright.recipes.procedure import MasterRecipe

IDENTIFIER = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9 ._()+-]*$", _("Letters, digits, blanks and . _ ( ) + -, beginning with a letter or digit.")
)


class VersionState(models.TextChoices):
    """As `batchwright.recipes.lifecycle.State`, with words for people."""

    DRAFT = "draft", _("draft")
    REVIEW = "review", _("in review")
    APPROVED = "approved", _("approved")
    EFFECTIVE = "effective", _("effective")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Origin(models.TextChoices):
    """How a version came to be in this plant."""

    AUTHORED = "authored", _("written here")
    IMPORTED = "imported", _("imported")


class Recipe(Sponsored):
    """A recipe, whatever its versions say (ISA-88 MasterRecipe; 21 CFR 211.186)."""

    read_with: ClassVar[tuple[str, ...]] = ("sponsor",)

    identifier = models.CharField(max_length=60, unique=True, validators=[IDENTIFIER])
    source_id = models.CharField(max_length=200)
    """What the recipe's text calls itself; the same as `identifier` unless it came from another system."""
    product = models.CharField(max_length=60, blank=True)
    """Code of the product's definition."""
    name = models.CharField(max_length=200, blank=True)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        db_table = "recipes_recipe"
        ordering = ["identifier"]

    def __str__(self) -> str:
        return self.identifier

    @property
    def subject(self) -> str:
        """What the recipe is called in the record."""
        return f"recipe/{self.identifier}"


class RecipeText(Sponsored):
    """A text as it was written, and the recipe that it says; never changed and never deleted."""

    owners: ClassVar[tuple[str, ...]] = ("recipe__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("recipe__sponsor",)

    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="texts")
    source = models.TextField()
    """YAML with its comments, as authored."""
    canonical = models.TextField()
    """What it says, as canonical JSON (RFC 8785)."""
    sha256 = models.CharField(max_length=64)
    """SHA-256 of `canonical`, in hexadecimal digits."""

    class Meta:
        db_table = "recipes_text"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.sha256

    @cached_property
    def master(self) -> MasterRecipe:
        """The recipe that it says."""
        return _said_by(self.canonical)


@lru_cache(maxsize=64)
def _said_by(canonical: str) -> MasterRecipe:
    """What a canonical text says; texts do not change, and the same ones are looked at again and again."""
    return MasterRecipe.model_validate_json(canonical)


_APPROVED = models.Q(state__in=["approved", "effective", "superseded"])
_COVERED = frozenset({"recipe_id", "number", "text_id", "sha256"})


class RecipeVersion(Sponsored):
    """One version of a recipe, from its first draft to what took its place."""

    owners: ClassVar[tuple[str, ...]] = ("recipe__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("recipe__sponsor", "text")

    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.AUTHORED)
    text = models.ForeignKey(RecipeText, models.PROTECT, related_name="versions")
    sha256 = models.CharField(max_length=64)
    """That of its text, so that a signature covers it."""
    findings = models.JSONField(default=list)
    """What the latest check found."""
    engine = models.CharField(max_length=40)
    """What made that check."""
    checked_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=150, blank=True)
    """User name of who prepared it and signed so."""
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=150, blank=True)
    """User name of who checked it independently and signed so."""
    approved_at = models.DateTimeField(null=True, blank=True)
    effective_from = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    """When it ceased to be in force: another took its place, or it was withdrawn."""

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {"authored": _COVERED, "approved": _COVERED}
    """What the signatures cover; that it becomes effective later does not undo them."""

    class Meta:
        db_table = "recipes_version"
        ordering = ["recipe_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["recipe", "number"], name="recipes_version_number"),
            models.UniqueConstraint(
                fields=["recipe"], name="recipes_version_one_effective", condition=models.Q(state="effective")
            ),
            models.UniqueConstraint(
                fields=["recipe"], name="recipes_version_one_open", condition=models.Q(state__in=["draft", "review"])
            ),
            models.CheckConstraint(name="recipes_version_state", condition=models.Q(state__in=VersionState.values)),
            models.CheckConstraint(
                name="recipes_version_two_people",
                condition=~_APPROVED
                | ~models.Q(submitted_by="")
                & ~models.Q(approved_by="")
                & ~models.Q(submitted_by=models.F("approved_by")),
            ),
            models.CheckConstraint(
                name="recipes_version_in_force",
                condition=~models.Q(state__in=["effective", "superseded"]) | models.Q(effective_from__isnull=False),
            ),
            models.CheckConstraint(
                name="recipes_version_superseded",
                condition=~models.Q(state="superseded") | models.Q(superseded_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipe.identifier} {self.number}"

    @property
    def subject(self) -> str:
        """What the version is called in the record."""
        return f"{self.recipe.subject}/{self.number}"

    @property
    def found(self) -> tuple[Placed, ...]:
        """What the latest check found."""
        return tuple(read_finding(one) for one in self.findings)


class Justification(Sponsored):
    """Why an error that rests on what is not in the text may stand."""

    owners: ClassVar[tuple[str, ...]] = ("for_version__recipe__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("for_version__recipe__sponsor",)

    for_version = models.ForeignKey(RecipeVersion, models.PROTECT, related_name="justifications")
    finding = models.TextField()
    """Name of the finding, as `batchwright.recipes.lifecycle.key_of` gives it."""
    why = models.TextField()
    by = models.CharField(max_length=150)

    class Meta:
        db_table = "recipes_justification"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.why
