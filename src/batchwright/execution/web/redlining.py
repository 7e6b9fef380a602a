"""Redlines: change the running recipe of one batch, after seeing in sentences what would change."""

from typing import Any, ClassVar

from django import forms
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from batchwright import record
from batchwright.execution import queries, services
from batchwright.execution.facts import fields_of
from batchwright.execution.fields import Field
from batchwright.execution.queries import Standing
from batchwright.execution.redlines import AddPhase, BindUnit, Change, ChangeLimits, ChangeParameter, SkipPhase
from batchwright.execution.states import ENDED
from batchwright.execution.web import batch_forms as asked
from batchwright.execution.web.batches import batch_of
from batchwright.execution.web.commanding import OfBatch
from batchwright.kernel.errors import BadInput, BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.people.web.acting import Page, version_of
from batchwright.recipes import showing, site
from batchwright.recipes.procedure import RecipeElement
from batchwright.recipes.text_edits import LIMITS
from batchwright.recipes.values import Limits

Choices = list[tuple[str, str]]
_STEP = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "


class ChooseView(Page):
    """What is to be changed?"""

    action = "batch.redline"
    template_name = "execution/redlines.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what can be changed."""
        batch = batch_of(self.actor, self.kwargs["number"])
        kinds = [
            ("parameter", _("Change parameter"), _("Another value, or other limits, of the formula or of a step.")),
            ("limits", _("Change limits"), _("Other limits of what a step enters or reckons.")),
            ("skip", _("Skip step"), _("A step is not performed in this batch.")),
            ("add", _("Add step"), _("A further instruction behind a step that runs or is still to come.")),
            ("unit", _("Change unit"), _("Another unit that does what the recipe asks for.")),
        ]
        return super().get_context_data(**kwargs, batch=batch, kinds=kinds, ended=batch.state in ENDED)


class RedlineView(OfBatch):
    """Make one redline; what it changes is shown first."""

    action = "batch.redline"
    template_name = "execution/redline.html"
    verb = gettext_lazy("Make redline")
    FORMS: ClassVar[dict[str, tuple[Any, type[forms.Form]]]] = {
        "parameter": (gettext_lazy("Change parameter"), asked.ParameterForm),
        "limits": (gettext_lazy("Change limits"), asked.LimitsForm),
        "skip": (gettext_lazy("Skip step"), asked.SkipForm),
        "add": (gettext_lazy("Add step"), asked.AddForm),
        "unit": (gettext_lazy("Change unit"), asked.UnitForm),
    }

    def load(self) -> None:
        """Find the batch, and what of it can be changed."""
        super().load()
        self.kind = self.kwargs["kind"]
        if self.kind not in self.FORMS:
            raise Http404
        self.standing = queries.standing(self.actor, self.batch)

    def get_form_class(self) -> Any:
        """As the kind of the change."""
        return self.FORMS[self.kind][1]

    def get_form(self, form_class: Any = None) -> forms.Form:
        """Offer what can be changed."""
        form = super().get_form(form_class)
        for name, choices in offered(self.kind, self.standing, self.actor).items():
            field = form.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
        return form

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Show what would change where only that is asked for."""
        if "only_show" not in self.request.POST:
            return super().form_valid(form)
        try:
            told = services.told(self.actor, self.batch, change_of(self.kind, form.cleaned_data))
        except BatchwrightError as error:
            form.add_error(None, str(error))
            return self.render_to_response(self.get_context_data(form=form), status=400)
        return self.render_to_response(self.get_context_data(form=form, told=told))

    def act(self, form: forms.Form) -> record.Receipt:
        """Make it."""
        return services.redline(
            **self.common(), change=change_of(self.kind, form.cleaned_data), reason=form.cleaned_data["reason"],
            expected_version=version_of(self.request),
        )  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what a redline is."""
        notice = _("The master recipe stays as it was approved. The redline becomes an exception that is signed.")
        return super().get_context_data(**{"title": self.FORMS[self.kind][0], "notice": notice, **kwargs})


