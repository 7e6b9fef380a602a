"""A passkey in a real browser: enrolled, signing a record, checked offline, and logging in."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from batchwright.people import demo
from batchwright.people.models import Signature, TrainingRecord
from batchwright.people.validity import signature_status
from batchwright.record import verifier
from batchwright.record.models import Entry
from tests.browser.conftest import House

pytestmark = pytest.mark.browser
PASSWORD = next(person.password for person in demo.PEOPLE if person.username == "j.okafor")


def plug_in_authenticator(page: Page) -> None:
    """Give the browser a device that verifies its user, as a fingerprint reader would."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


@pytest.mark.requirement("11.50")
@pytest.mark.requirement("11.70")
@pytest.mark.requirement("11.200")
def test_a_passkey_is_enrolled_signs_a_record_that_anybody_can_check_and_logs_in(
    house: House, settings: Settings
) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"public_url": house.address})
    training = TrainingRecord.objects.get(user__username="s.lindqvist")
    with house.at() as page:
        house.sign_in(page, "j.okafor")
        plug_in_authenticator(page)

        page.goto("/account/passkeys/enrol/")
        page.get_by_label("Name of the device").fill("Tablet of suite 2")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Enrol passkey").click()
        expect(page.get_by_role("rowheader", name="Tablet of suite 2")).to_be_visible()

        page.goto(f"/training/records/{training.pk}/")
        page.get_by_role("link", name="Sign training").click()
        expect(page.locator("#sign-shown")).to_contain_text("Person: Sofia Lindqvist (s.lindqvist)")
        page.get_by_label("Passkey", exact=True).check()
        page.get_by_role("button", name="Sign training").click()
        page.wait_for_url(f"**/training/records/{training.pk}/")
        expect(page.get_by_text("Assessed as competent by")).to_be_visible()

        page.context.clear_cookies()
        page.goto("/accounts/login/")
        page.get_by_role("button", name="passkey").click()
        expect(page.get_by_role("heading", name="What needs me")).to_be_visible()

    signature = Signature.objects.get(method="passkey")
    status = signature_status(signature)
    assert status.valid
    assert status.seq is not None
    entry = Entry.objects.get(seq=status.seq)
    (attestation,) = entry.content["attestations"]
    assert attestation["origin"] == house.address
    said = verifier.verify_attestation(attestation, entry.content, entry.envelope["at"])
    assert "Joseph Okafor (j.okafor) signed as 'assessed_competent'" in said
    with pytest.raises(verifier.Broken, match="another record"):
        verifier.verify_attestation(attestation, {**entry.content, "subject": "training/other"})
    assert Entry.objects.filter(type="login.succeeded/1").order_by("-seq")[0].data["methods"] == ["passkey"]
