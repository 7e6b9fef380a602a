"""Batchwright: the open plant system for pharmaceutical contract manufacturers."""

__version__ = "0.1.0"
