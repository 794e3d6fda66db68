"""Ask the vulnerability service of PyPI about every package that uv.lock names, by pip-audit.

Exit codes: 0 nothing is known, 1 something is, 2 the service could not be asked about all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools import bootstrap, environment

ROOT = Path(__file__).resolve().parent.parent
FOUND, NOT_ASKED = 1, 2
EXPORT = ("export", "--frozen", "--all-groups", "--all-extras", "--no-emit-project", "--quiet")
# In an environment of its own, so that .venv stays what development needs.
ASK = ("run", "--frozen", "--isolated", "--only-group", "audit", "--quiet", "pip-audit")
AS_JSON = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="ebay-alerts-audit-") as folder:
        locked, report = Path(folder, "locked.txt"), Path(folder, "report.json")
        try:
            if environment.run_uv(str(ROOT), [*EXPORT, "--output-file", str(locked)]):
                return bootstrap.refuse("uv.lock could not be read.", NOT_ASKED)
            asked = [*ASK, "--requirement", str(locked), *AS_JSON, "--output", str(report)]
            said = _run_uv(asked)
        except (environment.SetUpError, OSError, subprocess.SubprocessError) as error:
            return bootstrap.refuse(str(error), NOT_ASKED)
        is_there = report.exists() and report.stat().st_size
        sys.stderr.write("" if is_there else said)
        text, code = verdict(report.read_text(encoding="utf-8") if is_there else "")
    sys.stdout.write(text)
    return code


def _run_uv(arguments: list[str]) -> str:
    """Return what it said on standard error: pip-audit calls unchecked packages sound there."""
    uv = environment.find_uv(ROOT)
    settings = environment.uv_settings(uv, ROOT)
    command = [str(uv), *arguments]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return done.stderr


def verdict(report: str) -> tuple[str, int]:
    """Say what pip-audit's report comes to, and the exit code for it."""
    packages = _packages(report)
    if packages is None:
        return "The vulnerability service could not be reached; nothing was checked.\n", NOT_ASKED
    faults = [line for package in packages for line in _faults(package)]
    unasked = [package["name"] for package in packages if "skip_reason" in package]
    lines = [*faults, *_words(len(packages), len(faults), unasked)]
    return "".join(f"{line}\n" for line in lines), _code(
        bool(faults), bool(unasked) or not packages
    )


def _code(is_faulty: bool, is_partly: bool) -> int:
    return FOUND if is_faulty else NOT_ASKED if is_partly else 0


def _packages(report: str) -> list[dict[str, Any]] | None:
    """None where the report breaks off, or there is none."""
    try:
        return list(json.loads(report)["dependencies"])
    except (ValueError, KeyError, TypeError):
        return None


def _faults(package: dict[str, Any]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {fault['id']}, mended in"
        f" {', '.join(fault['fix_versions']) or 'no version yet'}"
        for fault in package.get("vulns", ())
    ]


def _words(packages: int, faults: int, unasked: list[str]) -> list[str]:
    if len(unasked) == packages:
        return ["The vulnerability service answered about no package; nothing was checked."]
    words = [f"{packages - len(unasked)} packages checked, {faults or 'no'} known faults."]
    return [*words, *([f"Not checked: {', '.join(unasked)}."] if unasked else [])]


if __name__ == "__main__":
    sys.exit(main())
