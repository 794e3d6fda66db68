"""Backups: both databases and the key that signs links, in one archive with a manifest.

The analytics database is copied first: what the other one has beyond it, the next run of the ETL
brings. So it is also put back first: wherever a restore dies, history is not ahead.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from ebay_alerts import __version__
from ebay_alerts.accounts.models import User
from ebay_alerts.analytics.models import Listing as KnownListing
from ebay_alerts.analytics.services.etl import give_up_runs
from ebay_alerts.market.models import Search
from ebay_alerts.processes.databases import ANALYTICS, migrate_databases
from ebay_alerts.processes.dumps import (
    check_dump,
    dump_database,
    dump_name,
    has_other_sessions,
    load_database,
)

FORMAT = 1
MANIFEST, KEY = "manifest.json", "secret_key"
ALIASES = (ANALYTICS, "default")
_CHUNK = 2**20


class BadBackup(Exception):
    """The file cannot be restored here; the text says why. Nothing was changed."""


class TargetInUse(Exception):
    """There is something that a restore would destroy; the text says what. Nothing was changed."""


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself: `files` has the SHA-256 of each, `migrations` those applied
    in each database."""

    format: int
    version: str
    made_at: str
    files: Mapping[str, str]
    migrations: Mapping[str, list[str]]


def archive_in(place: Path, now: datetime) -> Path:
    """The file itself, or one named after the moment in a folder."""
    name = f"ebay-alerts-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.zip"
    return place / name if place.is_dir() else place


def back_up(archive: Path, now: datetime) -> None:
    """Write an archive that only its owner may read, whole or not at all.

    Raises DumpFailed, and OSError, as where there is such a file already. It brings nothing up to
    date: a backup is what one makes before that.
    """
    if archive.exists():
        raise FileExistsError(f"{archive} exists already")
    part = archive.with_name(f"{archive.name}.part")
    with TemporaryDirectory(dir=archive.parent, prefix=".backup-") as name:
        folder = Path(name)
        for alias in ALIASES:
            dump_database(alias, folder / dump_name(alias))
        (folder / KEY).write_text(settings.SECRET_KEY, encoding="ascii")
        manifest = Manifest(FORMAT, __version__, now.isoformat(), _sums(folder), _applied())
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        try:
            _pack(folder, part)
            os.replace(part, archive)
        finally:
            part.unlink(missing_ok=True)


def _sums(folder: Path) -> dict[str, str]:
    sums = {}
    for file in sorted(folder.iterdir()):
        with file.open("rb") as stream:
            sums[file.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return sums


def _applied() -> dict[str, list[str]]:
    return {
        alias: sorted(map(".".join, MigrationRecorder(connections[alias]).applied_migrations()))
        for alias in ALIASES
    }


def _pack(folder: Path, part: Path) -> None:
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for file in sorted(folder.iterdir()):
                packed.write(file, file.name)
        stream.flush()
        os.fsync(stream.fileno())


def restore(archive: Path, *, over_existing: bool = False) -> Manifest:
    """Put an archive's databases and key in the place of those here, and bring them up to date.

    Everything is read and checked before anything is changed. Raises BadBackup, TargetInUse and
    DumpFailed.
    """
    with TemporaryDirectory(dir=settings.HOME, prefix=".restore-") as name:
        folder = Path(name)
        manifest = _unpack(archive, folder)
        for alias in ALIASES:
            check_dump(alias, folder / dump_name(alias))
        if not over_existing:
            _check_target()
        for alias in ALIASES:
            load_database(alias, folder / dump_name(alias))
        _keep_key((folder / KEY).read_text(encoding="ascii"))
    migrate_databases()
    give_up_runs("it was going on when the backup was made")
    return manifest


def _unpack(archive: Path, folder: Path) -> Manifest:
    try:
        with zipfile.ZipFile(archive) as packed:
            manifest = _read_manifest(packed.read(MANIFEST))
            _check_fits(manifest)
            for name in manifest.files:
                _unpack_file(packed, name, folder, manifest.files[name])
    except (OSError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise BadBackup(f"{archive} is no backup that can be read: {error}") from error
    return manifest


def _read_manifest(text: bytes) -> Manifest:
    try:
        fields: dict[str, Any] = json.loads(text)
        return Manifest(**fields)
    except (ValueError, TypeError) as error:
        raise BadBackup(f"The backup's manifest cannot be read: {error}") from error


def _check_fits(manifest: Manifest) -> None:
    if manifest.format != FORMAT:
        raise BadBackup(f"The backup is of version {manifest.version}, which writes another form.")
    wanted = {KEY, *(dump_name(alias) for alias in ALIASES)}
    if set(manifest.files) != wanted:
        raise BadBackup(
            f"The backup has {', '.join(sorted(manifest.files))}, and the databases set up here"
            f" take {', '.join(sorted(wanted))}: one is of SQLite and the other of PostgreSQL."
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := {one for some in manifest.migrations.values() for one in some} - known:
        raise BadBackup(
            f"The backup is of version {manifest.version}, newer than this one ({__version__}):"
            f" it has {min(unknown)}. Install that version first."
        )


def _unpack_file(packed: zipfile.ZipFile, name: str, folder: Path, expected: str) -> None:
    made = hashlib.sha256()
    with packed.open(name) as source, (folder / name).open("wb") as target:
        while chunk := source.read(_CHUNK):
            made.update(chunk)
            target.write(chunk)
    if made.hexdigest() != expected:
        raise BadBackup(f"{name} in the backup is not as it was written: its checksum differs.")


def _check_target() -> None:
    for alias in ALIASES:
        if has_other_sessions(alias):
            raise TargetInUse(f"Somebody is connected to the {alias} database; stop everything.")
    for alias, model in (("default", User), ("default", Search), (ANALYTICS, KnownListing)):
        table = model._meta.db_table
        connection = connections[alias]
        if table in connection.introspection.table_names() and model.objects.exists():
            raise TargetInUse(f"The {alias} database is not empty.")


def _keep_key(key: str) -> None:
    file = settings.HOME / KEY
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(key)
