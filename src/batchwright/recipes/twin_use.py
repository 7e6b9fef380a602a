"""By which twin a recipe has its batches forecast, and what each value of the batch means to that twin.

A twin advises and decides nothing: nothing in the procedure can name what it says (EU Annex 22 draft). The model and
its parameters are named by their hash, so that a forecast can be made again as it was made.
"""

from batchwright.recipes.values import Amount, Name, Part, Text


class Began(Part):
    """What a state of the twin was at age zero."""

    state: Name
    value: Text
    """In the language of `batchwright.recipes.expressions`, in a unit that converts to that of the state."""


class Observed(Part):
    """What is measured of an output of the twin, again and again."""

    output: Name
    value: Text
    """Formula of one phase's values, such as ``test_n.glucose / 180.16 g/mol``."""
    sd: Amount
    """Standard deviation of the method near zero."""
    relative: Amount
    """Standard deviation of the method relative to the value, such as ``5 %``."""


class Contained(Part):
    """Concentration of something in what is added."""

    name: Name
    """Argument of the twin's event."""
    amount: Amount


class Refill(Part):
    """When something is added that depends on the culture: the forecast plans it by the same rule."""

    output: Name
    below: Text
    to: Text
    reckoned_for: Text
    """Volume that the recipe reckons the portion for."""


class Addition(Part):
    """What goes in while it runs."""

    id: Name
    phase: Name
    """Phase with whose completion it is in."""
    event: Name = "bolus"
    volume: Text
    contains: tuple[Contained, ...] = ()
    planned_at: tuple[Amount, ...] = ()
    """Ages at which the recipe has it added."""
    refill: Refill | None = None


class TwinUse(Part):
    """One twin of an operation or unit procedure."""

    model: Name
    parameters: Name
    """Name of the frozen parameter set."""
    sha256: Text
    """Its hash: over equations, parameters, their covariance, the validation and the code."""
    age: Text
    """Formula of the age of what runs, from the same values as the observations or from those before them."""
    until: Text
    """Formula of the age at which it ends."""
    starts: tuple[Began, ...] = ()
    observes: tuple[Observed, ...] = ()
    additions: tuple[Addition, ...] = ()
    headline: Name
    """Output whose value at the end stands on the page of the batch."""
    fewest: int = 3
    """Rounds of observations before which there is no forecast."""
