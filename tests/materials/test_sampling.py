"""How a delivery is sampled, and how a lot is reconciled."""

from decimal import Decimal
from math import ceil, sqrt
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import queries, sampling, services
from batchwright.materials.models import Container, Lot, Movement
from batchwright.materials.reconciliation import Balance, percent
from tests.materials.test_pages import at, text
from tests.materials.warehouse import Warehouse


def kg(amount: str) -> Quantity:
    return Quantity(amount, "kg")


def plan(warehouse: Warehouse, **facts: Any) -> None:
    """Let quality assurance plan how lactose is sampled."""
    facts = {"sampling": "root", "amount": Quantity("20", "g"), "reason": "SPEC-110", **facts}
    services.plan_sampling(actor=warehouse.actor("qa"), definition=warehouse.material(), **facts)


@pytest.mark.requirement("211.84")
@pytest.mark.parametrize(("came", "sampled"), [(1, 1), (2, 2), (4, 3), (9, 4), (10, 5), (16, 5), (100, 11), (101, 12)])
def test_one_more_than_the_square_root_of_the_containers_is_sampled(came: int, sampled: int) -> None:
    assert sampling.number("root", came) == sampled


@given(st.integers(min_value=1, max_value=3_000))
def test_every_plan_samples_no_more_than_came_and_its_places_are_spread_from_first_to_last(came: int) -> None:
    root = sampling.number("root", came)
    assert root == min(ceil(sqrt(came)) + 1, came)
    assert sampling.number("all", came) == came
    assert sampling.number("none", came) == 0
    many = sampling.number("table", came, rows="3:2, 10:3, *:5")
    assert many == min(came, 2 if came <= 3 else 3 if came <= 10 else 5)
    places = sampling.places(came, root)
    assert len(set(places)) == root
    assert places[0] == 0
    assert max(places) == (came - 1 if root > 1 else 0)


@pytest.mark.parametrize("rows", ["", "3:2", "*", "3:4, *:5", "10:3, 3:2, *:5", "*:5, 9:9", "3:0, *:1", "few:2, *:3"])
def test_a_table_that_leaves_a_delivery_out_or_cannot_be_read_is_refused(rows: str) -> None:
    with pytest.raises(BadInput, match="sampling table"):
        sampling.table(rows)


@pytest.mark.requirement("211.84")
def test_a_delivery_is_sampled_by_plan_marked_and_approved_only_then(warehouse: Warehouse) -> None:
    plan(warehouse)
    lot = warehouse.receive(*["5 kg"] * 9, approved=False)
    marked = list(Container.objects.filter(lot=lot).order_by("id").values_list("to_sample", flat=True))
    assert [place for place, is_marked in enumerate(marked) if is_marked] == [0, 2, 5, 8]
    with pytest.raises(DomainError, match="sampling of this lot is not done: 0 containers sampled"):
        warehouse.decide(lot, "approved")
    analyst = warehouse.actor("analyst")
    services.sample(actor=analyst, container=warehouse.container(lot, 2), amount=kg("0.02"), sample_name="S-0")
    receipt = services.sample_lot(actor=analyst, lot=warehouse.lot(lot), sample_name="S-1")
    sentence = record.Entry.objects.get(seq=receipt.seq).sentence
    assert sentence.startswith(f"Sample S-1, 0.06 kg of lot {lot.identifier}, taken from ")
    assert len(queries.sampled(analyst, lot)) == 4
    assert Movement.objects.filter(lot=lot, kind="sample", amount_e6=20_000).count() == 4
    with pytest.raises(DomainError, match="Nothing is left to sample"):
        services.sample_lot(actor=analyst, lot=warehouse.lot(lot), sample_name="S-2")
    warehouse.decide(warehouse.lot(lot), "approved")
    assert warehouse.lot(lot).status == "approved"


def test_a_plan_holds_for_later_deliveries_and_what_cannot_be_is_refused(warehouse: Warehouse) -> None:
    before = warehouse.receive("1 kg", number="BEFORE")
    plan(warehouse, sampling="table", sampling_table="2:1, *:3", limit_percent=Decimal("0.5"))
    assert warehouse.lot(before).to_sample == 0
    assert warehouse.receive("1 kg", "1 kg", "1 kg", "1 kg", number="AFTER").to_sample == 3
    plan(warehouse, sampling="none", amount=None)
    assert warehouse.material().sampling_table == ""
    for facts, said in (
        ({"sampling": "some"}, "no such plan"),
        ({"sampling": "table", "sampling_table": "x"}, "sampling table"),
        ({"amount": None}, "how much of each container"),
        ({"sampling": "none"}, "how much of each container"),
        ({"limit_percent": Decimal(101)}, "not a share"),
    ):
        with pytest.raises(BadInput, match=said):
            plan(warehouse, **facts)
    stale = warehouse.material()
    plan(warehouse)
    with pytest.raises(record.Stale):
        services.plan_sampling(
            actor=warehouse.actor("qa"), definition=stale, sampling="none", reason="x", expected_version=stale.version
        )
    with pytest.raises(people.Refused):
        services.plan_sampling(
            actor=warehouse.actor("operator"), definition=warehouse.material(), sampling="none", reason="x"
        )


