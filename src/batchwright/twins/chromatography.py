"""Chromatography in a packed bed: general-rate and lumped-rate models, three kinds of binding.

General rate: convection and dispersion along the bed, film transfer, diffusion in the pores, kinetic binding
(Guiochon et al., Fundamentals of Preparative and Nonlinear Chromatography, 2006, chapter 2). Steric mass action:
Brooks & Cramer 1992, doi 10.1002/aic.690381212. Defaults are the load-wash-elute example of CADET (three proteins
on a cation exchanger). Space is discretised by discontinuous Galerkin and collocation
(`batchwright.twins.bed_operators`), so few nodes do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from batchwright.twins.bed_binding import LATEX, SOURCE, Isotherm, binding_rates
from batchwright.twins.bed_operators import Axis, Bead, axis, bead
from batchwright.twins.checks import Check
from batchwright.twins.chromatograms import first_moment, load_wash_elute, peak
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, apply_matrix, constant, join, total
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array, Model
from batchwright.twins.schedule import Schedule, Steps
from batchwright.twins.simulation import simulate

Transport = Literal["general-rate", "lumped-pores", "lumped-rate"]

TOLERANCE: Final = Tolerance(relative=1e-6, absolute=1e-8, linear_solver="qr")
"""What the tables here are computed with; on these Jacobians sparse QR is 20 times faster than sparse LU."""

_MM: Final = "mmol/L"


@dataclass(frozen=True)
class _Bed:
    """What the parts of one declaration share: operators, geometry and the transport chosen."""

    d: Declaration
    transport: Transport
    along: Axis
    inside: Bead
    porosity: Expression
    pores: Expression

    @property
    def nodes(self) -> int:
        return len(self.along.nodes)

    @property
    def layers(self) -> int:
        """Number of places per axial node at which binding happens."""
        return len(self.inside.weights) if self.transport == "general-rate" else 1

    def layer(self, column: Expression, index: int) -> Expression:
        return column[index * self.nodes : (index + 1) * self.nodes]

    @property
    def phase_ratio(self) -> Expression:
        """Solid over liquid volume where binding happens."""
        share = self.porosity if self.transport == "lumped-rate" else self.pores
        return (1 - share) / share


@lru_cache(maxsize=16)
def column(
    *,
    transport: Transport = "general-rate",
    isotherm: Isotherm = "sma",
    proteins: tuple[str, ...] = ("A", "B", "C"),
    elements: int = 2,
    order: int = 4,
    points: int = 2,
) -> Model:
    """A packed bed.

    Args:
        transport: Film and pore diffusion, film transfer into mixed pores, or one liquid in equilibrium with itself.
        isotherm: Steric mass action (with salt as a further component), competitive Langmuir, or linear.
        proteins: Names of the binding components.
        elements: Number of elements along the bed.
        order: Polynomial degree in each.
        points: Nodes in a bead (general rate only).
    """
    name = "chromatography-" + transport
    d = Declaration(name, title=f"Chromatography, {transport} model, {isotherm} binding", time_unit="s", source=SOURCE)
    flow = d.input("flow", "m3/s", default=6.6837e-8, lower=0.0, upper=1.0, description="volume flow")
    length = d.parameter("L", 0.014, "m", lower=1e-3, upper=10.0, source=SOURCE, description="bed length")
    area = d.parameter("area", 3.1416e-4, "m2", lower=1e-8, upper=100.0, source=SOURCE, description="cross-section")
    bed = _bed(d, transport, axis(elements, order), bead(points))
    components = ("salt", *proteins) if isotherm == "sma" else proteins
    inlet = {name: _inlet(d, name) for name in components}
    liquid = {name: _state(d, "c", name, bed.nodes) for name in components}
    pore = liquid if transport == "lumped-rate" else {
        name: _state(d, "cp", name, bed.nodes * bed.layers) for name in components
    }  # fmt: skip
    bound = {
        name: d.state(f"q_{name}", _MM, start=0.0, size=bed.nodes * bed.layers, lower=-np.inf, nominal=1.0,
                      description=f"{name} bound, per volume of solid") for name in proteins
    }  # fmt: skip
    binding = binding_rates(d, isotherm, pore, bound)
    for protein in proteins:
        d.rate(bound[protein], binding[protein])
    speed = d.define("u", flow / (area * bed.porosity), "m/s", description="interstitial velocity")
    dispersion = d.parameter(
        "D_ax", 5.75e-8, "m2/s", lower=0.0, upper=1e-3, source=SOURCE, description="axial dispersion"
    )
    uptake = {name: _sorption(d, isotherm, name, binding, proteins) for name in components}
    exchange = _pores(bed, liquid, pore, uptake)
    for name in components:
        moved = speed / length * (
            apply_matrix(bed.along.convection, liquid[name]) + constant(bed.along.inlet.tolist()) * inlet[name]
        ) + dispersion / length**2 * apply_matrix(bed.along.dispersion, liquid[name])
        d.rate(liquid[name], moved - exchange[name])
        d.output(f"out_{name}", liquid[name][-1], _MM, description=f"{name} in the effluent")
    for protein in proteins:
        eluted = d.state(f"area_{protein}", "mmol.s/L", start=0.0, nominal=10.0, lower=-np.inf,
                         description=f"{protein} that left, as peak area")  # fmt: skip
        d.rate(eluted, liquid[protein][-1])
    _balances(bed, length * area, flow, inlet, liquid, pore, bound, isotherm)
    _say(d, transport, isotherm)
    return d.build()


def _bed(d: Declaration, transport: Transport, along: Axis, inside: Bead) -> _Bed:
    if transport == "lumped-rate":
        whole = d.parameter("eps_t", 0.8425, "1", lower=0.05, upper=0.99, source=SOURCE, description="total porosity")
        return _Bed(d, transport, along, inside, whole, whole)
    between = d.parameter(
        "eps_c", 0.37, "1", lower=0.05, upper=0.95, source=SOURCE, description="porosity between beads"
    )
    pores = d.parameter("eps_p", 0.75, "1", lower=0.01, upper=0.99, source=SOURCE, description="porosity of the beads")
    return _Bed(d, transport, along, inside, between, pores)


def _inlet(d: Declaration, name: str) -> Expression:
    """What enters: a stepped input, and for salt a gradient laid over it (a step and a ramp may begin together)."""
    if name != "salt":
        return d.input(f"{name}_in", _MM, default=0.0, lower=0.0, upper=1e4, description=f"{name} entering")
    steps = d.input("salt_in", _MM, default=50.0, lower=0.0, upper=1e4, description="salt entering")
    return steps + d.input(
        "gradient", _MM, default=0.0, lower=-1e4, upper=1e4, description="salt gradient, added to it"
    )


def _state(d: Declaration, prefix: str, name: str, size: int) -> Expression:
    where = "between the beads" if prefix == "c" else "in the pores"
    salt = name == "salt"
    # Polynomials undershoot zero by a little at a steep front, so zero is no bound.
    return d.state(
        f"{prefix}_{name}", _MM, start=50.0 if salt else 0.0, size=size, lower=-np.inf, nominal=100.0 if salt else 0.1,
        description=f"{name} {where}",
    )  # fmt: skip


def _sorption(
    d: Declaration, isotherm: Isotherm, name: str, binding: Mapping[str, Expression], proteins: Sequence[str]
) -> Expression:
    """What the liquid loses to the solid, per volume of solid; salt is set free by what binds (electroneutrality)."""
    if name != "salt" or isotherm != "sma":
        return binding[name]
    freed = d.symbol(f"nu_{proteins[0]}") * binding[proteins[0]]
    for protein in proteins[1:]:
        freed = freed + d.symbol(f"nu_{protein}") * binding[protein]
    return -freed


def _pores(
    bed: _Bed, liquid: Mapping[str, Expression], pore: Mapping[str, Expression], uptake: Mapping[str, Expression]
) -> dict[str, Expression]:
    """Declare the pores' rates; returns what the liquid between the beads loses."""
    if bed.transport == "lumped-rate":
        return {name: bed.phase_ratio * uptake[name] for name in liquid}
    d = bed.d
    radius = d.parameter("r_p", 4.5e-5, "m", lower=1e-7, upper=1e-2, source=SOURCE, description="radius of the beads")
    film = d.parameter("k_film", 6.9e-6, "m/s", lower=1e-9, upper=1.0, source=SOURCE, description="film transfer")
    surface_per_liquid = 3 * (1 - bed.porosity) / (bed.porosity * radius)
    lost = {}
    for name, between in liquid.items():
        if bed.transport == "lumped-pores":
            flux = film * (between - pore[name])
            d.rate(pore[name], 3 / (radius * bed.pores) * flux - bed.phase_ratio * uptake[name])
        else:
            flux = _diffusion(bed, radius, film, name, between, pore[name], uptake[name])
        lost[name] = surface_per_liquid * flux
    return lost


