"""The port to a module that runs services by itself (a PEA, VDI/VDE/NAMUR 2658): what is ordered and what it tells.

An order has a key that names one run of one phase. A module that is asked to start the same order again does nothing,
so that whoever orders may be restarted at any moment and ask anew: the module knows what it does.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Limits, Name, Part, Text


class ModuleState(StrEnum):
    """State of a service, as VDI/VDE/NAMUR 2658-4 names it; Starting and Completing are part of Execute here."""

    EXECUTE = "Execute"
    COMPLETED = "Completed"
    HOLDING = "Holding"
    HELD = "Held"
    UNHOLDING = "Unholding"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    ABORTING = "Aborting"
    ABORTED = "Aborted"


MOVING: Final = frozenset(
    {ModuleState.HOLDING, ModuleState.UNHOLDING, ModuleState.STOPPING, ModuleState.ABORTING, ModuleState.EXECUTE}
)
"""Something still moves; in every other state the equipment has come to rest."""


class Wanted(Part):
    """One value that the recipe wants to hear of a service."""

    id: Name
    unit: Text = "1"
    limits: Limits | None = None
    expected: Text = ""
    """What would be as the recipe has it; only a module that simulates makes use of it."""


class Order(Part):
    """One run of one service."""

    key: Name
    """Names the run of the phase; the same key is the same order."""
    service: Text
    procedure: Text = ""
    """The service's own procedure; "" for its default."""
    parameters: Mapping[str, str] = {}
    """Amounts and texts as they are written, by the name that the service gives them."""
    wanted: tuple[Wanted, ...] = ()


class Told(Part):
    """What a module says of an order."""

    state: ModuleState
    since: Moment
    results: Mapping[str, str] = {}
    """By the id of what was wanted; complete once the service is Completed."""
    sentence: Text = ""
    """Why it came to rest by itself; "" where it did not."""


class Module(ABC):
    """A module of the plant that runs services.

    Args:
        tag: What people call it.
    """

    def __init__(self, tag: str) -> None:
        self.tag = tag

    @abstractmethod
    def start(self, order: Order) -> Told:
        """Start a service; an order that is known already is left as it is.

        Args:
            order: What is to run.

        Returns:
            Where it stands.

        Raises:
            Unavailable: If the module does not answer.
        """

    @abstractmethod
    def ask(self, key: str) -> Told | None:
        """Ask after an order.

        Args:
            key: Its key.

        Returns:
            Where it stands; None where the module knows of no such order.

        Raises:
            Unavailable: If the module does not answer.
        """

    @abstractmethod
    def hold(self, key: str) -> Told:
        """Bring a service to its safe state; it can go on from there. What has ended stays ended.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.

        Raises:
            Unavailable: If the module does not answer.
            DomainError: If it knows of no such order.
        """

    @abstractmethod
    def resume(self, key: str) -> Told:
        """Let a held service go on, or one that failed begin anew.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.

        Raises:
            Unavailable: If the module does not answer.
            DomainError: If it knows of no such order.
        """

    @abstractmethod
    def stop(self, key: str) -> Told:
        """End a service in an orderly way before it is complete.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.

        Raises:
            Unavailable: If the module does not answer.
            DomainError: If it knows of no such order.
        """

    @abstractmethod
    def abort(self, key: str) -> Told:
        """End a service at once.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.

        Raises:
            Unavailable: If the module does not answer.
            DomainError: If it knows of no such order.
        """
