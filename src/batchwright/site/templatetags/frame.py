"""The frame around every page: who is here, what needs them, where they can go, whether the record is whole."""

from django import template
from django.template.context import Context

from batchwright.site.web.frame import Frame, frame_of

register = template.Library()


@register.simple_tag(takes_context=True)
def frame(context: Context) -> Frame:
    """Give the frame of the page that is being written: `{% frame as frame %}`.

    Args:
        context: The page's context; without a request the frame is that of nobody.

    Returns:
        The frame.
    """
    return frame_of(context.get("request"))
