"""Recipes: what a batch is to be, said so that people and machines read the same.

A *master recipe* (ISA-88, IEC 61512-1) has a header, a formula and a procedure: *unit procedures* of *operations* of
*phases*, joined by *procedure logic*, a graph of steps, transitions and links. The modules `values`, `phases`,
`procedure`, `expressions`, `scaling`, `checks`, `text`, `differences` and `chart` are pure: they read no clock, no
database and no network, and work in a notebook. Sources: IEC 61512-1 and -2, 21 CFR 211.100-211.103 and 211.186.
"""
