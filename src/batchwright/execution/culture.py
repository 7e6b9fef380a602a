"""A simulated fed-batch culture of CHO cells: what a sample of each day would show. A simple law of growth.

Cells grow by a rate that glucose limits (Monod) and lactate, ammonium and crowding hold down, and die faster the older
the culture is; after the fall of the temperature on day 5 they grow and eat more slowly and make more antibody. It is
integrated by hours from the inoculum, with what was really fed. The form follows common textbook models of CHO
cultures; the numbers are chosen for a course that is usual in practice: a peak of 15 to 20 million cells/mL in the
second week, and 4 to 5 g/L after 14 days. It is a simulation for demos, and no model of a real product.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EVENTS: Final = ("culture_n", "feed_n", "give_sugar")
"""Phases of the recipe that change the culture: a day of culture, a feed, glucose to 6 g/L."""
MEASURED: Final = ("vcd", "viability", "glucose", "lactate", "ammonia", "osmolality", "co2", "titre")
_SEED_RATE, _RATE = 0.0360, 0.0320
"""Specific growth in flasks and in bioreactors, 1/h."""
_FEED, _FEED_GLUCOSE = 84.0, 45.0
"""L of a feed, and g/L of glucose in it."""
_NOISE: Final = {
    "vcd": 0.02, "viability": 0.003, "glucose": 0.02, "lactate": 0.03, "ammonia": 0.03, "osmolality": 0.005,
    "co2": 0.04, "titre": 0.015,
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
    """What is in the bioreactor: cells in million/mL, glucose, lactate and antibody in g/L, ammonium in mmol/L."""

    vcd: float
    volume: float
    dead: float = 0.0
    glucose: float = 6.0
    lactate: float = 0.3
    ammonia: float = 0.6
    titre: float = 0.0
    osmolality: float = 288.0
    hours: int = 0

    def day(self) -> None:
        """Let a day pass."""
        for _hour in range(24):
            self._hour()

    def feed(self) -> None:
        """Add one share of the feed, which dilutes everything."""
        share = self.volume / (self.volume + _FEED)
        for name in ("vcd", "dead", "glucose", "lactate", "ammonia", "titre"):
            setattr(self, name, getattr(self, name) * share)
        self.glucose += _FEED_GLUCOSE * (1 - share)
        self.osmolality += 16.0
        self.volume += _FEED

    def sweeten(self) -> None:
        """Add glucose to 6 g/L."""
        self.osmolality += max(0.0, 6.0 - self.glucose) * 2.0
        self.glucose = max(self.glucose, 6.0)

    def _hour(self) -> None:
        late = self.hours >= 5 * 24
        crowded = max(0.0, 1 - self.vcd / 24.0)
        held_down = 1 / (1 + self.lactate / 20.0) / (1 + self.ammonia / 30.0)
        rate = _RATE * 1.12 * (0.62 if late else 1.0) * self.glucose / (0.15 + self.glucose) * crowded * held_down
        death = 0.0003 + 0.0052 / (1 + math.exp((290 - self.hours) / 26.0))
        eats = (0.00022 if not late else 0.000112) * self.vcd / 24 * self.glucose / (0.15 + self.glucose) * 1000
        takes_up = 0.011 * self.lactate if late else 0.0
        self.titre += (0.021 if not late else 0.0285) * self.vcd / 24
        self.dead += death * self.vcd - 0.0015 * self.dead
        self.lactate += eats * (0.34 if not late else 0.06) - takes_up
        self.ammonia += 0.00085 * self.vcd
        self.glucose = max(0.05, self.glucose - eats)
        self.vcd += (rate - death) * self.vcd
        self.hours += 1


def course(vcd: float, volume: float, events: Sequence[str]) -> Broth:
    """Follow a culture from its inoculum.

    Args:
        vcd: Viable cells at the start, in million/mL.
        volume: At the start, in L.
        events: What happened since, of `EVENTS`, in order.

    Returns:
        The broth now.
    """
    broth = Broth(vcd, volume, dead=0.02 * vcd)
    acts = {"culture_n": broth.day, "feed_n": broth.feed, "give_sugar": broth.sweeten}
    for event in events:
        acts[event]()
    return broth


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
