"""A simulated fed-batch culture of CHO cells: what a sample of each day would show.

Cells grow on glucose and glutamine and are held back by lactate and ammonium, which also kill them; antibody is made
by cells that grow slowly: the law of doi 10.3390/bioengineering5010025, Table 2, with adaptation after the inoculum,
uptake of glucose in excess and of lactate. Batches differ, and after the fall of the temperature on day 5 cells grow
and die more slowly and make more antibody. What was really fed goes in. The numbers are chosen for a course that is
usual in practice: a peak of 15 to 20 million cells/mL in the second week, and 4 to 5 g/L after 14 days. It is a
simulation for demos, and no model of a real product.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EVENTS: Final = ("culture_n", "feed_n", "give_sugar")
"""Phases of the recipe that change the culture: a day of culture, a feed, glucose to 6 g/L."""
MEASURED: Final = (
    "vcd", "viability", "glucose", "glutamine", "lactate", "ammonia", "osmolality", "co2", "titre",
)  # fmt: skip
_SEED_RATE, _RATE = 0.0360, 0.0320
"""Specific growth in flasks and in seed bioreactors, 1/h."""
_FEED, _FEED_GLUCOSE, _FEED_GLUTAMINE = 84.0, 50.0, 24.0
"""L of a feed, g/L of glucose in it, and mmol/L of glutamine."""
_SYRUP, _DOSED_FOR = 400.0, 1400.0
"""g/L of the glucose solution, and the L that its dose is reckoned for."""
_GLC, _LAC = 0.18016, 0.09008
"""g/mmol of glucose and of lactic acid."""
_SHIFT_HOURS: Final = 5 * 24
_NOISE: Final = {
    "vcd": 0.02, "viability": 0.003, "glucose": 0.02, "glutamine": 0.04, "lactate": 0.03, "ammonia": 0.03,
    "osmolality": 0.005, "co2": 0.04, "titre": 0.015,
}  # fmt: skip
"""Largest relative error of each measurement."""


def growth_in(hours: float, *, seed: bool = False) -> float:
    """Give how many times more cells there are after a time of growth that nothing limits.

    Args:
        hours: The time.
        seed: Whether in shake flasks.

    Returns:
        The factor.
    """
    return math.exp((_SEED_RATE if seed else _RATE) * hours)


@dataclass(slots=True)
class Broth:
    """In the bioreactor: cells in million/mL; glucose, lactate, antibody in g/L; glutamine, ammonium in mmol/L."""

    vcd: float
    volume: float
    dead: float = 0.0
    glucose: float = 6.0
    glutamine: float = 8.0
    lactate: float = 0.1
    ammonia: float = 0.5
    titre: float = 0.0
    ready: float = 0.5
    """How far the cells have adapted to the new vessel."""
    osmolality: float = 288.0
    sampled: float = 6.0
    """Glucose in the latest sample, before anything was fed."""
    hours: int = 0
    vigour: float = 1.0
    """How fast the cells of this batch grow, beside the usual."""
    making: float = 1.0
    """How much antibody they make, beside the usual."""

    def day(self) -> None:
        """Let a day pass."""
        for _hour in range(24):
            self._hour()
        self.sampled = self.glucose

    def feed(self) -> None:
        """Add one share of the feed, which dilutes everything."""
        share = self.volume / (self.volume + _FEED)
        self._dilute(share)
        self.glucose += _FEED_GLUCOSE * (1 - share)
        self.glutamine += _FEED_GLUTAMINE * (1 - share)
        self.osmolality += 16.0
        self.volume += _FEED

    def sweeten(self) -> None:
        """Add glucose to about 6 g/L: the dose is reckoned from the sample, for the volume at the start."""
        lacking = max(0.0, 6.0 - self.sampled)
        dose = lacking * _DOSED_FOR / _SYRUP
        share = self.volume / (self.volume + dose)
        self._dilute(share)
        self.glucose += _SYRUP * (1 - share)
        self.osmolality += lacking * 2.0
        self.volume += dose

    def _dilute(self, share: float) -> None:
        for name in ("vcd", "dead", "glucose", "glutamine", "lactate", "ammonia", "titre"):
            setattr(self, name, getattr(self, name) * share)

    def _hour(self) -> None:
        late = self.hours >= _SHIFT_HOURS
        for _quarter in range(4):
            self._step(0.25, late=late)
        self.hours += 1

    def _step(self, hours: float, *, late: bool) -> None:
        glc, gln, lac, amm = self.glucose / _GLC, self.glutamine, self.lactate / _LAC, self.ammonia
        most = 0.036 * self.vigour * (0.92 if late else 1.0)
        growth = most * self.ready * glc / (0.3 + glc) * gln / (0.3 + gln) * 120 / (120 + lac) * 25 / (25 + amm)
        death = 0.009 * (0.92 if late else 1.0) * lac / (40 + lac) * amm / (12 + amm) + 0.01 * 0.5 / (0.5 + glc)
        eats = growth / 1.3 + 0.016 * glc / (0.01 + glc) + 0.03 * glc / (0.01 + glc) / (1 + (lac / 8) ** 2)
        takes = growth / 1.9 + 0.001 * gln / (2 + gln)
        leaves = eats - 0.045 * lac / (6 + lac) * (1 - growth / 0.036)
        cells = self.vcd * hours
        self.titre += 0.00135 * self.making * (1.05 if late else 1.0) * max(0.0, 1 - growth / 0.036) * cells
        self.dead += death * cells
        self.lactate = max(0.0, self.lactate + leaves * cells * _LAC)
        self.ammonia = max(0.0, self.ammonia + (0.75 * takes - 0.001 * amm / (0.01 + amm)) * cells)
        self.glucose = max(0.0, self.glucose - eats * cells * _GLC)
        self.glutamine = max(0.0, self.glutamine - takes * cells)
        self.vcd += (growth - death) * cells
        self.ready += (1 - self.ready) / 20 * hours


def course(
    vcd: float, volume: float, events: Sequence[str], *, vigour: float = 1.0, making: float = 1.0
) -> Broth:
    """Follow a culture from its inoculum.

    Args:
        vcd: Viable cells at the start, in million/mL.
        volume: At the start, in L.
        events: What happened since, of `EVENTS`, in order.
        vigour: How fast the cells of this batch grow, beside the usual.
        making: How much antibody they make, beside the usual.

    Returns:
        The broth now.
    """
    broth = Broth(vcd, volume, dead=0.02 * vcd, vigour=vigour, making=making)
    acts = {"culture_n": broth.day, "feed_n": broth.feed, "give_sugar": broth.sweeten}
    for event in events:
        acts[event]()
    return broth


def of_batch(growth: float, making: float) -> dict[str, float]:
    """Give what is particular to a batch.

    Args:
        growth: A draw from -1 to 1.
        making: Another one, for the antibody.

    Returns:
        Keywords of `course`.
    """
    return {"vigour": 1 + 0.05 * growth, "making": 1 + 0.10 * making}


def measured(broth: Broth, what: str, error: float) -> float:
    """Give what a sample shows.

    Args:
        broth: The broth.
        what: Of `MEASURED`.
        error: Part of the largest error of the measurement, from -1 to 1.

    Returns:
        The value in the unit of the recipe.
    """
    whole = {
        "viability": 100 * broth.vcd / (broth.vcd + broth.dead), "co2": 38 + 2.1 * broth.vcd,
        "osmolality": broth.osmolality + 4 * broth.lactate,
    }.get(what)  # fmt: skip
    exact = whole if whole is not None else float(getattr(broth, what))
    shown = exact * (1 + _NOISE[what] * error)
    return min(shown, 99.0) if what == "viability" else shown
