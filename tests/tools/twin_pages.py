"""Writes the pages of the twins: ``python -m tests.tools.twin_pages [MODEL]...``.

Equations, parameters, reference numbers, limits and charts come from the models; what a study found comes from running
it on the data of third parties, which must be there for the models that have one. What only people can say stands in
`NOTES`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from batchwright.twins import catalogue, charts, simulate, studies
from batchwright.twins.checks import Check
from batchwright.twins.demonstrations import demonstration
from batchwright.twins.model import Model

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "docs" / "explanation" / "twins"
CHARTS = FOLDER
DATA = REPOSITORY.parent / "shared" / "data"


class Note(NamedTuple):
    """What only people can say of a model."""

    what: str
    study: str = ""
    reading: str = ""


NOTES = {
    "fed-batch-cho": Note(
        "Cells grow on glucose and glutamine and are held back by lactate and ammonia; antibody is made by "
        "cells that grow slowly. Equations and numbers are those of doi 10.3390/bioengineering5010025, Table 2. "
        "For the real runs, the model is extended (`fed_batch_culture(extended=True)`): cells adapt after "
        "inoculation, take up glucose in excess until lactate stops it, take lactate up again when growth "
        "slows, and die when glucose is gone.",
        "cho",
        "Two of the three runs (CDPpy, MIT) were fitted, 24 parameters with priors around the published values; "
        "the third was predicted from its first sample and its feeds alone. The third run is another clone of "
        "the same laboratory, run in the same week: held out by run, not in time. Thirteen samples of a run "
        "cannot determine 24 parameters: the priors do part of the work, and several parameters are known to a "
        "factor only. Intervals that hold less than they claim mean that the model is wrong in shape there, "
        "lactate above all. The forecast of the last titre becomes better until the sixth day and worse again "
        "at the end, because the last measured titre jumps by a third in 18 hours, which no forecast followed.",
    ),
    "perfusion-cho": Note(
        "Cells are held back, medium is renewed, and a bleed sets the growth rate: at steady state, with "
        "complete retention, growth less death is the bleed rate, whatever the kinetics. Structure after "
        "Richelle et al. 2022, doi 10.3389/fbioe.2022.948905; the numbers are of a usual order and not theirs.",
    ),
    "uf-df": Note(
        "A well-mixed retentate is concentrated and washed. The flux is limited by the membrane at low and by "
        "the film at high concentration, as two resistances in series.",
    ),
    "moist-heat": Note(
        "Lethality in minutes at a reference temperature. The reference is a parameter and is stored with the "
        "result: the same fifteen minutes at 121.1 Cel are 15.00 minutes at a reference of 121.1 and 15.35 at "
        "one of 121.0.",
    ),
    "msmpr": Note(
        "A mixed-suspension, mixed-product-removal crystalliser by the moments of its size distribution, with "
        "nucleation and growth by powers of the supersaturation. At steady state everything has a closed form.",
    ),
    "shipper": Note(
        "A passive box: ambient, a coolant that melts, and a payload behind it. The coolant lasts m L / (UA dT) "
        "at constant ambient.",
    ),
    "penicillin": Note(
        "Goldrick's industrial fermentation (doi 10.1016/j.jbiotec.2014.10.029, "
        "10.1016/j.compchemeng.2019.05.037), *reduced*: 24 of its 33 states. Temperature and pH are inputs; "
        "heat, weight, off-gas, dissolved carbon dioxide and the flows of acid and base are left out. With "
        "temperature and pH held, the reduced model gives what all 33 published equations give, to five digits: "
        "carbon dioxide stays far below where it inhibits. The published equations of vacuoles and maintenance "
        "do not close in their units; they are kept, and what is missing is written beside them. A batch of "
        "230 h took 26 ms of CPU; LSODA on the published Python equations, at the same tolerances, 0.87 s.\n\n"
        "In the chart substrate rises after 180 h: without acid and base the broth is diluted less than in the "
        "plant, phenylacetic acid passes 2.4 g/L, and growth stops.",
    ),
    "lnp-mixing": Note(
        "Lipids in ethanol meet mRNA in buffer, are diluted in line and collected: mass balances, and a "
        "particle size that is a regression to be fitted on the mixer in use, said to be empirical wherever it "
        "is shown.",
    ),
    "t-cell-expansion": Note(
        "Activated T cells grow on glucose under interleukin-2 until lactate and crowding stop them; medium is "
        "exchanged while the cells are held. No open table of parameters was found, so the numbers are of a "
        "usual order and every patient's growth rate, capacity and lag are estimated from the patient's own "
        "counts.",
        "t-cells",
        "The patients are simulated: counts once a day with an error of 10 %, half a day late, one in seven "
        "missing. Others report 13 % over the same horizon on real patients; here the equations are true, so "
        "that real counts must be expected to be forecast worse.",
    ),
    "tablet-compression": Note(
        "From fill depth and punch gap to the main compression force, by Kawakita's relation of compaction and "
        "the geometry of the press, whose frame gives way. The relation becomes an equation of second degree in "
        "the force, so that nothing is iterated. The tablet mass is the state: the weight control holds it, and "
        "the estimator lets it drift.",
        "compression",
        "Real series of a rotary press, product 3 of Zagar & Mihelic (doi 10.1038/s41597-022-01203-x): medians "
        "of five minutes, from the settings as they were made. Fitted on the first four batches (November and "
        "December 2018), judged on the twelve of 2019.\n\n"
        "**Blind prediction fails.** From the settings alone it is worse than the mean of the fitted batches: "
        "other lots of filler came, and the same gap gave up to 1.2 kN less or more. Its interval knows nothing "
        "of lots and holds a tenth of the values instead of nine tenths. **Half an hour of the batch** mends "
        "most of it, and the interval then holds what it claims, on the average; not in batch 326, whose "
        "material changed on the way. **Where nothing is moved, the model is not needed:** the force is held by "
        "the press, and the mean of the first half-hour is closer than the model in eleven of twelve batches. The "
        "model wins where settings are moved (batch 354). Use it to ask what a change of gap or fill would do, after "
        "it has seen the batch; not across lots.",
    ),
}


def page(name: str) -> str:
    """The page of one model; writes its charts."""
    entry, note = catalogue.find(name), NOTES[name]
    model = entry.model()
    parts = [
        f"# Twin: {entry.title[0].lower()}{entry.title[1:]}" if entry.title[1].islower() else f"# Twin: {entry.title}"
    ]
    parts.append(note.what)
    parts.append(_chart_of_demonstration(model))
    if note.study:
        parts += ["## Against data", note.reading, *_study(note.study)]
    parts += ["## Against references", _checks(entry.checks()), _block(name)]
    parts += ["## Where it must not be trusted", "\n".join(f"- {sentence}" for sentence in model.limits)]
    parts += ["## Equations", "\n\n".join(f"$${line}$$" for line in model.equations())]
    parts += ["## Parameters", model.parameter_table().strip()]
    return "\n\n".join(parts) + "\n"


def _chart_of_demonstration(model: Model) -> str:
    shown = demonstration(model.name)
    if shown is None:
        return ""
    run = simulate(model, shown.schedule)
    charts.write(charts.trajectory(run, shown.show), CHARTS / f"{model.name}.svg")
    return f"![{model.title}: a usual run]({model.name}.svg)"


def _study(name: str) -> list[str]:
    found = studies.study(name, DATA)
    lines = "\n".join(f"- {sentence}" for sentence in found.summary)
    for title, drawing in found.drawings.items():
        charts.write(drawing, CHARTS / f"{title}.svg")
    pictures = [f"![{title.replace('-', ' ')}]({title}.svg)" for title in found.drawings]
    return [f"What `batchwright twins study {name}` gave when this page was written:", lines, *pictures]


def _checks(found: Sequence[Check]) -> str:
    rows = ["| number | value | reference | error | tolerance | source |", "|---|---|---|---|---|---|"]
    rows += [
        f"| {c.name} | {c.value:.7g} {c.unit} | {c.reference:.7g} | {c.error:.1e} {c.error_is} | {c.tolerance:.1e} "
        f"| {c.source} |"
        for c in found
    ]
    return "\n".join(rows)


def _block(name: str) -> str:
    return (
        "```python\nfrom batchwright.twins.catalogue import find\n\n"
        f'assert all(check.passed for check in find("{name}").checks())\n```'
    )


def main() -> int:
    CHARTS.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or NOTES:
        path = FOLDER / f"{name}.md"
        path.write_text(page(name), encoding="utf-8")
        print(f"wrote {path.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
