"""How long simulated services take that are not told: as such equipment usually does, from memory of practice."""

import re
from typing import Final

from batchwright.kernel.quantity import Quantity

_IN_ITS_NAME: Final = re.compile(r"[A-Za-z](\d{1,3})(h|min)$")
"""A procedure whose name says it, such as ``Culture24h``."""
_ELSE: Final = Quantity("5", "min")
_USUAL: Final[dict[tuple[str, str], str]] = {
    ("HighShearGranulator", "Spray"): "8 min",
    ("FluidBedDryer", "Dry"): "70 min",
    ("RotaryPress", "SetUp"): "40 min",
    ("PanCoater", "Warm"): "20 min",
    ("PanCoater", "Spray"): "84 min",
    ("PanCoater", "Cool"): "25 min",
    ("CompoundingVessel", "Stir"): "40 min",
    ("SterileFilter", "Filter"): "100 min",
    ("Tunnel", "Run"): "3 h",
    ("Isolator", "Decontaminate"): "3 h",
    ("Lyophiliser", "Load"): "2 h",
    ("Lyophiliser", "Freeze"): "4 h",
    ("Lyophiliser", "Evacuate"): "30 min",
    ("Lyophiliser", "DryPrimary"): "32 h",
    ("Lyophiliser", "Ramp"): "333 min",
    ("Lyophiliser", "Stopper"): "15 min",
    ("Lyophiliser", "Unload"): "2 h",
    ("Capper", "Run"): "4 h",
    ("Bioreactor", "Condition"): "4 h",
    ("Bioreactor", "Chill"): "3 h",
    ("DepthFilter", "Clarify"): "1 h",
    ("Chromatography", "ProteinA"): "4 h",
    ("Chromatography", "CationExchange"): "6 h",
    ("Chromatography", "AnionMembrane"): "2 h",
    ("VirusFilter", "Filter"): "4 h",
    ("TangentialFlow", "Concentrate"): "2 h",
    ("TangentialFlow", "Diafilter"): "3 h",
    ("PlateFreezer", "Freeze"): "6 h",
}


def usual_time(service: str, procedure: str) -> Quantity:
    """Give how long a service takes of which nobody said it.

    Args:
        service: Its name.
        procedure: The service's own procedure.

    Returns:
        A time: what its name says, what is usual, or five minutes.
    """
    named = _IN_ITS_NAME.search(procedure)
    if named is not None:
        return Quantity(named[1], named[2])
    usual = _USUAL.get((service, procedure))
    return _ELSE if usual is None else Quantity.parse(usual)
