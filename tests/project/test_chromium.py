"""The tool that sees to the browser of the tests: what it finds, and that it never fails a run."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(arguments or ("-m", "tools.chromium"))]
    given = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=60, check=False
    )


def found(**environment: str) -> str:
    code = "from tools import chromium; print(chromium.find(), chromium.may_install())"
    return run("-c", code, **environment).stdout.strip()


def test_what_the_environment_names_goes_before_what_the_machine_has(tmp_path: Path) -> None:
    named = tmp_path / "some-chromium"
    named.touch(0o755)
    assert found(CHROMIUM=str(named)) == f"{named} False"


def test_a_browser_that_is_named_and_not_there_is_said_and_fails_nothing(tmp_path: Path) -> None:
    ran = run(CHROMIUM=str(tmp_path / "nothing"))
    assert ran.returncode == 0
    [line] = ran.stderr.splitlines()
    assert "apt-get install --yes --no-install-recommends chromium" in line


def test_nothing_is_installed_where_there_is_no_apt(tmp_path: Path) -> None:
    code = "from tools import chromium; print(chromium.may_install())"
    assert run("-c", code, PATH=str(tmp_path), CHROMIUM="").stdout == "False\n"
