"""What the plant consists of, and what its classes and units offer."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.plant.models.base import CODE, PlantModel


class Level(models.TextChoices):
    """Levels of equipment, from the greatest to the least (ISA-95 part 1, ISA-88 part 1)."""

    ENTERPRISE = "enterprise", _("enterprise")
    SITE = "site", _("site")
    AREA = "area", _("area")
    PROCESS_CELL = "process_cell", _("process cell")
    UNIT = "unit", _("unit")
    EQUIPMENT_MODULE = "equipment_module", _("equipment module")
    CONTROL_MODULE = "control_module", _("control module")


class PropertyKind(models.TextChoices):
    """How a property is measured and compared."""

    RANGE = "range", _("range")
    LEVEL = "level", _("level")
    CHOICE = "choice", _("choice")
    FLAG = "flag", _("flag")


class EquipmentProperty(PlantModel):
    """A property that this site added to the vocabulary of `batchwright.plant.properties`."""

    code = models.CharField(max_length=40, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9-]{0,39}$")])
    title = models.CharField(max_length=150)
    kind = models.CharField(max_length=10, choices=PropertyKind.choices)
    unit = models.CharField(max_length=40, default="1")
    """UCUM code of a range or level; "1" for a plain number, a choice or a flag."""
    words = models.JSONField(default=list, blank=True)
    """The words of a choice; where they are ordered, the strictest first."""
    ordered = models.BooleanField(default=False)
    """Whether an earlier word of a choice serves where a later one is asked for, as ISO 5 does for ISO 7."""
    sized = models.BooleanField(default=False)
    """Whether more than was asked is a waste."""

    class Meta:
        db_table = "plant_property"
        ordering = ["code"]
        verbose_name_plural = "equipment properties"
        constraints = [
            models.CheckConstraint(name="plant_property_kind", condition=models.Q(kind__in=PropertyKind.values))
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """What the property is called in the record."""
        return f"equipment-property/{self.code}"


class EquipmentClass(PlantModel):
    """Equipment that offers the same (ISA-95 EquipmentClass)."""

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.CharField(max_length=150)
    level = models.CharField(max_length=20, choices=Level.choices, default=Level.UNIT)

    class Meta:
        db_table = "plant_equipment_class"
        ordering = ["code"]
        verbose_name_plural = "equipment classes"
        constraints = [
            models.CheckConstraint(name="plant_equipment_class_level", condition=models.Q(level__in=Level.values))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What the class is called in the record."""
        return f"equipment-class/{self.code}"


class EquipmentElement(PlantModel):
    """One place or piece of equipment in the hierarchy (ISA-95 Equipment)."""

    tag = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.CharField(max_length=150)
    level = models.CharField(max_length=20, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    equipment_class = models.ForeignKey(EquipmentClass, models.PROTECT, null=True, blank=True, related_name="elements")
    manufacturer = models.CharField(max_length=100, blank=True)
    model_name = models.CharField(max_length=100, blank=True)
    serial_number = models.CharField(max_length=60, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        "approved": frozenset({"tag", "parent_id", "equipment_class_id", "serial_number"}),
    }
    """What the signature under a qualification covers; a unit that is moved or exchanged is qualified again."""

    class Meta:
        db_table = "plant_equipment_element"
        ordering = ["tag"]
        constraints = [
            models.CheckConstraint(name="plant_element_level", condition=models.Q(level__in=Level.values)),
            models.CheckConstraint(name="plant_element_not_in_itself", condition=~models.Q(parent=models.F("id"))),
            models.CheckConstraint(
                name="plant_element_has_place",
                condition=models.Q(level="enterprise", parent__isnull=True)
                | ~models.Q(level="enterprise") & models.Q(parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.name}"

    @property
    def subject(self) -> str:
        """What the element is called in the record; a unit is named as such."""
        kind = "unit" if self.level == Level.UNIT else "equipment"
        return f"{kind}/{self.tag}"


class Capability(PlantModel):
    """What a class offers, or what one element offers in place of its class."""

    property = models.CharField(max_length=40)
    """Code of a property, of the vocabulary or of this site."""
    equipment_class = models.ForeignKey(
        EquipmentClass, models.PROTECT, null=True, blank=True, related_name="capabilities"
    )
    element = models.ForeignKey(EquipmentElement, models.PROTECT, null=True, blank=True, related_name="capabilities")
    value = models.CharField(max_length=300)
    """As people write it and `batchwright.plant.properties.read` reads it: ``20..200 L``, ``ISO 5, ISO 7``, ``yes``."""

    class Meta:
        db_table = "plant_capability"
        ordering = ["property"]
        verbose_name_plural = "capabilities"
        constraints = [
            models.CheckConstraint(
                name="plant_capability_one_owner",
                condition=models.Q(equipment_class__isnull=False, element__isnull=True)
                | models.Q(equipment_class__isnull=True, element__isnull=False),
            ),
            models.UniqueConstraint(fields=["equipment_class", "property"], name="plant_capability_class_once"),
            models.UniqueConstraint(fields=["element", "property"], name="plant_capability_element_once"),
        ]

    def __str__(self) -> str:
        return f"{self.property} {self.value}"
