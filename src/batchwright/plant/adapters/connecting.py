"""Which protocol a scale speaks, and the way to it."""

from datetime import timedelta
from typing import Final

from batchwright.kernel.errors import BadInput
from batchwright.plant.adapters.base import ScaleOnLine
from batchwright.plant.adapters.mt_sics import MtSicsScale
from batchwright.plant.adapters.sbi import SbiScale
from batchwright.plant.scales import ANSWER_WITHIN, Scale

PROTOCOLS: Final[dict[str, type[ScaleOnLine]]] = {"mt-sics": MtSicsScale, "sbi": SbiScale}
"""Protocols by the name under which an instrument is set up."""


def connect(protocol: str, host: str, port: int, *, unit: str, answer_within: timedelta = ANSWER_WITHIN) -> Scale:
    """Connect to a scale.

    Args:
        protocol: One of `PROTOCOLS`.
        host: Its address.
        port: Its TCP port.
        unit: UCUM code of the unit it is set up for.
        answer_within: How long connecting and each answer may take.

    Returns:
        The scale; `with` closes it.

    Raises:
        BadInput: If there is no such protocol.
        ConnectionLost: If nobody answers there.
    """
    if protocol not in PROTOCOLS:
        raise BadInput("this protocol is not known", value=protocol, limit=", ".join(PROTOCOLS))
    return PROTOCOLS[protocol](host, port, unit=unit, answer_within=answer_within)
