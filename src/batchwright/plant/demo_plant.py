"""What the demo plant consists of: three suites with their classes, units, procedures and rules, as plain tables."""

from typing import Final, NamedTuple

HOUR: Final = 60
DAY: Final = 24 * HOUR

CLASSES: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    # solid dosage
    ("DISP-BOOTH", "Dispensing booth", {"weighing": "0.02..60 kg", "iso-class": "ISO 8", "containment": "yes"}),
    ("HSG", "High-shear granulator", {
        "working-volume": "60..240 L", "batch-mass": "20..100 kg", "impeller-speed": "25..250 1/min",
        "chopper-speed": "500..3000 1/min", "spray-rate": "100..2000 g/min", "contact-material": "316L",
        "cleaning-in-place": "yes",
    }),
    ("FBD", "Fluid-bed dryer", {
        "working-volume": "70..270 L", "batch-mass": "20..110 kg", "inlet-air-temperature": "25..95 Cel",
        "air-flow": "300..3000 m3/h", "contact-material": "316L", "explosion-protected": "yes",
    }),
    ("BIN-BLENDER", "Bin blender", {"working-volume": "150..850 L", "agitation": "4..20 1/min"}),
    ("TABLET-PRESS", "Rotary tablet press", {
        "compression-force": "2..100 kN", "turret-speed": "10..100 1/min", "stations": "38 1", "tooling": "B, BB",
    }),
    ("PAN-COATER", "Pan coater", {
        "working-volume": "80..350 L", "inlet-air-temperature": "30..85 Cel", "spray-rate": "50..900 g/min",
        "agitation": "2..16 1/min",
    }),
    ("BLISTER-LINE", "Blister line", {"output": "24000 1/h", "iso-class": "ISO 8"}),
    # biologics
    ("STBR-SS", "Stirred bioreactor, stainless steel", {
        "working-volume": "2..200 L", "temperature": "4..42 Cel", "agitation": "10..600 1/min",
        "gas-flow": "0..100 L/min",
        "contact-material": "316L", "cleaning-in-place": "yes", "steaming-in-place": "yes", "single-use": "no",
    }),
    ("STBR-SU", "Stirred bioreactor, single-use", {
        "working-volume": "0.6..2000 L", "temperature": "10..40 Cel", "agitation": "5..400 1/min",
        "gas-flow": "0..200 L/min", "contact-material": "gamma-irradiated film", "single-use": "yes",
    }),
    ("DEPTH-FILTER", "Harvest skid, depth filtration", {
        "flow": "50..2400 L/h", "filter-area": "22 m2", "single-use": "yes", "pressure": "0..3 bar",
    }),
    ("CHROM-SKID", "Chromatography skid", {
        "flow": "15..600 L/h", "column-diameter": "20..60 cm", "pressure": "0..6 bar", "contact-material": "316L",
        "cleaning-in-place": "yes",
    }),
    ("UFDF-SKID", "Ultrafiltration and diafiltration skid", {
        "flow": "60..1500 L/h", "filter-area": "5 m2", "working-volume": "5..120 L", "pressure": "0..4 bar",
        "cleaning-in-place": "yes",
    }),
    ("BULK-ISOLATOR", "Bulk fill isolator", {"iso-class": "ISO 5", "grade": "A", "fill-volume": "500..20000 mL"}),
    # aseptic
    ("COMP-VESSEL", "Compounding vessel", {
        "working-volume": "20..300 L", "temperature": "2..60 Cel", "agitation": "20..400 1/min",
        "contact-material": "316L", "cleaning-in-place": "yes", "steaming-in-place": "yes", "iso-class": "ISO 7",
    }),
    ("FILL-ISOLATOR", "Filling isolator", {
        "iso-class": "ISO 5", "grade": "A", "fill-volume": "0.5..50 mL", "output": "9000 1/h",
    }),
    ("LYOPHILISER", "Freeze dryer", {
        "shelf-area": "12 m2", "shelf-temperature": "-55..60 Cel", "condenser-temperature": "-75..20 Cel",
        "chamber-pressure": "0.03..1000 mbar", "steaming-in-place": "yes", "cleaning-in-place": "yes",
    }),
    ("CAPPER", "Capping machine", {"output": "9000 1/h", "iso-class": "ISO 7"}),
)  # fmt: skip
"""Code, name and what its units offer."""


class Unit(NamedTuple):
    """One unit of the demo plant."""

    tag: str
    name: str
    equipment_class: str
    narrowed: dict[str, str]
    manufacturer: str
    modules: tuple[tuple[str, str], ...] = ()


