"""The same container as the peers keep it."""
