"""A weighing order of another system, used courtesy of MESA International: carried out here, and reported back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from batchwright import record
from batchwright.execution import dispensing_queries, ordered, services
from batchwright.execution.models import Attempt
from batchwright.execution.services import AttemptRefused, WeightPut
from batchwright.execution.weighing import Scale
from batchwright.execution.weighing_operators import Dispenser, leaving_enough, put_on_simulated
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries, queries
from batchwright.materials.services.common import today
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from batchwright.recipes import text as texts
from batchwright.recipes.adapters.weighing_orders import read_weighing
from batchwright.recipes.adapters.weighing_writing import write_weighing_reports
from batchwright.recipes.phases import Dispense
from batchwright.recipes.weighing import Message, WeighingLine, WeighingOrder
from tests.execution.dispensary import Dispensary, q
from tests.materials.warehouse import Warehouse

STEP = "order/unit/operation/weigh"
FIVE = Quantity("5", "kg")


@pytest.fixture
def order(reference_data: Path) -> WeighingOrder:
    file = reference_data / "batchml" / "PRO-20121210181416-27942.xml"
    return read_weighing(file.read_bytes(), file.name).orders[0]


@pytest.fixture
def floor_scale() -> Iterator[ScaleServer]:
    with ScaleServer(SimulatedScale(tag="SC-02", capacity=q("600 kg").value, readability=q("0.05 kg").value,
                                    settle_seconds=0)) as line:  # fmt: skip
        yield line


@pytest.fixture
def dispensary(warehouse: Warehouse, order: WeighingOrder, floor_scale: ScaleServer) -> Iterator[Dispensary]:
    """The order as a recipe in force, its batch begun, a scale of 60 kg and one of 600 kg, one without calibration."""
    recipe = ordered.recipe_of(order, tolerance=ordered.tolerance_of("0.5 %"), sponsor="ALPHA")
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        made = Dispensary(warehouse, line)
        made.open(texts.write(recipe), ("CRBN0001", "CRBN0002", "CRBN0003"), "966.000 kg")
        metrology = made.metrology
        metrology.add_scale(
            "SC-02", high="600", readability="0.05", tolerance="0.5", check_values=("100", "500"),
            check_tolerance="0.3", protocol="mt-sics", host="127.0.0.1", port=floor_scale.port,
        )  # fmt: skip
        metrology.calibrated("SC-02", found=(("0", "0"), ("300", "300.05"), ("600", "600.10")))
        metrology.check("100.05", "500", tag="SC-02")
        metrology.add_scale("SC-03", protocol="mt-sics", host="127.0.0.1", port=line.port)
        yield made


@pytest.mark.requirement("211.101(b)")
@pytest.mark.requirement("11.10(h)")
def test_an_order_is_carried_out_with_every_refusal_on_record_and_reported_as_it_was_ordered(
    dispensary: Dispensary, order: WeighingOrder
) -> None:
    def refused(match: str, shows: str, source: str, checker: str = "supervisor", **put: str) -> None:
        before = Attempt.objects.count()
        dispensary.line.scale.put(q(shows))
        given = {"vessel": "V-1", "scale": "SC-01", **put}
        with pytest.raises(AttemptRefused, match=match):
            services.record_weight(
                actor=dispensary.actor("operator"), batch=dispensary.own(), path=STEP,
                put=WeightPut(source=source, **given), checker=dispensary.actor(checker),  # type: ignore[arg-type]
            )  # fmt: skip
        assert Attempt.objects.count() == before + 1

    staged = {one.material: str(one.amount) for one in order.containers}
    assert staged == {"CRBN0001": "199.910 kg", "CRBN0002": "2152.3 kg"}
    lots = {code: dispensary.lot(amount, code=code, assay="") for code, amount in staged.items()}
    lots["more"] = dispensary.lot("700 kg", code="CRBN0001", assay="", expires_on=today() + timedelta(days=200))
    lots["CRBN0003"] = dispensary.lot("120 kg", code="CRBN0003", assay="")
    late = dispensary.lot("50 kg", code="CRBN0001", assay="")
    data = entries.LotRetested(lot=late.identifier, before=None, after=today())
    with record.entry(data, actor=record.SITE, subject=late, reason="a year passes") as entry:
        entry.update(late, expires_on=today() - timedelta(days=1))
    box = dispensary.box(lots["CRBN0001"])
    services.ready_vessel(
        actor=dispensary.actor("operator"), batch=dispensary.own(), path=STEP, vessel="V-1", new=True,
        tare=q("1.000 kg"), reason="from its label",
    )  # fmt: skip
    refused("not what is weighed here: CRBN0002", "6 kg", dispensary.box(lots["CRBN0002"]), line="line_0010")
    refused("cannot be used: the lot expired on", "6 kg", dispensary.box(late))
    refused("SC-03 is not calibrated", "6 kg", box, scale="SC-03")
    # 5 kg within 0.5 %: 4.975 to 5.025 kg
    refused("A weight out of tolerance needs a reason", "6.026 kg", box)
    refused("The second person is the first one", "6 kg", box, checker="operator")
    assert dispensary.weights() == []
    run, weighs = dispensary.own().runs.get(path=STEP), Dispenser()
    for _ in range(40):
        run.refresh_from_db()
        if run.state == "Complete":
            break
        weighs(dispensary.actor("operator"), dispensary.actor("supervisor"), run)
    assert (run.state, dispensary.own().state) == ("Complete", "Complete")
    found = [(one.line, one.net, one.scale) for one in dispensary.weights()]
    assert found == [
        ("line_0010", "5.000 kg", "SC-01"), ("line_0020", "50.000 kg", "SC-01"),
        # 811 kg: what is left of the staged container as far as the scale's step of 50 g goes, then the other lot
        ("line_0030", "194.90 kg", "SC-02"), ("line_0030", "588.00 kg", "SC-02"), ("line_0030", "28.100 kg", "SC-01"),
        ("line_0040", "100.00 kg", "SC-02"),
    ]  # fmt: skip
    for lot in lots.values():
        assert queries.balance(dispensary.actor("qa"), dispensary.warehouse.lot(lot)).unaccounted == 0
    report = dispensing_queries.weighing_report(dispensary.actor("inspector"), dispensary.own())
    assert (report.order, [one.position for one in report.weighed]) == (
        "258456", ["0010", "0020", "0030", "0030", "0030", "0040"]
    )  # fmt: skip
    assert [one.complete for one in report.weighed] == [True, True, False, False, True, True]
    back = read_weighing(write_weighing_reports([report], Message()), "back.xml").reports
    assert back == (report,)
    assert record.Entry.objects.filter(type="weight.recorded/1").count() == 11


def test_an_order_without_tolerance_or_lines_is_not_guessed_at() -> None:
    def line(position: str, **more: object) -> WeighingLine:
        return WeighingLine(position=position, material="M-1", target=FIVE, **more)  # type: ignore[arg-type]

    with pytest.raises(DomainError, match="no tolerance for this line: 0010 M-1"):
        ordered.recipe_of(WeighingOrder(id="1", lines=(line("0010"),)))
    with pytest.raises(DomainError, match="weighs nothing"):
        ordered.recipe_of(WeighingOrder(id="1"))
    own, other = ordered.tolerance_of("0.1 %"), ordered.tolerance_of("5 g")
    made = ordered.recipe_of(
        WeighingOrder(id="A/7", lines=(line("0010", tolerance=own, place="BOX3", lot="L-1"), line("0020"))),
        tolerance=other,
    )
    phases = [one.phase for one in made.walk() if isinstance(one.phase, Dispense)]
    assert [(one.inputs, one.tolerance) for one in phases] == [(("line_0010",), own), (("line_0020",), other)]
    assert (made.id, made.formula.parameters[0].description) == ("ORDER-A-7", "BOX3, lot L-1")
    assert (ordered.position_of("api"), ordered.order_of("BLD1")) == ("", "")
    assert texts.read(texts.write(made)).recipe == made


def test_a_load_is_put_on_simulated_scales_alone(warehouse: Warehouse) -> None:
    metrology = Dispensary(warehouse, None).metrology  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="not on a line"):
        put_on_simulated(metrology.add_scale(), FIVE)
    scale = metrology.add_scale("SC-09", protocol="mt-sics", host="127.0.0.1", port=1)
    with pytest.raises(Unavailable, match="does not answer"):
        put_on_simulated(scale, FIVE)


@pytest.mark.parametrize(
    ("part", "left_in_the_lot"),
    [("5.000 kg", "5.000 kg"), ("7.950 kg", "6.950 kg"), ("8.000 kg", "8.000 kg"), ("1.950 kg", "")],
)
def test_automatic_operators_leave_no_rest_that_is_too_little_to_be_weighed(part: str, left_in_the_lot: str) -> None:
    scale = Scale(
        tag="SC-1", capacity=Quantity("60", "kg"), minimum=Quantity("1", "kg"), increment=Quantity("0.001", "kg")
    )
    target = Quantity("2.000" if part == "1.950 kg" else "8.000", "kg")
    enough = leaving_enough(Quantity.parse(part), target, scale)
    assert enough == (Quantity.parse(left_in_the_lot) if left_in_the_lot else None)
