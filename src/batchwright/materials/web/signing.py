"""Acts that are signed: say on what ground, be shown exactly what is signed, and sign it."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views import View

from batchwright import people, record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people import meanings
from batchwright.people.web.acting import actor_of, address_of, evidence_of, key_of, plant_session_of


class SignedAct(View):
    """A page that acts with a signature.

    The particulars stand in the address, so that the statement that is shown, the form that signs it and a second look
    at it are about the same; the command compares what was signed with what it would do.
    """

    action: ClassVar[str] = ""
    form_class: type[forms.Form] = forms.Form
    title: Any = ""
    row: record.GmpModel

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not act, before anything is read."""
        people.authorize(actor_of(request), self.action)
        self.load()
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> record.Actor:
        """Who acts."""
        return actor_of(self.request)

    def load(self) -> None:
        """Read what the act is about; 404 where the actor may not know of it."""
        raise NotImplementedError

    def workers(self) -> tuple[str, ...]:
        """Say whose own work it is; none of them signs."""
        return ()

    def meaning(self, given: dict[str, Any]) -> str:
        """Say what the signature means."""
        raise NotImplementedError

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        raise NotImplementedError

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Make the domain call."""
        raise NotImplementedError

    def where(self) -> str:
        """Say which page follows."""
        raise NotImplementedError

    def detail(self) -> str:
        """Say what it is about, in a few words."""
        return str(self.row)

    def facts(self) -> dict[str, Any]:
        """Give what the trail of the page names."""
        return {}

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Ask for the particulars, then show what would be signed."""
        form = self._form()
        if not form.is_valid():
            return self._ask(form)
        return self._panel(form.cleaned_data)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Sign it; what was refused is on record, and the page says why."""
        form = self._form()
        if not form.is_valid():
            return self._ask(form)
        signature = {
            "name": request.POST.get("statement", ""), "given": evidence_of(request), "address": address_of(request),
            "session": plant_session_of(request), "idempotency_key": key_of(request),
        }  # fmt: skip
        try:
            self.act(form.cleaned_data, signature)
        except record.Stale:
            raise
        except BatchwrightError as error:
            status = 403 if isinstance(error, people.Refused) else 400
            return self._panel(form.cleaned_data, error=str(error), status=status)
        return HttpResponseRedirect(self.where())

    def _form(self) -> forms.Form:
        return self.form_class(self.request.GET or None)

    def _common(self) -> dict[str, Any]:
        return {"title": self.title, "back": self.where(), "detail": self.detail(), **self.facts()}

    def _ask(self, form: forms.Form) -> HttpResponse:
        status = 400 if form.is_bound else 200
        return render(self.request, "materials/ground.html", {"form": form, **self._common()}, status=status)

    def _panel(self, given: dict[str, Any], *, error: str = "", status: int = 200) -> HttpResponse:
        errors = [error] if error else []
        prepared = None
        meaning = self.meaning(given)
        try:
            people.require_other_person(self.actor, *self.workers())
            prepared = people.prepare(
                actor=self.actor, row=self.row, meaning=meaning, shown=self.shown(given),
                session=plant_session_of(self.request),
            )  # fmt: skip
        except people.Refused as refusal:
            errors = [*dict.fromkeys([*errors, str(refusal)])]
            status = 403
        context = {
            "errors": errors, "prepared": prepared, "meaning": meanings.meaning(meaning),
            "address": self.request.get_full_path(), **self._common(),
        }  # fmt: skip
        return render(self.request, "materials/sign.html", context, status=status)
