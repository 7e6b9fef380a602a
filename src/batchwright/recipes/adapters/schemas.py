"""Which schema a file of MESA's BatchML or B2MML follows; the schemas are third-party and stay where they are.

A schema is compiled once per process; compiling all of V0700 that a recipe needs takes about a tenth of a second, so
that nothing is kept on disk.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batchwright.kernel.errors import BadInput
from batchwright.materials.adapters.b2mml import SCHEMA as MATERIALS
from batchwright.materials.adapters.foreign_xml import Fault, local_name, namespace, validate
from batchwright.recipes.adapters.batchml_terms import NAMESPACE, SCHEMA
from batchwright.recipes.adapters.weighing_orders import NAMESPACE as V0401
from batchwright.recipes.adapters.weighing_orders import SCHEMAS

BY_ROOT: dict[tuple[str, str], tuple[str, ...]] = {
    (NAMESPACE, "BatchInformation"): (SCHEMA,),
    (NAMESPACE, "MasterRecipe"): (SCHEMA,),
    (NAMESPACE, "BatchProductionRecord"): ("BatchML-BatchProductionRecord.xsd",),
    (V0401, "BatchInformation"): ("BatchML-V0401-BatchInformation.xsd",),
    (V0401, "BatchProductionRecord"): (
        "BatchML-V0401-BatchProductionRecord.xsd", "BatchML-V0401WD01-BatchProductionRecord.xsd",
    ),
    **{(V0401, root): (schema,) for root, schema in SCHEMAS.items()},
    (V0401, "SyncMaterialDefinition"): (MATERIALS,),
    (V0401, "SyncMaterialInformation"): (MATERIALS,),
}  # fmt: skip
"""Names of the schema by namespace and root, the best first."""


def faults_of(root: Any, schema: Path, name: str) -> list[Fault]:
    """Compare a document with its schema.

    Args:
        root: The document.
        schema: File of the schema, or the folder of all schemas of one version.
        name: Name of the document's file, for refusals.

    Returns:
        Its faults, each with line and element; none if it follows the schema.

    Raises:
        BadInput: If the folder holds no schema for such a document, or the schema cannot be read.
    """
    if not schema.is_dir():
        return validate(root, schema)
    names = BY_ROOT.get((namespace(root), local_name(root)), ())
    found = next((schema / one for one in names if (schema / one).is_file()), None)
    if found is None:
        raise BadInput("The folder holds no schema for such a document", file=name, line=root.sourceline,
                       value=f"{local_name(root)} of {namespace(root) or 'no namespace'} in {schema}",
                       limit=", ".join(names) or None, remedy="Name the file of the schema.")  # fmt: skip
    return validate(root, found)
