"""Settings for tests: the product's own, on a throw-away home and the database under test."""

import os
import tempfile

os.environ.setdefault("EBAY_ALERTS_HOME", tempfile.mkdtemp(prefix="ebay-alerts-tests-"))

from ebay_alerts.config.settings import *  # noqa: F403
from ebay_alerts.config.settings import DATABASES

if os.environ.get("TEST_BACKEND") == "postgresql":
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        **{key: os.environ[f"TEST_POSTGRESQL_{key}"] for key in ("NAME", "USER", "HOST", "PORT")},
        "PASSWORD": os.environ.get("TEST_POSTGRESQL_PASSWORD", ""),
    }
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
