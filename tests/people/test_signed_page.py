"""The page of every signed act: a capability says what is signed, and nothing less."""

import pytest

from batchwright.people.web.signing import SignedAct


@pytest.mark.requirement("11.50")
def test_a_signed_page_that_does_not_say_what_is_signed_cannot_be_served() -> None:
    class Half(SignedAct):
        action = "lot.decide"

        def load(self) -> None:
            """Nothing."""

    with pytest.raises(TypeError, match="abstract"):
        Half.as_view()(None)
