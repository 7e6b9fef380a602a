"""Reading a master recipe from BatchML: V02 to V0700 by local names, each element taken over or reported.

Nothing is repaired: what is incomplete is held as it is and listed as a defect with its line;
`batchwright.recipes.checks` keeps it from approval. A RecipeElement of the type Begin or End is a sort of step here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeVar

from batchwright.kernel.errors import BadInput
from batchwright.materials.adapters.foreign_xml import Account, local_name, namespace
from batchwright.recipes.adapters import batchml_terms as terms
from batchwright.recipes.adapters import rest
from batchwright.recipes.adapters.batchml_logic import LogicReader
from batchwright.recipes.adapters.batchml_parts import PartReader
from batchwright.recipes.adapters.reading import Findings, Reading
from batchwright.recipes.procedure import Formula, Header, MasterRecipe, RecipeElement

_Holder = TypeVar("_Holder", MasterRecipe, RecipeElement)


def without_elements(holder: MasterRecipe | RecipeElement) -> dict[str, Any]:
    """What a recipe or an element says itself, as it stands in JSON.

    Args:
        holder: The recipe or the element.

    Returns:
        Its content without the elements inside it.
    """
    return holder.model_dump(mode="json", exclude={"elements"}, exclude_none=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeReading(Reading):
    """A master recipe that was read.

    Attributes:
        recipe: The recipe.
    """

    recipe: MasterRecipe

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines, with the counts of what the recipe holds."""
        return {**super(RecipeReading, self).as_json(), "recipe": self.recipe.id, "holds": counts(self.recipe)}


def counts(recipe: MasterRecipe) -> dict[str, Any]:
    """Count what a recipe holds.

    Args:
        recipe: The recipe.

    Returns:
        Elements by level, steps, transitions, links and links by kind, parameters.
    """
    elements = list(recipe.walk())
    logics = [recipe.logic, *(one.logic for one in elements)]
    levels = Counter(one.level for one in elements)
    links = [link for logic in logics for link in logic.links]
    return {
        "elements": {level: levels[level] for level in terms.LEVELS.values()},
        "steps": sum(len(logic.steps) for logic in logics),
        "transitions": sum(len(logic.transitions) for logic in logics),
        "links": len(links),
        "links_by_kind": dict(sorted(Counter(link.kind for link in links).items())),
        "parameters": len(recipe.formula.parameters) + sum(len(one.parameters) for one in elements),
    }


def read_master_recipe(content: bytes, name: str) -> RecipeReading:
    """Read a master recipe.

    Args:
        content: Bytes of the file.
        name: Name of the file, for reports and refusals.

    Returns:
        The recipe, what was taken over, what was not, and what is wrong.

    Raises:
        BadInput: If it is no XML within the limits, holds no master recipe, or says something that no recipe can hold.
    """
    account = Account(content, name)
    findings = Findings(account)
    at = _master_recipe(findings)
    version = terms.VERSIONS.get(namespace(account.root), "")
    if not version:
        findings.defect("version-unknown", account.root, "", "The namespace names no known version of BatchML",
                        namespace(account.root))  # fmt: skip
    recipe = _Reader(findings).recipe(at)
    return RecipeReading(**findings.reading(version), recipe=recipe)


def _master_recipe(findings: Findings) -> Any:
    account = findings.account
    root = account.root
    found = [root] if local_name(root) == "MasterRecipe" else account.children(root, "MasterRecipe")
    if not found:
        remedy = "`batchwright batchml review` reads production records." if "Record" in local_name(root) else ""
        raise account.bad("The file holds no MasterRecipe", root, local_name(root), remedy)
    if len(found) > 1:
        findings.defect("several-recipes", found[1], account.peek(found[1], "ID"), "Only the first recipe is taken")
    return found[0]


