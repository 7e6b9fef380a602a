"""Lengths of time in the words of the floor."""

from datetime import timedelta


def duration(length: timedelta) -> str:
    """A length of time in words, two parts at most, rounded down to minutes.

    Args:
        length: The time; its sign is left aside.

    Returns:
        Such as ``2 h 10 min``, ``3 d 4 h``, ``50 min``; ``less than 1 min`` below a minute.
    """
    minutes = abs(length) // timedelta(minutes=1)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    first = next((index for index, (number, _unit) in enumerate(parts) if number), None)
    if first is None:
        return "less than 1 min"
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)
