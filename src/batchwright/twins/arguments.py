"""What the words of a command line mean for a model: settings, profiles, events, distributions and noise."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from batchwright.kernel.errors import BadInput
from batchwright.twins.demonstrations import Demonstration
from batchwright.twins.distributions import Distribution, LogNormal, Normal, Spread, Uniform
from batchwright.twins.model import Model, Value
from batchwright.twins.schedule import Happening, Profile, Ramp, Schedule, Steps

_EVENT: Final = re.compile(r"^(?P<event>\w+)@(?P<at>[^:]+)(?::(?P<arguments>.*))?$")
_KINDS: Final[Mapping[str, type[Normal | LogNormal | Uniform]]] = {
    "normal": Normal,
    "lognormal": LogNormal,
    "uniform": Uniform,
}


@dataclass(frozen=True)
class Asked:
    """A run as asked for.

    Args:
        model: The model.
        schedule: What is done.
        parameters: Parameters that differ from their defaults.
        start: Start values that differ from the declared ones.
        show: What to look at where nothing is named.
        schedule_given: Whether anything of the schedule was asked for.
    """

    model: Model
    schedule: Schedule
    parameters: Mapping[str, Value]
    start: Mapping[str, Value]
    show: tuple[str, ...]
    schedule_given: bool

    @classmethod
    def of(
        cls,
        model: Model,
        settings: Sequence[str],
        happen: Sequence[str],
        end: float | None,
        every: float | None,
        usual: Demonstration | None,
        *,
        needs_end: bool = True,
    ) -> Asked:
        """Understand the words of a command.

        Args:
            model: The model.
            settings: ``NAME=VALUE`` words.
            happen: ``EVENT@TIME:ARG=VALUE,...`` words; they replace those of the demonstration.
            end: Last time.
            every: Distance of the rows.
            usual: The model's demonstration.
            needs_end: Whether a run must be possible.

        Returns:
            The run, ready to be simulated.

        Raises:
            BadInput: A word cannot be understood.
        """
        values: dict[str, dict[str, Value]] = {"parameter": {}, "state": {}}
        inputs: dict[str, Profile] = dict(usual.schedule.inputs) if usual else {}
        given = bool(happen) or end is not None
        for word in settings:
            name, text = _pair(word)
            kind = model.quantity(name).kind
            if kind == "input":
                inputs[name] = _profile(word, text)
                given = True
            elif kind in values:
                values[kind][name] = (
                    [_number(word, part) for part in text.split(",")] if "," in text else _number(word, text)
                )
            else:
                raise BadInput("This cannot be set", value=word, limit="a parameter, a start value or an input")
        happenings = tuple(_happening(word) for word in happen)
        if usual and not happen:
            happenings = usual.schedule.happenings
        last = end if end is not None else usual.schedule.end if usual else None
        if last is None:
            if needs_end:
                raise BadInput(
                    "The end of the run is missing", value=model.name, remedy=f"Say --end, in {model.time_unit}."
                )
            last = max([1.0, *(h.at for h in happenings)])
        kept = tuple(h for h in happenings if h.at <= last) if usual and not happen else happenings
        rows = every if every is not None else usual.schedule.every if usual and end is None else None
        schedule = Schedule(last, every=rows, inputs=inputs, happenings=kept)
        return cls(model, schedule, values["parameter"], values["state"], usual.show if usual else (), given)


def spread_of(words: Sequence[str]) -> Spread:
    """Distributions from ``NAME=KIND:A:B`` words.

    Args:
        words: The words.

    Returns:
        Their joint distribution, uncorrelated.

    Raises:
        BadInput: A word cannot be understood.
    """
    found: dict[str, Distribution] = {}
    for word in words:
        name, text = _pair(word)
        kind, *numbers = text.split(":")
        if kind not in _KINDS or len(numbers) != 2:
            raise BadInput(
                "A distribution cannot be read", value=word, limit="NAME=normal:A:B, lognormal:A:B or uniform:A:B"
            )
        found[name] = _KINDS[kind](*(_number(word, number) for number in numbers))
    return Spread(found)


def noise_of(words: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Absolute and relative noise from ``NAME=SD[,RELATIVE]`` words.

    Args:
        words: The words.

    Returns:
        Absolute and relative noise by output.

    Raises:
        BadInput: A word cannot be understood.
    """
    found = {}
    for word in words:
        name, text = _pair(word)
        sd, _, relative = text.partition(",")
        found[name] = (_number(word, sd), _number(word, relative or "0"))
    return found


def _pair(word: str) -> tuple[str, str]:
    name, sign, text = word.partition("=")
    if not sign or not name or not text:
        raise BadInput("A word cannot be read", value=word, limit="NAME=VALUE")
    return name, text


def _number(word: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadInput("A number cannot be read", value=word) from error


def _profile(word: str, text: str) -> Profile:
    kind, _, rest = text.partition(":")
    is_ramp = kind == "ramp"
    points = [point.partition(":") for point in (rest if is_ramp else text).split(",")]
    if len(points) == 1 and not points[0][1]:
        return _number(word, text)
    times, values = [_number(word, t) for t, _, _ in points], [_number(word, v) for _, _, v in points]
    return Ramp(times, values) if is_ramp else Steps(times, values)


def _happening(word: str) -> Happening:
    match = _EVENT.match(word)
    if match is None:
        raise BadInput("An event cannot be read", value=word, limit="EVENT@TIME:ARGUMENT=VALUE,...")
    pairs = [_pair(part) for part in (match["arguments"] or "").split(",") if part]
    return Happening(match["event"], _number(word, match["at"]), {name: _number(word, text) for name, text in pairs})