def offered(kind: str, standing: Standing, actor: record.Actor) -> dict[str, Choices]:
    """Give what a form of a redline offers.

    Args:
        kind: Of the redline.
        standing: Where the batch stands.
        actor: Who asks.

    Returns:
        Choices by field; what has been performed is refused by the command, with the reason.
    """
    control, plan = standing.turn.control, standing.turn.plan
    match kind:
        case "parameter":
            return {
                "parameter": [
                    (line.path, f"{_named(standing, line.path)} ({showing.value_words(line.value) or '-'})")
                    for line in control.lines if isinstance(line.value, Quantity)
                ]
            }  # fmt: skip
        case "limits":
            return {
                "field": [
                    (f"{one.id}/{field.id}", f"{_place(standing, one)}: {field.name} ({field.limits or '-'})")
                    for one in _phases(standing) for field in _numbers(one)
                ]
            }  # fmt: skip
        case "skip":
            return {"phase": [(one.id, _place(standing, one)) for one in _phases(standing)]}
        case "add":
            return {
                "behind": [
                    (f"{plan.parents[one.id]}/{step.id}", _place(standing, one))
                    for one in _phases(standing)
                    for step in plan.levels[plan.parents[one.id]].steps.values() if step.element == one.id
                ]
            }  # fmt: skip
        case _:
            return {
                "element": [(one.element, f"{plan.name(one.element)} ({one.unit})") for one in control.bound],
                "unit": _units(standing, actor),
            }


def _phases(standing: Standing) -> list[RecipeElement]:
    turn = standing.turn
    return [one for one in turn.plan.elements.values() if one.level == "phase" and one.id not in turn.control.skipped]


def _numbers(one: RecipeElement) -> list[Field]:
    return [field for field in fields_of(one.phase).values() if field.type == "number"]


def _place(standing: Standing, one: RecipeElement) -> str:
    plan = standing.turn.plan
    return _STEP.join(plan.name(name) for name in list(reversed(list(plan.around(one.id))))[2:])


def _named(standing: Standing, path: str) -> str:
    plan = standing.turn.plan
    element, _slash, _name = path.rpartition("/")
    parameter = plan.parameters[path]
    said = parameter.name or parameter.id
    return f"{plan.name(element)}: {said}" if element else said


def _units(standing: Standing, actor: record.Actor) -> Choices:
    """Every unit that fits some element; the command asks whether it fits this one."""
    found = site.offers(actor)
    plan, control = standing.turn.plan, standing.turn.control
    fits: dict[str, str] = {}
    for one in control.bound if found is not None else ():
        element = plan.elements.get(one.element)
        needs = element.equipment if element is not None else plan.recipe.equipment
        for unit in found.matching(needs).fits if found is not None else ():
            fits[unit.split(" ")[0]] = unit
    return sorted(fits.items())


def change_of(kind: str, given: dict[str, Any]) -> Change:
    """Make the change that a form describes.

    Args:
        kind: Of the redline.
        given: The form's values.

    Returns:
        The change.

    Raises:
        BadInput: If an amount cannot be read, or limits contradict each other.
    """
    match kind:
        case "parameter":
            value = Quantity.parse(given["value"]) if given["value"] else None
            return ChangeParameter(path=given["parameter"], value=value, limits=_limits(given))
        case "limits":
            limits = _limits(given)
            if limits is None:
                raise BadInput(_("No limit is given"), remedy=_("Give at least one."))
            phase, _slash, field = given["field"].rpartition("/")
            return ChangeLimits(phase=phase, field=field, limits=limits)
        case "skip":
            return SkipPhase(phase=given["phase"])
        case "add":
            level, _slash, behind = given["behind"].rpartition("/")
            phase = {"kind": "instruct", "text": given["instruction"], "second_person": given["second_person"]}
            element = RecipeElement.model_validate(
                {"id": given["name"], "level": "phase", "name": given["title"], "phase": phase}
            )
            return AddPhase(element=element, behind=behind, level=level)
        case _:
            return BindUnit(element=given["element"], unit=given["unit"])


def _limits(given: dict[str, Any]) -> Limits | None:
    said = {name: Quantity.parse(given[name]) for name in LIMITS if given[name]}
    if not said:
        return None
    try:
        return Limits(**said)
    except ValidationError as error:
        raise BadInput(error.errors()[0]["msg"], value=", ".join(map(str, said.values()))) from error
