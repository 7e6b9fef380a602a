"""What fits? Requirements are held against every unit, and the answer says why each fits or does not."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from batchwright.kernel.errors import BatchwrightError
from batchwright.plant import judging, queries
from batchwright.plant.capabilities import CLASS, Comparison, Requirement
from batchwright.plant.facts import Intended
from batchwright.plant.web.entering import PlantPage

ROWS = 4
"""As many empty lines the form offers at least."""
NEAR = 6
"""As many misses are shown at once, beside all that miss by their state alone."""
MOST = 12
"""As many requirements are read from an address."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form: property, comparison, value, and what is wrong with them."""

    property: str = ""
    comparison: str = ""
    value: str = ""
    error: str = ""


class MatchView(PlantPage):
    """What fits?"""

    template_name = "plant/match.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form as it was filled, and what fits."""
        known = queries.vocabulary(self.actor)
        lines, requirements = self._read(known)
        wanted = self.request.GET.get("class", "")[:40]
        if wanted:
            requirements.append(Requirement(CLASS, Comparison.IS, (wanted,)))
        product, batch = (self.request.GET.get(name, "").strip()[:60] for name in ("product", "batch"))
        half = bool(product) != bool(batch)
        wrong = half or any(line.error for line in lines)
        intended = Intended(product, batch) if product else None
        asked = bool(requirements or intended)
        found = queries.match_units(self.actor, requirements, intended=intended) if asked and not wrong else None
        missed = list(found.alternatives) if found else []
        near = max(NEAR, sum(miss.only_by_state for miss in missed))
        spare = max(1, ROWS - len(lines))
        return super().get_context_data(
            **kwargs, lines=[*lines, *[Line()] * spare], found=found, wrong=wrong, wanted=wanted,
            properties=sorted(known.values(), key=lambda one: one.title), comparisons=list(Comparison),
            classes=queries.classes(self.actor), product=product, batch=batch, half=half,
            nearest=missed[:near], others=missed[near:],
            shown=self._judged(intended) if found else {},
        )  # fmt: skip

    def _judged(self, intended: Intended | None) -> dict[str, queries.UnitShown]:
        """Every unit with the verdict on it for what is to be made."""
        rows = queries.units(self.actor)
        verdicts = judging.verdicts_of([one.element for one in rows], intended)
        return {one.element.tag: replace(one, verdict=verdicts[one.element.pk]) for one in rows}

    def _read(self, known: dict[str, Any]) -> tuple[list[Line], list[Requirement]]:
        """Read the lines that say something; what cannot be read keeps its words and says why."""
        query = self.request.GET
        given = zip(query.getlist("property"), query.getlist("comparison"), query.getlist("value"), strict=False)
        lines, requirements = [], []
        for code, comparison, value in list(given)[:MOST]:
            if not code and not value.strip():
                continue
            error = ""
            if code not in known:
                error = _("Choose a property.")
            else:
                try:
                    requirements.append(Requirement.read(known[code], comparison, value[:200]))
                except BatchwrightError as refused:
                    error = str(refused)
            lines.append(Line(code, comparison, value[:200], error))
        return lines, requirements
