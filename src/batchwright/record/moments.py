"""Moments as they come in at the JSON edge."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from batchwright.kernel import clock

Moment = Annotated[datetime, AfterValidator(clock.ensure_utc)]
"""With its zone, and kept in UTC: a zone that is farther than any on earth is none that every engine reads."""
