"""Batches, their control recipes, and each run of an element of their procedure."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.execution.states import ENDED, State
from batchwright.materials.models import Lot
from batchwright.people.models import Sponsor
from batchwright.people.models.tenancy import Sponsored
from batchwright.recipes.models import RecipeVersion

NUMBER = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$", _("Letters, digits and . _ -, beginning with a letter or digit.")
)
_ALL = [one.value for one in State]
_ENDED = sorted(one.value for one in ENDED)
STATES = [(one, one) for one in _ALL]
_CONTROL = frozenset({"number", "recipe_version_id", "revision", "control_sha256"})


class Batch(Sponsored):
    """One batch of a product, made by one version of a recipe (21 CFR 211.188)."""

    read_with: ClassVar[tuple[str, ...]] = ("sponsor", "recipe_version__recipe")

    number = models.CharField(max_length=60, unique=True, validators=[NUMBER])
    recipe_version = models.ForeignKey(RecipeVersion, models.PROTECT, related_name="+")
    product = models.CharField(max_length=60, blank=True)
    """Code of the product's definition."""
    name = models.CharField(max_length=200, blank=True)
    """Name of the product, as the recipe has it."""
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="+")
    """Lot that the batch makes; None until its first material goes in."""
    size = models.CharField(max_length=60)
    """Such as ``240.000 kg``."""
    revision = models.PositiveIntegerField(default=1)
    """Of the control recipe: each redline, and each potency that becomes known, makes another."""
    control_sha256 = models.CharField(max_length=64)
    """Of the control recipe in force."""
    state = models.CharField(max_length=12, choices=STATES, default=State.IDLE.value)
    tokens = models.JSONField(default=list, blank=True)
    """Where the procedure stands, as `batchwright.execution.marking.Token` writes it."""
    acts = models.PositiveIntegerField(default=0)
    """How many acts the batch has seen; a review covers the number it saw, and one more makes it void."""
    planned_for = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=150, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        "reviewed": _CONTROL | {"state", "acts"}, "approved": _CONTROL | {"state", "acts"},
    }  # fmt: skip

    class Meta:
        db_table = "execution_batch"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="execution_batch_state", condition=models.Q(state__in=_ALL)),
            models.CheckConstraint(
                name="execution_batch_ended",
                condition=models.Q(state__in=_ENDED) | models.Q(ended_at__isnull=True, reviewed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="execution_batch_reviewed",
                condition=models.Q(reviewed_by="", reviewed_at__isnull=True)
                | ~models.Q(reviewed_by="") & models.Q(reviewed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state"], name="execution_batch_by_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """What the batch is called in the record."""
        return f"batch/{self.number}"


class _OfBatch(Sponsored):
    """A row that belongs to a batch and is seen by whoever sees it."""

    owners: ClassVar[tuple[str, ...]] = ("batch__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("batch__sponsor",)

    class Meta:
        abstract = True


class ControlText(_OfBatch):
    """A control recipe as it was in force; never changed and never deleted."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="controls")
    revision = models.PositiveIntegerField()
    canonical = models.TextField()
    """`batchwright.execution.control_recipe.ControlRecipe` as canonical JSON (RFC 8785)."""
    sha256 = models.CharField(max_length=64)
    why = models.CharField(max_length=200)
    """What made it: the batch's beginning, the potency of a lot, or a redline with its number."""

    class Meta:
        db_table = "execution_control"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "revision"], name="execution_control_revision")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.revision}"


class Run(_OfBatch):
    """One run of an element of the procedure, whatever its level; a phase's run is a step on the floor."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="runs")
    path = models.CharField(max_length=400)
    """As `batchwright.execution.marking.below` gives it."""
    position = models.PositiveIntegerField()
    """In the order in which runs began, from 1."""
    element = models.CharField(max_length=200)
    """Id of the element in the recipe."""
    name = models.CharField(max_length=200)
    level = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, blank=True)
    """Kind of the phase, such as ``enter``; "" for other levels, and for a phase that says nothing."""
    unit = models.CharField(max_length=60, blank=True)
    """Tag of the unit that it runs in."""
    role = models.CharField(max_length=40, blank=True)
    """Role that performs it; "" for any that may perform steps."""
    state = models.CharField(max_length=12, choices=STATES)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    skipped = models.BooleanField(default=False)
    settled = models.BooleanField(default=False)
    """Whether the equipment has reached the state that was ordered."""
    rounds = models.PositiveIntegerField(default=0)
    """Rounds of a repetition, or weights, that were accepted."""
    awaits = models.CharField(max_length=150, blank=True)
    """User name of who performed what waits for a second person; "" where nothing waits."""
    values = models.JSONField(default=dict, blank=True)
    """What the phase has left until now, as `batchwright.execution.keeping` writes values."""

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        meaning: frozenset({"batch_id", "path", "element", "values", "completed_at"})
        for meaning in ("performed", "verified", "reviewed", "approved", "authored")
    }

    class Meta:
        db_table = "execution_run"
        ordering = ["batch_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "path"], name="execution_run_path"),
            models.UniqueConstraint(fields=["batch", "position"], name="execution_run_position"),
            models.CheckConstraint(name="execution_run_state", condition=models.Q(state__in=_ALL)),
        ]
        indexes = [
            models.Index(
                fields=["state", "kind"], name="execution_run_to_do", condition=models.Q(level="phase", state="Running")
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.path}"

    @property
    def subject(self) -> str:
        """What the run is called in the record."""
        return f"{self.batch.subject}/run/{self.position}"
