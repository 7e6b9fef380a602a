"""Headers of every answer."""

import pytest
from django.conf import settings
from django.test import Client

from batchwright.site.configuration import OpenIdConnect
from batchwright.site.security import content_security_policy


def test_every_answer_keeps_the_page_to_the_plant(client: Client) -> None:
    headers = client.get("/health").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_log_in_form_may_end_at_the_companys_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    oidc = OpenIdConnect.model_validate(
        {"issuer": "https://login.example.com/plant", "client_id": "plant", "client_secret": "s"}
    )
    monkeypatch.setattr(settings, "CONFIGURATION", settings.CONFIGURATION.model_copy(update={"oidc": oidc}))
    assert "form-action 'self' https://login.example.com;" in content_security_policy()


def test_a_process_says_that_it_answers(client: Client) -> None:
    assert client.get("/health").json() == {"status": "answering"}
