"""The units that the plant knows, their exact definitions, and what people write who mean them.

Codes are UCUM's (case sensitive, version 2.2); definitions are those of the SI Brochure (9th edition), of NIST SP 811
appendix B for customary units, and of UCUM for its own. The table is a choice, not the whole of UCUM:

- Codes that read as something else in a plant are left out, so that they are refused with advice and not taken for
  what nobody meant: ``C`` (coulomb), ``F`` (farad), ``H`` and ``pH`` (henry, picohenry), ``T``, ``G``, ``R``, ``ft``
  (femtotonne), ``[EU]`` (the Ehrlich unit, not endotoxin), ``[AU]`` (the allergen unit, not absorbance).
- Prefixes run from femto to tera: beyond them ``EU`` would be an exa-unit of an enzyme and ``PA`` a petaampere. ``t``
  and ``Cel`` take none.
- ``rad`` is left out: its factor to ``deg`` is irrational, so nothing exact could be said.
- ``mol``, ``eq``, ``osm``, ``[NTU]`` and ``[FNU]`` each stand for themselves. UCUM makes them numbers or equal to each
  other; here mmol and meq convert into each other only through a valence, which somebody has to state.
"""

from fractions import Fraction
from typing import NamedTuple


class Atom(NamedTuple):
    """One unit symbol.

    A definition is made of numbers, names of other atoms, ``*``, ``/`` and whole powers ``**``; ``[...]`` makes a new
    dimension.
    """

    code: str
    name: str
    definition: str
    metric: bool = False
    """Whether it takes prefixes."""
    offset: Fraction | None = None
    """Where its scale starts, in kelvin; None unless it is a point on a temperature scale."""
    difference: str = ""
    """The code for the difference of two points on its scale."""


PREFIXES = {
    "k": 3, "m": -3, "u": -6, "n": -9, "c": -2, "d": -1, "M": 6, "p": -12, "h": 2, "G": 9, "f": -15, "da": 1,
    "T": 12,
}  # fmt: skip
"""Power of ten of each prefix, the ones most used in a plant first."""

