"""`python -m ebay_alerts.processes.secret_files FOLDER NAME=TEXT...`: secrets of a new deployment.

A password is made at the first call and kept in `FOLDER/password`; each NAME is a file with its
TEXT, in which `{password}` stands for it. What is there already stays, so it may be called at
every start.
"""

import secrets
import sys
from pathlib import Path

# The database server reads the password under a user of its own; the folder itself is shared with
# nobody else.
_MODE = 0o444


def write_secrets(folder: Path, texts: dict[str, str]) -> None:
    password = folder / "password"
    _write(password, secrets.token_urlsafe(32))
    made = password.read_text(encoding="ascii")
    for name, text in texts.items():
        _write(folder / name, text.replace("{password}", made))


def _write(file: Path, text: str) -> None:
    """In whole or not at all, and only where there is none."""
    if file.exists():
        return
    beside = file.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.write_text(text, encoding="ascii")
    beside.chmod(_MODE)
    beside.replace(file)


if __name__ == "__main__":
    write_secrets(Path(sys.argv[1]), dict(one.split("=", 1) for one in sys.argv[2:]))
