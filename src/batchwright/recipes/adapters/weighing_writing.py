"""Writing weighing orders and reports of what was weighed as B2MML V0401 (MESA), valid against its schemas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batchwright.kernel import exact
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.adapters import weighing_orders as reading
from batchwright.recipes.adapters.xml_writing import add, as_bytes, new_root, say, say_moment
from batchwright.recipes.values import Part
from batchwright.recipes.weighing import (
    Message,
    StagedContainer,
    WeighedAmount,
    WeighingLine,
    WeighingOrder,
    WeighingReport,
)


def write_weighing_orders(orders: Sequence[WeighingOrder], message: Message) -> bytes:
    """Write weighing orders.

    Args:
        orders: What is to be weighed.
        message: Who writes it, and when.

    Returns:
        The file, UTF-8.

    Raises:
        DomainError: If reading the file would not give the orders back.
    """
    root, area = _document("SyncProductionSchedule", message)
    schedule = add(area, "ProductionSchedule")
    for order in orders:
        _order(add(schedule, "ProductionRequest"), order)
    content = as_bytes(root)
    _require_same(reading.read_weighing(content, "export").orders, orders)
    return content


def write_weighing_reports(reports: Sequence[WeighingReport], message: Message) -> bytes:
    """Write what was weighed.

    Args:
        reports: What was weighed, by order.
        message: Who writes it, and when.

    Returns:
        The file, UTF-8.

    Raises:
        DomainError: If reading the file would not give the reports back.
    """
    root, area = _document("SyncProductionPerformance", message)
    performance = add(area, "ProductionPerformance")
    for report in reports:
        response = add(performance, "ProductionResponse")
        add(response, "ID", report.id)
        say(response, "ProductionRequestID", report.order)
        segment = add(response, "SegmentResponse")
        add(segment, "ID", reading.WEIGHING)
        for one in report.weighed:
            _weighed(add(segment, "MaterialActual"), one)
    content = as_bytes(root)
    _require_same(reading.read_weighing(content, "export").reports, reports)
    return content


def _require_same(read: Sequence[Part], meant: Sequence[Part]) -> None:
    if [one.model_dump(mode="json") for one in read] != [one.model_dump(mode="json") for one in meant]:
        raise DomainError(
            "B2MML cannot hold this exactly", value=", ".join(str(getattr(one, "id", "")) for one in meant),
            remedy="Leave out blanks around texts, and give a place its level.",
        )  # fmt: skip


def _document(name: str, message: Message) -> tuple[Any, Any]:
    root = new_root(reading.NAMESPACE, name, releaseID="V0401")
    application = add(root, "ApplicationArea")
    if message.sender:
        add(add(application, "Sender"), "LogicalID", message.sender)
    say_moment(application, "CreationDateTime", message.created)
    area = add(root, "DataArea")
    add(area, "Sync")
    return root, area


def _order(request: Any, order: WeighingOrder) -> None:
    add(request, "ID", order.id)
    segment = add(request, "SegmentRequirement")
    say(segment, "ID", order.segment)
    if order.product or order.product_name or order.amount:
        product = add(segment, "MaterialRequirement")
        say(product, "MaterialDefinitionID", order.product)
        say(product, "Description", order.product_name)
        add(product, "MaterialUse", "Produced")
        if order.amount is not None:
            _quantity(product, order.amount)
    weighing = add(segment, "SegmentRequirement")
    add(weighing, "ProcessSegmentID", reading.WEIGHING)
    for setting in order.settings:
        one = add(add(weighing, "ProductionParameter"), "Parameter")
        add(one, "ID", setting.id)
        _value(one, setting.value, "Text", "")
    for line in order.lines:
        _line(add(weighing, "MaterialRequirement"), line)
    if order.containers:
        staged = add(weighing, "SegmentRequirement")
        add(staged, "ProcessSegmentID", reading.STAGED[0])
        for container in order.containers:
            at = add(staged, "MaterialRequirement")
            _material(at, container)
            _quantity(at, container.amount)


def _line(at: Any, line: WeighingLine) -> None:
    _material(at, line)
    say(at, "Description", line.description)
    if line.place:
        place = add(at, "Location")
        add(place, "EquipmentID", line.place)
        add(place, "EquipmentElementLevel", line.place_level)
    add(at, "MaterialUse", "Consumed")
    _quantity(at, line.target)
    kind = "MaterialRequirementProperty"
    if line.position:
        _property(at, kind, reading.POSITION, line.position, "string", "")
    if line.tolerance is not None:
        for name, amount in ((reading.BELOW, line.tolerance.below), (reading.ABOVE, line.tolerance.above)):
            _property(at, kind, name, exact.text(amount.value), "decimal", amount.unit)


def _weighed(at: Any, one: WeighedAmount) -> None:
    _material(at, one)
    say(at, "MaterialUse", one.use)
    _quantity(at, one.amount)
    flags = ((reading.EMPTIED, one.emptied), (reading.COMPLETE, one.complete))
    kind = "MaterialActualProperty"
    if one.position:
        _property(at, kind, reading.POSITION, one.position, "string", "")
    for name, flag in flags:
        if flag is not None:
            _property(at, kind, name, "1" if flag else "0", "string", "")


def _material(at: Any, one: WeighingLine | StagedContainer | WeighedAmount) -> None:
    add(at, "MaterialDefinitionID", one.material)
    say(at, "MaterialLotID", one.lot)
    say(at, "MaterialSubLotID", one.container)


def _quantity(parent: Any, amount: Quantity) -> None:
    at = add(parent, "Quantity")
    add(at, "QuantityString", exact.text(amount.value))
    add(at, "DataType", "decimal")
    add(at, "UnitOfMeasure", amount.unit)


def _property(parent: Any, kind: str, name: str, text: str, sort: str, unit: str) -> None:
    at = add(parent, kind)
    add(at, "ID", name)
    _value(at, text, sort, unit)


def _value(parent: Any, text: str, sort: str, unit: str) -> None:
    at = add(parent, "Value")
    add(at, "ValueString", text)
    add(at, "DataType", sort)
    add(at, "UnitOfMeasure", unit)
