"""The work list: what do I do next?"""

from typing import Any

from batchwright.execution import queries
from batchwright.people.web.acting import Page


class WorkView(Page):
    """Which steps wait for me, on my line?"""

    action = "step.perform"
    template_name = "execution/work.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the steps."""
        return super().get_context_data(**kwargs, runs=queries.to_do(self.actor))
