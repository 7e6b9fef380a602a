"""Taking a recipe over from another system: what a file says, what was taken, what was not, and what is wrong."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people.queries import sponsors
from batchwright.people.web.acting import Act, Page, key_of
from batchwright.recipes import queries, services
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
from batchwright.recipes.web.forms import ImportForm
from batchwright.recipes.web.reading import version_of

MOST_SHOWN = 200


class ImportView(Act):
    """Read a file and report, or take it over as a draft."""

    action = "recipe.import"
    template_name = "recipes/import.html"
    form_class = ImportForm
    title = gettext_lazy("Import recipe")
    verb = gettext_lazy("Import as draft")
    _made: tuple[str, ...] = ()

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the sponsors."""
        return {**super().get_form_kwargs(), "sponsors": sponsors(self.actor)}

    def where(self) -> str:
        """On to the report."""
        return reverse("recipes:report", args=self._made) if self._made else reverse("recipes:recipes")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Read and report alone, where that is asked."""
        if "only_read" not in self.request.POST:
            return super().form_valid(form)
        file = form.cleaned_data["file"]
        try:
            reading = read_master_recipe(file.read(), file.name)
        except BatchwrightError as error:
            form.add_error("file", str(error))
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=form, **report_shown(reading.as_json())))

    def act(self, form: forms.Form) -> record.Receipt:
        """Take it over."""
        given = form.cleaned_data
        file = given.pop("file")
        receipt = services.import_batchml(
            actor=self.actor, content=file.read(), name=file.name, **given, idempotency_key=key_of(self.request)
        )
        self._made = tuple(receipt.subject.split("/")[1:])
        return receipt


def report_shown(report: dict[str, Any]) -> dict[str, Any]:
    """Lay a report out: values that were not taken over apart from empty elements, and at most so many defects.

    Args:
        report: What the reader of the file said.

    Returns:
        The context of `recipes/report_parts.html`.
    """
    defects = report["defects"]
    return {
        "report": report, "defects": defects[:MOST_SHOWN], "more_defects": max(len(defects) - MOST_SHOWN, 0),
        "left": [one for one in report["reported"] if one["example"]],
        "empty": sum(one["count"] for one in report["reported"] if not one["example"]),
    }  # fmt: skip


class ReportView(Page):
    """What did the import take, and what is wrong with the file?"""

    action = "recipe.read"
    template_name = "recipes/report.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the report that stands in the record."""
        one = version_of(self.actor, self.kwargs["identifier"], self.kwargs["number"])
        report = queries.import_report(self.actor, one)
        if report is None:
            raise Http404
        return super().get_context_data(**kwargs, shown=one, recipe=one.recipe, **report_shown(report))
