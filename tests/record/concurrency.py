"""Acts of several people at once: one thread each, all let go at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer | Exception]:
    """Run every act in a thread of its own.

    Returns:
        What each gave, or what it raised, in order.
    """
    answers: list[Answer | Exception] = [TimeoutError("did not end")] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], Answer]) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=120)
            answers[place] = act()
        except Exception as error:  # noqa: BLE001 - handed to the test, which says what it expects
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return answers
