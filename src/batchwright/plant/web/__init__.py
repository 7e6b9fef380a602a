"""The pages of the plant."""
