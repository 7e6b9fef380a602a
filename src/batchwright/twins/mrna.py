"""mRNA by in-vitro transcription: polymerase, nucleotides, magnesium, pyrophosphate and its crystals.

Stover, Ganko & Braatz 2024, doi 10.1002/bit.28699: initiation and elongation on the template, equilibria of
magnesium and protons with nucleotides, pyrophosphate, phosphate and buffer, nucleation and growth of Mg2PPi that
sequester the template, and pyrophosphatase. Free protons and free magnesium obey the charge balance and the
magnesium balance: they start at equilibrium and relax to it within microseconds of model time, which needs no
algebraic solver and cannot fail to start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, constant, exp, log, maximum, minimum, sqrt, where
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import simulate

_STOVER: Final = "doi 10.1002/bit.28699"
_AKAMA: Final = "fit of doi 10.1002/bit.28699 to the data of Akama 2012"
_LN10: Final = 2.302585092994046
_RELAXATION: Final = 1e-6  # h; far below every reaction time
_NEWTON_STEPS: Final = 30
NUCLEOTIDES: Final = ("ATP", "UTP", "CTP", "GTP")
TOLERANCE: Final = Tolerance(relative=1e-7, absolute=1e-9)

# log10 of the published maximum a posteriori estimate, lower and upper bound, unit, description.
FITTED: Final[Mapping[str, tuple[float, float, float, str, str]]] = {
    "k_i": (3.6069536362146795, 1, 50000, "/h", "initiation"),
    "k_e": (5.206113299397379, 1e4, 15e5, "/h", "elongation, per nucleotide"),
    "k_off": (3.7446323772922425, 400, 74000, "/h", "polymerase leaving the promoter"),
    "k_on": (2.3025910850566524, 20, 2100, "L/nmol/h", "polymerase binding the promoter"),
    "K_1": (-3.5888340328345243, 1e-5, 0.1, "mol/L", "Michaelis constant of MgNTP"),
    "K_2": (-3.5927749722516182, 1e-5, 0.05, "mol/L", "Michaelis constant of free magnesium"),
    "Ki_PPi": (-4.379933555815728, 1e-5, 0.05, "mol/L", "inhibition by MgPPi"),
    "k_precip": (0.5900758815777631, 1e-8, 1e6, "mol/L/h", "crystal growth, per nuclei"),
    "B": (1.6528184246710627, 1e-5, 90, "1", "nucleation barrier"),
    "k_d": (4.993450140315792, 1e-2, 1e12, "/h", "template taken by crystals, per nuclei"),
    "K_HNTP": (6.910083368668689, 10**4.91, 10**8.91, "L/mol", "H + NTP"),
    "K_HMgNTP": (2.0799933537424664, 10**0.08, 10**4.08, "L/mol", "Mg + HNTP"),
    "K_HPPi": (9.017430105904815, 10**8.02, 10**10.01, "L/mol", "H + PPi"),
    "K_HMgPPi": (3.315484585355084, 10**1.32, 10**4.32, "L/mol", "Mg + HPPi"),
    "K_H2PPi": (6.260672740886328, 10**4.26, 10**8.26, "L/mol", "H + HPPi"),
    "K_H2MgPPi": (2.1099372160764096, 10**0.11, 10**4.11, "L/mol", "Mg + H2PPi"),
    "K_MgNTP": (4.092508774820014, 1e3, 1e6, "L/mol", "Mg + NTP"),
    "K_Mg2NTP": (1.8659813492702368, 10**0.01, 10**3.5, "L/mol", "Mg + MgNTP"),
    "K_MgPPi": (5.1607090055688545, 10**3.8, 1e7, "L/mol", "Mg + PPi"),
    "K_Mg2PPi": (3.989872727016195, 10**1.57, 10**4.8, "L/mol", "Mg + MgPPi"),
    "Mg2PPi_eq": (-3.888054488261979, 1.4e-10, 1.4e-2, "mol/L", "dissolved Mg2PPi at saturation"),
}  # fmt: skip

REVISED: Final[Mapping[str, float]] = dict(
    zip(FITTED, (
        4038.218602869585, 160422.75198744636, 5749.888164640716, 199.78746804088652, 0.0002768227574535746,
        0.00019115911547333078, 3.1644418853534664e-5, 2.166862286260604, 34.27326671707227, 51631.63656541887,
        7.8329452191641675e6, 120.65376750293795, 1.040833733624606e9, 2183.3499855993828, 4.239535961555215e6,
        110.79024313285609, 16951.929364226107, 64.19952909702361, 120246.78615904372, 15239.333211646095,
        0.00016103865185911832,
    ), strict=True)
)  # fmt: skip
"""The authors' fit of the model with the full charge balance."""


