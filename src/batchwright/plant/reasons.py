"""Why something is so, as a sentence that keeps its parts: the values stay values until somebody reads them.

A rule gives a `Reason`; `str()` says it in English with times in UTC; a page says it in the reader's language and in
the zone of the site, through `Reason.said`. Pure: nothing of the web is known here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from batchwright.kernel.durations import duration


def marked(text: str) -> str:
    """Mark a template for translation without translating it; imported as ``_``, where the catalogue finds it."""
    return text


def plainly(value: object) -> str:
    """A value as text, in English and in UTC: what `str()` of a reason shows."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return duration(value) if isinstance(value, timedelta) else str(value)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as a sentence without its full stop.

    Attributes:
        code: What kind of reason this is, such as ``cleaning-expired``; never translated.
        template: The English sentence with ``%(name)s`` where a value stands.
        values: The values by name: texts, quantities, aware times in UTC, lengths of time.
    """

    code: str
    template: str
    values: tuple[tuple[str, object], ...] = ()

    def said(self, translate: Callable[[str], str], show: Callable[[object], str]) -> str:
        """The sentence in the reader's language.

        Args:
            translate: Gives the template in that language.
            show: Writes one value for that reader.

        Returns:
            The sentence.
        """
        return translate(self.template) % {name: show(value) for name, value in self.values}

    def __str__(self) -> str:
        return self.said(str, plainly)


def because(code: str, template: str, **values: object) -> Reason:
    """Make a reason.

    Args:
        code: Its kind.
        template: Its sentence, marked for translation.
        **values: What stands in the sentence.

    Returns:
        The reason.
    """
    return Reason(code, template, tuple(values.items()))
