"""The parts of a list: headings that sort, filters that keep the order, pages. `{% load shell %}` brings them too."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.inclusion_tag("shell/sort_header.html", takes_context=True)
def sort_header(context: Context, key: str, label: str, number: bool = False) -> dict[str, Any]:
    """A column heading that sorts by link (`?sort=key`, `?sort=-key`), keeping every other parameter.

    Where the page sorts nothing, because the same rows stand there as a short excerpt, it is a heading without a link.

    Args:
        context: The page's context; needs the request, and `sorted_by` as `record.web.sorting` gave it.
        key: Name of the column in the address.
        label: Its heading.
        number: Whether it holds figures, which stand right-aligned.

    Returns:
        The context of the heading.
    """
    request: HttpRequest = context["request"]
    current = context.get("sorted_by")
    if current is None:
        return {"label": label, "number": number}
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    target = f"-{key}" if direction == "ascending" else key
    href = _with(request, sort=target, page=None)
    return {"label": label, "number": number, "direction": direction, "href": href, "key": key}


@register.simple_tag(takes_context=True)
def kept_order(context: Context) -> SafeString:
    """What a filter above a list sends along, so that narrowing does not undo the order asked for.

    Args:
        context: The page's context; needs `sorted_by`.

    Returns:
        A hidden field; nothing where nobody asked for an order.
    """
    asked = context["request"].GET.get("sort", "")
    known = asked and asked == context.get("sorted_by")
    return format_html('<input type="hidden" name="sort" value="{}">', asked) if known else SafeString("")


@register.simple_tag(takes_context=True)
def address_with(context: Context, **changes: Any) -> str:
    """The address of this page with some parameters changed.

    Args:
        context: The page's context; needs the request.
        **changes: Parameters to set; None removes one.

    Returns:
        A query string that starts with `?`.
    """
    return _with(context["request"], **changes)


def _with(request: HttpRequest, **changes: Any) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("shell/pages.html", takes_context=True)
def pages(context: Context, page: Any, things: str = "") -> dict[str, Any]:
    """Pagination under a list.

    Args:
        context: The page's context; needs the request.
        page: A `django.core.paginator.Page`.
        things: What is counted, in the plural.

    Returns:
        The context of the pagination.
    """
    return {"page": page, "things": things, "request": context["request"]}
