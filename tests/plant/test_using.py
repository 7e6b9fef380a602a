"""How units are used: what the plant lets people do, what it refuses and why, and what the logbook says."""

import pytest

from batchwright.kernel.errors import DomainError
from batchwright.plant.models import LogbookLine
from tests.plant.floor import Floor


def test_a_clean_cleared_and_qualified_unit_is_used_and_the_logbook_says_so(floor: Floor) -> None:
    floor.ready()
    receipt = floor.begin()
    assert receipt.type == "unit.use_begun/1"
    assert floor.state().state == "in_use"
    floor.end()
    assert floor.state().state == "dirty"
    kinds = list(LogbookLine.objects.filter(unit__tag="GR-1").order_by("id").values_list("kind", flat=True))
    assert kinds == [
        "taken_over", "cleaned", "cleaning_verified", "cleared", "clearance_verified", "use_begun", "use_ended",
    ]  # fmt: skip


def test_a_dirty_unit_is_refused_with_every_reason(floor: Floor) -> None:
    with pytest.raises(DomainError, match="GR-1 cannot be used.*not cleaned since.*IQ is missing.*not cleared"):
        floor.begin()