class _Mix:
    """Symbols of one declaration, by name."""

    def __init__(self, d: Declaration, full_charge: bool) -> None:
        self.d = d
        self.full_charge = full_charge

    def __getitem__(self, name: str) -> Expression:
        return self.d.symbol(name)


@lru_cache(maxsize=2)
def in_vitro_transcription(*, full_charge: bool = False) -> Model:
    """A batch of transcription; what is charged is set by the parameters named with ``_0``.

    Args:
        full_charge: Whether all ions count in the charge balance, as the authors revised their model after publication;
            the paper counts the buffer alone, so its pH stays at 8. Each variant has its own fit.
    """
    d = Declaration("mrna-ivt", title="mRNA in-vitro transcription", time_unit="h", source=_STOVER)
    mix = _Mix(d, full_charge)
    _parameters(d, full_charge)
    _charge(d)
    _states(d, mix)
    species = _speciation(d, mix)
    made = d.define("v_tr", _transcription(mix, species), "umol/L/h", description="transcription rate")
    supersaturation = d.define(
        "ln_S", log(maximum(species["Mg2PPi"] / mix["Mg2PPi_eq"], 1e-9)), "1", description="log of supersaturation"
    )
    grown = where(supersaturation > 0, mix["k_precip"] * mix["Nuc"] * supersaturation, constant(0.0, "mol/L/h"))
    fallen = d.define("v_precip", grown, "mmol/L/h", description="crystallisation of Mg2PPi")
    split = d.define(
        "v_PPase", mix["k_PPase"] * mix["PPase"] * species["MgPPi"] / (species["MgPPi"] + mix["K_PPase"]), "mmol/L/h",
        description="hydrolysis of pyrophosphate",
    )  # fmt: skip
    barrier = maximum(supersaturation, 1e-3)
    total = mix["N_A"] + mix["N_U"] + mix["N_C"] + mix["N_G"]
    d.rate(mix["DNA"], -mix["k_d"] * mix["Nuc"] * mix["DNA"])
    d.rate(mix["RNA"], made)
    d.rate(mix["PPi"], (total - 1) * made - fallen - split)
    for name in NUCLEOTIDES:
        d.rate(mix[name], -mix[f"N_{name[0]}"] * made)
    d.rate(mix["Mg"], -2 * fallen)
    d.rate(mix["Nuc"], exp(-mix["B"] / (barrier * barrier)) * d.one("/h"))
    d.rate(mix["Pi"], 2 * split)
    d.rate(mix["solid"], fallen)
    d.output("conversion", 1 - _sum(mix, NUCLEOTIDES) / _sum(mix, [f"{n}_0" for n in NUCLEOTIDES]), "%",
             description="nucleotides used")  # fmt: skip
    d.conserve("phosphorus", 2 * (mix["PPi"] + mix["solid"]) + mix["Pi"] - 2 * (total - 1) * mix["RNA"])
    d.conserve("magnesium", mix["Mg"] + 2 * mix["solid"])
    d.conserve("nucleotides", _sum(mix, NUCLEOTIDES) + total * mix["RNA"])
    _say(d)
    d.limit("Activity coefficients are 1; crystals do not dissolve again; only full-length RNA is made.")
    d.limit(
        "Fitted at 0.05 to 0.8 umol/L polymerase and 2 to 20 mmol/L magnesium acetate: other salts shift K_1 and K_2."
    )
    return d.build()


def _say(d: Declaration) -> None:
    d.print_as(
        r"v_{tr}=k_i[E\cdot D],\qquad \alpha=1+k_i\sum_j N_j/k_j,\qquad K_{MD}=\frac{k_{off}+k_i}{k_{on}}",
        r"\alpha[E\cdot D]^2-(K_{MD}+E+\alpha D)[E\cdot D]+ED=0",
        r"k_j=k_e\frac{[MgN_j]}{[MgN_j]+K_1(1+[MgPPi]/K_{i,PPi})}\frac{[Mg]}{K_2+[Mg]},\quad j\in\{A,U,C,G\}",
        r"\ln S=\ln\frac{[Mg_2PPi]}{[Mg_2PPi]_{eq}},\qquad \frac{dNuc}{dt}=e^{-B/\ln^2S},"
        r"\qquad v_{precip}=k_{precip}Nuc\ln S\quad(S>1)",
        r"v_{PPase}=k_{PPase}E_{PPase}\frac{[MgPPi]}{[MgPPi]+K_{PPase}},\qquad \frac{dD}{dt}=-k_dNuc\,D",
        r"\frac{dPPi}{dt}=(N-1)v_{tr}-v_{precip}-v_{PPase},\qquad \frac{dMg}{dt}=-2v_{precip},"
        r"\qquad \frac{dNTP_j}{dt}=-N_jv_{tr}",
        r"\sum_iz_ic_i=0,\qquad \sum_in_{Mg,i}c_i=Mg\quad\text{give }[H^+]\text{ and }[Mg^{2+}]",
    )


