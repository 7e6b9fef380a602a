"""A run worth looking at for every model: what `batchwright twins simulate` does when nothing else is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from batchwright.twins.schedule import Happening, Ramp, Schedule, Steps


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A schedule and what to look at.

    Args:
        schedule: What is done.
        show: Quantities to plot and to tabulate.
    """

    schedule: Schedule
    show: tuple[str, ...]


_DAILY: Final = tuple(
    Happening("bolus", 24.0 * day, {"volume": 30.0, "Glc": 400.0, "Gln": 40.0}) for day in range(3, 14)
)
_MEDIUM: Final = tuple(
    Happening("exchange", float(day), {"part": 0.5, "glc": 25.0, "il2": 100.0}) for day in (3, 5, 7, 8, 9)
)

DEMONSTRATIONS: Final = {
    "fed-batch-cho": Demonstration(
        Schedule(336.0, every=1.0, happenings=_DAILY), ("VCD", "viability", "Glc", "Lac", "titre")
    ),
    "perfusion-cho": Demonstration(
        Schedule(28.0, inputs={"P": Steps([0, 2, 5], [0.5, 1.0, 1.5]), "Bl": Steps([0, 8], [0.0, 0.2])}),
        ("Xv", "Glc", "net", "CSPR"),
    ),
    "uf-df": Demonstration(Schedule(2.0, inputs={"wash": Steps([0, 0.2, 1.9], [0, 1, 0])}), ("V", "c_P", "c_S", "J")),
    "moist-heat": Demonstration(
        Schedule(60.0, inputs={"T": Ramp([0, 20, 35, 60], [20, 121.1, 121.1, 60])}), ("T", "F", "log_reduction")
    ),
    "msmpr": Demonstration(Schedule(240.0), ("c", "sigma", "L43", "slurry")),
    "shipper": Demonstration(
        Schedule(48.0, inputs={"T_a": Ramp([0, 12, 24, 36, 48], [20, 35, 20, 35, 20])}), ("H", "T_p")
    ),
    "lnp-mixing": Demonstration(
        Schedule(10.0, inputs={"Q_dil": Steps([0, 1], [0.0, 12.0])}), ("ethanol_out", "rna", "ethanol", "size")
    ),
    "t-cell-expansion": Demonstration(Schedule(10.0, happenings=_MEDIUM), ("X", "Glc", "Lac", "IL2")),
    "tablet-compression": Demonstration(
        Schedule(8.0, inputs={"fill": Ramp([0, 8], [6.7, 6.5]), "edge": Steps([0, 3], [2.10, 2.05])}),
        ("force", "pressure", "porosity"),
    ),
}


def demonstration(name: str) -> Demonstration | None:
    """The demonstration of a model; None where there is none.

    Args:
        name: Name in the catalogue.

    Returns:
        What is run when nothing else is asked.
    """
    if name == "penicillin":
        from batchwright.twins.penicillin import recipe

        return Demonstration(recipe(), ("X", "S", "P", "DO"))
    return DEMONSTRATIONS.get(name)
