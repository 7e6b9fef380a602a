"""Scales that speak SBI, the Sartorius Balance Interface.

Source: Sartorius operating instructions, chapters "Data interface": Quintix/Secura (16 characters, "Low", "High", "--",
"Err ###"), LE/GC (older "H", "L", "C" and "Err ###"), Master (22 characters: an identifier of six before the same
sixteen, "Stat" for status lines); commands ESC P (print), ESC T or ESC U (tare), ESC V (zero), ESC x1_ (model) and
ESC x2_ (serial number). A line without a unit is not stable. Nothing answers a tare or a zero, so both are confirmed
by reading.
"""

import re
import time
from datetime import timedelta
from decimal import Decimal
from typing import Final

from batchwright.kernel import clock
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.plant.adapters.base import ScaleOnLine
from batchwright.plant.scales import STABLE_WITHIN, Busy, Identity, NotUnderstood, Reading

ESC: Final = "\x1b"
UNITS: Final = {
    "g": "g", "kg": "kg", "mg": "mg", "t": "t", "lb": "[lb_av]", "/lb": "[lb_av]", "oz": "[oz_av]", "/oz": "[oz_av]",
    "ozt": "[oz_tr]", "/ot": "[oz_tr]", "GN": "[gr]", "/gr": "[gr]",
}  # fmt: skip
"""What the scale calls its units, and their UCUM codes."""
_SIGN, _VALUE, _UNIT = slice(0, 1), slice(1, 10), slice(11, 14)
_WIDTH: Final = 14
"""Characters of a line without carriage return and line feed."""
_IDENTIFIER: Final = 6
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_ERROR: Final = re.compile(r"err *(?P<number>\d+)", re.IGNORECASE)
_WORDS: Final = {"high": "high", "h": "high", "hh": "high", "low": "low", "l": "low", "ll": "low"}
_CONFIRM_SECONDS: Final = 0.1


class SbiScale(ScaleOnLine):
    """A scale that speaks SBI; an unstable value is given in the unit it is set up for, as its line names none."""

    def read(self) -> Reading:
        """Give what it shows now, stable or not."""
        raw = self._line.ask(f"{ESC}P\r\n".encode("ascii"))
        field = raw[_IDENTIFIER:] if len(raw) == _WIDTH + _IDENTIFIER else raw
        if len(field) != _WIDTH:
            raise self._strange(raw, "a line of 16 or 22 characters")
        sign, unit = field[_SIGN], field[_UNIT].strip()
        digits = field[_VALUE].replace(" ", "") if sign in "+- " else ""
        # Digits in brackets are those that are not verified for trade; they are digits all the same.
        number = digits.replace("[", "").replace("]", "")
        if not _NUMBER.fullmatch(number) or raw.lower().startswith("stat"):
            raise self._refusal(raw, field)
        value = f"-{number}" if sign == "-" else number
        if unit:
            quantity = self._quantity(value, UNITS.get(unit, ""), unit)
            return Reading(value=quantity, stable=True, at=clock.now(), raw=raw)
        return Reading(value=Quantity(value, self.unit), stable=False, at=clock.now(), raw=raw)

    def tare(self, timeout: timedelta = STABLE_WITHIN) -> Reading:
        """Take what is on it as tare, once it is stable."""
        before = self.read_stable(timeout)
        self._line.tell(f"{ESC}T\r\n".encode("ascii"))
        self._confirm("tare", timeout)
        return before

    def zero(self, timeout: timedelta = STABLE_WITHIN) -> None:
        """Set zero, once it is stable."""
        self.read_stable(timeout)
        self._line.tell(f"{ESC}V\r\n".encode("ascii"))
        self._confirm("zero", timeout)

    def identify(self) -> Identity:
        """Ask who it is."""
        model = self._line.ask(f"{ESC}x1_\r\n".encode("ascii")).strip()
        serial = self._line.ask(f"{ESC}x2_\r\n".encode("ascii")).strip()
        return Identity(model=model, serial=serial)

    def _confirm(self, act: str, timeout: timedelta) -> None:
        """Wait until it shows nothing, stable, give or take its last digit."""
        deadline = time.monotonic() + timeout.total_seconds()
        while True:
            reading = self.read_stable(timeout)
            digit = Decimal(1).scaleb(int(reading.value.value.as_tuple().exponent))
            if abs(reading.value.value) <= digit:
                return
            if time.monotonic() >= deadline:
                raise Busy(
                    f"the scale did not {act}",
                    value=str(reading.value),
                    limit=f"0 {self.unit}, give or take {digit} {self.unit}",
                    remedy="Check what is on the scale, then try again.",
                )
            time.sleep(_CONFIRM_SECONDS)

    def _refusal(self, raw: str, field: str) -> BatchwrightError:
        said = field.strip()
        word = _WORDS.get(said.lower())
        if word is not None:
            return self._overload() if word == "high" else self._underload()
        failed = _ERROR.search(said)
        if failed is not None:
            return NotUnderstood(
                "the scale reports an error of its own",
                value=f"Err {failed['number']}",
                remedy="Look the number up in the manual of the scale.",
            )
        if said in ("--", "C", "Cal.Ext.", "Cal.Int.", "cal"):
            return self._busy("print")
        return self._strange(raw, "a weight, Low, High, -- or Err")