def _sum(mix: _Mix, names: Sequence[str]) -> Expression:
    whole = mix[names[0]]
    for name in names[1:]:
        whole = whole + mix[name]
    return whole


def _parameters(d: Declaration, full_charge: bool) -> None:
    for name, (power, lower, upper, code, said) in FITTED.items():
        value = REVISED.get(name, 10.0**power) if full_charge else 10.0**power
        d.parameter(name, value, code, lower=lower, upper=upper, source=_AKAMA, description=said)
    if full_charge:
        d.parameter("K_HPi", 10**6.92, "L/mol", lower=1e4, upper=1e9, source=_STOVER, description="H + Pi")
        d.parameter("Na_per_NTP", 3.96, "1", lower=0.0, upper=4.0, source=_STOVER, description="sodium per nucleotide")
    d.parameter("K_MgPi", 10**1.88, "L/mol", lower=1.0, upper=1e5, source=_STOVER, description="Mg + Pi")
    d.parameter("pKa", 8.1, "1", lower=5.0, upper=10.0, source=_STOVER, description="of the buffer")
    d.parameter("k_PPase", 1.0, "1", lower=0.0, upper=100.0, source=_STOVER, description="activity over the stated one")
    d.parameter(
        "K_PPase", 0.214, "mmol/L", lower=1e-3, upper=100.0, source=_STOVER, description="Michaelis constant of MgPPi"
    )
    for base, count in zip("AUCG", (231.0, 246.0, 189.0, 202.0), strict=True):
        d.parameter(
            f"N_{base}", count, "1", lower=1.0, upper=20000.0, source="Akama 2012", description=f"{base} in the RNA"
        )


def _charge(d: Declaration) -> None:
    """What is put into the vessel."""
    said = "charge; that of Akama 2012"
    for name in NUCLEOTIDES:
        d.parameter(f"{name}_0", 0.8, "mmol/L", lower=0.0, upper=100.0, source=said, description=f"{name} charged")
    d.parameter("Mg_0", 8.0, "mmol/L", lower=0.01, upper=500.0, source=said, description="magnesium acetate charged")
    d.parameter("DNA_0", 7.4, "nmol/L", lower=0.0, upper=1e4, source=said, description="template charged")
    d.parameter("PPi_0", 0.0, "mmol/L", lower=0.0, upper=100.0, source=said, description="pyrophosphate charged")
    d.parameter("T7RNAP", 0.1, "umol/L", lower=0.0, upper=100.0, source=said, description="polymerase")
    d.parameter("PPase", 0.0, "U/uL", lower=0.0, upper=10.0, source=said, description="pyrophosphatase")
    d.parameter(
        "Cap", 0.0, "mmol/L", lower=0.0, upper=100.0, source=said, description="cap analogue; binds as a nucleotide"
    )
    d.parameter(
        "Buffer", 40.0, "mmol/L", lower=1.0, upper=1000.0, source=said, description="buffer with chloride, pH 8"
    )


def _states(d: Declaration, mix: _Mix) -> None:
    concentration = "mmol/L"
    d.state("DNA", "nmol/L", start=mix["DNA_0"], nominal=10.0, description="free template")
    d.state("RNA", "umol/L", start=0.0, nominal=1.0, description="full-length RNA")
    d.state("PPi", concentration, start=mix["PPi_0"], lower=-1e-6, nominal=1.0, description="dissolved pyrophosphate")
    for name in NUCLEOTIDES:
        d.state(name, concentration, start=mix[f"{name}_0"], lower=-1e-6, nominal=1.0, description=f"{name}, all forms")
    d.state("Mg", concentration, start=mix["Mg_0"], nominal=10.0, description="dissolved magnesium, all forms")
    d.state("Nuc", "1", start=0.0, nominal=1e-4, description="nuclei, relative")
    d.state("Pi", concentration, start=0.0, nominal=1.0, description="phosphate, all forms")
    d.state("solid", concentration, start=0.0, nominal=1.0, description="crystals of Mg2PPi")
    acidity, metal = _equilibrium(mix)
    d.state("pH", "1", start=acidity, lower=0.0, upper=14.0, description="negative log10 of free protons")
    d.state("pMg", "1", start=metal, lower=0.0, upper=14.0, description="negative log10 of free magnesium")


