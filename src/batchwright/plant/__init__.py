"""The plant: what it is, and whether each thing in it is fit for use now.

An *element* is a place in the equipment hierarchy, from the enterprise down to a control module (ISA-95 part 1, ISA-88
part 1); a *unit* is the element that makes or holds one batch at a time. A *class* says what its units offer, as typed
properties, so that a recipe asks for what it needs and not for a tag. Each unit has a *state* and a *verdict*: usable
or not, why, and what to do, computed from facts as they were effective at the time asked. An *instrument* measures and
is calibrated. The *logbook* writes itself with every use (21 CFR 211.182). Sources: 21 CFR 211.63-211.72, 211.130,
211.182; EU GMP chapters 3 and 5, Annex 15. This module is the face that other capabilities use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchwright.plant.facts import Intended
    from batchwright.plant.instrument_queries import instrument, instruments
    from batchwright.plant.judging import require_usable, verdict_of, verdicts_of
    from batchwright.plant.measuring import calibrated_until, day_of, facts_on, today, verdicts_on
    from batchwright.plant.models import Campaign, EquipmentClass, EquipmentElement, Instrument, Use
    from batchwright.plant.queries import elements, match_units, unit, vocabulary
    from batchwright.plant.services import begin_use, end_use, hold_unit
    from batchwright.plant.services.joining import (
        begin_in,
        clean_in,
        clear_in,
        end_in,
        verify_cleaning_in,
        verify_clearance_in,
    )
    from batchwright.plant.services.weighing import (
        keep_reading,
        read_scale,
        read_stable,
        require_suitable,
        take_reading,
    )
    from batchwright.plant.verdicts import Verdict

__all__ = [
    "Campaign", "EquipmentClass", "EquipmentElement", "Instrument", "Intended", "Use", "Verdict", "begin_in",
    "begin_use", "calibrated_until", "clean_in", "clear_in", "day_of", "elements", "end_in", "end_use", "facts_on",
    "hold_unit", "instrument", "instruments", "keep_reading", "match_units", "read_scale", "read_stable",
    "require_suitable", "require_usable", "take_reading", "today", "unit", "verdict_of", "verdicts_of",
    "verdicts_on", "verify_cleaning_in", "verify_clearance_in", "vocabulary",
]  # fmt: skip

# Django imports this package before it has loaded any model, so whatever needs models is fetched at first use.
_LAZY = {
    "Intended": "facts",
    **dict.fromkeys(("require_usable", "verdict_of", "verdicts_of"), "judging"),
    **dict.fromkeys(("instrument", "instruments"), "instrument_queries"),
    **dict.fromkeys(("Campaign", "EquipmentClass", "EquipmentElement", "Instrument", "Use"), "models"),
    **dict.fromkeys(("elements", "match_units", "unit", "vocabulary"), "queries"),
    **dict.fromkeys(("begin_use", "end_use", "hold_unit"), "services"),
    **dict.fromkeys(("calibrated_until", "day_of", "facts_on", "today", "verdicts_on"), "measuring"),
    **dict.fromkeys(
        ("keep_reading", "read_scale", "read_stable", "require_suitable", "take_reading"), "services.weighing"
    ),
    **dict.fromkeys(
        ("begin_in", "clean_in", "clear_in", "end_in", "verify_cleaning_in", "verify_clearance_in"), "services.joining"
    ),
    "Verdict": "verdicts",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
