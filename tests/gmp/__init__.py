"""A small capability with GMP tables of every kind of column, for the tests of the record."""
