"""What execution hands out in formats of others: the batch record as PDF/A."""
