"""The dispensing step on the floor: scanned, staged, tared, weighed with a second person on the same tablet."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batchwright import record
from batchwright.execution import tolerance_bar
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from tests.execution.dispensary import WHERE, Dispensary, q
from tests.materials.warehouse import Warehouse
from tests.people.plant import PASSWORD


@pytest.fixture
def dispensary(warehouse: Warehouse) -> Iterator[Dispensary]:
    """A batch that waits for its active substance, and a simulated scale whose loads rest at once."""
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        yield Dispensary(warehouse, line).open()


@pytest.mark.parametrize(
    ("net", "side", "place", "missing", "over"),
    [
        # 0 to 48.731 kg is 60 hundredths of the bar, the tolerance 25, as much again above it 15
        ("-0.2 kg", "too little", "0.0", "48.931 kg", None),
        ("24.3655 kg", "too little", "30.0", "24.3655 kg", None),
        ("48.731 kg", "within", "60.0", None, None),
        ("48.779 kg", "within", "72.5", None, None),
        ("48.827 kg", "within", "85.0", None, None),
        ("48.875 kg", "too much", "92.5", None, "0.048 kg"),
        ("60 kg", "too much", "100.0", None, "11.173 kg"),
    ],
)
@pytest.mark.requirement("Weigh: tolerance bar")
def test_the_bar_is_coarse_below_the_tolerance_and_fine_inside_it(
    net: str, side: str, place: str, missing: str | None, over: str | None
) -> None:
    found = tolerance_bar.mark(q(net), q("48.731 kg"), q("48.827 kg"), q("48.779 kg"))
    assert (found.side, found.place, found.target) == (side, Decimal(place), Decimal("72.5"))
    assert (found.missing, found.over) == tuple(None if one is None else q(one) for one in (missing, over))
    flat = tolerance_bar.mark(q("5 kg"), q("5 kg"), q("5 kg"), q("5 kg"))
    assert (flat.side, flat.place) == ("within", Decimal("72.5"))


@pytest.mark.requirement("211.101(b)")
@pytest.mark.requirement("211.101(c)")
@pytest.mark.requirement("Weigh: second person")
def test_an_operator_stages_tares_and_weighs_on_a_tablet_with_a_second_person_beside(
    dispensary: Dispensary, client: Client
) -> None:
    lot, path = dispensary.lot("60 kg"), WHERE + "weigh_api"
    number, box = dispensary.own().number, dispensary.box(lot)
    tablet = dispensary.warehouse.plant.log_in(client, "operator")
    page = reverse("execution:dispense", args=[number, path])
    hand = {"source": box, "vessel": "D-17", "scale": "SC-01", "method": "net"}

    def at(act: str, **given: str) -> Any:
        return tablet.post(reverse("execution:dispense-act", args=[number, act, path]), {**hand, **given}, follow=True)

    assert "waits for the potency of its lot" in tablet.get(page, {}).content.decode()
    assert "Stage lot" in tablet.get(page, hand).content.decode()
    said = at("stage").content.decode()
    assert f"lot {lot.identifier} staged for api" in said
    assert "Make the container ready" in said
    assert "is not known to be clean" in at("ready").content.decode()
    dispensary.line.scale.put(q("2.310 kg"))
    said = at("ready", new="yes").content.decode()
    assert "vessel D-17, tare 2.310 kg" in said
    assert "48.779 kg = 48.000 kg / 0.984028" in said, "why this target"
    dispensary.line.scale.put(q("40.000 kg"))
    bar = reverse("execution:weigh-bar", args=[number, path])
    shown = tablet.get(bar, hand).content.decode()
    assert "37.690 kg" in shown
    assert "too little" in shown
    assert "11.041 kg are missing" in shown
    refused = at("weigh", second_username="operator", second_password=PASSWORD).content.decode()
    assert "Nobody verifies or approves own work" in refused
    refused = at("weigh").content.decode()
    assert "Nobody has checked the weight" in refused
    assert "The attempt is on record" in refused
    dispensary.line.scale.put(q("51.089 kg"))
    assert "Within the tolerance" in tablet.get(bar, hand).content.decode()
    said = at("weigh", second_username="supervisor", second_password=PASSWORD, idempotency_key="k-1").content.decode()
    assert f"48.779 kg of lot {lot.identifier} into D-17" in said
    assert "Everything of this step is weighed" in said
    entry = record.Entry.objects.filter(type="weight.recorded/1").order_by("-seq")[0]
    assert (entry.data["checked_by"], entry.actor) == ("supervisor", "operator")
    (row,) = dispensary.weights()
    for form, begins in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        label = tablet.get(reverse("execution:dispense-label", args=[number, row.pk, form]))
        assert label.content.startswith(begins)
    assert tablet.get(reverse("execution:dispense-label", args=[number, row.pk, "zpl"])).status_code == 404
    assert tablet.get(reverse("execution:dispense", args=[number, WHERE + "fill"])).status_code == 404


def test_a_weight_is_given_back_on_the_page_and_what_cannot_be_read_is_said(
    dispensary: Dispensary, client: Client
) -> None:
    lot, path = dispensary.lot("60 kg"), WHERE + "weigh_api"
    dispensary.stage(lot.identifier)
    dispensary.ready()
    dispensary.weigh("22.310 kg", dispensary.box(lot))
    (row,) = dispensary.weights()
    tablet, number = dispensary.warehouse.plant.log_in(client, "operator"), dispensary.own().number

    def at(act: str, **given: str) -> Any:
        return tablet.post(
            reverse("execution:dispense-act", args=[number, act, path]), given, follow=True
        ).content.decode()

    assert "There is no such weight" in at("return", weighing="x")
    second = {"second_username": "supervisor", "second_password": PASSWORD}
    said = at("return", weighing=str(row.pk), reason="wrong drum", **second)
    assert "given back from D-17" in said
    assert "Exception E-" in said
    assert "There is no such way of weighing" in at("weigh", method="by eye")
    bar = reverse("execution:weigh-bar", args=[number, path])
    assert "No scale was chosen" in tablet.get(bar).content.decode()
    dispensary.line.scale.put(q("61 kg"))
    assert "loaded above its capacity" in tablet.get(bar, {"scale": "SC-01"}).content.decode()
    assert tablet.post(reverse("execution:dispense-act", args=[number, "dance", path])).status_code == 404


@pytest.mark.requirement("11.10(d)")
def test_a_sponsor_sees_what_was_weighed_of_the_own_batch_and_nothing_of_the_plants_scales(
    dispensary: Dispensary,
) -> None:
    lot, path = dispensary.lot("60 kg"), WHERE + "weigh_api"
    dispensary.stage(lot.identifier)
    dispensary.ready()
    dispensary.weigh("51.089 kg", dispensary.box(lot))
    number, (row,) = dispensary.own().number, dispensary.weights()
    page = reverse("execution:dispense", args=[number, path])
    label = reverse("execution:dispense-label", args=[number, row.pk, "png"])
    act = reverse("execution:dispense-act", args=[number, "weigh", path])
    plant = dispensary.warehouse.plant
    own, other, inspector = (plant.log_in(Client(), name) for name in ("sponsor_a", "sponsor_b", "inspector"))
    shown = own.get(page).content.decode()
    assert "48.779 kg" in shown
    assert "SC-01 " not in shown
    assert other.get(page).status_code == other.get(label).status_code == 404
    assert other.post(act).status_code == own.post(act).status_code == inspector.post(act).status_code == 403
    assert inspector.get(page).status_code == 200


def test_the_page_and_its_bar_ask_the_database_no_more_often_the_more_was_weighed(
    dispensary: Dispensary, client: Client
) -> None:
    lot, path = dispensary.lot("60 kg"), WHERE + "weigh_api"
    dispensary.stage(lot.identifier)
    dispensary.ready()
    tablet, number = dispensary.warehouse.plant.log_in(client, "operator"), dispensary.own().number
    hand = {"source": dispensary.box(lot), "vessel": "D-17", "scale": "SC-01", "method": "net"}
    page = reverse("execution:dispense", args=[number, path])
    bar = reverse("execution:weigh-bar", args=[number, path])

    def asked(address: str) -> int:
        tablet.get(address, hand)  # the session and what each process learns once
        with CaptureQueriesContext(connection) as found:
            tablet.get(address, hand)
        return len(found)

    counts = []
    for shows in ("12.310 kg", "22.310 kg", "32.310 kg"):
        dispensary.weigh(shows, hand["source"])
        counts.append((asked(page), asked(bar)))
    assert counts[0] == counts[-1]
    assert counts[0][0] <= 60
    assert counts[0][1] <= 36, "polled once a second"
