"""The demo plant at work while its processes are killed: it comes back, and nothing that was acknowledged is lost.

A longer day is ``python -m tests.tools.day --folder F --minutes 60 --kills 50``.
"""

import json
import random
import sys
from pathlib import Path

import pytest

from tests.ports import a_port
from tests.tools import day

SECONDS = 25.0
KILLS = 5
QUICKLY_MADE = """
import sys
from batchwright import cli
from batchwright.site import demo
demo.MAKER = (sys.executable, "-c", '''
import sys
from pathlib import Path
from batchwright.site import demo_filling, start
start.set_up_django()
from batchwright.execution import demo as beginning, demo_story
demo_story.play = lambda hand, until, tell: beginning.seed()
demo_filling.make(Path(sys.argv[1]))
''')
cli.main(sys.argv[1:])
"""
"""The demo without its past, which takes half a minute to play through."""


@pytest.mark.slow
@pytest.mark.either_engine
@pytest.mark.requirement("Annex 11, 16", "ALCOA+ enduring")
def test_a_plant_whose_processes_are_killed_comes_back_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    spent = day.Day(
        tmp_path / "plant", a_port(), [], random.Random(7), program=(sys.executable, "-c", QUICKLY_MADE)
    )
    told = day.spend(spent, seconds=SECONDS, kills=KILLS)
    said = json.dumps(told, indent=1, ensure_ascii=False)
    assert told["kills in all"] == KILLS, said
    assert told["acknowledged"] > KILLS, said
    assert day.whole(told), said


def test_lines_of_a_log_that_nobody_handled_are_found() -> None:
    log = "[INFO] fine\n[ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?\nTraceback (most recent call):"
    assert day.faults(log) == ["Traceback (most recent call):"]


def test_memory_is_told_from_its_beginning_to_its_end() -> None:
    samples = [(float(n), {"web": 1024 * (100 + n)}) for n in range(100)]
    assert day.memory_of(samples) == {"web": {"first": 105, "middle": 150, "last": 195, "peak": 199}}
