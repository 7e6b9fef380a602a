"""Discrete derivatives for columns of beads: Galerkin along the column, collocation in the bead.

Along the column: nodal discontinuous Galerkin on Legendre-Gauss-Lobatto nodes (Kopriva, Implementing Spectral
Methods for Partial Differential Equations, 2009), upwind flux for convection, central fluxes for dispersion (Bassi
& Rebay 1997), Danckwerts' conditions at both ends. In the bead: even polynomials of the radius on Gauss-Jacobi
nodes (Villadsen & Stewart 1967). Both conserve mass exactly: the quadrature weights applied to the discrete
operators give the fluxes through the ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from batchwright.twins.errors import DeclarationError
from batchwright.twins.model import Array


@dataclass(frozen=True)
class Axis:
    """Operators along a column of length one, on ``elements * (order + 1)`` nodes.

    Args:
        nodes: Positions of the nodes, 0 to 1; the ends of neighbouring elements occur twice.
        weights: Quadrature weights, summing to 1.
        convection: Matrix of -d/dz with upwind fluxes; the inlet enters by ``inlet``.
        inlet: What a unit inlet concentration adds to -dc/dz.
        dispersion: Matrix of d2/dz2 with no dispersive flux through the ends.
    """

    nodes: Array
    weights: Array
    convection: Array
    inlet: Array
    dispersion: Array


@dataclass(frozen=True)
class Bead:
    """Operators in a sphere of radius one, on interior nodes; the last column of each matrix belongs to the surface.

    Args:
        nodes: Radii of the interior nodes.
        weights: Weights of the mean over the volume, summing to 1.
        laplacian: Matrix (n, n + 1) of the spherical Laplacian.
        gradient: Row (n + 1) of d/dr at the surface.
    """

    nodes: Array
    weights: Array
    laplacian: Array
    gradient: Array


def lobatto(order: int) -> tuple[Array, Array]:
    """Legendre-Gauss-Lobatto nodes and weights on [-1, 1].

    Args:
        order: Polynomial degree, at least 1.

    Raises:
        DeclarationError: The order is below 1.
    """
    if order < 1:
        raise DeclarationError("The polynomial order is too low", value=order, limit=">= 1")
    series = np.zeros(order + 1)
    series[order] = 1.0
    inner = np.polynomial.legendre.legroots(np.polynomial.legendre.legder(series)) if order > 1 else np.zeros(0)
    nodes = np.concatenate([[-1.0], np.sort(inner), [1.0]])
    return nodes, 2.0 / (order * (order + 1) * np.polynomial.legendre.legval(nodes, series) ** 2)


def derivative(nodes: Array) -> Array:
    """Matrix that differentiates the polynomial through values at some nodes (barycentric form).

    Args:
        nodes: Distinct positions.
    """
    gaps = nodes[:, None] - nodes[None, :] + np.eye(len(nodes))
    scale = 1.0 / gaps.prod(axis=1)
    matrix = scale[None, :] / scale[:, None] / gaps
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return np.asarray(matrix, dtype=float)


def axis(elements: int, order: int) -> Axis:
    """Operators along a column.

    Args:
        elements: Number of elements.
        order: Polynomial degree in each.

    Raises:
        DeclarationError: There is no element, or the order is below 1.
    """
    if elements < 1:
        raise DeclarationError("A column needs an element", value=elements, limit=">= 1")
    reference, weights = lobatto(order)
    count, stretch = elements * (order + 1), 2.0 * elements
    inner = np.asarray(np.kron(np.eye(elements), derivative(reference)) * stretch, dtype=float)
    gradient: Array = inner.copy()
    convection: Array = np.asarray(-inner, dtype=float)
    divergence: Array = inner.copy()
    lift = stretch / weights[0]
    inlet = np.zeros(count)
    inlet[0] = lift
    for element in range(elements):
        left, right = element * (order + 1), element * (order + 1) + order
        convection[left, left] -= lift
        divergence[left, left] += lift  # no dispersive flux enters here, unless there is a neighbour
        divergence[right, right] -= lift
        if element:
            convection[left, left - 1] += lift
            for matrix in (gradient, divergence):
                matrix[left, left - 1] -= lift / 2
            gradient[left, left] += lift / 2
            divergence[left, left] -= lift / 2
        if element < elements - 1:
            for matrix in (gradient, divergence):
                matrix[right, right + 1] += lift / 2
            gradient[right, right] -= lift / 2
            divergence[right, right] += lift / 2
    positions: Array = (np.arange(elements)[:, None] + (reference[None, :] + 1) / 2).ravel() / elements
    return Axis(
        positions,
        np.tile(weights, elements) / stretch,
        convection,
        inlet,
        np.asarray(divergence @ gradient, dtype=float),
    )


def bead(points: int) -> Bead:
    """Operators in a sphere.

    Args:
        points: Number of interior nodes.

    Raises:
        DeclarationError: There is no point.
    """
    if points < 1:
        raise DeclarationError("A bead needs a point", value=points, limit=">= 1")
    from scipy.special import roots_jacobi

    roots, weights = roots_jacobi(points, 0.0, 0.5)
    squares = np.append((roots + 1) / 2, 1.0)  # even polynomials of r are polynomials of r^2
    slope = derivative(squares)
    laplacian = 4 * squares[:, None] * (slope @ slope) + 6 * slope
    return Bead(np.sqrt(squares[:points]), weights / weights.sum(), laplacian[:points], 2 * slope[points])
