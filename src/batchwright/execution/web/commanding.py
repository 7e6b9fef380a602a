"""Commands to a batch, and the answers that a recipe leaves to an operator."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import services
from batchwright.execution.marking import BATCH
from batchwright.execution.models import Batch, Run
from batchwright.execution.states import Command
from batchwright.execution.templatetags.batch_words import command_word, state_word, step_command
from batchwright.execution.web import batch_forms as asked
from batchwright.execution.web.batches import batch_of
from batchwright.people.web.acting import Act, key_of, version_of

_WITH_REASON = frozenset({Command.HOLD, Command.STOP, Command.ABORT, Command.RESET})


class OfBatch(Act):
    """An act on one batch."""

    action = "batch.read"
    template_name = "execution/act.html"
    batch: Batch

    def load(self) -> None:
        """Find the batch."""
        self.batch = batch_of(self.actor, self.kwargs["number"])

    def where(self) -> str:
        """Back to the batch."""
        return reverse("execution:batch", args=[self.batch.number])

    def common(self) -> dict[str, Any]:
        """What every command on a batch takes from the request."""
        return {"actor": self.actor, "batch": self.batch, "idempotency_key": key_of(self.request)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which."""
        one = self.batch
        detail = _("%(number)s, %(name)s: %(state)s") % {
            "number": one.number, "name": one.name or one.product, "state": state_word(one.state),
        }  # fmt: skip
        return super().get_context_data(**{"detail": detail, "batch": one, "version": one.version, **kwargs})


class CommandView(OfBatch):
    """Give a command, with its reason where it is an exception."""

    form_class = asked.CommandForm
    command: Command
    run: Run | None = None

    def load(self) -> None:
        """Who may only hold does nothing else; the state decides what it takes."""
        super().load()
        found = next((one for one in Command if one.value == self.kwargs["command"]), None)
        if found is None:
            raise Http404
        self.command = found
        self.path = self.request.GET.get("path", BATCH)[:400]
        self.run = Run.visible_to(self.actor).filter(batch=self.batch, path=self.path).first() if self.path else None
        if self.path and self.run is None:
            raise Http404
        people.authorize(self.actor, "batch.hold" if found in (Command.HOLD, Command.PAUSE) else "batch.command")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask for a reason where one is needed."""
        return {**super().get_form_kwargs(), "needs_reason": self.command in _WITH_REASON}

    def act(self, form: forms.Form) -> record.Receipt:
        """Give it."""
        return services.command_batch(
            **self.common(), command=self.command, reason=form.cleaned_data["reason"],
            expected_version=version_of(self.request), path=self.path,
        )  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the command, and what it leads to."""
        word = command_word(self.command) if self.run is None else step_command(self.command)
        notes = {
            Command.HOLD: _("What runs comes to its safe state and waits; an exception is raised."),
            Command.PAUSE: _("Steps that run come to their end; nothing new begins."),
            Command.STOP: _("The batch comes to an orderly end and makes nothing more; an exception is raised."),
            Command.ABORT: _("Everything ends at once, in whatever state it is; an exception is raised."),
            Command.RESET: _("The procedure can be started anew; an exception is raised."),
        }
        if self.run is not None:
            kwargs["detail"] = f"{self.batch.number} · {self.run.name}: {state_word(self.run.state)}"
        return super().get_context_data(
            **kwargs, title=word, verb=word, notice=notes.get(self.command, ""),
            destructive=self.command in (Command.STOP, Command.ABORT),
        )  # fmt: skip
