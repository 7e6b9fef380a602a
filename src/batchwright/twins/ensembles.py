"""Thousands of runs of one model, reproducible on one core, a process pool or a cluster.

All samples are drawn before anything is computed, and every member is integrated by itself, so the result does not
depend on how the members are spread over workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Literal

import numpy as np

from batchwright.twins.distributions import Spread
from batchwright.twins.errors import Cancelled, IntegrationFailed
from batchwright.twins.integration import Layout, Tolerance, compiler, lay_out
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Schedule

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Ensemble:
    """Outputs of all members.

    Args:
        model: Name of the model.
        times: Row times.
        time_unit: UCUM code of time.
        names: Names of the outputs.
        units: UCUM code of each output.
        values: Array (members, rows, names); NaN in a failed member.
        drawn: Samples by name, one per member.
        failed: Message by index of a member whose integration failed.
    """

    model: str
    times: Array
    time_unit: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Array
    drawn: Mapping[str, Array]
    failed: Mapping[int, str]

    def of(self, name: str) -> Array:
        """Values of one output, shape (members, rows)."""
        return np.asarray(self.values[:, :, self.names.index(name)], dtype=float)

    def quantile(self, share: float, name: str) -> Array:
        """Value at every row below which a share of the members lies; failed members are left out."""
        return np.asarray(np.nanquantile(self.of(name), share, axis=0), dtype=float)

    def mean(self, name: str) -> Array:
        """Mean over the members at every row."""
        return np.asarray(np.nanmean(self.of(name), axis=0), dtype=float)


def ensemble(
    model: Model,
    schedule: Schedule,
    spread: Spread,
    *,
    members: int,
    seed: int,
    outputs: Sequence[str],
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    executor: Executor | None = None,
    failures: Literal["raise", "keep"] = "raise",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    tolerance: Tolerance | None = None,
) -> Ensemble:
    """Run a model many times with drawn parameters and start values.

    Args:
        model: What to run.
        schedule: What is done to each member.
        spread: What is drawn.
        members: Number of runs.
        seed: Seed of the draw.
        outputs: Which quantities to keep.
        parameters: Parameters that differ from their defaults and are not drawn.
        start: Start values that differ from the declared ones and are not drawn.
        executor: Where to run; in this process when None. Any `concurrent.futures.Executor`.
        failures: Whether a failed member raises, or is kept as NaN and listed in ``failed``.
        progress: Called with (done, all) after every chunk.
        cancelled: Asked between chunks; the computation stops when it says so.
        tolerance: How exactly to integrate.

    Returns:
        Outputs of all members, in the order in which they were drawn.

    Raises:
        IntegrationFailed: A member failed and ``failures`` is ``raise``.
        Cancelled: ``cancelled`` said so.
    """
    drawn = spread.draw(model, members, seed)
    return run_members(
        model,
        schedule,
        list(spread.of),
        drawn,
        outputs=outputs,
        parameters=parameters,
        start=start,
        executor=executor,
        failures=failures,
        progress=progress,
        cancelled=cancelled,
        tolerance=tolerance,
    )


def run_members(
    model: Model,
    schedule: Schedule,
    names: Sequence[str],
    drawn: Array,
    *,
    outputs: Sequence[str],
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    executor: Executor | None = None,
    failures: Literal["raise", "keep"] = "raise",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    tolerance: Tolerance | None = None,
) -> Ensemble:
    """Run a model once per row of ``drawn``, whose columns are the values of ``names``; see `ensemble`."""
    layout = lay_out(model, schedule)
    ps, x0s = _vectors(model, names, drawn, parameters or {}, start or {})
    chosen = tuple(outputs)
    chunks = _chunks(len(drawn), executor)
    job = (model, tolerance or Tolerance(), layout, chosen)
    parts: dict[int, tuple[Array, dict[int, str]]] = {}
    done = 0
    for index, part in _spread_out(executor, job, [(x0s[a:b], ps[a:b]) for a, b in chunks], cancelled):
        parts[index] = part
        done += chunks[index][1] - chunks[index][0]
        if progress:
            progress(done, len(drawn))
    failed = {chunks[i][0] + member: text for i in sorted(parts) for member, text in parts[i][1].items()}
    if failed and failures == "raise":
        first = min(failed)
        raise IntegrationFailed(
            f"{len(failed)} of {len(drawn)} members failed",
            model=model.name,
            value=f"member {first}: {failed[first]}",
            remedy=f"Run member {first} alone, or pass failures='keep' to go on without them.",
        )
    return Ensemble(
        model.name,
        layout.times,
        model.time_unit,
        chosen,
        tuple(model.quantity(name).unit for name in chosen),
        np.concatenate([parts[i][0] for i in range(len(chunks))]),
        {name: drawn[:, column] for column, name in enumerate(names)},
        failed,
    )


def _vectors(
    model: Model, names: Sequence[str], drawn: Array, parameters: Mapping[str, Value], start: Mapping[str, Value]
) -> tuple[Array, Array]:
    """Parameter and start vectors of every member."""
    p_labels, x_labels = model.labels("parameter"), model.labels("state")
    ps = np.tile(model.vector("parameter", parameters), (len(drawn), 1))
    x_columns: dict[int, Array] = {}
    for column, name in enumerate(names):
        if name in p_labels:
            ps[:, p_labels.index(name)] = drawn[:, column]
        elif name in x_labels:
            x_columns[x_labels.index(name)] = drawn[:, column]
        else:
            raise model.unknown(name, (*p_labels, *x_labels))
    x0s = np.array([model.start_vector(p, start) for p in ps]) if len(ps) else np.zeros((0, len(x_labels)))
    for index, values in x_columns.items():
        x0s[:, index] = values
    return ps, x0s


def _chunks(members: int, executor: Executor | None) -> list[tuple[int, int]]:
    size = 250 if executor is not None else 100
    return [(begin, min(begin + size, members)) for begin in range(0, members, size)]


Job = tuple[Model, Tolerance, Layout, tuple[str, ...]]


def _spread_out(
    executor: Executor | None, job: Job, parts: Sequence[tuple[Array, Array]], cancelled: Callable[[], bool] | None
) -> Iterator[tuple[int, tuple[Array, dict[int, str]]]]:
    if executor is None:
        for index, (x0s, ps) in enumerate(parts):
            _ask(cancelled)
            yield index, members_of(*job, x0s, ps)
        return
    waiting: dict[Future[tuple[Array, dict[int, str]]], int] = {
        executor.submit(members_of, *job, x0s, ps): index for index, (x0s, ps) in enumerate(parts)
    }
    try:
        while waiting:
            _ask(cancelled)
            ready, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in ready:
                yield waiting.pop(future), future.result()
    finally:
        for future in waiting:
            future.cancel()


def _ask(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("The ensemble was cancelled", remedy="Start it again; the same seed gives the same members.")


def members_of(
    model: Model, tolerance: Tolerance, layout: Layout, outputs: tuple[str, ...], x0s: Array, ps: Array
) -> tuple[Array, dict[int, str]]:
    """Integrate some members; what a worker runs.

    Args:
        model: What to run.
        tolerance: How exactly to integrate.
        layout: The schedule as numbers.
        outputs: Which quantities to keep.
        x0s: Start vectors, one row per member.
        ps: Parameter vectors, one row per member.

    Returns:
        Array (members, rows, outputs) and the message of every member that failed.
    """
    function = compiler(model, tolerance).fast_observe(layout.shape, outputs)
    numbers, times = layout.numbers.T, layout.times[None, :]
    values = np.full((len(ps), len(layout.times), len(outputs)), np.nan)
    failed: dict[int, str] = {}
    for member, (x0, p) in enumerate(zip(x0s, ps, strict=True)):
        try:
            (rows,) = function(x0, p, numbers, layout.arguments, times, layout.inputs)
        except RuntimeError as error:
            failed[member] = str(error).splitlines()[-1][:160]
            continue
        if np.isfinite(rows).all():
            values[member] = rows.T
        else:
            failed[member] = "not a finite number"
    return values, failed
