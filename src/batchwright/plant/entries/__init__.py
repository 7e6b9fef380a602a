"""What the acts of the plant leave in the record. A type is never renamed; new facts take a new version beside it."""