@pytest.mark.requirement("211.184")
def test_what_came_in_stands_beside_what_became_of_it_and_beyond_the_limit_an_exception_says_why(
    warehouse: Warehouse,
) -> None:
    plan(warehouse, limit_percent=Decimal("0.5"))
    lot, batch = warehouse.receive("10 kg"), warehouse.make()
    operator, supervisor = warehouse.actor("operator"), warehouse.actor("supervisor")
    services.sample_lot(actor=operator, lot=lot, sample_name="S-1")
    services.consume(actor=operator, container=warehouse.container(lot), amount=kg("4"), into=batch)
    services.count(actor=supervisor, container=warehouse.container(lot), counted=kg("5.95"), reason="dust")

    def reconcile(**facts: Any) -> record.Receipt:
        return services.reconcile_lot(actor=supervisor, lot=warehouse.lot(lot), reason="all counted", **facts)

    found = queries.balance(supervisor, warehouse.lot(lot))
    assert (found.received, found.adjusted, found.difference_ppm, found.within) == (10_000_000, 30_000, 3_000, True)
    with pytest.raises(BadInput, match="takes no exception"):
        reconcile(exception="none needed")
    entry = record.Entry.objects.get(seq=reconcile().seq)
    assert entry.sentence == f"Lot {lot.identifier} reconciled: 0.3 % of 10 kg differ, limit 0.5 %"
    parts = entry.content["data"]["parts"]
    assert parts == {
        "in_stock": "5.95 kg", "used": "4 kg", "converted": "0 kg", "sampled": "0.02 kg", "destroyed": "0 kg",
        "shipped": "0 kg", "adjusted": "0.03 kg",
    }  # fmt: skip
    services.count(actor=supervisor, container=warehouse.container(lot), counted=kg("5"), reason="a bag burst")
    with pytest.raises(DomainError, match=r"beyond the limit: 9\.8 % \(limit: 0\.5 %\)\. Count again"):
        reconcile()
    entry = record.Entry.objects.get(seq=reconcile(exception="DEV-26-114: bag burst").seq)
    assert "exception: DEV-26-114" in entry.sentence
    assert [one.seq for one in queries.reconciliations(supervisor, lot)] == [entry.seq, entry.seq - 2]
    with pytest.raises(DomainError, match="Nothing of this lot came in"):
        services.reconcile_lot(actor=supervisor, lot=batch, reason="x")
    with pytest.raises(record.Stale):
        reconcile(expected_version=1)


@pytest.mark.requirement("Annex 11, 4")
def test_a_lot_that_was_taken_over_is_reconciled_against_what_was_counted_then() -> None:
    taken = Balance({"found": 24_910_000}, {"missing": 10_000}, 24_900_000)
    assert (taken.received, taken.adjusted, taken.unaccounted) == (24_910_000, 10_000, 0)
    assert taken.within, "no limit is said"
    more = Balance({"receipt": 100, "found": 3}, {}, 103, limit_ppm=10_000)
    assert (more.adjusted, more.difference_ppm, more.within) == (-3, 30_000, False)
    assert Balance({}, {}, 0).difference_ppm is None
    assert (percent(0), percent(5_000), percent(98_000), percent(1)) == ("0 %", "0.5 %", "9.8 %", "0.0001 %")


def test_sampling_and_reconciliation_are_done_on_their_pages(warehouse: Warehouse) -> None:
    client = warehouse.plant.log_in(Client(), "qa")
    form = {
        "sampling": "root", "amount": "20 g", "limit_percent": "0.5", "reason": "SPEC", "expected_version": "1",
        "idempotency_key": "p",
    }  # fmt: skip
    address = at("plan-sampling", "LACTOSE")
    assert client.post(address, form).status_code == 302
    assert client.post(address, {**form, "idempotency_key": "p2"}).status_code == 409, "somebody was first"
    assert "square root of the containers, and one" in text(client, at("definition", "LACTOSE"))
    assert 'value="0.5"' in text(client, address)
    lot = warehouse.receive("5 kg", "5 kg", "5 kg", "5 kg", approved=False)
    analyst = warehouse.plant.log_in(Client(), "analyst")
    page = text(analyst, at("lot", lot.identifier))
    assert "0 of 3 planned containers are sampled." in page
    assert "to sample" in page
    assert "0.02 kg of each of 3 containers" in text(analyst, at("sample-lot", lot.identifier))
    version = str(warehouse.lot(lot).version)
    sample = {"sample_name": "S-9", "expected_version": version, "idempotency_key": "s"}
    assert analyst.post(at("sample-lot", lot.identifier), sample).status_code == 302
    page = text(analyst, at("lot", lot.identifier))
    assert "3 of 3 planned containers are sampled." in page
    assert "Nothing is left to sample" in text(analyst, at("sample-lot", lot.identifier))
    container = warehouse.container(lot, 0)
    assert "sampled" in text(analyst, at("container", container.identifier))
    supervisor = warehouse.plant.log_in(Client(), "supervisor")
    services.count(actor=warehouse.actor("supervisor"), container=container, counted=kg("4"), reason="count")
    assert "counts differ by" in text(supervisor, at("reconcile", lot.identifier))
    refused = supervisor.post(at("reconcile", lot.identifier), {"reason": "counted"})
    assert refused.status_code == 400
    assert "beyond the limit" in refused.content.decode()
    done = supervisor.post(at("reconcile", lot.identifier), {"reason": "counted", "exception": "DEV-1"})
    assert done.status_code == 302
    assert "exception: DEV-1" in text(supervisor, at("lot", lot.identifier))
    assert Lot.objects.get().status == "quarantine"