def _diffusion(
    bed: _Bed,
    radius: Expression,
    film: Expression,
    name: str,
    between: Expression,
    pore: Expression,
    uptake: Expression,
) -> Expression:
    """Declare diffusion in the pores; returns the flux through the film, the surface concentration being eliminated."""
    value = 7e-10 if name == "salt" else 6.07e-11
    diffusivity = bed.d.parameter(
        f"Dp_{name}", value, "m2/s", lower=1e-16, upper=1e-7, source=SOURCE, description=f"pore diffusion of {name}"
    )
    inside = bed.inside
    conductance = bed.pores * diffusivity / radius
    known = film * between
    for index, weight in enumerate(inside.gradient[:-1]):
        known = known - conductance * float(weight) * bed.layer(pore, index)
    surface = known / (film + conductance * float(inside.gradient[-1]))
    rates = []
    for row in range(bed.layers):
        spread = float(inside.laplacian[row, -1]) * surface
        for index in range(bed.layers):
            spread = spread + float(inside.laplacian[row, index]) * bed.layer(pore, index)
        rates.append(diffusivity / radius**2 * spread - bed.phase_ratio * bed.layer(uptake, row))
    bed.d.rate(pore, join(rates))
    return film * (between - surface)


def _balances(
    bed: _Bed, volume: Expression, flow: Expression, inlet: Mapping[str, Expression], liquid: Mapping[str, Expression],
    pore: Mapping[str, Expression], bound: Mapping[str, Expression], isotherm: Isotherm,
) -> None:  # fmt: skip
    """What is in the bed changes by what enters and leaves, to rounding."""
    solids = dict(bound)
    if isotherm == "sma":
        held = None
        for name, value in bound.items():
            part = -bed.d.symbol(f"nu_{name}") * value
            held = part if held is None else held + part
        if held is not None:
            solids["salt"] = held
    along = bed.along.weights
    layers = np.outer(bed.inside.weights if bed.layers > 1 else [1.0], along).ravel()
    for name, between in liquid.items():
        inventory = bed.porosity * _mean(along, between)
        if bed.transport == "lumped-rate":
            inventory = inventory + (1 - bed.porosity) * _mean(along, solids[name])
        else:
            inside = bed.pores * _mean(layers, pore[name]) + (1 - bed.pores) * _mean(layers, solids[name])
            inventory = inventory + (1 - bed.porosity) * inside
        bed.d.conserve(name, (inventory * volume).to("mmol"), flow * (inlet[name] - between[-1]))


