"""The three ways in which the plant says no; each error states the value, the limit and the remedy.

Anything raised that is not a `BatchwrightError` is a bug.
"""


class BatchwrightError(Exception):
    """Root of every error that the project raises on purpose.

    `str()` gives everything in one sentence, so that a log line, a terminal and a page need no code of their own:
    ``pH is above its limit: 7.9 (limit: <= 7.6). Record an exception or measure again.``

    Args:
        message: What is wrong, in the language of the reader.
        value: What was found, as the reader would write it; None where there is no value.
        limit: What would have been accepted; None where there is no limit.
        remedy: What the reader can do now, as a sentence; "" where nothing can be done.
    """

    def __init__(self, message: str, *, value: object = None, limit: object = None, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.value = None if value is None else str(value)
        self.limit = None if limit is None else str(limit)
        self.remedy = remedy

    @property
    def place(self) -> str:
        """Where the error was found, such as ``recipe.xml, line 12``; "" where it has no place."""
        return ""

    def __str__(self) -> str:
        text = f"{self.place}: " if self.place else ""
        text += str(self.message).rstrip(".")
        if self.value is not None:
            text += f": {self.value}"
        if self.limit is not None:
            text += f" (limit: {self.limit})"
        text += "."
        return f"{text} {self.remedy}" if self.remedy else text


class DomainError(BatchwrightError):
    """A rule of the plant refuses the act; the caller can act on it."""


class BadInput(BatchwrightError):
    """Something given to the plant cannot be read; nothing of it was taken in.

    Args:
        message: The reason, in the language of the reader.
        file: Name of the file that holds the value; None where it came from elsewhere.
        line: Line in that file, counted from 1.
        value: The value that could not be read.
        limit: What would have been accepted.
        remedy: What the reader can do now, as a sentence.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        value: object = None,
        limit: object = None,
        remedy: str = "",
    ) -> None:
        super().__init__(message, value=value, limit=limit, remedy=remedy)
        self.file = file
        self.line = line

    @property
    def place(self) -> str:
        """Where the value was found: file, line, both or neither."""
        parts = [] if self.file is None else [self.file]
        if self.line is not None:
            parts.append(f"line {self.line}")
        return ", ".join(parts)


class Unavailable(BatchwrightError):
    """Equipment, a service or the network does not answer; the same act can succeed later."""
