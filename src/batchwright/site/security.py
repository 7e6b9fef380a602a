"""Headers that keep pages to themselves: everything comes from this plant and goes to this plant."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    # The QR code of a one-time password is drawn into the page by allauth as a data address.
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
_PERMISSIONS = (
    # the camera reads labels on the floor
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(self), "
    "microphone=(), geolocation=()"
)


class ContentSecurityPolicyMiddleware:
    """Adds a Content-Security-Policy without exceptions: no inline script, no inline style, no other host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = content_security_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        return response


def content_security_policy() -> str:
    """The policy of this plant.

    Returns:
        The header's value. The company's identity provider is allowed as the end of the log-in form, because browsers
        hold redirects of a form to `form-action` as well.
    """
    policy = dict(_POLICY)
    if settings.CONFIGURATION.oidc is not None:
        issuer = urlsplit(settings.CONFIGURATION.oidc.issuer)
        policy["form-action"] += f" {issuer.scheme}://{issuer.netloc}"
    return "; ".join(f"{name} {value}" for name, value in policy.items())