@dataclass(frozen=True)
class _Contents:
    """Total amounts that take part in the equilibria."""

    nucleotides: Expression
    pyrophosphate: Expression
    phosphate: Expression
    magnesium: Expression
    bases: Expression


@dataclass(frozen=True)
class _Balances:
    """Residuals of the charge and the magnesium balance as logarithms, and their derivatives to ln H and ln Mg."""

    charge: Expression
    metal: Expression
    slopes: tuple[Expression, Expression, Expression, Expression]
    complexes: dict[str, Expression]


def _speciation(d: Declaration, mix: _Mix) -> dict[str, Expression]:
    """Declare the relaxation of the free ions; returns the complexes that the rates need."""
    now = _Contents(
        _sum(mix, NUCLEOTIDES) + mix["Cap"], mix["PPi"], mix["Pi"], mix["Mg"],
        mix["RNA"] * (mix["N_A"] + mix["N_U"] + mix["N_C"] + mix["N_G"] + 2),
    )  # fmt: skip
    found = _balances(mix, -_LN10 * mix["pH"], -_LN10 * mix["pMg"], now)
    # Too much negative charge draws protons in, too much magnesium lowers what is free; both together are stable.
    d.rate(mix["pH"], -found.charge / _LN10 / constant(_RELAXATION, "h"))
    d.rate(mix["pMg"], found.metal / _LN10 / constant(_RELAXATION, "h"))
    return found.complexes


def _equilibrium(mix: _Mix) -> tuple[Expression, Expression]:
    """PH and pMg of the charge: Newton steps in logarithms, each no longer than a factor e."""
    none = constant(0.0, "mol/L")
    charged = _sum(mix, [f"{name}_0" for name in NUCLEOTIDES]) + mix["Cap"]
    contents = _Contents(charged, mix["PPi_0"], none, mix["Mg_0"], none)
    ln_h, ln_mg = constant(-_LN10 * 7.9), log(mix["Mg_0"].number("mol/L")) - 1.0
    for _ in range(_NEWTON_STEPS):
        at = _balances(mix, ln_h, ln_mg, contents)
        a, b, c, e = at.slopes
        determinant = a * e - b * c
        ln_h = ln_h - _clip((e * at.charge - b * at.metal) / determinant)
        ln_mg = ln_mg - _clip((a * at.metal - c * at.charge) / determinant)
    return -ln_h / _LN10, -ln_mg / _LN10


def _clip(step: Expression) -> Expression:
    return maximum(minimum(step, 1.0), -1.0)


