"""What a page says about one entry's place under the signed tree heads."""

from dataclasses import dataclass

from batchwright.record import verifier
from batchwright.record.models import Checkpoint, Entry
from batchwright.record.verification import verify_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whether an entry stands under the last checkpoint, and the hashes that show it."""

    checkpoint: Checkpoint | None
    hashes: tuple[str, ...] = ()
    fault: str = ""

    @property
    def state(self) -> str:
        """Waiting (no checkpoint covers it yet), proved or broken."""
        if self.fault:
            return "broken"
        return "waiting" if self.checkpoint is None else "proved"


def proof_of(entry: Entry) -> Proof:
    """Prove an entry against the last checkpoint, anew each time it is shown.

    Args:
        entry: The entry.

    Returns:
        The proof, or what is wrong with it.
    """
    checkpoint = Checkpoint.objects.filter(tree_size__gte=entry.seq).order_by("-tree_size").first()
    if checkpoint is None:
        return Proof(checkpoint=None)
    try:
        path = verify_entry(entry, checkpoint)
    except verifier.Broken as broken:
        return Proof(checkpoint=checkpoint, fault=str(broken))
    return Proof(checkpoint=checkpoint, hashes=tuple(part.hex() for part in path))
