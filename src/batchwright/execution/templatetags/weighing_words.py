"""Words of the dispensing pages: reasons with value, limit and remedy; the tolerance bar in words."""

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from batchwright.execution.dispensing_queries import Live
from batchwright.execution.weighing import Refusal
from batchwright.execution.weighing_amounts import Bar
from batchwright.kernel.errors import DomainError

register = template.Library()


@register.filter
def refusal(one: Refusal) -> str:
    """Say why something cannot be weighed, in one sentence with value, limit and remedy.

    Args:
        one: The refusal.

    Returns:
        The sentence.
    """
    return str(DomainError(one.sentence, value=one.value or None, limit=one.limit or None, remedy=one.remedy))


@register.filter
def sentence(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


@register.filter
def tenfold(place: Decimal) -> str:
    """Give a place in hundredths of the bar as thousandths, which its drawing is wide."""
    return f"{place * 10:.0f}"


@register.filter
def method_words(code: str) -> str:
    """Say how something is weighed."""
    words = {
        "net": _("into a tared container"), "reverse": _("out of the source: weighed before and after"),
        "pallet": _("a pallet of closed containers"),
    }  # fmt: skip
    return words.get(code, code)


@register.filter
def bar_words(live: Live, numbers: Bar) -> str:
    """Say what the bar shows, for who does not see it.

    Args:
        live: What the scale shows.
        numbers: Target and limits.

    Returns:
        A sentence.
    """
    side = "" if live.mark is None else live.mark.side
    words = {"too little": _("too little"), "within": _("within"), "too much": _("too much")}
    return _("%(net)s of %(target)s, %(low)s to %(high)s: %(side)s") % {
        "net": live.net, "target": numbers.target, "low": numbers.low, "high": numbers.high,
        "side": words.get(side, ""),
    }  # fmt: skip
