"""File formats of recipes: BatchML (MESA, after IEC 61512-2) and the weighing orders of B2MML."""