class _Reader:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.account = findings.account
        sets: dict[str, Any] = {}
        for at in self.account.children(self.account.root, "EnumerationSet"):
            name = self.account.peek(at, "ID")
            if name in sets:
                findings.defect("id-twice", at, name, "Another set of words has this ID; the first is taken")
            sets.setdefault(name, at)
        self.parts = PartReader(findings, sets)
        self.logic = LogicReader(findings, self.parts)

    def recipe(self, at: Any) -> MasterRecipe:
        name = self.account.text(at, "ID")
        if not name:
            raise self.account.bad("The recipe has no ID", at, local_name(at))
        formula = self.account.child(at, "Formula")
        title, description = self._descriptions(at)
        found = self.findings.made(
            MasterRecipe, at, id=name, version=self.account.text(at, "Version"), name=title, description=description,
            header=self.parts.header(at, name) or Header(), equipment=self.parts.equipment(at),
            formula=Formula(parameters=() if formula is None else self.parts.parameters(formula, "formula")),
            logic=self.logic.logic(at), elements=self._elements(at),
        )  # fmt: skip
        return self._with_rest(found, at)

    def _elements(self, owner: Any) -> tuple[RecipeElement, ...]:
        found, seen = [], set()
        for at in self.account.children(owner, "RecipeElement"):
            sort = self.account.peek(at, "RecipeElementType")
            if sort in terms.TERMINALS:
                continue  # its step says it
            name = self.account.peek(at, "ID")
            if sort not in terms.LEVELS:
                self.findings.defect("element-type", at, name, "Such an element has no place here; neither it nor what "
                                     "is inside it is taken over", sort)  # fmt: skip
                continue
            if name in seen:
                self.findings.defect("id-twice", at, name, "Another element of this level has this ID")
            seen.add(name)
            if self.parts.identified(at, "element"):
                found.append(self._element(at, name))
        return tuple(found)

    def _element(self, at: Any, name: str) -> RecipeElement:
        account = self.account
        title, description = self._descriptions(at)
        if date := account.peek(at, "VersionDate"):
            self.findings.defect("version-date", at, name, "The date of a version has no place here", date)
        found = self.findings.made(
            RecipeElement, at, id=name, level=terms.LEVELS[account.text(at, "RecipeElementType")], name=title,
            description=description, version=account.text(at, "Version"),
            building_block=account.text(at, "BuildingBlockElementID"),
            building_block_version=account.text(at, "BuildingBlockElementVersion"),
            header=self.parts.header(at, name), parameters=self.parts.parameters(at, name),
            equipment=self.parts.equipment(at), logic=self.logic.logic(at), elements=self._elements(at),
        )  # fmt: skip
        return self._with_rest(found, at)

    def _descriptions(self, at: Any) -> tuple[str, str]:
        """The first Description names a thing, the second describes it."""
        every = [self.account.take(one) for one in self.account.children(at, "Description")[:2]]
        return (every[0] if every else ""), (every[1] if len(every) > 1 else "")

    def _with_rest(self, found: _Holder, at: Any) -> _Holder:
        """Add what BatchML has no place for, where this system wrote it."""
        for other in self.account.children(at, "OtherInformation"):
            if self.account.peek(other, "ID") == rest.IDENTIFIER:
                return self._added(found, other)
        return found

    def _added(self, found: _Holder, other: Any) -> _Holder:
        account = self.account
        self.account.text(other, "ID")
        value = account.child(other, "Value")
        text = "" if value is None else account.text(value, "ValueString")
        if value is not None:
            for name in ("DataInterpretation", "DataType"):
                account.text(value, name)
        try:
            noted = rest.from_text(text)
        except BadInput as error:
            raise account.bad(error.message, other, error.value) from error
        said = without_elements(found)
        for conflict in rest.apply(said, noted):
            said_otherwise = "The file no longer says what this was noted for; it is left out"
            self.findings.defect("edited-elsewhere", other, found.id, said_otherwise, "/".join(conflict.place))
        return self.findings.made(type(found), other, **{**said, "elements": found.elements})
