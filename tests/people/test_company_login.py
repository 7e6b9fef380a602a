"""Log-in through the company's identity provider: only people whom the plant knows come in."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.people import services
from batchwright.people.models import ExternalIdentity, User
from tests.people.plant import Plant
from tests.people.provider import CLIENT_ID, CLIENT_SECRET, Provider, running

LOGIN = "/accounts/login/"


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with running() as found:
        app = {
            "provider_id": "plant", "name": "Company log-in", "client_id": CLIENT_ID, "secret": CLIENT_SECRET,
            "settings": {"server_url": found.issuer},
        }  # fmt: skip
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        found.claims = {"sub": "subject-1", "email": "operator@example.com", "email_verified": True}
        yield found


def come_in(client: Client, **changes: Any) -> Any:
    """Press the button, be sent to the provider, and come back with its code."""
    start = client.post(reverse("openid_connect_login", args=["plant"]) + "?process=login")
    asked = parse_qs(urlsplit(start.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    answer = {"code": "the-code", "state": asked["state"][0], **changes}
    return client.get(reverse("openid_connect_callback", args=["plant"]), answer)


def last() -> record.Entry:
    return record.Entry.objects.order_by("-seq")[0]


def test_a_known_person_is_linked_once_by_the_verified_address_and_then_by_the_subject(
    plant: Plant, provider: Provider, client: Client
) -> None:
    assert "Company log-in" in client.get(LOGIN).content.decode()
    assert come_in(client).headers["Location"] == "/"
    assert (last().type, last().data["methods"]) == ("login.succeeded/1", ["company log-in"])
    link = ExternalIdentity.objects.get()
    assert (link.user.username, link.issuer, link.external_id) == ("operator", provider.issuer, "subject-1")
    assert client.get(reverse("people:account")).status_code == 200

    provider.claims = {"sub": "subject-1", "email": "somebody-else@example.com", "email_verified": True}
    again = Client()
    assert come_in(again).headers["Location"] == "/", "the subject counts, not the address"
    assert ExternalIdentity.objects.count() == 1


@pytest.mark.requirement("11.10(d)")
@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "x", "email": "operator@example.com", "email_verified": False},
        {"sub": "x", "email": "stranger@example.com", "email_verified": True},
        {"sub": "x"},
    ],
    ids=["address not verified", "address unknown", "no address"],
)
def test_a_stranger_to_the_plant_is_turned_away_and_on_record(
    plant: Plant, provider: Provider, client: Client, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    people_before = User.objects.count()
    answer = come_in(client)
    assert answer.headers["Location"] == LOGIN
    assert "not linked to a person of this plant" in client.get(LOGIN).content.decode()
    assert (last().type, last().data["method"]) == ("login.refused/1", "company log-in")
    assert User.objects.count() == people_before, "nobody signs up"
    assert not ExternalIdentity.objects.exists()


def test_an_address_that_two_people_share_links_nobody(plant: Plant, provider: Provider, client: Client) -> None:
    services.change_user(
        actor=plant.actor("qa"), user=plant.user("analyst"), printed_name="Analyst", email="operator@example.com",
        reason="typo",
    )  # fmt: skip
    assert come_in(client).headers["Location"] == LOGIN
    assert not ExternalIdentity.objects.exists()


def test_a_link_that_was_cut_lets_nobody_in_again(plant: Plant, provider: Provider, client: Client) -> None:
    come_in(client)
    link = ExternalIdentity.objects.get()
    services.unlink_identity(actor=plant.actor("qa"), identity=link, reason="left the company directory")
    with pytest.raises(DomainError, match="cut already"):
        services.unlink_identity(actor=plant.actor("qa"), identity=link, reason="again")
    with pytest.raises(DomainError, match="linked before"):
        services.link_identity(user=plant.user("operator"), issuer=link.issuer, external_id=link.external_id)
    assert come_in(Client()).headers["Location"] == LOGIN
    assert str(link).endswith("subject-1")


@pytest.mark.requirement("11.10(d)")
def test_a_disabled_person_is_turned_away_after_the_providers_yes(
    plant: Plant, provider: Provider, client: Client
) -> None:
    come_in(client)
    services.disable_user(actor=plant.actor("qa"), user=plant.user("operator"), reason="left")
    fresh = Client()
    assert come_in(fresh).headers["Location"] == LOGIN
    assert last().data["why"] == "This log-in is disabled"


def test_what_the_provider_refuses_is_on_record(plant: Plant, provider: Provider, client: Client) -> None:
    assert come_in(client, code="", error="access_denied").headers["Location"] == LOGIN
    assert "the provider refused" in last().data["why"]
    unknown_state = client.get(reverse("openid_connect_callback", args=["plant"]), {"code": "c", "state": "forged"})
    assert unknown_state.headers["Location"] == LOGIN
    assert not ExternalIdentity.objects.exists()
