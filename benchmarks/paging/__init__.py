"""What the benchmark of the pages consists of."""
