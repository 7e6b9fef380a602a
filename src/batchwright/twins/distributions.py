"""Distributions of parameters and start values, correlated through a Gaussian copula and cut at declared bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from batchwright.twins.errors import DeclarationError
from batchwright.twins.model import Array, Model


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal distribution with a mean and a standard deviation, in the unit of the quantity."""

    mean: float
    sd: float

    def quantile(self, share: Array) -> Array:
        """Values below which a share of the distribution lies."""
        return np.asarray(self.mean + self.sd * ndtri(share), dtype=float)

    def share(self, value: float) -> float:
        """Share of the distribution below a value."""
        return float(ndtr((value - self.mean) / self.sd))


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Log-normal distribution with a median and the standard deviation of the logarithm (0.1 is about 10 %)."""

    median: float
    sigma: float

    def quantile(self, share: Array) -> Array:
        """Values below which a share of the distribution lies."""
        return np.asarray(self.median * np.exp(self.sigma * ndtri(share)), dtype=float)

    def share(self, value: float) -> float:
        """Share of the distribution below a value."""
        return float(ndtr(np.log(value / self.median) / self.sigma)) if value > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform distribution between two values."""

    low: float
    high: float

    def quantile(self, share: Array) -> Array:
        """Values below which a share of the distribution lies."""
        return np.asarray(self.low + (self.high - self.low) * share, dtype=float)

    def share(self, value: float) -> float:
        """Share of the distribution below a value."""
        return float(np.clip((value - self.low) / (self.high - self.low), 0.0, 1.0))


Distribution = Normal | LogNormal | Uniform


@dataclass(frozen=True)
class Spread:
    """Joint distribution of parameters and start values.

    Args:
        of: Distribution by name of a parameter, or of a state for its start value.
        correlation: Correlation of the underlying normals by pair of names; 0 where not given.
    """

    of: Mapping[str, Distribution]
    correlation: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def draw(self, model: Model, members: int, seed: int) -> Array:
        """Samples of shape (members, names), the same for the same seed on every machine.

        Args:
            model: Gives the bounds at which the distributions are cut.
            members: Number of samples.
            seed: Seed.

        Returns:
            Array (members, names).

        Raises:
            DeclarationError: A name is unknown, nothing lies within the bounds, or the correlations contradict each
                other.
        """
        generator = np.random.Generator(np.random.PCG64(seed))
        names = list(self.of)
        shares = ndtr(generator.standard_normal((members, len(names))) @ self._factor(names).T)
        samples = np.empty_like(shares)
        for column, (name, distribution) in enumerate(self.of.items()):
            quantity = model.quantity(name)
            low, high = distribution.share(quantity.lower), distribution.share(quantity.upper)
            if high - low < 1e-9:
                raise DeclarationError(
                    f"The distribution of {name} lies outside its bounds",
                    model=model.name,
                    value=distribution,
                    limit=f"{quantity.lower:g} to {quantity.upper:g} {quantity.unit}",
                )
            values = distribution.quantile(low + (high - low) * shares[:, column])
            samples[:, column] = np.clip(values, quantity.lower, quantity.upper)
        return samples

    def _factor(self, names: list[str]) -> Array:
        matrix = np.eye(len(names))
        for (first, second), value in self.correlation.items():
            if first not in names or second not in names:
                raise DeclarationError(
                    "A correlation names something without a distribution", value=f"{first}, {second}"
                )
            i, j = names.index(first), names.index(second)
            matrix[i, j] = matrix[j, i] = value
        try:
            return np.asarray(np.linalg.cholesky(matrix), dtype=float)
        except np.linalg.LinAlgError as error:
            raise DeclarationError(
                "The correlations contradict each other",
                value=dict(self.correlation),
                limit="a positive definite matrix",
            ) from error
