"""Few heaps, where the C library lets one say so."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ebay_alerts.processes.heaps import HEAPS
from tests.project.documents import ROOT

ASK = "from ebay_alerts.processes.heaps import keep_few_heaps; print(keep_few_heaps())"


def asked(**environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


# Runs a command of ours, then has threads allocate at once, and has the C library list its heaps.
COUNT = """
import ctypes, sys, threading
from ebay_alerts.cli import main
sys.argv = ["ebay-alerts", "--help"]
try:
    main()
except SystemExit:
    pass
libc, ready = ctypes.CDLL(None), threading.Barrier(8)
def allocate():
    ready.wait(10)
    libc.malloc(1000)
    ready.wait(10)
threads = [threading.Thread(target=allocate) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
sys.stdout.flush()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""
only_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other libraries have one heap"
)


@only_glibc
def test_the_c_library_takes_it_and_what_the_owner_says_goes_before() -> None:
    assert asked() == "True"
    assert asked(MALLOC_ARENA_MAX="4") == "False"


@only_glibc
def test_a_command_has_no_more_heaps_however_many_threads_it_starts(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", COUNT],
        env={"EBAY_ALERTS_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 1 <= ran.stdout.count("<heap nr=") <= HEAPS
