"""Who asks for a page of the record, and what that person may do.

The record stands below people and imports nothing of it: the middleware of people puts `actor` and `may` on the
request, and this module is the only place that reads them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from batchwright.record.actor import Actor

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor | None:
    """Give who asks.

    Args:
        request: The request.

    Returns:
        The actor, or None where nobody is signed in.
    """
    return cast("Actor | None", getattr(request, "actor", None))


def may(request: HttpRequest, action: str) -> bool:
    """Answer whether the person who asks holds an action.

    Args:
        request: The request.
        action: For example ``record.verify``.

    Returns:
        True only if the person holds it; denied where nobody says so.
    """
    asked = cast("Callable[[str], bool] | None", getattr(request, "may", None))
    return actor_of(request) is not None and asked is not None and asked(action)


def requires(action: str) -> Callable[[View[P]], View[P]]:
    """Make a view answer only people who hold an action.

    Args:
        action: For example ``record.read``.

    Returns:
        The decorator: others are sent to sign in, or refused.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if actor_of(request) is None:
                return redirect_to_login(request.get_full_path())
            if not may(request, action):
                raise PermissionDenied(action)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def requires_action(action: str) -> Callable[[Callable[Concatenate[HttpRequest, P], R]], Callable[P, R]]:
    """Make an operation of the JSON edge answer only people who hold an action.

    Args:
        action: For example ``record.read``.

    Returns:
        The decorator: others get 403; the API itself has answered 401 to strangers.
    """

    def decorate(operation: Callable[Concatenate[HttpRequest, P], R]) -> Callable[P, R]:
        @wraps(operation)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not may(request, action):
                raise PermissionDenied(action)
            return operation(request, *args, **kwargs)

        return cast("Callable[P, R]", guarded)

    return decorate


def reader(request: HttpRequest) -> Actor:
    """Give the actor of a request that `requires` let through.

    Args:
        request: The request.

    Returns:
        The actor.
    """
    return cast("Actor", actor_of(request))
