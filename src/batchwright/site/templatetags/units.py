"""How units are written for people: `{% load units %}`. The record keeps UCUM, pages what a gauge shows."""

import re

from django import template

register = template.Library()
_PRINTED = {"Cel": "\N{DEGREE SIGN}C", "[pH]": "pH", "[degF]": "\N{DEGREE SIGN}F", "um": "\N{MICRO SIGN}m",
            "mm[Hg]": "mmHg", "10*3": "10\N{SUPERSCRIPT THREE}", "10*6": "10\N{SUPERSCRIPT SIX}"}  # fmt: skip
_UCUM = re.compile(r"(?<![\w.])(Cel|\[pH\]|\[degF\]|um|mm\[Hg\]|10\*[36])(?!\w)|(?<=\d )\{(\w+)\}|^\{(\w+)\}$")


@register.filter
def printed(text: object) -> str:
    """Write the units inside a text as people read them.

    Args:
        text: An amount, a unit, limits or a sentence, such as ``91.0 Cel (limits 80 Cel to 90 Cel)``.

    Returns:
        The text with ``91.0 °C``; what is counted stands without its braces, and one of it in the singular.
    """
    said = _UCUM.sub(lambda found: _PRINTED.get(found[0]) or found[2] or found[3], str(text))
    return re.sub(r"(?<![\d.,])1 (tablet|vial|bag|bottle|container|stopper|cap|filter)s\b", r"1 \1", said)