def _mean(weights: Array, values: Expression) -> Expression:
    return total(constant(weights.tolist()) * values)


def _say(d: Declaration, transport: Transport, isotherm: Isotherm) -> None:
    d.limit(
        "Isothermal, one bead size, plug flow with dispersion: no packing defects, no dead volumes outside the bed."
    )
    if isotherm == "sma":
        d.limit("Steric mass action at one pH: pH gradients and protein-protein interaction are not in it.")
    if transport != "general-rate":
        d.limit("Lumped transport: band broadening by pore diffusion is not resolved; fit it at every flow anew.")
    exchange = {
        "general-rate": r"-\frac{1-\varepsilon_c}{\varepsilon_c}\frac{3k_f}{r_p}(c_i-c_{p,i}(r_p))",
        "lumped-pores": r"-\frac{1-\varepsilon_c}{\varepsilon_c}\frac{3k_f}{r_p}(c_i-c_{p,i})",
        "lumped-rate": r"-\frac{1-\varepsilon_t}{\varepsilon_t}\frac{\partial q_i}{\partial t}",
    }[transport]
    d.print_as(
        r"\frac{\partial c_i}{\partial t}=-u\frac{\partial c_i}{\partial z}"
        r"+D_{ax}\frac{\partial^2 c_i}{\partial z^2}" + exchange
    )
    if transport == "general-rate":
        d.print_as(
            r"\frac{\partial c_{p,i}}{\partial t}=\frac{D_{p,i}}{r^2}\frac{\partial}{\partial r}"
            r"\left(r^2\frac{\partial c_{p,i}}{\partial r}\right)"
            r"-\frac{1-\varepsilon_p}{\varepsilon_p}\frac{\partial q_i}{\partial t}",
            r"\varepsilon_p D_{p,i}\frac{\partial c_{p,i}}{\partial r}\Big|_{r_p}=k_f(c_i-c_{p,i}(r_p))",
        )
    d.print_as(LATEX[isotherm])


