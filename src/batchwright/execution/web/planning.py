"""Making a batch: which recipe, how much, in which units, and what it would weigh."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import recipes, record
from batchwright.execution import services
from batchwright.execution.control_recipe import ControlRecipe
from batchwright.execution.web import batch_forms as asked
from batchwright.execution.web.batches import LineShown
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.people.web.acting import Act, Page, key_of
from batchwright.recipes import RecipeVersion, showing, site
from batchwright.recipes import queries as recipe_queries


class ChooseView(Page):
    """Of which recipe in force?"""

    action = "batch.plan"
    template_name = "execution/choose.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the recipes that are in force."""
        text = self.request.GET.get("text", "")[:60]
        found = recipe_queries.recipes(self.actor, text=text, state="effective").select_related("sponsor")
        rows = [one for one in recipe_queries.listed(self.actor, list(found)) if one.in_force is not None]
        return super().get_context_data(**kwargs, text=text, rows=rows)


class MakeView(Act):
    """Make a batch, after a look at its formula."""

    action = "batch.plan"
    template_name = "execution/make.html"
    form_class = asked.MakeForm
    title = gettext_lazy("Make batch")
    verb = gettext_lazy("Make batch")
    version: RecipeVersion
    _made = ""

    def load(self) -> None:
        """Find the version in force, and which units do what it asks for."""
        found = recipes.effective_recipe(self.actor, self.kwargs["recipe"])
        if found is None:
            raise Http404
        self.version = found
        self.master = found.text.master
        offered = site.offers(self.actor)
        self.asked = {
            _element_of(one): (one, None if offered is None else offered.matching(one.requirements))
            for one in showing.equipment(self.master)
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the units that fit; begin with the nominal size."""
        size = self.master.header.batch_size
        low, high = size.minimum or size.nominal, size.maximum or size.nominal
        units = {
            element: (_("Unit for %(step)s") % {"step": self._name(element)}, list(found.fits) if found else [])
            for element, (_one, found) in self.asked.items()
        }
        limits = _("%(low)s to %(high)s") % {"low": low, "high": high} if low is not None else _("The recipe has none.")
        return {
            **super().get_form_kwargs(), "limits": limits, "asked": units,
            "initial": {"size": asked.unbraced(str(size.nominal or ""))},
        }  # fmt: skip

    def _name(self, element: str) -> str:
        """What people call an element of the recipe."""
        found = next((one for one in self.master.walk() if one.id == element), None)
        return _("the whole recipe") if found is None else found.name or found.id

    def where(self) -> str:
        """On to the batch."""
        if self._made:
            return reverse("execution:batch", args=[self._made])
        return reverse("execution:make")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Show the formula where only that is asked for."""
        if "only_show" in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form))
        return super().form_valid(form)

    def _control(self, form: asked.MakeForm) -> ControlRecipe:
        given = form.cleaned_data
        return services.control_for(
            self.actor, self.version, number=given["number"] or "-", size=Quantity.parse(given["size"]),
            units=form.units, operator_decides=given["operator_decides"],
        )  # fmt: skip

    def act(self, form: forms.Form) -> record.Receipt:
        """Make it."""
        given = form.cleaned_data
        receipt = services.create_batch(
            actor=self.actor, recipe=self.version.recipe.identifier, size=Quantity.parse(given["size"]),
            units=form.units if isinstance(form, asked.MakeForm) else {}, number=given["number"],
            planned_for=given["planned_for"], operator_decides=given["operator_decides"], reason=given["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip
        self._made = receipt.subject.removeprefix("batch/")
        return receipt

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the formula of the size that is asked for, and why other units do not fit."""
        shown = super().get_context_data(**kwargs)
        form = shown["form"]
        if form.is_bound and form.is_valid():
            try:
                shown["formula"], shown["size"] = self._formula(form), form.cleaned_data["size"]
            except BatchwrightError as error:
                shown["why_not"] = "" if form.non_field_errors() else str(error)
        detail = _("%(name)s, version %(number)s, in force") % {
            "name": self.version.recipe.name or self.version.recipe.identifier, "number": self.version.number,
        }  # fmt: skip
        misses = [
            (self._name(element), one, found)
            for element, (one, found) in self.asked.items() if found is None or found.misses
        ]  # fmt: skip
        return {**shown, "detail": detail, "recipe_version": self.version, "misses": misses}

    def _formula(self, form: asked.MakeForm) -> list[LineShown]:
        control = self._control(form)
        parameters = control.plan.parameters
        return [
            LineShown(line, parameters[line.path], showing.value_words(line.value))
            for line in control.lines
            if "/" not in line.path and line.path in parameters
        ]


def _element_of(one: showing.Asked) -> str:
    return one.where.split(" / ")[-1]
