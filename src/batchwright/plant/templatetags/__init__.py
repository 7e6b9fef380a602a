"""Template tags of the plant."""