SUITES: Final[tuple[tuple[str, str, str, str, tuple[Unit, ...]], ...]] = (
    ("SOLIDS", "Solid dosage", "FCT-LINE", "Film-coated tablet line", (
        Unit("DB-101", "Dispensing booth 1", "DISP-BOOTH", {}, "Extract Technology"),
        Unit("GR-101", "High-shear granulator", "HSG", {}, "Diosna", (("GR-101-SPRAY", "Binder spray"),)),
        Unit("FB-101", "Fluid-bed dryer", "FBD", {}, "Glatt", (("FB-101-AIR", "Inlet air handling"),)),
        Unit("BL-101", "Bin blender", "BIN-BLENDER", {}, "Servolift"),
        Unit("TP-101", "Tablet press 1", "TABLET-PRESS", {"compression-force": "2..80 kN"}, "Fette"),
        Unit("TP-102", "Tablet press 2", "TABLET-PRESS", {"tooling": "B", "stations": "30 1"}, "Korsch"),
        Unit("CO-101", "Pan coater", "PAN-COATER", {}, "Driam"),
        Unit("BP-101", "Blister line", "BLISTER-LINE", {}, "Uhlmann"),
    )),
    ("BIO", "Biologics", "MAB-TRAIN", "Monoclonal antibody train", (
        Unit("BR-201", "Seed bioreactor 2 L", "STBR-SU",
             {"working-volume": "0.6..2 L", "gas-flow": "0..5 L/min"}, "Sartorius"),
        Unit("BR-202", "Seed bioreactor 20 L", "STBR-SS",
             {"working-volume": "5..20 L", "gas-flow": "0..20 L/min"}, "Sartorius"),
        Unit("BR-203", "Seed bioreactor 200 L", "STBR-SS", {"working-volume": "40..200 L"}, "Bioengineering"),
        Unit("BR-204", "Production bioreactor 2,000 L", "STBR-SU",
             {"working-volume": "400..2000 L", "agitation": "5..150 1/min"}, "Cytiva",
             (("BR-204-GAS", "Gas control"), ("BR-204-TEMP", "Temperature control"))),
        Unit("HV-201", "Harvest skid", "DEPTH-FILTER", {}, "Merck"),
        Unit("CH-201", "Chromatography skid 1", "CHROM-SKID", {}, "Cytiva"),
        Unit("CH-202", "Chromatography skid 2", "CHROM-SKID", {"column-diameter": "20..45 cm"}, "Cytiva"),
        Unit("UF-201", "UF/DF skid", "UFDF-SKID", {}, "Pall"),
        Unit("BF-201", "Bulk fill isolator", "BULK-ISOLATOR", {}, "Getinge"),
    )),
    ("ASEPTIC", "Aseptic filling", "LYO-LINE", "Freeze-dried vial line", (
        Unit("CV-301", "Compounding vessel", "COMP-VESSEL", {}, "Pharmatec"),
        Unit("FI-301", "Filling isolator", "FILL-ISOLATOR", {}, "Syntegon", (("FI-301-PUMP", "Peristaltic pumps"),)),
        Unit("LY-301", "Freeze dryer 1", "LYOPHILISER", {}, "IMA Life",
             (("LY-301-VAC", "Vacuum system"), ("LY-301-SIL", "Silicone oil circuit"))),
        Unit("LY-302", "Freeze dryer 2", "LYOPHILISER", {"shelf-area": "8 m2"}, "IMA Life"),
        Unit("CA-301", "Capping machine", "CAPPER", {}, "Groninger"),
    )),
)  # fmt: skip
"""Area, its name, its process cell, that one's name, and the units."""

PROCEDURES: Final[tuple[tuple[str, str, str, str, int | None, int | None], ...]] = (
    # code, title, class, kind, clean hold, dirty hold in minutes
    *(
        (f"SOP-C-{code}-{kind[0].upper()}", f"{kind.capitalize()} cleaning: {code.lower()}", code, kind,
         clean if kind == "full" else 1 * DAY, dirty)
        for code, clean, dirty in (
            ("DISP-BOOTH", 3 * DAY, None), ("HSG", 7 * DAY, 2 * DAY), ("FBD", 7 * DAY, 2 * DAY),
            ("BIN-BLENDER", 7 * DAY, 2 * DAY), ("TABLET-PRESS", 7 * DAY, 3 * DAY), ("PAN-COATER", 7 * DAY, 2 * DAY),
            ("BLISTER-LINE", 14 * DAY, None), ("STBR-SS", 3 * DAY, 12 * HOUR), ("STBR-SU", 7 * DAY, None),
            ("DEPTH-FILTER", 7 * DAY, None), ("CHROM-SKID", 14 * DAY, 8 * HOUR), ("UFDF-SKID", 14 * DAY, 8 * HOUR),
            ("BULK-ISOLATOR", 2 * DAY, 1 * DAY), ("COMP-VESSEL", 2 * DAY, 8 * HOUR),
            ("FILL-ISOLATOR", 2 * DAY, 1 * DAY),
            ("LYOPHILISER", 3 * DAY, 1 * DAY), ("CAPPER", 5 * DAY, None),
        )
        for kind in ("full", "minor")
    ),
)  # fmt: skip

CHANGEOVERS: Final[dict[str, tuple[str, int | None, int | None, bool]]] = {
    # class: cleaning between batches of one campaign, most batches, most days, needs clearance
    "DISP-BOOTH": ("minor", None, None, True),
    "HSG": ("minor", 10, 7, True),
    "FBD": ("minor", 10, 7, True),
    "BIN-BLENDER": ("none", 10, 7, True),
    "TABLET-PRESS": ("minor", 5, 7, True),
    "PAN-COATER": ("minor", 10, 7, True),
    "BLISTER-LINE": ("minor", 20, 14, True),
    "STBR-SS": ("full", None, None, False),
    "STBR-SU": ("full", None, None, False),
    "DEPTH-FILTER": ("full", None, None, False),
    "CHROM-SKID": ("minor", 6, 30, False),
    "UFDF-SKID": ("minor", 6, 30, False),
    "BULK-ISOLATOR": ("full", None, None, True),
    "COMP-VESSEL": ("full", None, None, True),
    "FILL-ISOLATOR": ("full", 1, None, True),
    "LYOPHILISER": ("full", None, None, True),
    "CAPPER": ("minor", None, None, True),
}
