"""compose.yaml as its engine reads it, with containers' names and paths put on this machine."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import psycopg
import yaml

from tests.processes.programs import BIN
from tests.project.documents import ROOT

_VARIABLE = re.compile(r"\$\{([A-Z_]+):-([^${}]*)\}")
_PROGRAMS = {"ebay-alerts": str(BIN / "ebay-alerts"), "python": sys.executable}


def interpolated(text: str, given: dict[str, str]) -> str:
    """`${NAME:-default}` filled in, the innermost first."""
    while _VARIABLE.search(text):
        text = _VARIABLE.sub(lambda found: given.get(found[1]) or found[2], text)
    return text


def read_services(given: dict[str, str] | None = None) -> dict[str, Any]:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    services: dict[str, Any] = yaml.safe_load(interpolated(text, given or {}))["services"]
    return services


def procfile() -> dict[str, list[str]]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    parted = [line.split(": ", 1) for line in lines if not line.startswith("#")]
    return {name: command.split() for name, command in parted}


@dataclass(frozen=True)
class Here:
    """What containers call by one name and this machine by another, the longest name first."""

    names: dict[str, str]
    folder: Path

    def text(self, text: str, volumes: list[str]) -> str:
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace(name, self.names[name])
        for volume in volumes:
            name, path = volume.removesuffix(":ro").split(":")
            text = text.replace(f"{path}/", f"{self.volume(name)}/")
            text = str(self.volume(name)) if text == path else text
        return text

    def volume(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def command(self, service: dict[str, Any]) -> list[str]:
        program, *arguments = (self.text(one, service["volumes"]) for one in service["command"])
        return [_PROGRAMS[program], *arguments]

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        """As the image and the service set it; nothing of the test run's own but its code."""
        given = service["environment"]
        here = {name: self.text(value, service["volumes"]) for name, value in given.items()}
        mounts = [volume.split(":")[0] for volume in service["volumes"] if ":/data" in volume]
        home = str(self.volume(mounts[0] if mounts else "nothing"))
        code = {"PATH": os.defpath, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        return code | {"PYTHONFAULTHANDLER": "1", "EBAY_ALERTS_HOME": home} | here


@contextmanager
def stand_ins(server: str) -> Iterator[dict[str, str]]:
    """Two databases on one server, in the place of the two servers of compose.yaml: what their
    addresses there stand for here."""
    host = quote(parse_qs(urlsplit(server).query)["host"][0], safe="")
    names = [f"compose_{uuid4().hex}" for _ in range(2)]
    role = f"r{uuid4().hex}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE ROLE {role} SUPERUSER LOGIN")
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    yield {
        "alerts:{password}@db:5432/alerts": f"{role}:{{password}}@/{names[0]}?host={host}",
        "alerts:{password}@analytics-db:5432/analytics": (
            f"{role}:{{password}}@/{names[1]}?host={host}"
        ),
    }
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"DROP ROLE {role}")
