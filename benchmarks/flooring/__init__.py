"""What ``batchwright bench floor`` is made of."""
