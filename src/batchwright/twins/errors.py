"""What a twin refuses, with the model, the time and the state where it happened."""

from __future__ import annotations

from collections.abc import Mapping

from batchwright.kernel.errors import DomainError


class TwinError(DomainError):
    """Root of every refusal of the twins.

    Args:
        message: What is wrong, as one sentence.
        model: Name of the model; "" where no model is involved.
        time: Model time at which it happened, in the model's time unit.
        state: Values of the states at that time, by name.
        value: What was found.
        limit: What would have been accepted.
        remedy: What the caller can do now.
    """

    def __init__(
        self,
        message: str,
        *,
        model: str = "",
        time: float | None = None,
        state: Mapping[str, float] | None = None,
        value: object = None,
        limit: object = None,
        remedy: str = "",
    ) -> None:
        super().__init__(message, value=value, limit=limit, remedy=remedy)
        self.model = model
        self.time = time
        self.state = dict(state or {})

    @property
    def place(self) -> str:
        """Model, time and state, as far as they are known."""
        parts = [] if not self.model else [f"model {self.model}"]
        if self.time is not None:
            parts.append(f"t = {self.time:g}")
        if self.state:
            shown = list(self.state.items())[:12]
            parts.append("state " + " ".join(f"{name}={value:.6g}" for name, value in shown))
        return ", ".join(parts)


class DeclarationError(TwinError):
    """A model is declared wrongly: units do not close, a name occurs twice, a default is out of bounds."""


class UnitError(DeclarationError):
    """Units do not fit each other, or a unit code cannot be read."""


class IntegrationFailed(TwinError):
    """The integrator gave up; the error carries the last time and state that it reached."""


class OutOfBounds(TwinError):
    """A value lies outside the bounds that the model declares for it."""


class Unidentifiable(TwinError):
    """The data do not determine the parameters that were to be fitted."""


class Infeasible(TwinError):
    """No plan satisfies every limit; the error names what was violated most."""


class FrozenMismatch(TwinError):
    """A frozen model no longer is what was approved."""


class Cancelled(TwinError):
    """The caller cancelled a long computation; nothing of it is returned."""
