"""Few heaps, where the C library lets one say so."""

import platform
import subprocess
import sys

import pytest

ASK = "from ebay_alerts.processes.heaps import keep_few_heaps; print(keep_few_heaps())"


def asked(**environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have one heap")
def test_the_c_library_takes_it_and_what_the_owner_says_goes_before() -> None:
    assert asked() == "True"
    assert asked(MALLOC_ARENA_MAX="4") == "False"
