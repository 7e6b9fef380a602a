"""Benchmarks: one file per claim, each measured against a named peer in the same run."""
