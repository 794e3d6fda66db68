"""Make .venv what uv.lock says; safe to stop, to repeat and to run twice at once."""

from __future__ import annotations

import fcntl
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tools import locked_uv, stamp

EXTENTS = {"runtime": ["--no-dev"], "dev": [], "bench": ["--group", "bench"]}
INDEX_SETTINGS = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")


class SetUpError(Exception):
    """The environment cannot be made; the message says what to do."""


def set_up(root: str, group: str) -> None:
    """Bring .venv to the lock, with at least this group; never take development tools away."""
    with exclusive(Path(root)) as lock:
        if stamp.covers(root, group):
            return
        say("setting up .venv from uv.lock (once)")
        group = widest(group, recorded_group(root))
        remove_broken(root)
        uv = find_uv(Path(root))
        begin(root, group)
        sync(uv, Path(root), group, lock)
        stamp.write(root, group)
        unfinished(root).unlink()


def run_uv(root: str, arguments: list[str]) -> int:
    uv = find_uv(Path(root))
    return subprocess.run([uv, *arguments], env=uv_settings(uv, Path(root)), check=False).returncode  # noqa: S603 - the caller's own command


def say(text: str) -> None:
    sys.stderr.write(f"set-up: {text}\n")


@contextmanager
def exclusive(root: Path) -> Iterator[TextIO]:
    """Hold the set-up's lock. uv inherits it, so it holds while uv runs, even if we are killed."""
    (root / ".tools").mkdir(exist_ok=True)
    with (root / ".tools" / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of this checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def unfinished(root: str) -> Path:
    """Name the note that stands while an environment is being changed; it holds the group."""
    return Path(root, ".tools", "unfinished")


def begin(root: str, group: str) -> None:
    unfinished(root).write_text(group)
    Path(stamp.path(root)).unlink(missing_ok=True)


def recorded_group(root: str) -> str:
    """Return the group that .venv has, or was to get when its set-up was cut short."""
    try:
        cut_short = unfinished(root).read_text()
    except FileNotFoundError:
        cut_short = stamp.GROUPS[0]
    found = stamp.find(root)
    return widest(cut_short, found[1] if found else stamp.GROUPS[0])


def widest(*groups: str) -> str:
    known = [group for group in groups if group in stamp.GROUPS]
    return max(known, key=stamp.GROUPS.index, default=stamp.GROUPS[0])


def remove_broken(root: str) -> None:
    """Drop an environment that uv would take for sound: one cut short, or made in another folder.

    uv believes a package's metadata, whether its other files arrived or not; and scripts hold
    the path of the folder that they were made in.
    """
    found = stamp.find(root)
    moved = found is not None and found[2] != root
    environment = Path(root, ".venv")
    if environment.exists() and (moved or unfinished(root).exists()):
        shutil.rmtree(environment)


def find_uv(root: Path) -> Path:
    try:
        return locked_uv.locate(root)
    except locked_uv.UvUnavailableError as error:
        raise SetUpError(str(error)) from error


def sync(uv: Path, root: Path, group: str, lock: TextIO) -> None:
    settings = uv_settings(uv, root)
    own_index = any(name in settings for name in INDEX_SETTINGS)
    for step in index_steps(group) if own_index else lock_steps(group):
        done = subprocess.run(  # noqa: S603 - fixed commands
            [uv, *step], cwd=root, env=settings, check=False, pass_fds=(lock.fileno(),)
        )
        if done.returncode:
            raise SetUpError("uv could not make .venv; mend what it says above and run it again.")


def lock_steps(group: str) -> list[list[str]]:
    keep = ["--inexact"] if group == "runtime" else []
    return [["sync", "--locked", "--python", locked_uv.base_python(), *EXTENTS[group], *keep]]


def index_steps(group: str) -> list[list[str]]:
    """Take the locked files, checked by their hashes, from the index that the user has set.

    `uv sync` cannot: it takes a lock made from another index for outdated.
    """
    pins, target = ".tools/requirements.txt", ["--python", ".venv"]
    extent = [*EXTENTS[group], "--no-emit-project"]
    return [
        ["venv", "--quiet", "--clear", "--python", locked_uv.base_python(), ".venv"],
        ["export", "--quiet", "--frozen", *extent, "--output-file", pins],
        ["pip", "install", *target, "--require-hashes", "--requirement", pins],
        ["pip", "install", *target, "--no-deps", "--editable", "."],
    ]


def uv_settings(uv: Path, root: Path) -> dict[str, str]:
    """Return the environment for uv; what the user has set in UV_... variables wins."""
    settings = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    settings["UV_PYTHON_DOWNLOADS"] = "never"
    settings["UV_PROJECT_ENVIRONMENT"] = str(root / ".venv")
    if has_certificates():
        settings.setdefault("UV_SYSTEM_CERTS", "true")
    cache = cache_folder(uv, root, settings)
    settings["UV_CACHE_DIR"] = str(cache)
    if cache.stat().st_dev != root.stat().st_dev:
        settings.setdefault("UV_LINK_MODE", "copy")  # what uv would do, after a warning
    return settings


def has_certificates() -> bool:
    """Whether the machine has a certificate store; uv falls back on its own where there is none."""
    paths = ssl.get_default_verify_paths()
    in_folder = paths.capath is not None and any(Path(paths.capath).iterdir())
    return sys.platform == "darwin" or paths.cafile is not None or in_folder


def cache_folder(uv: Path, root: Path, settings: dict[str, str]) -> Path:
    """Return uv's shared cache, or one in the checkout for a user without a writable home."""
    answer = subprocess.run(  # noqa: S603 - a fixed command
        [uv, "cache", "dir"], cwd=root, env=settings, capture_output=True, text=True, check=False
    )
    shared, own = Path(answer.stdout.strip()), root / ".tools" / "cache"
    try:
        shared.mkdir(parents=True, exist_ok=True)
    except OSError:
        shared = own
    folder = shared if answer.stdout.strip() and os.access(shared, os.W_OK) else own
    folder.mkdir(parents=True, exist_ok=True)
    return folder
