"""Scales that speak MT-SICS, the Mettler-Toledo Standard Interface Command Set.

Source: "Reference Manual MT-SICS Interface Commands" (Mettler-Toledo 11780711 and 30014405): sections 2.2 "Response
formats" (command, status, weight right-aligned in ten characters, unit), 2.3.2 "General error messages" (ES, ET, EL),
and the commands SI, T, Z, I2 and I4. A stable value is waited for with SI again and again rather than with one S: a
pending S could only be given up with @, which also clears the tare.
"""

import re
from datetime import timedelta
from typing import Final

from batchwright.kernel import clock
from batchwright.kernel.errors import BatchwrightError
from batchwright.plant.adapters.base import ScaleOnLine
from batchwright.plant.scales import STABLE_WITHIN, Identity, NotUnderstood, Reading

UNITS: Final = {
    "g": "g", "kg": "kg", "mg": "mg", "ug": "ug", "t": "t", "lb": "[lb_av]", "oz": "[oz_av]", "ozt": "[oz_tr]",
    "GN": "[gr]",
}  # fmt: skip
"""What the scale calls its units, and their UCUM codes."""
_ERRORS: Final = {
    "ES": "the scale does not know the command",
    "ET": "the scale received a broken command",
    "EL": "the scale cannot carry the command out",
}
_WEIGHT: Final = re.compile(r"(?P<status>[SD]) +(?P<value>-?\d+(\.\d+)?) (?P<unit>\S{1,6})")
_TEXT: Final = re.compile(r'A "(?P<text>[^"]*)"')


class MtSicsScale(ScaleOnLine):
    """A scale that speaks MT-SICS."""

    def read(self) -> Reading:
        """Give what it shows now, stable or not."""
        return self._weight("SI", "S")

    def tare(self, timeout: timedelta = STABLE_WITHIN) -> Reading:
        """Take what is on it as tare, once it is stable."""
        self.read_stable(timeout)
        return self._weight("T", "T")

    def zero(self, timeout: timedelta = STABLE_WITHIN) -> None:
        """Set zero, once it is stable."""
        self.read_stable(timeout)
        said = self._asked("Z", "Z")
        if said != "A":
            raise self._refusal(said, "Z")

    def identify(self) -> Identity:
        """Ask who it is."""
        return Identity(model=self._text("I2"), serial=self._text("I4"))

    def _asked(self, command: str, name: str) -> str:
        """What follows the command's name in its answer."""
        raw = self._line.ask(f"{command}\r\n".encode("ascii"))
        if raw in _ERRORS:
            raise NotUnderstood(_ERRORS[raw], value=command, remedy="Check the type of the scale and its settings.")
        answered, _blank, rest = raw.partition(" ")
        if answered != name or not rest:
            raise self._strange(raw, f"an answer to {command}")
        return rest

    def _weight(self, command: str, name: str) -> Reading:
        rest = self._asked(command, name)
        found = _WEIGHT.fullmatch(rest)
        if found is None:
            raise self._refusal(rest, command)
        value = self._quantity(found["value"], UNITS.get(found["unit"], ""), found["unit"])
        return Reading(value=value, stable=found["status"] == "S", at=clock.now(), raw=f"{name} {rest}")

    def _text(self, command: str) -> str:
        rest = self._asked(command, command)
        found = _TEXT.fullmatch(rest)
        if found is None:
            raise self._refusal(rest, command)
        return found["text"].strip()

    def _refusal(self, said: str, command: str) -> BatchwrightError:
        if said == "+":
            return self._overload()
        if said == "-":
            return self._underload()
        if said in ("I", "L"):
            return self._busy(command)
        return self._strange(f"{command} {said}", f"an answer to {command}")
