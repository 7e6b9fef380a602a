"""What every other package stands on: errors, the clock, identifiers, and exact quantities with units.

Terms: a *quantity* is an exact decimal value with a UCUM unit (Unified Code for Units of Measure, v2.1); an
*identifier* is human-readable text with an ISO 7064 check character; the *clock* is the only reader of time.
The package is pure: no Django, no database, no network, and it imports no other package of the house.
"""
