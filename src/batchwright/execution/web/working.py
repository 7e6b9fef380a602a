"""The work list: what do I do next?"""

from typing import Any

from batchwright.execution import work
from batchwright.people.web.acting import Page

LINE = "execution_line"
"""Under this the line that somebody works on is remembered in the session."""


class WorkView(Page):
    """Which steps wait for me, on my line?"""

    action = "step.perform"
    template_name = "execution/work.html"

    def get_template_names(self) -> list[str]:
        """Give the list alone where a page that is open asks for news."""
        return ["execution/work_cards.html"] if self.request.headers.get("HX-Request") else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the steps; the line that was chosen is remembered until another is."""
        chosen = self.request.GET.get("line")
        if chosen is not None:
            self.request.session[LINE] = chosen[:60]
        line = str(self.request.session.get(LINE, ""))
        found = work.work_of(self.actor, line)
        lines = sorted({*found.lines, line} - {""})
        return super().get_context_data(**kwargs, work=found, line=line, lines=lines)
