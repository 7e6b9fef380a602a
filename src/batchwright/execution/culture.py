"""A simulated fed-batch culture of CHO cells: what a sample of each day would show.

The law is that of doi 10.3390/bioengineering5010025: growth on glucose and glutamine, held down by lactate and
ammonium; with cells that adapt after inoculation, take glucose up in excess until lactate stops it, and take lactate up
again.
The parameters are those of the frozen set ``mab07-1`` that the recipe's forecast is made with, and each batch has a
little of its own in some of them, as batches have. It is integrated from the inoculum, with what was really fed: a
simulation for demos of an invented product, in which a forecast meets a batch of its own kind and not a copy of itself.
"""

import math
import random
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from typing import Final

EVENTS: Final = ("culture_n", "feed_n", "give_sugar")
"""Phases of the recipe that change the culture: a day of culture, a feed, glucose to 6 g/L."""
MEASURED: Final = ("vcd", "viability", "glucose", "glutamine", "lactate", "ammonia", "osmolality", "co2", "titre")
_SEED_RATE, _RATE = 0.0360, 0.0320
"""Specific growth in flasks and in seed bioreactors, 1/h."""
_FEED_L, _FEED_GLC, _FEED_GLN, _SUGAR_GLC = 84.0, 280.0, 24.0, 2220.0
"""L of a share of feed A, mmol/L of glucose and of glutamine in it, and of glucose in the glucose solution."""
_STEP: Final = 0.1
"""Step of the integration, h."""
_OWN: Final = {"mu_max": 0.02, "kd_max": 0.08, "m_glc": 0.05, "q_mab": 0.05, "q_lac": 0.06, "lag": 0.1}
"""Standard deviation of the logarithm from batch to batch; tamer than the set's, as of a process in control."""
_NOISE: Final = {
    "vcd": 0.03, "viability": 0.004, "glucose": 0.02, "glutamine": 0.04, "lactate": 0.03, "ammonia": 0.03,
    "osmolality": 0.005, "co2": 0.04, "titre": 0.025,
}  # fmt: skip
"""Largest relative error of each measurement."""
_GLUCOSE, _LACTATE = 0.18016, 0.09008
"""g/mmol."""


def growth_in(hours: float, *, seed: bool = False) -> float:
    """Give how many times more cells there are after a time of growth that nothing limits.

    Args:
        hours: The time.
        seed: Whether in shake flasks.

    Returns:
        The factor.
    """
    return math.exp((_SEED_RATE if seed else _RATE) * hours)


@dataclass(frozen=True, slots=True)
class Broth:
    """What is in the bioreactor: volume in L, cells in 1/L, all else in mmol/L, antibody in g/L."""

    volume: float
    viable: float
    dead: float
    glucose: float = 33.0
    glutamine: float = 8.0
    lactate: float = 1.0
    ammonia: float = 0.5
    antibody: float = 0.0
    ready: float = 0.5
    """How far the cells have adapted."""
    added: float = 0.0
    """Glucose that was added since, mmol/L; it tells in the osmolality."""


@lru_cache(maxsize=64)
def course(batch: str, vcd: float, volume: float, events: tuple[str, ...]) -> Broth:
    """Follow a culture from its inoculum.

    Args:
        batch: Number of the batch, which has a little of its own.
        vcd: Viable cells at the start, in million/mL.
        volume: At the start, in L.
        events: What happened since, of `EVENTS`, in order.

    Returns:
        The broth now.
    """
    if not events:
        return Broth(volume, vcd * 1e9, 0.02 * vcd * 1e9)
    before = course(batch, vcd, volume, events[:-1])
    match events[-1]:
        case "culture_n":
            return _a_day_later(batch, before)
        case "feed_n":
            return _with(before, _FEED_L, _FEED_GLC, _FEED_GLN)
        case _:
            wanted = max(0.0, 6.0 - before.glucose * _GLUCOSE) * volume / 400.0
            return _with(before, wanted, _SUGAR_GLC, 0.0)


def _with(broth: Broth, volume: float, glucose: float, glutamine: float) -> Broth:
    """Add something, which dilutes everything else."""
    whole = broth.volume + volume
    left = broth.volume / whole
    return replace(
        broth, volume=whole, viable=broth.viable * left, dead=broth.dead * left, lactate=broth.lactate * left,
        ammonia=broth.ammonia * left, antibody=broth.antibody * left, added=broth.added + glucose * volume / whole,
        glucose=(broth.glucose * broth.volume + glucose * volume) / whole,
        glutamine=(broth.glutamine * broth.volume + glutamine * volume) / whole,
    )  # fmt: skip


def _a_day_later(batch: str, broth: Broth) -> Broth:
    own = _own(batch)
    volume, xv, xd, glc, gln, lac, amm, mab, ready, added = astuple(broth)
    for _step in range(round(24 / _STEP)):
        mu = own["mu_max"] * glc / (0.3 + glc) * gln / (0.3 + gln) * 120 / (120 + lac) * 25 / (25 + amm) * ready
        death = own["kd_max"] * lac / (40 + lac) * amm / (12 + amm) + 0.01 * 0.5 / (0.5 + glc)
        q_glc = mu / 1.3e9 + (own["m_glc"] + 3e-11 / (1 + (lac / 8.0) ** 2)) * glc / (0.01 + glc)
        q_gln = mu / 1.9e9 + 1e-12 * gln / (2.0 + gln)
        q_lac = q_glc - own["q_lac"] * lac / (6.0 + lac) * (1 - mu / own["mu_max"])
        q_amm = 0.75 * q_gln - 1e-12 * amm / (0.01 + amm)
        cells = xv * _STEP
        mab += own["q_mab"] * (1 - mu / own["mu_max"]) * cells
        glc, gln = max(0.0, glc - q_glc * cells), max(0.0, gln - q_gln * cells)
        lac, amm = max(0.0, lac + q_lac * cells), max(0.0, amm + q_amm * cells)
        xd += death * cells
        xv += (mu - death) * cells
        ready += (1 - ready) / own["lag"] * _STEP
    return Broth(volume, xv, xd, glc, gln, lac, amm, mab, ready, added)


@lru_cache(maxsize=16)
def _own(batch: str) -> dict[str, float]:
    """The parameters of a batch; this plant's cells eat and die a little less than those that the set was made from."""
    die = random.Random(batch)  # noqa: S311 - no secret; alike each time
    common = {"mu_max": 0.036, "kd_max": 0.0086, "m_glc": 1.42e-11, "q_mab": 1.35e-12, "q_lac": 4.5e-11, "lag": 20.0}
    return {name: value * math.exp(_OWN[name] * die.gauss(0, 1)) for name, value in common.items()}


def measured(broth: Broth, what: str, error: float) -> float:
    """Give what a sample shows.

    Args:
        broth: The broth.
        what: Of `MEASURED`.
        error: Part of the largest error of the measurement, from -1 to 1.

    Returns:
        The value in the unit of the recipe.
    """
    exact = {
        "vcd": broth.viable / 1e9,
        "viability": 100 * broth.viable / (broth.viable + broth.dead),
        "glucose": broth.glucose * _GLUCOSE,
        "glutamine": broth.glutamine,
        "lactate": broth.lactate * _LACTATE,
        "ammonia": broth.ammonia,
        "osmolality": 285 + 0.9 * broth.added + 1.2 * broth.lactate,
        "co2": 38 + 2.1 * broth.viable / 1e9,
        "titre": broth.antibody,
    }[what]
    shown = exact * (1 + _NOISE[what] * error)
    return min(shown, 99.2) if what == "viability" else shown
