"""What the demo plant consists of: three suites with their classes, units, procedures and rules, as plain tables."""

from typing import Final, NamedTuple

HOUR: Final = 60
DAY: Final = 24 * HOUR

CLASSES: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    # solid dosage
    ("DISP-BOOTH", "Dispensing booth", {"weighing": "0.02..60 kg", "iso-class": "ISO 8", "containment": "yes"}),
    ("HSG", "High-shear granulator", {
        "vessel-volume": "800 L", "working-volume": "240..560 L", "batch-mass": "100..270 kg",
        "impeller-speed": "20..180 1/min", "chopper-speed": "500..3000 1/min", "spray-rate": "1000..12000 g/min",
        "contact-material": "316L", "cleaning-in-place": "yes",
    }),
    ("FBD", "Fluid-bed dryer", {
        "vessel-volume": "1000 L", "working-volume": "300..800 L", "batch-mass": "100..400 kg",
        "inlet-air-temperature": "25..95 Cel", "air-flow": "600..6000 m3/h", "contact-material": "316L",
        "explosion-protected": "yes",
    }),
    ("BIN-BLENDER", "Bin blender", {
        "vessel-volume": "700 L", "working-volume": "280..490 L", "agitation": "4..20 1/min",
    }),
    ("TABLET-PRESS", "Rotary tablet press", {
        "compression-force": "2..100 kN", "turret-speed": "10..100 1/min", "stations": "38 1", "tooling": "B, BB",
    }),
    ("PAN-COATER", "Pan coater", {
        "working-volume": "80..350 L", "inlet-air-temperature": "30..85 Cel", "spray-rate": "50..900 g/min",
        "agitation": "2..16 1/min",
    }),
    ("BULK-PACK", "Bulk packing room", {"weighing": "1..60 kg", "iso-class": "ISO 8"}),
    ("BLISTER-LINE", "Blister line", {"output": "24000 1/h", "iso-class": "ISO 8"}),
    # biologics
    ("SAFETY-CABINET", "Safety cabinet, class II", {"iso-class": "ISO 5", "grade": "A"}),
    ("STBR-SS", "Stirred bioreactor, stainless steel", {
        "working-volume": "2..200 L", "temperature": "4..42 Cel", "agitation": "10..600 1/min",
        "gas-flow": "0..100 L/min", "oxygen-transfer": "20 1/h",
        "contact-material": "316L", "cleaning-in-place": "yes", "steaming-in-place": "yes", "single-use": "no",
    }),
    ("STBR-SU", "Stirred bioreactor, single-use", {
        "working-volume": "0.6..2000 L", "temperature": "10..40 Cel", "agitation": "5..400 1/min",
        "gas-flow": "0..200 L/min", "oxygen-transfer": "20 1/h", "contact-material": "gamma-irradiated film",
        "single-use": "yes",
    }),
    ("DEPTH-FILTER", "Harvest skid, depth filtration", {
        "flow": "50..2400 L/h", "filter-area": "22 m2", "single-use": "yes", "pressure": "0..3 bar",
    }),
    ("CHROM-SKID", "Chromatography skid", {
        "flow": "100..3000 L/h", "column-diameter": "45..100 cm", "bed-height": "10..30 cm", "pressure": "0..6 bar",
        "contact-material": "316L", "cleaning-in-place": "yes",
    }),
    ("UFDF-SKID", "Ultrafiltration and diafiltration skid", {
        "flow": "300..6000 L/h", "filter-area": "15 m2", "working-volume": "20..250 L", "pressure": "0..4 bar",
        "cleaning-in-place": "yes",
    }),
    ("POOL-VESSEL", "Pool vessel", {
        "working-volume": "100..1200 L", "temperature": "2..40 Cel", "agitation": "20..200 1/min",
        "contact-material": "316L", "cleaning-in-place": "yes", "steaming-in-place": "yes",
    }),
    ("VIRUS-FILTER", "Virus filtration skid", {
        "filter-area": "4 m2", "pressure": "0..3.5 bar", "flow": "20..1200 L/h", "single-use": "yes",
    }),
    ("BULK-ISOLATOR", "Bulk fill isolator", {"iso-class": "ISO 5", "grade": "A", "fill-volume": "500..20000 mL"}),
    # aseptic
    ("COMP-VESSEL", "Compounding vessel", {
        "working-volume": "20..300 L", "temperature": "2..60 Cel", "agitation": "20..400 1/min",
        "contact-material": "316L", "cleaning-in-place": "yes", "steaming-in-place": "yes", "iso-class": "ISO 7",
    }),
    ("STERILE-FILTER", "Sterile filtration skid", {
        "filter-area": "1.2 m2", "pressure": "0..5 bar", "contact-material": "316L", "steaming-in-place": "yes",
    }),
    ("TUNNEL", "Washing machine and depyrogenation tunnel", {
        "output": "9000 1/h", "iso-class": "ISO 5", "temperature": "20..360 Cel",
    }),
    ("FILL-ISOLATOR", "Filling isolator", {
        "iso-class": "ISO 5", "grade": "A", "fill-volume": "0.5..50 mL", "output": "9000 1/h",
    }),
    ("LYOPHILISER", "Freeze dryer", {
        "shelf-area": "12 m2", "shelf-temperature": "-55..60 Cel", "condenser-temperature": "-75..20 Cel",
        "chamber-pressure": "0.03..1000 mbar", "ice-capacity": "200 kg", "steaming-in-place": "yes",
        "cleaning-in-place": "yes",
    }),
    ("CAPPER", "Capping machine", {"output": "9000 1/h", "iso-class": "ISO 5"}),
    ("INSPECTION", "Visual inspection", {"output": "3000 1/h", "illuminance": "3000 lx"}),
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
        Unit(
            "BL-101", "Bin blender", "BIN-BLENDER", {}, "Servolift", (("SCREEN-1000", "Screen of 1.0 mm"),)
        ),
        Unit("TP-101", "Tablet press 1", "TABLET-PRESS", {"compression-force": "2..80 kN"}, "Fette"),
        Unit("TP-102", "Tablet press 2", "TABLET-PRESS", {"tooling": "B", "stations": "30 1"}, "Korsch"),
        Unit("CO-101", "Pan coater", "PAN-COATER", {}, "Driam"),
        Unit("BK-101", "Bulk packing room", "BULK-PACK", {}, "Matcon"),
        Unit("BP-101", "Blister line", "BLISTER-LINE", {}, "Uhlmann"),
    )),
    ("BIO", "Biologics", "MAB-TRAIN", "Monoclonal antibody train", (
        Unit("BC-201", "Safety cabinet", "SAFETY-CABINET", {}, "Thermo"),
        Unit("BR-201", "Seed bioreactor 2 L", "STBR-SU",
             {"working-volume": "0.6..2 L", "gas-flow": "0..5 L/min"}, "Sartorius"),
        Unit("BR-202", "Seed bioreactor 20 L", "STBR-SS",
             {"working-volume": "5..20 L", "gas-flow": "0..20 L/min"}, "Sartorius"),
        Unit("BR-203", "Seed bioreactor 200 L", "STBR-SS", {"working-volume": "40..200 L"}, "Bioengineering"),
        Unit("BR-204", "Production bioreactor 2,000 L", "STBR-SU",
             {"working-volume": "400..2000 L", "agitation": "5..150 1/min", "oxygen-transfer": "14 1/h"}, "Cytiva",
             (("BR-204-GAS", "Gas control"), ("BR-204-TEMP", "Temperature control"))),
        Unit("BR-205", "Production bioreactor 2, 2,000 L", "STBR-SU",
             {"working-volume": "400..2000 L", "agitation": "5..150 1/min", "oxygen-transfer": "14 1/h"}, "Cytiva"),
        Unit("HV-201", "Harvest skid", "DEPTH-FILTER", {}, "Merck"),
        Unit("CH-201", "Chromatography skid 1", "CHROM-SKID", {"column-diameter": "45..80 cm"}, "Cytiva"),
        Unit("CH-202", "Chromatography skid 2", "CHROM-SKID", {"column-diameter": "60..100 cm"}, "Cytiva"),
        Unit("PV-201", "Pool vessel 1", "POOL-VESSEL", {}, "Pharmatec"),
        Unit("PV-202", "Pool vessel 2", "POOL-VESSEL", {}, "Pharmatec"),
        Unit("VF-201", "Virus filtration skid", "VIRUS-FILTER", {}, "Asahi Kasei"),
        Unit("UF-201", "UF/DF skid", "UFDF-SKID", {}, "Pall"),
        Unit("BF-201", "Bulk fill isolator", "BULK-ISOLATOR", {}, "Getinge"),
    )),
    ("ASEPTIC", "Aseptic filling", "LYO-LINE", "Freeze-dried vial line", (
        Unit("CV-301", "Compounding vessel", "COMP-VESSEL", {}, "Pharmatec"),
        Unit("SF-301", "Sterile filtration skid", "STERILE-FILTER", {}, "Merck"),
        Unit("TU-301", "Washing machine and tunnel", "TUNNEL", {}, "Syntegon"),
        Unit("FI-301", "Filling isolator", "FILL-ISOLATOR", {}, "Syntegon", (("FI-301-PUMP", "Peristaltic pumps"),)),
        Unit("LY-301", "Freeze dryer 1", "LYOPHILISER", {}, "IMA Life",
             (("LY-301-VAC", "Vacuum system"), ("LY-301-SIL", "Silicone oil circuit"))),
        Unit("LY-302", "Freeze dryer 2", "LYOPHILISER", {"shelf-area": "8 m2", "ice-capacity": "130 kg"}, "IMA Life"),
        Unit("CA-301", "Capping machine", "CAPPER", {}, "Groninger"),
        Unit("IN-301", "Visual inspection", "INSPECTION", {}, "Seidenader"),
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
            ("BULK-PACK", 7 * DAY, None), ("BLISTER-LINE", 14 * DAY, None),
            ("SAFETY-CABINET", 1 * DAY, None), ("STBR-SS", 3 * DAY, 12 * HOUR), ("STBR-SU", 7 * DAY, None),
            ("DEPTH-FILTER", 7 * DAY, None), ("CHROM-SKID", 14 * DAY, 8 * HOUR), ("UFDF-SKID", 14 * DAY, 8 * HOUR),
            ("POOL-VESSEL", 7 * DAY, 12 * HOUR), ("VIRUS-FILTER", 7 * DAY, None),
            ("BULK-ISOLATOR", 2 * DAY, 1 * DAY), ("COMP-VESSEL", 2 * DAY, 8 * HOUR),
            ("STERILE-FILTER", 2 * DAY, 8 * HOUR), ("TUNNEL", 5 * DAY, None), ("FILL-ISOLATOR", 2 * DAY, 1 * DAY),
            ("LYOPHILISER", 3 * DAY, 1 * DAY), ("CAPPER", 5 * DAY, None),
            ("INSPECTION", 7 * DAY, None),
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
    "BULK-PACK": ("minor", None, None, True),
    "BLISTER-LINE": ("minor", 20, 14, True),
    "SAFETY-CABINET": ("full", None, None, True),
    "STBR-SS": ("full", None, None, False),
    "STBR-SU": ("full", None, None, False),
    "DEPTH-FILTER": ("full", None, None, False),
    "CHROM-SKID": ("minor", 6, 30, False),
    "UFDF-SKID": ("minor", 6, 30, False),
    "POOL-VESSEL": ("full", None, None, False),
    "VIRUS-FILTER": ("full", None, None, False),
    "BULK-ISOLATOR": ("full", None, None, True),
    "STERILE-FILTER": ("full", None, None, False),
    "TUNNEL": ("minor", None, None, True),
    "COMP-VESSEL": ("full", None, None, True),
    "FILL-ISOLATOR": ("full", 1, None, True),
    "LYOPHILISER": ("full", None, None, True),
    "CAPPER": ("minor", None, None, True),
    "INSPECTION": ("minor", None, None, True),
}
