"""Execution: from an approved recipe to an executed batch whose record reviews itself by exception.

A *control recipe* (ISA-88, IEC 61512-1 clause 5.3.4) is the effective master recipe for one batch: formula scaled to
its size, units bound to its requirements. Its procedure is walked by `engine`: a *marking* says which steps are active
and how often each element has run; completed phases are *facts*; with the same facts it always gives the same. *Phases*
ask for values and judge each attempt, and every attempt is kept. What is not as the recipe says is an *exception*, and
the review of the record begins with those. The modules here are pure: they read no clock, no database and no network,
and nothing lives in memory between calls. Sources: IEC 61512-1; 21 CFR 211.100-211.192; 21 CFR 11.10(f).
"""
