"""What materials are, who supplies them, and where they lie."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.people.models import Sponsor
from batchwright.people.models.tenancy import PlantsOwn, Sponsored

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9_.-]{0,39}$", _("Use 1 to 40 of A-Z, 0-9, dot, hyphen and underscore."))


class Kind(models.TextChoices):
    """What part a material plays."""

    COMPONENT = "component", _("component")
    INTERMEDIATE = "intermediate", _("intermediate")
    PRODUCT = "product", _("product")
    PACKAGING = "packaging", _("packaging")


class SamplingPlan(models.TextChoices):
    """As `batchwright.materials.sampling.Sampling`, with words for people."""

    NONE = "none", _("not sampled")
    ALL = "all", _("every container")
    ROOT = "root", _("square root of the containers, and one")
    TABLE = "table", _("by a table")


class Definition(Sponsored):
    """A material: what it must be, how it is kept and how long it may be used (ISA-95 MaterialDefinition)."""

    read_with: ClassVar[tuple[str, ...]] = ("sponsor",)

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    unit = models.CharField(max_length=40)
    """UCUM code; amounts of the material are whole millionths of it."""
    specification = models.CharField(max_length=120, blank=True)
    storage_class = models.CharField(max_length=60, blank=True)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    retest_days = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    hazards = models.CharField(max_length=120, blank=True)
    """Codes separated by blanks, as the supplier's safety data sheet gives them."""
    sampling = models.CharField(max_length=5, choices=SamplingPlan.choices, default=SamplingPlan.NONE)
    sampling_table = models.CharField(max_length=200, blank=True)
    """Rows such as ``3:2, 10:3, *:5``, where the plan is a table."""
    sample_e6 = models.BigIntegerField(null=True, blank=True)
    """What is taken of each container that is sampled, in millionths of the unit."""
    limit_ppm = models.PositiveIntegerField(null=True, blank=True)
    """What counts of a lot may differ, in millionths of what came in; None for no limit."""
    gtin = models.CharField(max_length=14, blank=True, validators=[RegexValidator(r"^(\d{14})?$")])
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        db_table = "materials_definition"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="materials_definition_sampling", condition=models.Q(sampling__in=SamplingPlan.values)
            ),
            models.CheckConstraint(
                name="materials_definition_sample",
                condition=models.Q(sample_e6__isnull=True) | models.Q(sample_e6__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What the material is called in the record."""
        return f"material/{self.code}"


class Approval(models.TextChoices):
    """What quality assurance says of a supplier."""

    PENDING = "pending", _("pending")
    APPROVED = "approved", _("approved")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Supplier(PlantsOwn):
    """A company's site from which material comes."""

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.CharField(max_length=150)
    place = models.CharField(max_length=150)
    country = models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$", _("Two capitals, ISO 3166."))])
    approval = models.CharField(max_length=12, choices=Approval.choices, default=Approval.PENDING)
    approved_until = models.DateField(null=True, blank=True)

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        meaning: frozenset({"code", "name", "place", "country"}) for meaning in ("approved", "rejected")
    }
    """What each signature covers; a later withdrawal does not undo that the site was approved."""

    class Meta:
        db_table = "materials_supplier"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What the supplier is called in the record."""
        return f"supplier/{self.code}"


class Location(PlantsOwn):
    """A place where containers stand."""

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.CharField(max_length=150)
    storage_class = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "materials_location"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What the location is called in the record."""
        return f"location/{self.code}"
