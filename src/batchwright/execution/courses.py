"""How the values of the shipped recipes go together, for simulated modules and automatic operators.

A value within its limits is not enough where several belong together: vials that were filled, loaded, unloaded and
inspected are the same vials. Each course reckons from what the batch has left until now, so that it goes on from
whatever a person has entered. The same batch gives the same values again.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from batchwright.execution import culture
from batchwright.execution.marking import split
from batchwright.execution.states import State
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel.errors import BatchwrightError
from batchwright.recipes.evaluation import Size


@dataclass(frozen=True, slots=True)
class At:
    """Where and when a value comes up.

    Attributes:
        place: Surroundings of the phase.
        batch: Number of the batch.
    """

    place: Surroundings
    batch: str

    @property
    def run(self) -> int:
        """Which run of the phase it is, from one."""
        return split(self.place.path)[2]

    def between(self, low: float, high: float, what: str = "") -> float:
        """Draw a value; alike in one run for the same name.

        Args:
            low: Lower end.
            high: Upper end.
            what: Name of the draw.

        Returns:
            A value between both.
        """
        return random.Random(f"{self.batch}/{self.place.path}/{what}").uniform(low, high)  # noqa: S311 - no secret

    def worth(self, expression: str, unit: str) -> float:
        """Reckon with what the batch has left until now.

        Args:
            expression: In the language of recipes.
            unit: The unit that the result is given in.

        Returns:
            The amount; 0 where the expression is none.
        """
        found = self.place.worth(f"({expression}) / (1 {unit})")
        return float(found.in_root_units()) if isinstance(found, Size) else 0.0


Course = Callable[[At], float | int | str]
"""A whole number is one that was counted."""


def course_of(place: Surroundings, field: str, batch: str) -> str | Decimal | None:
    """Give what a value of a shipped recipe would be now.

    Args:
        place: Where the phase runs.
        field: Id of the value.
        batch: Number of the batch; "" where it is for no batch.

    Returns:
        The value, in the unit of its field; None where it has no course, or what it is reckoned from is not there.
    """
    course = COURSES.get(place.plan.recipe.id, {}).get(f"{place.element}.{field}")
    if course is None:
        return None
    try:
        found = course(At(place, batch))
    except BatchwrightError:
        return None  # somebody has changed the recipe, or has left something out: any value within the limits will do
    return str(found) if isinstance(found, str | int) else Decimal(f"{found:.9g}")


def _drawn(low: float, high: float) -> Course:
    return lambda at: at.between(low, high)


def _is(word: str) -> Course:
    return lambda _at: word


# ------------------------------------------------------------------------------------------------------------ tablets
_PRESSED: Final = 102_600
"""Tablets in half an hour: 38 stations, 45 turns a minute, two pressing stations a turn."""
_DRUM: Final = 15.0
"""Tablets in a bulk drum, in kg."""


def _pressed(at: At) -> float:
    most = at.worth("weigh_blend.net", "kg") / 0.0002
    return min(at.run * _PRESSED, int(most * 0.9945))


def _drums(at: At) -> int:
    return int(-(-at.worth("weigh_cores.net", "kg") * 1.03 // _DRUM))


_TABLETS: Final[Mapping[str, Course]] = {
    "sift.sieve_whole": _is("yes"),
    "add_binder.added": lambda at: at.worth("povidone + water_granulation", "kg") * at.between(0.995, 1.0),
    "add_binder.time": _drawn(8.6, 9.2),
    "fluidise.time": _drawn(64, 74),
    "weigh_blend.net": lambda at: (
        at.worth("weigh_granulate.net + disintegrant_out + mcc_102 + silica + lubricant", "kg")
        - at.between(0.2, 0.5)
    ),
    "compress.produced": lambda at: int(_pressed(at) * 0.996),
    "compress.rejected": lambda at: round(_pressed(at) - int(_pressed(at) * 0.996)),
    "compress.blend_left": lambda at: at.worth("weigh_blend.net", "kg") - _pressed(at) * 0.0002,
    "control.looks": _is("conforms"),
    "weigh_cores.net": lambda at: at.worth("weigh_blend.net", "kg") * at.between(0.980, 0.988),
    "weigh_gain.mass_100": lambda at: 20.0 + 0.2 * round(at.between(2.7, 3.3), 1),
    "weigh_gain.gain": lambda at: round(at.between(2.7, 3.3), 1),
    "spray_film.sprayed": lambda at: at.worth("film + water_coating", "kg") * at.between(0.975, 0.99),
    "issue_labels.issued": lambda at: 2 * _drums(at) + 2,
    "weigh_bulk.net": lambda at: at.worth("weigh_cores.net", "kg") * 1.03 * at.between(0.994, 0.997),
    "count_labels.used": lambda at: 2 * _drums(at),
    "count_labels.destroyed": lambda _at: 1,
    "count_labels.returned": lambda at: round(at.worth("issue_labels.issued", "{labels}")) - 2 * _drums(at) - 1,
}
# -------------------------------------------------------------------------------------------------------------- vials
_FILLED: Final = 2_000
"""Vials in a quarter of an hour."""


def _filled(at: At) -> float:
    possible = (at.worth("make_up.net", "kg") - 3.060) / at.worth("fill_mass", "kg")
    return min(at.run * _FILLED, int(possible * 0.996))


def _seen(at: At) -> dict[str, int]:
    """How many vials show which defect."""
    ends = {"critical": (1, 4), "major": (20, 60), "minor": (40, 90)}
    return {kind: int(at.between(*span, kind)) for kind, span in ends.items()}


_VIALS: Final[Mapping[str, Course]] = {
    "stir.time": _drawn(36, 44),
    "stir.temperature": _drawn(19, 21),
    "clear_solution.looks": _is("clear"),
    "check_ph.ph": _drawn(6.42, 6.58),
    "make_up.net": lambda at: (
        at.worth("api + mannitol + sucrose + phosphate + wfi", "kg") * at.between(0.9992, 1.0)
    ),
    "test_before.bubble_point": _drawn(3.70, 3.95),
    "filter_solution.pressure": _drawn(0.9, 1.1),
    "filter_solution.time": _drawn(1.5, 1.8),
    "filter_solution.volume": lambda at: at.worth("make_up.net", "kg") / 1.02 - at.between(1.0, 1.4),
    "test_after.bubble_point": _drawn(3.65, 3.90),
    "depyrogenate.temperature": _drawn(318, 332),
    "depyrogenate.f_h": _drawn(42, 60),
    "stoppers_ready.f_0": _drawn(17, 21),
    "decontaminate.pressure": _drawn(28, 36),
    "glove_test.gloves": _is("all passed"),
    "set_fill.mean": _drawn(5.190, 5.212),
    "fill_run.filled": _filled,
    "fill_run.left": lambda at: (
        (at.worth("make_up.net", "kg") - 3.060 - _filled(at) * at.worth("fill_mass", "kg")) / 1.02
    ),
    "fill_run.particles": lambda at: int(at.between(0, 40)),
    "check_weight.lowest": _drawn(5.168, 5.192),
    "check_weight.highest": _drawn(5.210, 5.236),
    "leak_test.leak": _drawn(0.004, 0.011),
    "load_shelves.loaded": lambda at: round(at.worth("fill_run.filled", "{vials}")) - 40,
    "load_shelves.probes": lambda _at: 6,
    "freeze.warmest": _drawn(-43.5, -42.0),
    "anneal.warmest": _drawn(-43.5, -42.0),
    "evacuate.condenser": _drawn(-73, -70),
    "evacuate.time": _drawn(27, 36),
    "dry_primary.product": _drawn(-36.4, -35.2),
    "dry_primary.pressure": _drawn(0.097, 0.103),
    "dry_primary.ratio": _drawn(1.02, 1.06),
    "dry_primary.time": _drawn(31.2, 33.8),
    "rise_1.rise": _drawn(0.008, 0.015),
    "dry_secondary.shelf": _drawn(29.6, 30.4),
    "rise_2.rise": _drawn(0.004, 0.008),
    "stopper.pressure": _drawn(790, 812),
    "stopper.force": _drawn(46, 54),
    "unload.unloaded": lambda at: round(at.worth("load_shelves.loaded", "{vials}")),
    "unload.raised": lambda at: int(at.between(0, 6)),
    "cap_vials.rejected": lambda at: int(at.between(8, 24)),
    "cap_vials.capped": lambda at: round(at.worth("unload.unloaded", "{vials}")) - int(at.between(8, 24)),
    "cap_force.force": _drawn(68, 88),
    "inspect.accepted": lambda at: (
        round(at.worth("unload.unloaded - cap_vials.rejected", "{vials}")) - sum(_seen(at).values())
    ),
    "inspect.critical": lambda at: _seen(at)["critical"],
    "inspect.major": lambda at: _seen(at)["major"],
    "inspect.minor": lambda at: _seen(at)["minor"],
    "aql.critical": lambda _at: 0,
    "aql.major": lambda at: int(at.between(0, 3)),
}


# ----------------------------------------------------------------------------------------------------------- antibody
def _grown(start: Callable[[At], float]) -> Course:
    """Cells in a seed bioreactor after the days that it has run."""
    return lambda at: start(at) * culture.growth_in(24 * at.run) * at.between(0.98, 1.02)


def _in_flasks(at: At) -> float:
    """Cells in all after so many passages, in thousand millions: 30 mL of thawed cells, each time 60 h."""
    return at.worth("count_thaw.vcd", "10*6{cells}/mL") * 0.030 * culture.growth_in(60, seed=True) ** at.run


def _sample(of: str) -> Course:
    def found(at: At) -> float:
        start = at.worth("inoculate_n.vcd", "10*6{cells}/mL"), at.worth("inoculate_n.volume", "L")
        events = tuple(
            split(path)[1] for path, visit in at.place.visits.items()
            if path and visit.state is State.COMPLETE and split(path)[1] in culture.EVENTS
        )  # fmt: skip
        return culture.measured(_broth(at.batch, *start, events), of, at.between(-1, 1, of))

    return found


@lru_cache(maxsize=32)
def _broth(batch: str, vcd: float, volume: float, events: tuple[str, ...]) -> culture.Broth:
    """What is in the bioreactor; all values of one sample ask for the same."""
    die = random.Random(f"{batch}/culture")  # noqa: S311 - no secret; alike in all samples of a batch
    own = culture.of_batch(die.uniform(-1, 1), die.uniform(-1, 1))
    return culture.course(vcd, volume, events, **own)


def _volume(at: At) -> float:
    """Broth at the end, in L: what was there at the start and what was fed."""
    feeds = sum(bool(path) and split(path)[1] == "feed_n" for path in at.place.visits)
    return at.worth("inoculate_n.volume", "L") + 84.0 * feeds


def _bulk(at: At) -> float:
    """Drug substance, in kg: what the columns and the filters leave of the antibody, at its concentration."""
    recovered = at.worth("protein_harvest.mass", "g") * 0.84
    return recovered / at.worth("test_df.concentration", "g/L") * 1.02


_ANTIBODY: Final[Mapping[str, Course]] = {
    "count_thaw.vcd": _drawn(0.44, 0.48),
    "count_thaw.viability": _drawn(93, 96),
    "count_flask.vcd": lambda at: 0.5 * culture.growth_in(60, seed=True) * at.between(0.97, 1.03),
    "count_flask.viability": _drawn(96.5, 98.5),
    "count_flask.total": _in_flasks,
    "count_n3.vcd": _grown(lambda at: at.worth("count_flask.total", "10*9{cells}") / 1.8),
    "count_n3.viability": _drawn(97, 98.5),
    "count_n2.vcd": _grown(lambda at: at.worth("count_n3.vcd", "10*6{cells}/mL") * 1.8 / 18),
    "count_n2.viability": _drawn(97, 98.5),
    "count_n1.vcd": _grown(lambda at: at.worth("count_n2.vcd", "10*6{cells}/mL") * 18 / 200),
    "count_n1.viability": _drawn(97, 98.5),
    **{f"culture_{one}.ph": _drawn(6.96, 7.06) for one in ("n3", "n2", "n1", "n")},
    **{f"culture_{one}.do": _drawn(38, 42) for one in ("n3", "n2", "n1", "n")},
    "condition_n.stable_for": _drawn(2.2, 3.0),
    "inoculate_n.vcd": lambda at: min(0.78, at.worth("count_n1.vcd", "10*6{cells}/mL") * 200 / 1400),
    "inoculate_n.volume": _drawn(1392, 1408),
    "culture_n.temperature": lambda at: (36.5 if at.run <= 5 else 34.0) + at.between(-0.1, 0.1),
    "culture_n.age": lambda at: at.run,
    **{f"test_n.{one}": _sample(one) for one in culture.MEASURED},
    "chill.temperature": _drawn(9, 12),
    "filter_harvest.turbidity": _drawn(4, 9),
    "weigh_harvest.net": lambda at: _volume(at) * 1.01 * at.between(0.962, 0.970),
    "test_harvest.titre": lambda at: at.worth("test_n.titre", "g/L") * at.between(0.985, 1.0),
    "test_harvest.bioburden": lambda _at: 0,
    "cycle_a.loaded": lambda at: at.run,
    "cycle_a.volume": _drawn(235, 255),
    "check_ph.ph": _drawn(3.46, 3.54),
    "check_after.ph": _drawn(3.47, 3.55),
    "check_after.temperature": _drawn(19.5, 21.5),
    "cycle_c.volume": _drawn(430, 460),
    "test_c.concentration": lambda at: at.worth("protein_harvest.mass", "g") * 0.90 / at.worth("cycle_c.volume", "L"),
    "test_c.aggregates": _drawn(0.45, 0.75),
    "flow_x.conductivity": _drawn(4.8, 5.2),
    "flow_x.ph": _drawn(7.95, 8.05),
    "pre_test.leak": _is("passed"),
    "filter_nano.pressure": _drawn(1.95, 2.05),
    "filter_nano.pause": _drawn(0, 2),
    "filter_nano.load": _drawn(188, 206),
    "post_test.diffusion": _drawn(3.5, 6.0),
    "concentrate.tmp": _drawn(1.15, 1.25),
    "exchange.exchanged": _drawn(8.0, 8.2),
    "test_df.concentration": _drawn(49.4, 51.2),
    "fill_bags.bag": lambda at: _bulk(at) / 15 * at.between(0.998, 1.0),
    "weigh_bulk.net": lambda at: _bulk(at) * at.between(0.997, 0.999),
    "test_bulk.concentration": lambda at: at.worth("test_df.concentration", "g/L") * at.between(0.990, 1.0),
    "freeze.last_point": _drawn(-49, -45),
    "freeze.time": _drawn(5.2, 6.4),
}
COURSES: Final[Mapping[str, Mapping[str, Course]]] = {"FCT40": _TABLETS, "LYO12": _VIALS, "MAB07": _ANTIBODY}
"""By id of the recipe and by ``phase.value``."""
