"""Names that processes of the benchmark agree on; importing this reads no settings."""

SETTINGS = "benchmarks.recording.settings"
PEER = "peer"
"""Alias of django-simple-history's database."""
PEER_ADDRESS = "BATCHWRIGHT_BENCH_PEER"
"""Variable that holds its address."""
ROWS = 64
"""Containers that the writers find; each writer has its own."""
