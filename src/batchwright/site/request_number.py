"""The number of the request that this thread answers; apart, because lines are logged before Django is there."""

from contextvars import ContextVar

current: ContextVar[str] = ContextVar("request_id", default="")
"""16 hexadecimal digits; "" outside a request."""