def _balances(mix: _Mix, ln_h: Expression, ln_mg: Expression, of: _Contents) -> _Balances:
    molar = mix.d.one("mol/L")
    h, mg = exp(ln_h) * molar, exp(ln_mg) * molar
    # Of each complex: concentration relative to the bare anion, charge, magnesium and protons in it.
    hntp, mgntp = h * mix["K_HNTP"], mg * mix["K_MgNTP"]
    hppi, mgppi = h * mix["K_HPPi"], mg * mix["K_MgPPi"]
    h2ppi, mg2ppi = hppi * h * mix["K_H2PPi"], mgppi * mg * mix["K_Mg2PPi"]
    protonated = (h * exp(_LN10 * mix["pKa"]) / molar).to("1")
    one = constant(1.0)
    more = ((h * mix["K_HPi"], 1, 0, 1),) if mix.full_charge else ()
    forms: dict[str, tuple[Expression, tuple[tuple[Expression, int, int, int], ...]]] = {
        "NTP": (of.nucleotides, (
            (one, 4, 0, 0), (hntp, 3, 0, 1), (hntp * mg * mix["K_HMgNTP"], 1, 1, 1), (mgntp, 2, 1, 0),
            (mgntp * mg * mix["K_Mg2NTP"], 0, 2, 0),
        )),
        "PPi": (of.pyrophosphate, (
            (one, 4, 0, 0), (hppi, 3, 0, 1), (hppi * mg * mix["K_HMgPPi"], 1, 1, 1), (h2ppi, 2, 0, 2),
            (h2ppi * mg * mix["K_H2MgPPi"], 0, 1, 2), (mgppi, 2, 1, 0), (mg2ppi, 0, 2, 0),
        )),
        "Pi": (of.phosphate, ((one, 2, 0, 0), (mg * mix["K_MgPi"], 0, 1, 0), *more)),
        "Buffer": (mix["Buffer"], ((one, 0, 0, 0), (protonated, -1, 0, 1))),
    }  # fmt: skip
    hydroxide, acid = 1e-14 * molar * molar / h, exp(_LN10 * (mix["pKa"] - 8.0))
    chloride, cations = mix["Buffer"] * acid / (1 + acid), h
    fixed = chloride - 0.99e-6 * molar  # as published
    if mix.full_charge:
        fixed = chloride + 2 * mix["Mg_0"] + of.bases
        cations = h + mix["Na_per_NTP"] * _sum(mix, [f"{name}_0" for name in NUCLEOTIDES]) + 2 * mg
    excess, metal = hydroxide + fixed - cations, mg
    none = constant(0.0, "mol/L")
    excess_h, excess_mg, metal_h, metal_mg = -hydroxide - h, -2 * mg if mix.full_charge else none, none, mg
    bare: dict[str, Expression] = {}
    for name, (whole, parts) in forms.items():
        weight = _weigh(parts, None)
        bare[name] = whole / weight
        metals, protons = _weigh(parts, 2) / weight, _weigh(parts, 3) / weight
        counts = mix.full_charge or name == "Buffer"
        for share, sign, m, k in parts:
            amount, charge = share * bare[name], sign if counts else 0
            excess, metal = excess + charge * amount, metal + m * amount
            excess_h, metal_h = excess_h + charge * (k - protons) * amount, metal_h + m * (k - protons) * amount
            excess_mg, metal_mg = excess_mg + charge * (m - metals) * amount, metal_mg + m * (m - metals) * amount
    scale = cations + bare["Buffer"] * protonated
    return _Balances(
        excess / scale, log(metal / of.magnesium),
        (excess_h / scale, excess_mg / scale, metal_h / metal, metal_mg / metal),
        {"Mg": mg, "MgNTP": (mgntp * bare["NTP"] / of.nucleotides).to("1"), "MgPPi": mgppi * bare["PPi"],
         "Mg2PPi": mg2ppi * bare["PPi"]},
    )  # fmt: skip


def _weigh(parts: Sequence[tuple[Expression, int, int, int]], place: int | None) -> Expression:
    """Sum of the shares, each times the whole number at a place (times one without)."""
    whole = constant(0.0)
    for part in parts:
        whole = whole + (1 if place is None else part[place]) * part[0]
    return whole


def _transcription(mix: _Mix, species: Mapping[str, Expression]) -> Expression:
    """Rate at which full RNA is made: initiation on free promoters, held up by elongation at each base in turn."""
    michaelis = mix["K_1"] * (1 + species["MgPPi"] / mix["Ki_PPi"])
    busy = constant(0.0, "h")
    for name in NUCLEOTIDES:
        # A base that has run out stops the chain: its elongation time grows without bound, so keep it finite.
        complex_ = maximum(mix[name], 1e-9 * mix.d.one("mmol/L")) * species["MgNTP"]
        speed = mix["k_e"] * complex_ / (complex_ + michaelis) * species["Mg"] / (mix["K_2"] + species["Mg"])
        busy = busy + mix[f"N_{name[0]}"] / speed
    alpha = 1 + mix["k_i"] * busy
    held = (mix["k_off"] + mix["k_i"]) / mix["k_on"]
    enzyme, template = mix["T7RNAP"].to("nmol/L"), mix["DNA"]
    whole = held + enzyme + template * alpha
    # The smaller root of the binding quadratic, in the form that loses no digits.
    bound = 2 * enzyme * template / (whole + sqrt(whole * whole - 4 * enzyme * template * alpha))
    return mix["k_i"] * bound


def checks() -> Sequence[Check]:
    """The published prediction of the source's interface: 3.2 mmol/L of each nucleotide, RNA of 1600 bases, 2 h."""
    charge = {f"{name}_0": 3.2 for name in NUCLEOTIDES} | {f"N_{base}": 400.0 for base in "AUCG"}
    run = simulate(in_vitro_transcription(), Schedule(2.0), parameters=charge, tolerance=TOLERANCE)
    source = "published prediction of the source's own implementation"
    return (
        Check("mrna-ivt", "RNA after 2 h", run.last("RNA"), 1.757588450175175, 1e-3, "umol/L", source=source),
        Check("mrna-ivt", "conversion after 2 h", run.last("conversion"), 21.96985562718966, 1e-3, "%", source=source),
    )
