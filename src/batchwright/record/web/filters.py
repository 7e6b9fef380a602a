"""What a reader looks for in the record: by subject, actor, type and time, a page at a time from the newest."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batchwright.record import typed
from batchwright.record.models import Entry

PAGE = 50


def _type_choices() -> list[tuple[str, str]]:
    return [("", str(_("any"))), *((name, name) for name in sorted(typed.known_types()))]


class EntryFilter(forms.Form):
    """The filter above the time line; every part may stay empty."""

    subject = forms.CharField(label=_("Subject"), required=False, max_length=200)
    actor = forms.CharField(label=_("Who (user name)"), required=False, max_length=150)
    type = forms.ChoiceField(label=_("What (type)"), required=False, choices=_type_choices)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    @property
    def is_narrow(self) -> bool:
        """Whether anything was asked for."""
        return any(self.data.get(name) for name in self.fields)

    def apply(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Narrow entries to what is asked for.

        Args:
            entries: What the reader may see.

        Returns:
            The entries that fit; a part that cannot be read narrows nothing and is shown with its error.
        """
        asked = self.cleaned_data if self.is_bound and self.is_valid() else getattr(self, "cleaned_data", {})
        wanted = Q()
        if asked.get("subject"):
            wanted &= Q(subject__startswith=asked["subject"].strip())
        if asked.get("actor"):
            wanted &= Q(actor=asked["actor"].strip())
        if asked.get("type"):
            wanted &= Q(type=asked["type"])
        if asked.get("since"):
            wanted &= Q(at__gte=_midnight(asked["since"]))
        if asked.get("until"):
            wanted &= Q(at__lt=_midnight(asked["until"] + timedelta(days=1)))
        return entries.filter(wanted)


def _midnight(day: datetime) -> datetime:
    local = datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
    return local.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of entries, newest first; its neighbours are named by number, so that deep pages cost the same."""

    entries: tuple[Entry, ...]
    older: int | None
    """Entries before this number come next."""
    newer: int | None
    """Entries after this number came before."""


def oldest_first(entries: QuerySet[Entry], *, before: int | None = None, after: int | None = None) -> Slice:
    """Cut one page out of entries, in the order in which they were made.

    Args:
        entries: What the reader may see and asked for.
        before: Only entries with a lower number, the newest of them.
        after: Only entries with a higher number, the oldest of them; without either, from the beginning.

    Returns:
        The page.
    """
    cut = newest_first(entries, before=before, after=0 if before is after is None else after)
    older = None if before is after is None else cut.older
    return Slice(cut.entries[::-1], older, cut.newer)


def newest_first(entries: QuerySet[Entry], *, before: int | None = None, after: int | None = None) -> Slice:
    """Cut one page out of entries.

    Args:
        entries: What the reader may see and asked for.
        before: Only entries with a lower number, the newest of them.
        after: Only entries with a higher number, the oldest of them.

    Returns:
        The page.
    """
    if after is not None:
        rising = list(entries.filter(seq__gt=after).order_by("seq")[: PAGE + 1])
        more, found = len(rising) > PAGE, rising[:PAGE][::-1]
        newer = found[0].seq if more and found else None
        return Slice(tuple(found), found[-1].seq if found else None, newer)
    narrowed = entries.filter(seq__lt=before) if before is not None else entries
    falling = list(narrowed.order_by("-seq")[: PAGE + 1])
    more, found = len(falling) > PAGE, falling[:PAGE]
    return Slice(
        tuple(found), found[-1].seq if more and found else None, found[0].seq if before is not None and found else None
    )
