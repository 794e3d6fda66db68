"""A worker that Celery gave up on is there again, and one that was told to stop is not."""

import subprocess
import sys
from pathlib import Path

from tests.project.documents import ROOT

# Gives up at its first start, and is told to stop at its second.
_PROGRAM = """
import sys
from pathlib import Path
from celery.worker import state
from ebay_alerts.processes.scaled import run_worker

class Worker:
    def worker_main(self, arguments):
        starts = Path(sys.argv[1])
        starts.write_text(starts.read_text() + " ".join(arguments) + "\\n")
        if len(starts.read_text().splitlines()) == 2:
            state.should_stop = 0

run_worker(Worker(), ["worker", "-Q", "alerts"])
"""


def test_a_worker_that_gave_up_begins_anew_until_it_is_told_to_stop(tmp_path: Path) -> None:
    program, starts = tmp_path / "program.py", tmp_path / "starts.txt"
    program.write_text(_PROGRAM)
    starts.write_text("")
    subprocess.run(
        [sys.executable, str(program), str(starts)],
        env={"PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )
    assert starts.read_text().splitlines() == ["worker -Q alerts"] * 2
