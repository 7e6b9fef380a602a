"""The lumped-rate model of chromatography: one liquid, no transport resistance but dispersion.

See `batchwright.twins.chromatography`. Its bands are as sharp as binding and dispersion make them: more elements.
"""

from __future__ import annotations

from collections.abc import Sequence

from batchwright.twins.checks import Check
from batchwright.twins.chromatography import column, peak_checks
from batchwright.twins.model import Model


def lumped_rate() -> Model:
    """The lumped-rate model with steric mass action, three proteins."""
    return column(transport="lumped-rate", elements=12, order=4)


def checks() -> Sequence[Check]:
    """CADET's peaks of the load-wash-elute example."""
    return peak_checks(lumped_rate(), "CADET 5.1.1, 100 cells", (1118.0, 734.0, 498.0))
