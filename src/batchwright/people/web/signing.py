"""The page of every act that is signed: say on what ground, be shown exactly what is signed, and sign it."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views import View

from batchwright import record
from batchwright.kernel.errors import BatchwrightError, DomainError
from batchwright.people import access, meanings, signing
from batchwright.people.permissions import Refused
from batchwright.people.segregation import require_other_person
from batchwright.people.web.acting import actor_of, address_of, evidence_of, key_of, plant_session_of


class SignedAct(ABC, View):
    """A page that acts with a signature.

    A capability makes a signed page by saying what is signed and which command is called; the rest is here. ``action``
    is what must be held, ``title`` what stands on the button, ``trail`` the template with the first links of the
    breadcrumb, and `load` sets ``row``, what is signed::

        class DecideView(SignedAct):
            action, title, trail = "lot.decide", gettext_lazy("Approve lot"), "materials/trail.html"
            form_class = ReasonForm                         # only where something is asked before it is signed

            def load(self) -> None:
                self.row = lot_of(self.actor, self.kwargs["identifier"])

            def meaning(self, given): return "approved"
            def shown(self, given): return statements.of_lot(self.row, given["reason"])
            def where(self): return reverse("materials:lot", args=[self.row.identifier])

            def act(self, given, signature):                # the command takes name, given, address, session, key
                return services.decide_lot(actor=self.actor, lot=self.row, reason=given["reason"], **signature)

    The particulars stand in the address, so that the statement that is shown, the form that signs it and a second look
    at it are about the same; the command compares what was signed with what it would do. It is shown with
    ``people/sign.html``; a capability that needs more extends that (`template_name`). What was refused is on record,
    and the page says why.
    """

    action: str = ""
    form_class: type[forms.Form] | None = None
    title: Any = ""
    trail: ClassVar[str] = ""
    template_name: ClassVar[str] = "people/sign.html"
    ground_template_name: ClassVar[str] = "people/ground.html"
    row: record.GmpModel

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not act, before anything is read."""
        access.authorize(actor_of(request), self.action)
        self.load()
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> record.Actor:
        """Who acts."""
        return actor_of(self.request)

    @abstractmethod
    def load(self) -> None:
        """Read what the act is about into ``row``; 404 where the actor may not know of it."""

    @abstractmethod
    def meaning(self, given: dict[str, Any]) -> str:
        """Say what the signature means."""

    @abstractmethod
    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed, exactly as the command writes it anew."""

    @abstractmethod
    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Make the domain call.

        Args:
            given: The particulars.
            signature: What every signed command takes: ``name``, ``given``, ``address``, ``session`` and
                ``idempotency_key``.

        Returns:
            Where the entry stands.
        """

    @abstractmethod
    def where(self) -> str:
        """Say which page follows."""

    def workers(self) -> tuple[str, ...]:
        """Say whose own work it is; none of them signs."""
        return ()

    def require_ready(self, given: dict[str, Any]) -> None:
        """Refuse to show it for signing where the command would be refused whoever signs.

        Args:
            given: The particulars.

        Raises:
            DomainError: If something stands in the way; the page says what.
        """

    def detail(self) -> str:
        """Say what it is about, in a few words."""
        return str(self.row)

    def facts(self) -> dict[str, Any]:
        """Give what the trail of the page names."""
        return {}

    def form(self) -> forms.Form | None:
        """Give the form with the particulars of the address, unbound where there are none; None if none are asked."""
        return None if self.form_class is None else self.form_class(self.request.GET or None)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Ask for the particulars, then show what would be signed."""
        form = self.form()
        if form is not None and not form.is_valid():
            return self.ask(form)
        return self._panel({} if form is None else form.cleaned_data)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Sign it; what was refused is on record, and the page says why."""
        form = self.form()
        if form is not None and not form.is_valid():
            return self.ask(form)
        given = {} if form is None else form.cleaned_data
        try:
            self.act(given, self._signature())
        except record.Stale:
            raise
        except BatchwrightError as error:
            return self._panel(given, error=str(error), status=403 if isinstance(error, Refused) else 400)
        return HttpResponseRedirect(self.where())

    def ask(self, form: forms.Form) -> HttpResponse:
        """Ask for the particulars.

        Args:
            form: The form, with what is wrong if it was filled in.

        Returns:
            The page.
        """
        status = 400 if form.is_bound else 200
        return render(self.request, self.ground_template_name, {"form": form, **self._common()}, status=status)

    def _signature(self) -> dict[str, Any]:
        request = self.request
        return {
            "name": request.POST.get("statement", ""), "given": evidence_of(request), "address": address_of(request),
            "session": plant_session_of(request), "idempotency_key": key_of(request),
        }  # fmt: skip

    def _common(self) -> dict[str, Any]:
        return {
            "title": self.title, "back": self.where(), "detail": self.detail(), "trail": self.trail, **self.facts()
        }  # fmt: skip

    def _panel(self, given: dict[str, Any], *, error: str = "", status: int = 200) -> HttpResponse:
        """Show what is signed, prepared anew each time: a statement is signed once and grows old."""
        errors, prepared, meaning = [error] if error else [], None, self.meaning(given)
        try:
            self.require_ready(given)
            require_other_person(self.actor, *self.workers())
            prepared = signing.prepare(
                actor=self.actor, row=self.row, meaning=meaning, shown=self.shown(given),
                session=plant_session_of(self.request),
            )  # fmt: skip
        except Refused as refusal:
            errors, status = [*dict.fromkeys([*errors, str(refusal)])], 403
        except DomainError as reason:
            status = status if errors else 400
            errors = [*dict.fromkeys([*errors, str(reason)])]
        context = {
            "errors": errors, "prepared": prepared, "meaning": meanings.meaning(meaning),
            "address": self.request.get_full_path(), **self._common(),
        }  # fmt: skip
        return render(self.request, self.template_name, context, status=status)
