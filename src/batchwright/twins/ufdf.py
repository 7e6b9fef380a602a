"""Ultrafiltration and diafiltration: concentrate a protein, then wash its buffer out.

Mass balances of a well-mixed retentate (Zeman & Zydney, Microfiltration and Ultrafiltration, 1996, chapter 10) with a
flux that is limited by the membrane at low and by the film at high concentration. Closed forms: at constant volume a
solute leaves as exp(-S N); while concentrating with retention R, c/c0 = VCF^R.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp as _exp
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import log
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import Stop, simulate

_BOOK: Final = "Zeman & Zydney 1996, chapter 10; to be measured for a membrane"


@lru_cache(maxsize=1)
def filtration() -> Model:
    """Retentate volume, protein and one wash-out solute; ``wash`` is the share of the permeate replaced by buffer."""
    d = Declaration("uf-df", title="Ultrafiltration and diafiltration", time_unit="h", source=_BOOK)
    held = d.state("V", "L", start=10.0, lower=1e-3, description="retentate volume")
    protein = d.state("m_P", "g", start=100.0, nominal=100.0, description="protein in the retentate")
    solute = d.state("m_S", "mmol", start=1000.0, nominal=1000.0, description="solute in the retentate")
    volumes = d.state("N", "1", start=0.0, description="diavolumes")
    lost = d.state("m_lost", "g", start=0.0, nominal=1.0, description="protein in the permeate")
    pressure = d.input("TMP", "bar", default=1.0, lower=0.0, upper=5.0, description="transmembrane pressure")
    wash = d.input("wash", "1", default=0.0, lower=0.0, upper=1.0, description="share of permeate replaced by buffer")
    buffer = d.input("c_buffer", "mmol/L", default=0.0, lower=0.0, upper=2000.0, description="solute in the buffer")
    area = d.parameter(
        "A", 1.0, "m2", lower=0.001, upper=1000.0, source="choice of cassette", description="membrane area"
    )
    permeability = d.parameter("Lp", 60.0, "L/m2/h/bar", lower=1.0, upper=1000.0, source=_BOOK, symbol="L_p")
    film = d.parameter("k", 25.0, "L/m2/h", lower=1.0, upper=500.0, source=_BOOK, description="film mass transfer")
    gel = d.parameter(
        "c_gel", 250.0, "g/L", lower=50.0, upper=800.0, source=_BOOK, description="concentration at zero flux"
    )
    retention = d.parameter("R", 1.0, "1", lower=0.0, upper=1.0, source=_BOOK, description="retention of the protein")
    sieving = d.parameter("S", 1.0, "1", lower=0.0, upper=1.0, source=_BOOK, description="sieving of the solute")
    c_protein = d.define("c_P", protein / held, "g/L", description="protein concentration")
    c_solute = d.define("c_S", solute / held, "mmol/L", description="solute concentration")
    by_membrane = permeability * pressure
    # Two resistances in series: the smaller flux governs, without a kink.
    by_film = film * log(1 + gel / (c_protein + 1e-6 * d.one("g/L")))
    flux = d.define("J", by_membrane * by_film / (by_membrane + by_film), "L/m2/h", description="permeate flux")
    permeate = d.define("Q", flux * area, "L/h", description="permeate flow")
    d.rate(held, -(1 - wash) * permeate)
    d.rate(protein, -(1 - retention) * c_protein * permeate)
    d.rate(lost, (1 - retention) * c_protein * permeate)
    d.rate(solute, permeate * (wash * buffer - sieving * c_solute))
    d.rate(volumes, wash * permeate / held)
    d.output("left", solute / (1000.0 * d.one("mmol")), "1", description="solute left, of the default start")
    d.conserve("protein", protein + lost, 0.0)
    d.limit("One lumped retentate: hold-up, dead legs and Donnan effects are not in it.")
    return d.build()


def checks() -> Sequence[Check]:
    """Wash-out after seven diavolumes, and the concentration law."""
    model = filtration()
    found = []
    for sieving, reference in ((1.0, 9.119e-4), (0.9, 1.836e-3)):
        run = simulate(
            model, Schedule(20.0, inputs={"wash": 1.0}), parameters={"S": sieving}, stop=Stop("N", 7.0, "rising")
        )
        found.append(
            Check(
                "uf-df",
                f"solute left after 7 diavolumes, S = {sieving:g}",
                run.last("left"),
                reference,
                3e-4,
                source=f"exp(-S N) = {_exp(-sieving * 7):.4e}",
            )
        )
    run = simulate(model, Schedule(10.0), parameters={"R": 0.98}, stop=Stop("V", 2.0, "falling"))
    found.append(
        Check("uf-df", "c/c0 at a volume factor of 5, R = 0.98", run.last("c_P") / 10.0, 5**0.98, 1e-5, source="VCF^R")
    )
    return tuple(found)