def general_rate() -> Model:
    """The general-rate model with steric mass action, three proteins."""
    return column()


def _linear_moment() -> tuple[float, float]:
    """First moment of a simulated pulse, and the closed form."""
    model = column(isotherm="linear", proteins=("A",), elements=4, order=4)
    flow, loaded = model.defaults("input")["flow"], 10.0
    schedule = Schedule(900.0, every=0.25, inputs={"A_in": Steps([0.0, loaded], [1.0, 0.0])})
    run = simulate(model, schedule, tolerance=Tolerance(relative=1e-8, absolute=1e-10, linear_solver="qr"))
    left = run.last("area_A") - run["area_A"]  # its integral is the mean time at which the component leaves, times area
    return float(np.trapezoid(left, run.times)) / run.last("area_A"), first_moment(model.defaults(), flow, loaded)


def checks() -> Sequence[Check]:
    """CADET's peaks of the load-wash-elute example, and the first moment under linear binding."""
    times, heights = (1156.0, 757.0, 508.0), (0.0289, 0.0438, 0.0457)
    found = peak_checks(general_rate(), "CADET 5.1.1, 40 x 10 cells", times, heights)
    moment, exact = _linear_moment()
    return (*found, Check("chromatography-general-rate", "first moment, linear binding", moment, exact, 1e-6, "s",
                          source="closed form, Kucera 1965"))  # fmt: skip


def peak_checks(model: Model, source: str, times: Sequence[float], heights: Sequence[float] = ()) -> tuple[Check, ...]:
    """Peaks of the load-wash-elute example against another simulator; what was loaded must leave.

    Args:
        model: A column with the proteins A, B and C.
        source: What the references come from.
        times: Peak times, s, to 1 s.
        heights: Peak heights, mmol/L, to 1 %.
    """
    run = simulate(model, load_wash_elute(load={"A": 1.0, "B": 1.0, "C": 1.0}), tolerance=TOLERANCE)
    tops = {name: peak(run, name) for name in "ABC"}
    found = [
        Check(model.name, f"peak of {name}", top.time, time, 1.0, "s", "absolute", source)
        for (name, top), time in zip(tops.items(), times, strict=True)
    ]
    found += [
        Check(model.name, f"height of {name}", top.height, height, 0.01, _MM, source=source)
        for (name, top), height in zip(tops.items(), heights, strict=False)
    ]
    return (*found, *(
        Check(model.name, f"area of {name}", top.area, 10.0, 1e-4, "mmol.s/L", source="what was loaded")
        for name, top in tops.items()
    ))  # fmt: skip
