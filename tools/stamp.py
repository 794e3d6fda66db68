"""The note in .venv that says what it was set up from, so that a second set-up costs nothing."""

from __future__ import annotations

import os
import sys
from hashlib import sha256

GROUPS = ("runtime", "dev", "bench")  # each holds all that stands before it


def path(root: str) -> str:
    return os.path.join(root, ".venv", "set-up")


def key(root: str, python_version: str = sys.version) -> str:
    """Change when an environment made earlier will not do: other pins, other Python."""
    digest = sha256(python_version.encode())
    for name in ("uv.lock", "pyproject.toml"):
        with open(os.path.join(root, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def write(root: str, group: str) -> None:
    """Appear whole or not at all, so that a killed set-up never leaves half a stamp."""
    draft = f"{path(root)}.{os.getpid()}"
    with open(draft, "w", encoding="utf-8") as file:
        file.write(f"{key(root)}\n{group}\n{root}\n")
    os.replace(draft, path(root))


def find(root: str) -> tuple[str, str, str] | None:
    """Return (key, group, checkout) of the last set-up that came to its end."""
    try:
        with open(path(root), encoding="utf-8") as file:
            found_key, group, checkout = file.read().splitlines()
    except (OSError, ValueError):
        return None
    return (found_key, group, checkout) if group in GROUPS else None


def covers(root: str, group: str) -> bool:
    """Whether the environment stands, here, with these pins and at least this group."""
    found = find(root)
    if found is None or not os.path.exists(os.path.join(root, ".venv", "bin", "python")):
        return False
    found_key, found_group, checkout = found
    holds_group = GROUPS.index(found_group) >= GROUPS.index(group)
    return holds_group and checkout == root and found_key == key(root)
