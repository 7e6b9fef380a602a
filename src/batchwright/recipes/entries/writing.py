"""Entries about writing a recipe: drafted, edited, imported, repaired."""

from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


@record.entry_type("recipe.drafted/1")
class RecipeDrafted(record.EntryData):
    """A version was begun."""

    recipe: str
    number: int
    sha256: str
    based_on: int | None = None

    def sentence(self) -> str:
        if self.based_on is None:
            return _("Recipe %(recipe)s: version %(number)s begun") % dict(self)
        return _("Recipe %(recipe)s: version %(number)s begun from version %(based_on)s") % dict(self)


@record.entry_type("recipe.edited/1")
class RecipeEdited(record.EntryData):
    """The text of a draft was changed."""

    recipe: str
    number: int
    before: str
    """SHA-256 of what the text said."""
    after: str
    differences: list[str]

    def sentence(self) -> str:
        said = _("Recipe %(recipe)s, version %(number)s changed: %(what)s")
        what = "; ".join(self.differences) or _("words and comments only")
        return said % {"recipe": self.recipe, "number": self.number, "what": what}


@record.entry_type("recipe.imported/1")
class RecipeImported(record.EntryData):
    """A file of another system was taken over as a draft; file and report are attached."""

    reason_required: ClassVar[bool] = True
    recipe: str
    number: int
    sha256: str
    file: str
    file_sha256: str
    format: str
    taken: int
    reported: int
    """Values of the file that were not taken over."""
    defects: dict[str, int]
    """How many of each sort."""

    def sentence(self) -> str:
        said = _(
            "Recipe %(recipe)s, version %(number)s taken over from %(file)s: %(taken)s values taken, %(reported)s"
            " reported, %(defects)s defects"
        )
        return said % {**dict(self), "defects": sum(self.defects.values())}


@record.entry_type("recipe.repaired/1")
class RecipeRepaired(record.EntryData):
    """A defect of an imported recipe was mended, in the open and one by one."""

    reason_required: ClassVar[bool] = True
    recipe: str
    number: int
    code: str
    """That of the finding which the repair answers."""
    where: str
    finding: str
    """Its sentence."""
    before: str
    after: str
    differences: list[str]

    def sentence(self) -> str:
        said = _("Recipe %(recipe)s, version %(number)s repaired: %(what)s (%(where)s: %(finding)s)")
        what = "; ".join(self.differences)
        return said % {**dict(self), "what": what, "where": self.where or "-"}


@record.entry_type("recipe.justified/1")
class FindingJustified(record.EntryData):
    """Somebody said why an error may stand."""

    reason_required: ClassVar[bool] = True
    recipe: str
    number: int
    code: str
    where: str
    finding: str

    def sentence(self) -> str:
        return _("Recipe %(recipe)s, version %(number)s: justified that %(where)s: %(finding)s") % dict(self)
