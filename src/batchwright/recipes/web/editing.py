"""Writing recipes in the browser: the text with its findings while typing, and forms for the common edits."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from batchwright import people, record
from batchwright.kernel.errors import BadInput
from batchwright.people.queries import sponsors
from batchwright.people.web.acting import Act, actor_of, key_of, version_of
from batchwright.recipes import queries, services, showing, site, text_edits
from batchwright.recipes.examination import Examined, examine
from batchwright.recipes.models import Origin, Recipe, RecipeVersion
from batchwright.recipes.web import forms as asked
from batchwright.recipes.web.drawing import drawing
from batchwright.recipes.web.reading import recipe_of
from batchwright.recipes.web.reading import version_of as find_version
from batchwright.recipes.yaml_tree import MOST_BYTES, Path

BEGINNING = """\
# What the recipe is for, and where its numbers come from
id: NEW1
version: "1"
name: New recipe
header:
  product: PRODUCT
  batch_size: {nominal: 100 kg, minimum: 50 kg, maximum: 100 kg}
formula:
  balance_tolerance: 0.5 %
  parameters:
    - {id: substance, kind: input, material: MATERIAL, value: 100.0 kg, scaling: {rule: proportional}, rounding: {decimals: 1}}
    - {id: product, kind: output, value: 100.0 kg, scaling: {rule: proportional}, rounding: {decimals: 1}}
yields:
  - {id: yield, actual: product, theoretical: substance, limits: {action_low: 95 %, action_high: 101 %}}
elements:
  - id: make
    level: procedure
    logic: {flow: [begin -> mixing -> end]}
    elements:
      - id: mixing
        level: unit procedure
        logic: {flow: [begin -> mix -> end]}
        elements:
          - id: mix
            level: operation
            logic:
              flow:
                - begin -> fill -> end
            elements:
              - id: fill
                level: phase
                name: Fill the tank
                phase: {kind: charge, inputs: [substance], into: tank}
"""  # noqa: E501 - a line of the text that people begin with


def _shown(examined: Examined, level: str = "") -> dict[str, Any]:
    """What the page shows beside the text: findings, and the chart where the text can be read."""
    recipe = examined.recipe
    if recipe is None:
        return {"found": examined.found, "readable": False}
    levels = [
        (one.id, "\N{EM DASH} " * where.count(" / ") + (one.name or one.id))
        for _path, one, where in showing.elements(recipe)
        if not one.logic.is_empty
    ]
    known = {name for name, _words in levels}
    wanted = level if level in known else ""
    return {
        "found": examined.found, "readable": True, "levels": levels, "level": wanted,
        "chart": drawing(recipe, wanted),
    }  # fmt: skip


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Say what is found in a text that is being written; reads, and writes nothing.

    Args:
        request: The request, with the text as ``source``.

    Returns:
        A part of the page.
    """
    people.authorize(actor_of(request), "recipe.author")
    source = request.POST.get("source", "")[: MOST_BYTES + 1]
    examined = examine(source.replace("\r\n", "\n"), site.offers(actor_of(request)))
    return render(request, "recipes/found.html", _shown(examined, request.POST.get("level", "")[:200]))


class _Writing(Act):
    """A page with the text of a recipe."""

    action = "recipe.author"
    template_name = "recipes/edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is found in the text."""
        shown = super().get_context_data(**kwargs)
        source = str(shown["form"]["source"].value() or "").replace("\r\n", "\n")
        return {**shown, **_shown(examine(source, site.offers(self.actor)), self.request.POST.get("level", "")[:200])}


class WriteView(_Writing):
    """Begin a recipe."""

    form_class = asked.WriteForm
    title = gettext_lazy("Write recipe")
    verb = gettext_lazy("Keep draft")
    _made = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with a small text; offer the sponsors."""
        return {
            **super().get_form_kwargs(), "initial": {"source": BEGINNING},
            "sponsors": sponsors(self.actor),
        }  # fmt: skip

    def where(self) -> str:
        """On to the new recipe."""
        return reverse("recipes:recipe", args=[self._made]) if self._made else reverse("recipes:recipes")

    def act(self, form: forms.Form) -> record.Receipt:
        """Keep it."""
        given = form.cleaned_data
        receipt = services.draft_recipe(
            actor=self.actor, source=given["source"].replace("\r\n", "\n"), sponsor=given["sponsor"],
            reason=given["reason"], idempotency_key=key_of(self.request),
        )  # fmt: skip
        self._made = receipt.subject.split("/")[1]
        return receipt


class BeginView(Act):
    """Begin another version."""

    action = "recipe.author"
    template_name = "recipes/act.html"
    form_class = asked.ReasonForm
    title = gettext_lazy("Begin version")
    verb = gettext_lazy("Begin version")
    recipe: Recipe
    _made: tuple[str, ...] = ()

    def load(self) -> None:
        """Find the recipe."""
        self.recipe = recipe_of(self.actor, self.kwargs["identifier"])

    def where(self) -> str:
        """On to the text."""
        return reverse("recipes:edit", args=self._made) if self._made else reverse(
            "recipes:recipe", args=[self.recipe.identifier]
        )

    def act(self, form: forms.Form) -> record.Receipt:
        """Begin it."""
        receipt = services.draft_version(
            actor=self.actor, recipe=self.recipe, reason=form.cleaned_data["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip
        self._made = tuple(receipt.subject.split("/")[1:])
        return receipt

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of what."""
        detail = _("It begins with the text of the latest version of %(recipe)s.") % {"recipe": self.recipe.identifier}
        return super().get_context_data(**{"detail": detail, "recipe": self.recipe, **kwargs})


