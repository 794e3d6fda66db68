"""See to the browser that the tests of pages run in: python -m tools.chromium

It is Debian's Chromium, or whatever CHROMIUM names. Where it is missing, root on a machine with apt
has it installed; anybody else is told how. Never a failure: without it those tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser")
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
MISSING = (
    f"no Chromium: `{' '.join(INSTALL)}` brings it, or CHROMIUM=/path/to/it names it; "
    "the tests of pages in a browser are left out"
)
INSTALL_WITHIN_S = 600


def main() -> int:
    if find() is None and may_install():
        say("installing Chromium for the tests of pages (once)")
        install()
    if find() is None:
        say(MISSING)
    return 0


def find() -> str | None:
    """The path of the browser; what CHROMIUM names goes before what the machine has."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/bin"])
    return next(filter(None, (shutil.which(name, path=path) for name in NAMES)), None)


def may_install() -> bool:
    """Only where nobody is asked for a password, and only if no other browser is named."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    is_named = bool(os.environ.get("CHROMIUM"))
    return is_root and not is_named and shutil.which("apt-get") is not None


def install() -> None:
    """Have apt install it; what apt says is shown, and its failure is no failure of ours."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "--quiet", "update"), INSTALL):
        try:
            subprocess.run(  # noqa: S603 - fixed commands
                command,
                env=environment,
                stdout=sys.stderr,
                stdin=subprocess.DEVNULL,
                timeout=INSTALL_WITHIN_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            say(f"apt could not: {error}")
            return


def say(text: str) -> None:
    sys.stderr.write(f"set-up: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
