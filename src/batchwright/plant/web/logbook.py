"""The logbook: what was done with the plant's units, when, by whom (21 CFR 211.182)."""

from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.utils.dateparse import parse_date

from batchwright.plant import queries
from batchwright.plant.models import Level, LineKind
from batchwright.plant.web.entering import PlantPage
from batchwright.plant.web.forms import beginning
from batchwright.record.web.sorting import Columns

PER_PAGE = 100


LINES = Columns({
    "time": "pk", "unit": ("unit__tag", "at"), "what": ("kind", "at"), "batch": ("batch", "at"), "by": ("person", "at"),
}, first="-time")  # fmt: skip


class LogbookView(PlantPage):
    """What was done with it?"""

    template_name = "plant/logbook.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lines that fit, the newest first."""
        asked = {name: self.request.GET.get(name, "")[:60] for name in ("unit", "kind", "text", "since", "until")}
        unit = queries.unit(self.actor, asked["unit"]) if asked["unit"] else None
        since, until = _day(asked["since"]), _day(asked["until"])
        lines = queries.logbook(
            self.actor, one=unit, kind=asked["kind"], text=asked["text"], since=beginning(since),
            until=None if until is None else beginning(until + timedelta(days=1)),
        )  # fmt: skip
        if asked["unit"] and unit is None:
            lines = lines.none()
        page = Paginator(LINES.sort(lines, self.request), PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            **kwargs, asked=asked, unit=unit, page=page, sorted_by=LINES.asked(self.request),
            kinds=LineKind.choices, narrow=any(asked.values()),
            units=queries.elements(self.actor).filter(level=Level.UNIT),
        )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
