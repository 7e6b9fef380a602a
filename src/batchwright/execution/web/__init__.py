"""The pages of execution: work list, steps, batches, exceptions, review."""