class OfVersion(Act):
    """An act on one version."""

    template_name = "recipes/act.html"
    version: RecipeVersion

    def load(self) -> None:
        """Find the version."""
        self.version = find_version(self.actor, self.kwargs["identifier"], self.kwargs["number"])

    def where(self) -> str:
        """Back to the version."""
        return reverse("recipes:version", args=[self.version.recipe.identifier, self.version.number])

    def common(self) -> dict[str, Any]:
        """What every command on a version takes from the request."""
        return {
            "actor": self.actor, "version": self.version, "idempotency_key": key_of(self.request),
            "expected_version": version_of(self.request),
        }  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which."""
        one = self.version
        detail = _("%(recipe)s, version %(number)s: %(state)s") % {
            "recipe": one.recipe.identifier, "number": one.number, "state": one.get_state_display(),
        }  # fmt: skip
        facts = {"detail": detail, "recipe": one.recipe, "shown": one, "version": one.version}
        return super().get_context_data(**{**facts, **kwargs})


class EditView(OfVersion, _Writing):
    """Change the text of a draft, or repair an imported one."""

    action = "recipe.author"
    template_name = "recipes/edit.html"
    form_class = asked.EditForm
    title = gettext_lazy("Edit recipe")
    verb = gettext_lazy("Keep draft")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with the text as it is."""
        one = self.version
        findings = [(found.key, f"{found.line}: {found.finding}"[:140]) for found in one.found]
        return {
            **super().get_form_kwargs(), "initial": {"source": one.text.source},
            "findings": findings if one.origin == Origin.IMPORTED else [],
        }  # fmt: skip

    def act(self, form: forms.Form) -> record.Receipt:
        """Keep it."""
        given = form.cleaned_data
        source = given["source"].replace("\r\n", "\n")
        if given.get("finding"):
            return services.repair_draft(
                **self.common(), source=source, finding=given["finding"], reason=given["reason"]
            )
        return services.edit_draft(**self.common(), source=source, reason=given["reason"])


class ValueView(OfVersion):
    """Change a value or a limit."""

    action = "recipe.author"
    form_class = asked.ValueForm
    title = gettext_lazy("Change value or limit")
    verb = gettext_lazy("Keep draft")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the parameters."""
        lines = showing.lines(self.version.text.master)
        words = [": ".join(filter(None, (one.where, f"{one.name} ({one.value or '-'})"))) for one in lines]
        offered = [(one.address, said) for one, said in zip(lines, words, strict=True)]
        return {
            **super().get_form_kwargs(), "parameters": offered,
            "initial": {"parameter": self.request.GET.get("parameter", "")},
        }  # fmt: skip

    def act(self, form: forms.Form) -> record.Receipt:
        """Make the edit in the text."""
        given, source = form.cleaned_data, self.version.text.source
        path = _path(given["parameter"])
        if given["value"]:
            source = text_edits.with_value(source, path, given["value"])
        for name in text_edits.LIMITS:
            if given[name]:
                source = text_edits.with_limit(source, path, name, given[name])
        return services.edit_draft(**self.common(), source=source, reason=given["reason"])


def _path(address: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in address.split("/"))


class StepView(OfVersion):
    """Add a phase behind another."""

    action = "recipe.author"
    form_class = asked.StepForm
    title = gettext_lazy("Add step")
    verb = gettext_lazy("Keep draft")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the phases."""
        phases = [
            (one.id, f"{where.rpartition(' / ')[0]}: {one.name or one.id}")
            for _path, one, where in showing.elements(self.version.text.master)
            if one.level == "phase"
        ]
        return {**super().get_form_kwargs(), "phases": phases, "initial": {"after": self.request.GET.get("after", "")}}

    def act(self, form: forms.Form) -> record.Receipt:
        """Make the edit in the text."""
        given = form.cleaned_data
        every = showing.elements(self.version.text.master)
        path = next((path for path, one, _where in every if one.id == given["after"]), None)
        if path is None:
            raise BadInput(_("There is no such step"), value=given["after"])
        source = text_edits.with_step_after(
            self.version.text.source, path[:-2], given["after"], name=given["name"], title=given["title"],
            instruction=given["instruction"],
        )  # fmt: skip
        return services.edit_draft(**self.common(), source=source, reason=given["reason"])


class JustifyView(OfVersion):
    """Say why an error may stand."""

    action = "recipe.author"
    form_class = asked.JustifyForm
    title = gettext_lazy("Justify finding")
    verb = gettext_lazy("Justify finding")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what may be justified."""
        some = [(one.key, str(one.finding)) for one in self.version.found if one.may_be_justified]
        said = queries.justifications(self.actor, self.version)
        return {**super().get_form_kwargs(), "findings": [one for one in some if one[0] not in said]}

    def act(self, form: forms.Form) -> record.Receipt:
        """Justify it."""
        common = self.common()
        del common["expected_version"]
        return services.justify(**common, **form.cleaned_data)