ATOMS = (
    # SI base units and what is a dimension of its own here
    Atom("g", "gram", "[mass]", metric=True),
    Atom("m", "metre", "[length]", metric=True),
    Atom("s", "second", "[time]", metric=True),
    Atom("K", "kelvin", "[temperature]", metric=True),
    Atom("A", "ampere", "[current]", metric=True),
    Atom("cd", "candela", "[luminosity]", metric=True),
    Atom("mol", "mole", "[substance]", metric=True),
    Atom("eq", "equivalent", "[charge_equivalent]", metric=True),
    Atom("osm", "osmole", "[osmotic_substance]", metric=True),
    Atom("deg", "degree_of_angle", "[plane_angle]"),
    # derived SI units
    Atom("Hz", "hertz", "1 / second", metric=True),
    Atom("N", "newton", "1000 * gram * metre / second ** 2", metric=True),
    Atom("Pa", "pascal", "newton / metre ** 2", metric=True),
    Atom("J", "joule", "newton * metre", metric=True),
    Atom("W", "watt", "joule / second", metric=True),
    Atom("V", "volt", "watt / ampere", metric=True),
    Atom("Ohm", "ohm", "volt / ampere", metric=True),
    Atom("S", "siemens", "ampere / volt", metric=True),
    Atom("lm", "lumen", "candela", metric=True),
    Atom("lx", "lux", "lumen / metre ** 2", metric=True),
    Atom("Bq", "becquerel", "1 / second", metric=True),
    Atom("Gy", "gray", "joule / (1000 * gram)", metric=True),
    Atom("Sv", "sievert", "joule / (1000 * gram)", metric=True),
    Atom("kat", "katal", "mole / second", metric=True),
    # temperature: Cel and [degF] are points on a scale, K and [degR] are also the differences between points
    Atom("Cel", "celsius_point", "kelvin", offset=Fraction("273.15"), difference="K"),
    Atom("[degF]", "fahrenheit_point", "5 * kelvin / 9", offset=Fraction("459.67") * 5 / 9, difference="[degR]"),
    Atom("[degR]", "rankine", "5 * kelvin / 9"),
    # used with the SI
    Atom("L", "litre", "0.001 * metre ** 3", metric=True),
    Atom("l", "litre_lower_case", "litre", metric=True),
    Atom("t", "tonne", "1000000 * gram"),
    Atom("min", "minute", "60 * second"),
    Atom("h", "hour", "3600 * second"),
    Atom("d", "day", "86400 * second"),
    Atom("wk", "week", "7 * day"),
    Atom("a", "julian_year", "365.25 * day"),
    Atom("mo", "julian_month", "julian_year / 12"),
    Atom("bar", "bar_of_pressure", "100000 * pascal", metric=True),
    Atom("atm", "standard_atmosphere", "101325 * pascal"),
    Atom("m[H2O]", "metre_of_water", "9806.65 * pascal", metric=True),
    Atom("m[Hg]", "metre_of_mercury", "133322 * pascal", metric=True),
    Atom("u", "atomic_mass_unit", "1.66053906660e-24 * gram", metric=True),
    Atom("Ao", "angstrom", "1e-10 * metre"),
    Atom("[S]", "svedberg", "1e-13 * second"),
    Atom("[g]", "standard_gravity", "9.80665 * metre / second ** 2", metric=True),
    Atom("gf", "gram_force", "gram * standard_gravity", metric=True),
    Atom("dyn", "dyne", "0.00001 * newton", metric=True),
    Atom("erg", "erg_of_energy", "0.0000001 * joule", metric=True),
    Atom("P", "poise", "0.1 * pascal * second", metric=True),
    Atom("St", "stokes", "0.0001 * metre ** 2 / second", metric=True),
    Atom("cal", "calorie", "4.184 * joule", metric=True),
    Atom("Ci", "curie", "37000000000 * becquerel", metric=True),
    # numbers
    Atom("%", "percent", "0.01"),
    Atom("[ppth]", "part_per_thousand", "0.001"),
    Atom("[ppm]", "part_per_million", "1e-6"),
    Atom("[ppb]", "part_per_billion", "1e-9"),
    Atom("[pptr]", "part_per_trillion", "1e-12"),
    Atom("g%", "gram_percent", "10000 * gram / metre ** 3", metric=True),
    # customary units
    Atom("[in_i]", "inch", "0.0254 * metre"),
    Atom("[ft_i]", "foot", "12 * inch"),
    Atom("[sin_i]", "square_inch", "inch ** 2"),
    Atom("[sft_i]", "square_foot", "foot ** 2"),
    Atom("[cin_i]", "cubic_inch", "inch ** 3"),
    Atom("[cft_i]", "cubic_foot", "foot ** 3"),
    Atom("[mil_i]", "mil", "0.001 * inch"),
    Atom("[mesh_i]", "mesh", "1 / inch"),
    Atom("[gr]", "grain", "0.06479891 * gram"),
    Atom("[lb_av]", "pound", "453.59237 * gram"),
    Atom("[oz_av]", "ounce", "pound / 16"),
    Atom("[oz_tr]", "troy_ounce", "480 * grain"),
    Atom("[lbf_av]", "pound_force", "pound * standard_gravity"),
    Atom("[psi]", "pound_per_square_inch", "pound_force / inch ** 2"),
    Atom("[in_i'H2O]", "inch_of_water", "249.08891 * pascal"),
    Atom("[in_i'Hg]", "inch_of_mercury", "3386.3788 * pascal"),
    Atom("[gal_us]", "gallon", "231 * inch ** 3"),
    Atom("[qt_us]", "quart", "gallon / 4"),
    Atom("[pt_us]", "us_pint", "gallon / 8"),
    Atom("[foz_us]", "fluid_ounce", "gallon / 128"),
    # activities and counts that only their own assay defines: none converts into another or into a number
    Atom("U", "enzyme_unit", "0.000001 * mole / minute", metric=True),
    Atom("[iU]", "international_unit", "[international_unit]", metric=True),
    Atom("[IU]", "international_unit_upper_case", "international_unit", metric=True),
    Atom("[USP'U]", "usp_unit", "[usp_unit]"),
    Atom("[arb'U]", "arbitrary_unit", "[arbitrary_unit]"),
    Atom("[anti'Xa'U]", "anti_xa_unit", "[anti_xa_unit]"),
    Atom("[Lf]", "limit_of_flocculation", "[limit_of_flocculation]"),
    Atom("[D'ag'U]", "d_antigen_unit", "[d_antigen_unit]"),
    Atom("[ELU]", "elisa_unit", "[elisa_unit]"),
    Atom("[CFU]", "colony_forming_unit", "[colony_forming_unit]"),
    Atom("[PFU]", "plaque_forming_unit", "[plaque_forming_unit]"),
    Atom("[FFU]", "focus_forming_unit", "[focus_forming_unit]"),
    Atom("[CCID_50]", "cell_culture_infectious_dose", "[cell_culture_infectious_dose]"),
    Atom("[TCID_50]", "tissue_culture_infectious_dose", "[tissue_culture_infectious_dose]"),
    Atom("[EID_50]", "embryo_infectious_dose", "[embryo_infectious_dose]"),
    Atom("[NTU]", "nephelometric_turbidity_unit", "[nephelometric_turbidity]"),
    Atom("[FNU]", "formazin_nephelometric_unit", "[formazin_turbidity]"),
    Atom("[pH]", "ph", "[ph]"),
)

