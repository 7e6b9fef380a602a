"""A value that is taken again and again, drawn round by round between its limits; the table below says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from batchwright.execution import keeping
from batchwright.execution.facts import fields_of
from batchwright.execution.fields import Field, out_of_limit
from batchwright.execution.models import Attempt, Run
from batchwright.execution.queries import Standing
from batchwright.kernel.quantity import Quantity

FEWEST = 3
"""Rounds from which a drawing says more than the table."""
_LEFT, _RIGHT, _TOP, _HEIGHT, _WIDTH = 16, 150, 14, 150, 640


@dataclass(frozen=True, slots=True)
class Trend:
    """One field of a repetition, round by round.

    Attributes:
        field: The field with its limits.
        rounds: Values in the order in which they were taken.
    """

    field: Field
    rounds: tuple[Quantity, ...]

    @property
    def limits(self) -> tuple[tuple[str, str, Quantity], ...]:
        """Each limit that is set: class of its line, its words, its value."""
        found = self.field.limits
        if found is None:
            return ()
        every = (
            ("limit", _("action"), found.action_high), ("alert", _("alert"), found.alert_high),
            ("alert", _("alert"), found.alert_low), ("limit", _("action"), found.action_low),
        )  # fmt: skip
        return tuple((kind, word, value) for kind, word, value in every if value is not None)

    def is_beyond(self, value: Quantity) -> bool:
        """Whether a value is beyond a limit."""
        return out_of_limit(self.field, value, "") is not None


def trends(standing: Standing, run: Run, attempts: Sequence[Attempt]) -> list[Trend]:
    """Give what a step took again and again.

    Args:
        standing: Where the batch stands.
        run: Run of the phase.
        attempts: Its attempts, in order.

    Returns:
        One for each field with at least `FEWEST` amounts.
    """
    element = standing.turn.plan.elements.get(run.element)
    if element is None or run.kind != "repeat":
        return []
    taken = [keeping.known(one.values) for one in attempts if one.verdict != "refused" and one.kind == "perform"]
    found = []
    for name, field in fields_of(element.phase).items():
        rounds = tuple(value for one in taken if isinstance(value := one.get(name), Quantity))
        if len(rounds) >= FEWEST:
            found.append(Trend(field, rounds))
    return found


def drawing(trend: Trend) -> SafeString:
    """Draw a trend.

    Args:
        trend: The trend.

    Returns:
        An SVG element, in words for who cannot see it.
    """
    sizes = [one.in_root_units() for one in (*trend.rounds, *(value for _kind, _word, value in trend.limits))]
    low, high = min(sizes), max(sizes)
    span = high - low or Fraction(1)

    def y(value: Quantity) -> str:
        return f"{_TOP + float((high - value.in_root_units()) / span) * _HEIGHT:.1f}"

    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(trend.rounds) - 1)
    places = [(f"{_LEFT + number * step:.1f}", y(value), value) for number, value in enumerate(trend.rounds)]
    lines = format_html_join(
        "", '<path class="{}" d="M{} {}H{}"/><text x="{}" y="{}" dy="4">{} {}</text>',
        ((kind, _LEFT, y(value), _WIDTH - _RIGHT + 8, _WIDTH - _RIGHT + 14, y(value), word, value)
         for kind, word, value in trend.limits),
    )  # fmt: skip
    way = format_html('<polyline class="way" points="{}"/>', " ".join(f"{x},{at}" for x, at, _value in places))
    marks = format_html_join("", "{}", ((_mark(x, at, trend.is_beyond(value)),) for x, at, value in places))
    said = _("%(name)s over %(n)s rounds, from %(low)s to %(high)s") % {
        "name": trend.field.name, "n": len(trend.rounds), "low": min(trend.rounds), "high": max(trend.rounds),
    }  # fmt: skip
    return format_html(
        '<svg class="trend" viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">{}{}{}</svg>',
        _WIDTH, _HEIGHT + 2 * _TOP, _WIDTH, said, lines, way, marks,
    )  # fmt: skip


def _mark(x: str, y: str, beyond: bool) -> SafeString:
    """A point; what is beyond a limit is a diamond and not a colour alone."""
    if beyond:
        return format_html('<path class="beyond" d="M{} {}m0 -7l7 7l-7 7l-7 -7z"/>', x, y)
    return format_html('<circle cx="{}" cy="{}" r="3.5"/>', x, y)
