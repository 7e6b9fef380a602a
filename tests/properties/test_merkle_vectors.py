"""The published proof vectors of the transparency-dev project, good and bad (RFC 6962, RFC 9162)."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from batchwright.record import verifier

FOLDER = Path(os.environ.get("BATCHWRIGHT_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "merkle"

pytestmark = [
    pytest.mark.requirement("11.10(a)"),
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the published Merkle vectors are not here (see BATCHWRIGHT_DATA)"),
]


def vectors(kind: str) -> list[Any]:
    return [pytest.param(path, id=str(path.relative_to(FOLDER))) for path in sorted((FOLDER / kind).rglob("*.json"))]


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize("path", vectors("inclusion"))
def test_a_published_inclusion_proof_is_judged_as_published(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [decoded(step) for step in case["proof"] or []]

    def judge() -> None:
        verifier.verify_inclusion(
            leaf=decoded(case["leafHash"]), index=case["leafIdx"], size=case["treeSize"],
            proof=proof, root=decoded(case["root"]),
        )  # fmt: skip

    expect(judge, wrong=case["wantErr"])


@pytest.mark.parametrize("path", vectors("consistency"))
def test_a_published_consistency_proof_is_judged_as_published(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [decoded(step) for step in case["proof"] or []]

    def judge() -> None:
        verifier.verify_consistency(
            old_size=case["size1"], old_root=decoded(case["root1"]),
            new_size=case["size2"], new_root=decoded(case["root2"]), proof=proof,
        )  # fmt: skip

    expect(judge, wrong=case["wantErr"])


def expect(judge: Any, *, wrong: bool) -> None:
    if wrong:
        with pytest.raises(verifier.Broken):
            judge()
    else:
        judge()


def test_the_vectors_are_all_here() -> None:
    assert len(vectors("inclusion")) + len(vectors("consistency")) >= 90
