"""Effective yield of long RNA: transcription by complexed magnesium, acid hydrolysis, no crystals.

van de Berg et al. 2021, doi 10.1038/s41541-021-00322-7, with their estimate of the parameters: a replicon of
10,000 bases in HEPES buffer. Free protons and free magnesium relax to their balances within microseconds of model
time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, constant, exp, log, maximum, minimum
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import Tolerance, simulate

_SOURCE: Final = "doi 10.1038/s41541-021-00322-7"
_LN10: Final = 2.302585092994046
_RELAXATION: Final = 1e-6  # h
_NEWTON_STEPS: Final = 20
_PH: Final = 7.5  # before the reaction

# log10 of the association constants, L/mol (Akama 2012).
_HNTP, _MGNTP, _MG2NTP, _MGHNTP = 6.95, 4.42, 1.69, 1.49
_MGPPI, _MG2PPI, _HPPI, _H2PPI, _MGHPPI = 5.42, 2.33, 8.94, 6.13, 3.05


@dataclass(frozen=True)
class _Ions:
    """Total magnesium and protons at given free ones, and the magnesium complex that is transcribed, all in mol/L."""

    magnesium: Expression
    protons: Expression
    complex_: Expression
    slope: Expression  # of total magnesium to the logarithm of free magnesium


@lru_cache(maxsize=1)
def rna_yield() -> Model:
    """A batch of transcription of long RNA."""
    d = Declaration("mrna-yield", title="mRNA effective yield", time_unit="h", source=_SOURCE)
    k_app = d.parameter("k_app", 4.34, "L/mol/h", lower=1e-3, upper=1e4, source=_SOURCE, description="transcription")
    k_1 = d.parameter(
        "K_1", 5.55e5, "L/mol", lower=0.0, upper=1e9, source=_SOURCE, description="saturation by magnesium"
    )
    k_2 = d.parameter("K_2", 1.94e5, "L/mol", lower=0.0, upper=1e9, source=_SOURCE, description="saturation by MgNTP")
    acid = d.parameter("k_ac", 1.2e6, "L/mol/h", lower=0.0, upper=1e9, source=_SOURCE, description="acid hydrolysis")
    bases = d.parameter("N_all", 1e4, "1", lower=10.0, upper=1e5, source=_SOURCE, description="length of the RNA")
    weight = d.parameter(
        "M_RNA", 5e6, "g/mol", lower=1e3, upper=1e8, source=_SOURCE, description="molar mass of the RNA"
    )
    enzyme = d.parameter("T7RNAP", 1.0, "1", lower=0.0, upper=100.0, source=_SOURCE, description="polymerase, relative")
    charged = d.parameter(
        "Mg_0", 75.0, "mmol/L", lower=0.1, upper=500.0, source=_SOURCE, description="magnesium charged"
    )
    ntp_0 = d.parameter(
        "NTP_0", 40.0, "mmol/L", lower=0.1, upper=500.0, source=_SOURCE, description="nucleotides charged"
    )
    buffer = d.parameter("Buffer", 40.0, "mmol/L", lower=1.0, upper=500.0, source=_SOURCE, description="HEPES")
    none = constant(0.0, "mol/L")
    ln_mg = log(charged.number("mol/L"))
    for _ in range(_NEWTON_STEPS):
        at = _ions(d, constant(-_LN10 * _PH), ln_mg, ntp_0, none, buffer)
        step = log(at.magnesium / charged) * at.magnesium / at.slope
        ln_mg = ln_mg - maximum(minimum(step, 1.0), -1.0)
    begin = _ions(d, constant(-_LN10 * _PH), ln_mg, ntp_0, none, buffer)
    rna = d.state("RNA", "umol/L", start=0.0, nominal=0.1, description="intact RNA")
    ppi = d.state("PPi", "mmol/L", start=0.0, nominal=1.0, description="pyrophosphate, all forms")
    ntp = d.state("NTP", "mmol/L", start=ntp_0, lower=-1e-6, nominal=10.0, description="nucleotides, all forms")
    protons = d.state("H_total", "mmol/L", start=begin.protons, nominal=10.0, description="protons, free and bound")
    ph = d.state("pH", "1", start=_PH, lower=0.0, upper=14.0, description="negative log10 of free protons")
    pmg = d.state(
        "pMg", "1", start=-ln_mg / _LN10, lower=0.0, upper=14.0, description="negative log10 of free magnesium"
    )
    now = _ions(d, -_LN10 * ph, -_LN10 * pmg, ntp, ppi, buffer)
    free = exp(-_LN10 * pmg) * d.one("mol/L")
    made = d.define(
        "v_tr", k_app * enzyme * free * now.complex_ / (1 + k_1 * free + k_2 * now.complex_), "umol/L/h",
        description="transcription rate",
    )  # fmt: skip
    lost = d.define("v_deg", acid * exp(-_LN10 * ph) * d.one("mol/L") * rna, "umol/L/h", description="hydrolysis rate")
    d.rate(rna, made - lost)
    d.rate(ppi, (bases - 1) * made)
    d.rate(ntp, -bases * made)
    d.rate(protons, (bases - 1) * made)
    d.rate(ph, log(now.protons / protons) / _LN10 / constant(_RELAXATION, "h"))
    d.rate(pmg, log(now.magnesium / charged) / _LN10 / constant(_RELAXATION, "h"))
    d.output("yield", rna * weight, "g/L", description="mass of intact RNA")
    d.conserve("pyrophosphate and bases", ntp + bases / (bases - 1) * ppi)
    d.print_as(
        r"\frac{dRNA}{dt}=v_{tr}-k_{ac}[H^+]RNA,\qquad "
        r"v_{tr}=\frac{k_{app}\,T7\,[Mg][MgNTP]}{1+K_1[Mg]+K_2[MgNTP]}",
        r"\frac{dNTP}{dt}=-Nv_{tr},\qquad \frac{dPPi}{dt}=\frac{dH_{total}}{dt}=(N-1)v_{tr}",
        r"\sum_in_{Mg,i}c_i=Mg_0,\qquad \sum_in_{H,i}c_i=H_{total}\quad\text{give }[Mg^{2+}]\text{ and }[H^+]",
    )
    d.limit("Fitted to one replicon, one buffer and few charges; Mg2PPi does not precipitate in this model.")
    return d.build()


def _ions(
    d: Declaration, ln_h: Expression, ln_mg: Expression, ntp: Expression, ppi: Expression, buffer: Expression
) -> _Ions:
    molar = d.one("mol/L")
    h, mg = exp(ln_h) * molar, exp(ln_mg) * molar

    def bind(ion: Expression, power: float) -> Expression:
        return (constant(10.0**power, "L/mol") * ion).to("1")

    one = constant(1.0)
    # Of each complex: concentration relative to the bare ion, magnesium and protons in it.
    nucleotide = (
        (one, 0, 0), (bind(h, _HNTP), 0, 1), (bind(mg, _MGNTP), 1, 0), (bind(mg, _MGNTP) * bind(mg, _MG2NTP), 2, 0),
        (bind(h, _HNTP) * bind(mg, _MGHNTP), 1, 1),
    )  # fmt: skip
    pyrophosphate = (
        (one, 0, 0), (bind(mg, _MGPPI), 1, 0), (bind(mg, _MGPPI) * bind(mg, _MG2PPI), 2, 0), (bind(h, _HPPI), 0, 1),
        (bind(h, _HPPI) * bind(h, _H2PPI), 0, 2), (bind(h, _HPPI) * bind(mg, _MGHPPI), 1, 1),
    )  # fmt: skip
    hepes = ((one, 0, 0), (bind(h, _PH), 0, 1))
    magnesium, protons, slope = mg, h, mg
    for whole, forms in ((ntp, nucleotide), (ppi, pyrophosphate), (buffer, hepes)):
        shares = constant(0.0)
        metals = constant(0.0)
        for share, m, _ in forms:
            shares, metals = shares + share, metals + m * share
        for share, m, k in forms:
            amount = whole * share / shares
            magnesium, protons = magnesium + m * amount, protons + k * amount
            slope = slope + m * (m - metals / shares) * amount
    total = constant(0.0)
    for share, _, _ in nucleotide:
        total = total + share
    return _Ions(magnesium, protons, ntp.to("mol/L") * bind(mg, _MGNTP) / total, slope)


def checks() -> Sequence[Check]:
    """Published simulation at 75 mmol/L magnesium and 40 mmol/L nucleotides."""
    model = rna_yield()
    run = simulate(model, Schedule(6.0, every=0.5), tolerance=Tolerance(1e-8, 1e-10))
    return tuple(
        Check(
            model.name,
            f"yield after {hours:g} h",
            float(run.at(hours, "yield")[0]),
            reference,
            1e-3,
            "g/L",
            source=_SOURCE,
        )
        for hours, reference in ((2.0, 1.103), (4.0, 2.039), (6.0, 2.779))
    )
