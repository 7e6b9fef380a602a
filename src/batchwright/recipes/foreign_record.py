"""A batch production record that another system wrote, as far as its review needs it (IEC 61512-4, BatchML V0401).

Pure and frozen; each part says where in the file it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    Attributes:
        path: Local names of the elements down to it.
        line: Line of the file.
    """

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class RecordedValue:
    """A value that a phase left."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ExecutedElement:
    """A procedure, unit procedure, operation or phase that ran.

    Attributes:
        instance: Which time it ran; 2 for the second pass of a loop.
        completed: When it was complete; None where the record does not say it.
    """

    id: str
    level: str
    place: Place
    instance: int | None = None
    completed: datetime | None = None
    performer: str = ""
    values: tuple[RecordedValue, ...] = ()
    elements: tuple[ExecutedElement, ...] = ()

    def walk(self) -> Iterator[ExecutedElement]:
        """This element and all inside it."""
        yield self
        for element in self.elements:
            yield from element.walk()


@dataclass(frozen=True, slots=True)
class ExecutedRecipe:
    """A control recipe that ran."""

    id: str
    batch: str
    product: str
    product_name: str
    place: Place
    elements: tuple[ExecutedElement, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """Something that happened; an exception where its sub-type says so."""

    id: str
    at: datetime | None
    place: Place
    type: str = ""
    sub_type: str = ""
    risk: str = ""
    status: str = ""
    category: str = ""
    message: str = ""
    persons: tuple[str, ...] = ()
    element: str = ""

    @property
    def is_exception(self) -> bool:
        """Whether it is an exception."""
        return self.sub_type.casefold() == "exception"

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it; also where the record does not say how it stands."""
        return self.status.casefold() not in ("closed", "cancelled")

    @property
    def is_out_of_specification(self) -> bool:
        """Whether a result was out of specification."""
        words = self.category.casefold().replace("-", " ").split()
        return words[:3] == ["out", "of", "spec"] or words[:3] == ["out", "of", "specification"] or words == ["oos"]


@dataclass(frozen=True, slots=True)
class RecordedComment:
    """What somebody wrote about an event."""

    id: str
    at: datetime | None
    place: Place
    target: str = ""
    person: str = ""
    text: str = ""
    risk: str = ""
    """Risk that it recommends for the event."""
    status: str = ""
    """Status that it recommends for the event."""


@dataclass(frozen=True, slots=True)
class RecordedSignature:
    """A signature, with its meaning."""

    id: str
    at: datetime | None
    place: Place
    of: str = ""
    """Identifier of what was signed."""
    person: str = ""
    meaning: str = ""
    """Such as Confirmation or Approval."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ForeignRecord:
    """The record of one batch."""

    id: str
    place: Place
    created: datetime | None = None
    changed: datetime | None = None
    recipes: tuple[ExecutedRecipe, ...] = ()
    events: tuple[RecordedEvent, ...] = ()
    comments: tuple[RecordedComment, ...] = ()
    signatures: tuple[RecordedSignature, ...] = ()

    def elements(self) -> Iterator[ExecutedElement]:
        """Everything that ran."""
        for recipe in self.recipes:
            for element in recipe.elements:
                yield from element.walk()
