"""The models of this house by name, without loading any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from batchwright.twins.errors import TwinError

if TYPE_CHECKING:
    from batchwright.twins.checks import Check
    from batchwright.twins.model import Model


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalogue.

    Args:
        name: Name on the command line.
        title: One line for people.
        module: Module under ``batchwright.twins`` that declares it; it has ``checks()`` as well.
        factory: Function in that module that makes the model with default settings.
    """

    name: str
    title: str
    module: str
    factory: str

    def model(self) -> Model:
        """Make the model."""
        made: Model = getattr(import_module(f"batchwright.twins.{self.module}"), self.factory)()
        return made

    def checks(self) -> Sequence[Check]:
        """Compute every reference number that the module knows."""
        found: Sequence[Check] = import_module(f"batchwright.twins.{self.module}").checks()
        return found


ENTRIES: Final = (
    Entry("fed-batch-cho", "Fed-batch CHO culture", "cho", "fed_batch_culture"),
    Entry("perfusion-cho", "Perfusion CHO culture", "perfusion", "perfusion_culture"),
    Entry("uf-df", "Ultrafiltration and diafiltration", "ufdf", "filtration"),
    Entry("moist-heat", "Moist-heat sterilisation", "sterilisation", "moist_heat"),
    Entry("msmpr", "MSMPR crystallisation", "crystallisation", "msmpr"),
    Entry("shipper", "Shipper with phase-change material", "shipper", "shipper"),
    Entry("chromatography-general-rate", "Chromatography, general rate", "chromatography", "general_rate"),
    Entry("chromatography-lumped-rate", "Chromatography, lumped rate", "chromatography_lumped", "lumped_rate"),
    Entry("freeze-drying-freezing", "Freeze-drying, freezing", "freezing", "freezing"),
    Entry("freeze-drying-primary", "Freeze-drying, primary", "primary_drying", "primary_drying"),
    Entry("freeze-drying-secondary", "Freeze-drying, secondary", "secondary_drying", "secondary_drying"),
    Entry("mrna-ivt", "mRNA in-vitro transcription", "mrna", "in_vitro_transcription"),
    Entry("mrna-yield", "mRNA effective yield", "mrna_yield", "rna_yield"),
    Entry("penicillin", "Penicillin fed-batch (Goldrick, reduced)", "penicillin", "penicillin"),
    Entry("lnp-mixing", "Mixing of lipid nanoparticles", "lnp", "lnp_mixing"),
    Entry("t-cell-expansion", "T-cell expansion", "t_cells", "expansion"),
    Entry("tablet-compression", "Tablet compression on a rotary press", "compression", "tablet_press"),
)


def find(name: str) -> Entry:
    """The entry with a name.

    Args:
        name: Name of the model.

    Returns:
        The entry.

    Raises:
        TwinError: There is none.
    """
    for entry in ENTRIES:
        if entry.name == name:
            return entry
    raise TwinError(
        "There is no such model", value=name, limit=", ".join(entry.name for entry in ENTRIES), remedy="See twins list."
    )
