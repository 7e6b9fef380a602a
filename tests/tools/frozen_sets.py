"""Freezes the twins that come with the house anew: ``python -m tests.tools.frozen_sets``; after a change of the engine.

The recipe that names a set names its hash, so that both are written. Judging takes about half a minute.
"""

import json
import re
import sys
from pathlib import Path

from batchwright.twins import frozen_sets as home
from batchwright.twins import mab_platform

FOLDER = Path(next(iter(home.__path__)))
RECIPE = FOLDER.parents[1] / "recipes" / "examples" / "monoclonal_antibody.yaml"


def main() -> int:
    content = mab_platform.make()
    (FOLDER / f"{mab_platform.NAME}.json").write_text(content, "utf-8")
    digest = json.loads(content)["sha256"]
    before = RECIPE.read_text("utf-8")
    named = re.compile(r'(parameters: mab07-1\n\s+sha256: )"[0-9a-f]{64}"')
    RECIPE.write_text(named.sub(rf'\g<1>"{digest}"', before), "utf-8")
    print(f"{mab_platform.NAME} {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