SPELLINGS = {
    "x10^": "10*", "\u00d710^": "10*", "10^": "10*", "^": "", "°C": "Cel", "℃": "Cel", "°F": "[degF]",
    "℉": "[degF]", "µ": "u", "μ": "u", "Ω": "Ohm", "Å": "Ao", "‰": "[ppth]", "°": "deg", "⁻": "-", "¹": "1",
    "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "\u00d7": ".", "·": ".",
    "⋅": ".", "\u2212": "-", " ": "",
}  # fmt: skip
"""Characters that UCUM does not have, and how it writes them; the longer ones first."""

MEANT = {
    "C": "Cel", "degC": "Cel", "celsius": "Cel", "F": "[degF]", "degF": "[degF]", "kelvin": "K", "gr": "g",
    "gm": "g", "gram": "g", "grams": "g", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "lb": "[lb_av]",
    "lbs": "[lb_av]", "oz": "[oz_av]", "gal": "[gal_us]", "ft": "[ft_i]", "in": "[in_i]", "inch": "[in_i]",
    "psi": "[psi]", "sec": "s", "second": "s", "seconds": "s", "mins": "min", "minute": "min", "minutes": "min",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "week": "wk", "weeks": "wk",
    "month": "mo", "months": "mo", "year": "a", "years": "a", "yr": "a", "liter": "L", "litre": "L", "liters": "L",
    "litres": "L", "cc": "mL", "mcg": "ug", "IU": "[iU]", "iu": "[iU]", "EU": "[iU]{endotoxin}",
    "[EU]": "[iU]{endotoxin}", "CFU": "[CFU]", "cfu": "[CFU]", "PFU": "[PFU]", "pfu": "[PFU]", "NTU": "[NTU]",
    "FNU": "[FNU]", "pH": "[pH]", "ph": "[pH]", "PH": "[pH]", "ppm": "[ppm]", "ppb": "[ppb]", "AU": "{AU}",
    "[AU]": "{AU}", "mAU": "10*-3.{AU}", "rpm": "{rev}/min", "RPM": "{rev}/min", "rH": "%{RH}", "RH": "%{RH}",
    "%RH": "%{RH}", "%rH": "%{RH}", "M": "mol/L", "mM": "mmol/L", "uM": "umol/L", "nM": "nmol/L", "Da": "u",
    "kDa": "ku", "MDa": "Mu", "kWh": "kW.h", "Nm": "N.m", "xg": "[g]", "cells": "{cells}", "cell": "{cells}",
    "tablets": "{tablets}", "pcs": "{pieces}", "each": "{each}", "ea": "{each}", "percent": "%", "mmHg": "mm[Hg]",
    "cmH2O": "cm[H2O]", "mmH2O": "mm[H2O]", "torr": "mm[Hg]", "Torr": "mm[Hg]", "x": "1", "unit": "U", "units": "U",
    "ohm": "Ohm", "mEq": "meq", "mOsm": "mosm", "Osm": "osm", "Eq": "eq", "ton": "t", "tonne": "t",
    "CFM": "[cft_i]/min", "TCID50": "[TCID_50]", "mpa": "MPa", "LPM": "L/min", "slpm": "L{standard}/min",
}  # fmt: skip
"""What somebody probably means who writes a code that UCUM does not have, or that says something else there."""
