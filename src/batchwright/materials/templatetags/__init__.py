"""Words of the pages of materials."""
