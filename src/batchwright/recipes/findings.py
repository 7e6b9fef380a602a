"""What a check of a recipe finds: a code, how bad, where, a sentence and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from batchwright.recipes.procedure import EquipmentRequirement

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that keeps a recipe from approval (error), or that its reviewer has to look at (warning)."""

    code: str
    severity: Literal["error", "warning"]
    place: Place
    """Path in the recipe, such as ``("elements", 0, "logic", "transitions", 2)``."""
    where: str
    """The place for people: ids from the outside in, such as ``granulation / dry / t3``."""
    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.sentence}." if self.where else f"{self.sentence}."
        return f"{text} {self.remedy}" if self.remedy else text


@dataclass(frozen=True, slots=True)
class Question:
    """What only the plant can answer, so that all else need be found but once in a text: does a unit meet this?"""

    requirements: tuple[EquipmentRequirement, ...]
    place: Place
    where: str

    def answered(self, site: "Site") -> Iterator[Finding]:
        """Ask the plant.

        Args:
            site: What it offers.

        Yields:
            Why no unit meets the requirements; nothing where one does.
        """
        for reason in site.misses(self.requirements):
            sentence = f"No unit on site fits: {reason.rstrip('.')}"
            yield Finding("no-unit", "error", self.place, self.where, sentence, "Ask for less, or equip one.")


@dataclass(slots=True)
class Findings:
    """Gathers what is found, and what is to be asked of the plant, in the order of the recipe."""

    found: list[Finding | Question] = field(default_factory=list)

    def ask(self, requirements: tuple[EquipmentRequirement, ...], place: Place, where: str) -> None:
        """Note what is to be asked of the plant."""
        self.found.append(Question(requirements, place, where))

    def error(self, code: str, place: Place, where: str, sentence: str, remedy: str = "") -> None:
        """Note what keeps the recipe from approval."""
        self.found.append(Finding(code, "error", place, where, sentence, remedy))

    def warning(self, code: str, place: Place, where: str, sentence: str, remedy: str = "") -> None:
        """Note what a reviewer has to look at."""
        self.found.append(Finding(code, "warning", place, where, sentence, remedy))


class Site(Protocol):
    """What a plant offers; the capability of equipment is plugged in here."""

    def misses(self, requirements: Sequence[EquipmentRequirement]) -> tuple[str, ...]:
        """Why no unit meets all the requirements, as sentences; empty where at least one does."""
