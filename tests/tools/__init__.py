"""Tools of the repository: generated pages, documentation that runs, the look of the tree. Not part of the product."""
