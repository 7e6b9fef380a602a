"""Contenders and problems of the benchmark of the twins."""
