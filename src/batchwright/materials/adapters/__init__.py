"""Protocols and file formats of materials: barcodes, labels, other systems' files."""
