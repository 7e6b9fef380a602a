"""A container of material as Batchwright keeps it; an application of its own, installed for the benchmark alone."""
