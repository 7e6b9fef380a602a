"""What the benchmark of the record is made of: the same container of material kept by Batchwright and by its peers."""
