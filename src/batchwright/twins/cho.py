"""Fed-batch CHO culture: growth on glucose and glutamine with inhibition by lactate and ammonia.

Equations and parameters: Table 2 of doi 10.3390/bioengineering5010025.
"""

from __future__ import annotations

from functools import lru_cache

from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, softplus
from batchwright.twins.model import Model

_TABLE_2 = "doi 10.3390/bioengineering5010025, Table 2"
