"""Find, or fetch and check, the uv that uv.lock names.

uv.lock is read as data: the wheel's address and its hash stand in it, so a plain download
is as safe as an installer, and works where Python comes without pip.
"""

from __future__ import annotations

import http.client
import io
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

DOWNLOAD_TIMEOUT_S = 60
Version = tuple[int, ...]


class UvUnavailableError(Exception):
    """uv cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Machine:
    """What decides which wheel runs here. `libc` is None on musl and on macOS."""

    system: str
    processor: str
    libc: Version | None = None
    macos: Version | None = None


@dataclass(frozen=True)
class Wheel:
    version: str
    url: str
    sha256: str

    @property
    def file_name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


def parse_version(text: str) -> Version:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def this_machine() -> Machine:
    processor = platform.machine().lower()
    if sys.platform == "darwin":
        macos = parse_version(platform.mac_ver()[0])
        return Machine("darwin", processor, macos=macos)
    processor = {"arm64": "aarch64", "amd64": "x86_64"}.get(processor, processor)
    return Machine(sys.platform, processor, libc=find_glibc())


def find_glibc() -> Version | None:
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION")  # "glibc 2.36"; musl does not know the name
    except (ValueError, OSError):
        return None
    return parse_version(name) if name else None


def rank_tag(tag: str, machine: Machine) -> tuple[int, Version] | None:
    """Rank a wheel's platform tag (PEP 425, 600, 656); higher is better, None does not run.

    uv's musl builds are linked statically: they run on every Linux, so they come second on glibc.
    """
    match = re.fullmatch(r"(manylinux|musllinux|macosx)_(\d+)_(\d+)_(\w+)", tag)
    if match is None or match[4] not in (machine.processor, "universal2"):
        return None
    needs = (int(match[2]), int(match[3]))
    if match[1] == "macosx":
        return (1, needs) if machine.macos and needs <= machine.macos else None
    if machine.system != "linux":
        return None
    if match[1] == "musllinux":
        return (0, needs)
    return (1, needs) if machine.libc and needs <= machine.libc else None


def rank_wheel(url: str, machine: Machine) -> tuple[int, Version] | None:
    tags = url.rsplit("/", 1)[-1].removesuffix(".whl").split("-")[-1].split(".")
    return max(filter(None, (rank_tag(tag, machine) for tag in tags)), default=None)


def choose_wheel(lock_text: str, machine: Machine) -> Wheel:
    """Return uv's wheel for this machine, raising UvUnavailableError where none runs."""
    packages = tomllib.loads(lock_text)["package"]
    package = next((one for one in packages if one["name"] == "uv"), None)
    if package is None:
        raise UvUnavailableError("uv.lock names no uv; restore it from version control.")
    ranked = [(rank_wheel(wheel["url"], machine), wheel) for wheel in package["wheels"]]
    fitting = [(rank, wheel) for rank, wheel in ranked if rank is not None]
    if not fitting:
        raise UvUnavailableError(
            f"no uv is built for {machine.system} on {machine.processor}; "
            f"put uv {package['version']} or newer on the PATH and run it again."
        )
    _, best = max(fitting, key=lambda pair: pair[0])
    return Wheel(package["version"], best["url"], best["hash"].removeprefix("sha256:"))


def base_python() -> str:
    """Return the interpreter behind a virtual environment: .venv must not rest on another one."""
    base: str = getattr(sys, "_base_executable", sys.executable)
    return base if os.path.exists(base) else sys.executable


def check_hash(content: bytes, wheel: Wheel) -> bytes:
    if sha256(content).hexdigest() != wheel.sha256:
        raise UvUnavailableError(f"{wheel.file_name} is not the file that uv.lock names")
    return content


def download(wheel: Wheel) -> bytes:
    return read_url(wheel.url, ssl.create_default_context())


def download_with_pip(wheel: Wheel) -> bytes:
    """Ask pip, which knows the proxy, certificates and index that this machine is set to."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text(f"uv=={wheel.version} --hash=sha256:{wheel.sha256}\n")
        command = [base_python(), "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes"]
        command += ["--dest", folder, "--requirement", str(requirements)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - a fixed command
        return Path(folder, wheel.file_name).read_bytes()


def download_unverified(wheel: Wheel) -> bytes:
    """Serve a machine without certificates: the hash alone says whether it is the right file."""
    return read_url(wheel.url, ssl._create_unverified_context())  # noqa: S323 - the hash is checked


def read_url(url: str, context: ssl.SSLContext) -> bytes:
    request = urllib.request.Request(url)  # noqa: S310 - the address stands in uv.lock
    with urllib.request.urlopen(request, timeout=DOWNLOAD_TIMEOUT_S, context=context) as answer:  # noqa: S310 - as above
        content: bytes = answer.read()
    return content


FETCHERS: tuple[Callable[[Wheel], bytes], ...] = (download, download_with_pip, download_unverified)


def fetch(wheel: Wheel, fetchers: tuple[Callable[[Wheel], bytes], ...] = FETCHERS) -> bytes:
    """Return the checked wheel from the first way that works."""
    reasons = []
    for attempt in fetchers:
        try:
            return check_hash(attempt(wheel), wheel)
        except (
            OSError,
            http.client.HTTPException,
            subprocess.CalledProcessError,
            UvUnavailableError,
        ) as error:
            reasons.append(str(error))
    raise UvUnavailableError(
        f"uv {wheel.version} cannot be fetched ({reasons[0]}). Check the network or proxy "
        f"settings, or put uv {wheel.version} or newer on the PATH, and run it again."
    )


def unpack(content: bytes, target: Path) -> None:
    """Write the program out of the wheel; it appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft:
            draft.write(archive.read(member))
    os.chmod(draft.name, 0o755)  # noqa: S103 - a program that everybody may run
    os.replace(draft.name, target)


def find_on_path(at_least: str) -> Path | None:
    found = shutil.which("uv")
    if found is None:
        return None
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    match = re.match(r"uv (\d+\.\d+\.\d+)", answer.stdout)
    recent = match is not None and parse_version(match[1]) >= parse_version(at_least)
    return Path(found) if recent and answer.returncode == 0 else None


def locate(root: Path) -> Path:
    """Return a uv at least as new as the locked one, fetching that into .tools if need be."""
    lock_text = (root / "uv.lock").read_text(encoding="utf-8")
    wheel = choose_wheel(lock_text, this_machine())
    own = root / ".tools" / f"uv-{wheel.version}" / "uv"
    if own.exists():
        return own
    found = find_on_path(wheel.version)
    if found:
        return found
    unpack(fetch(wheel), own)
    return own
