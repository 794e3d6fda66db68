"""Django's settings, composed from the environment."""

import os
import re
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from ebay_alerts.config.environment import Environment, SettingError, is_weak
from ebay_alerts.kit.turns import use_turns

env = Environment()


def _home() -> Path:
    home = Path(env.text("EBAY_ALERTS_HOME")).absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"EBAY_ALERTS_HOME: {home} cannot be made: {error}") from error
    return home


def _secret_key(home: Path) -> str:
    """The key given, else the one kept in the home folder, made at the first start."""
    if given := env.text("SECRET_KEY"):
        if is_weak(given):
            raise SettingError(
                "SECRET_KEY can be guessed: whoever does can open every page that mails link to."
                " Give 32 random characters or more, or leave it empty to have one made"
            )
        return given
    file = home / "secret_key"
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(key := secrets.token_urlsafe(50))
    return key


def _database(name: str, file: Path, pragmas: str = "") -> dict[str, Any]:
    database: dict[str, Any] = dict(dj_database_url.parse(env.text(name) or f"sqlite:///{file}"))
    options = dict(database.get("OPTIONS") or {})  # the query of the URL, such as sslmode
    if str(database["ENGINE"]).endswith("sqlite3"):
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            f" PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; {pragmas}",
        }
    elif str(database["ENGINE"]).endswith("postgresql"):
        options |= {"pool": {"min_size": 0, "max_size": 16, "timeout": 20}}
    return database | {"OPTIONS": options}


def _databases(home: Path) -> dict[str, dict[str, Any]]:
    """The operational database and that of analytics, each with its own table of migrations."""
    operational = _database("DATABASE_URL", home / "alerts.sqlite3")
    # A page of the ETL goes all over the tables. What fits into the cache is written once, and a
    # longer journal (40 MB) is copied less often; a connection that reads little takes little.
    pragmas = "PRAGMA cache_size=-64000; PRAGMA wal_autocheckpoint=10000;"
    analytics = _database("ANALYTICS_DATABASE_URL", home / "analytics.sqlite3", pragmas)
    place = ("ENGINE", "HOST", "PORT", "NAME")
    if [operational.get(part) for part in place] == [analytics.get(part) for part in place]:
        raise SettingError(
            "ANALYTICS_DATABASE_URL names the database of DATABASE_URL; give it one of its own"
        )
    return {"default": operational, "analytics": analytics}


def _deletion_token() -> str:
    """eBay's rule: 32 to 80 letters, digits, underscores and hyphens. The value is never told."""
    token = env.text("EBAY_DELETION_TOKEN")
    if token and not re.fullmatch(r"[A-Za-z0-9_-]{32,80}", token):
        raise SettingError(
            "EBAY_DELETION_TOKEN must have 32 to 80 characters of A-Z, a-z, 0-9, _ and -"
        )
    return token


def _deletion_endpoint(public_url: str) -> str:
    """The address as eBay knows it: it is part of what eBay's challenge is answered with."""
    endpoint = env.text("EBAY_DELETION_ENDPOINT") or f"{public_url}/ebay/account-deletion"
    is_real = bool(env.text("EBAY_CLIENT_ID")) and bool(env.text("EBAY_DELETION_TOKEN"))
    if is_real and not endpoint.startswith("https://"):
        raise SettingError(
            f"eBay sends deletion notices to https:// addresses alone, not to {endpoint}; set"
            " EBAY_ALERTS_PUBLIC_URL or EBAY_DELETION_ENDPOINT, or leave EBAY_DELETION_TOKEN empty"
        )
    return endpoint


def _cache(broker: str) -> dict[str, Any]:
    """Where rates are counted: in Redis for all web processes together, where that is the broker,
    else in the process."""
    if broker.startswith(("redis://", "rediss://")) and find_spec("redis"):
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": broker,
            "KEY_PREFIX": "ebay-alerts",
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    return {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }


def _otlp_endpoint() -> str:
    endpoint = env.text("OTEL_EXPORTER_OTLP_ENDPOINT")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise SettingError(
            "OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https://: OTLP over HTTP, on"
            " port 4318 as a rule"
        )
    return endpoint


HOME = _home()
SECRET_KEY = _secret_key(HOME)
KEEPS_SECRET_KEY = not env.text("SECRET_KEY")
HOST = env.text("EBAY_ALERTS_HOST")
PORT = env.number("EBAY_ALERTS_PORT", 1, 65535)
PUBLIC_URL = (env.text("EBAY_ALERTS_PUBLIC_URL") or f"http://localhost:{PORT}").rstrip("/")
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    urlsplit(PUBLIC_URL).hostname or "localhost",
    *filter(None, env.text("EBAY_ALERTS_ALLOWED_HOSTS").replace(" ", "").split(",")),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "ebay_alerts.web.views.no_csrf"
DEBUG = False

# Security. Where people come over HTTPS, cookies go over nothing else.
IS_HTTPS = PUBLIC_URL.startswith("https://")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = env.number("EBAY_ALERTS_HSTS_SECONDS", 0, 63_072_000) if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = env.networks("EBAY_ALERTS_TRUSTED_PROXIES")
AUDIT_DAYS = env.number("EBAY_ALERTS_AUDIT_DAYS", 1, 36_500)
WHOLE_ADDRESSES = env.switch("EBAY_ALERTS_WHOLE_ADDRESSES")
REQUESTS_PER_MINUTE = env.number("EBAY_ALERTS_REQUESTS_PER_MINUTE", 0, 1_000_000)
FAILED_TOKENS_PER_MINUTE = env.number("EBAY_ALERTS_FAILED_TOKENS_PER_MINUTE", 0, 1_000_000)

INSTALLED_APPS = [
    "ebay_alerts.web.admin_app.OperatorsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    # Its table of sessions is empty, but for installations that are being updated.
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
    "ebay_alerts.setbacks",
    # Before allauth, whose templates ours stand in front of.
    "ebay_alerts.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ebay_alerts.mail",
    "ebay_alerts.market",
    "ebay_alerts.alerts",
    "ebay_alerts.analytics",
    "ebay_alerts.web",
]
MIDDLEWARE = [
    "ebay_alerts.web.middleware.RequestIds",
    "django.middleware.security.SecurityMiddleware",
    "ebay_alerts.web.middleware.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ebay_alerts.web.middleware.ApiProblems",
    "ebay_alerts.web.limits.TokenLimits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ebay_alerts.web.middleware.SeenSessions",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "ebay_alerts.config.urls"
ASGI_APPLICATION = "ebay_alerts.config.asgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
# Served from the packages themselves: a wheel needs no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

DATABASES = _databases(HOME)
DATABASE_ROUTERS = ["ebay_alerts.analytics.routing.AnalyticsRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

# Signing in. Addresses are confirmed by accounts/confirming.py alone, before there is a password.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "alerts"
ACCOUNT_ADAPTER = "ebay_alerts.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# Signing up is not by its form; but only with this does it ask for a password at all.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    name: f"ebay_alerts.accounts.sign_in_forms.{form}"
    for name, form in {
        "login": "SignInForm",
        "request_login_code": "CodeRequestForm",
        "confirm_login_code": "CodeForm",
        "reset_password": "ResetRequestForm",
        "reset_password_from_key": "ResetForm",
        "change_password": "ChangePasswordForm",
        "set_password": "SetPasswordForm",
        "reauthenticate": "PasswordAgainForm",
    }.items()
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
# Who was asked for password or code is not asked again for so many seconds.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
MFA_ADAPTER = "ebay_alerts.accounts.second_factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A code is good for its 30 seconds and those beside them: typing takes time (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1
# Whoever can sign in has confirmed the address, which allauth does not know.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "ebay_alerts.accounts.factor_forms.FactorForm",
    "reauthenticate": "ebay_alerts.accounts.factor_forms.FactorAgainForm",
    "activate_totp": "ebay_alerts.accounts.factor_forms.ActivateForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "ebay_alerts.accounts.sessions"
SESSION_COOKIE_AGE = 30 * 86_400
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
use_turns(str(DATABASES["default"]["ENGINE"]).endswith("sqlite3"))

# eBay: with a keyset the real marketplace is asked, without one the mock.
EBAY_CLIENT_ID = env.text("EBAY_CLIENT_ID")
EBAY_CLIENT_SECRET = env.text("EBAY_CLIENT_SECRET")
MOCK_EBAY_PORT = env.number("MOCK_EBAY_PORT", 1, 65535)
MOCK_EBAY_CATALOGUE = env.text("MOCK_EBAY_CATALOGUE")
MOCK_EBAY_LIVE = env.number("MOCK_EBAY_LIVE", 0, 6000)
MOCK_EBAY_STATE = env.text("MOCK_EBAY_STATE")
if bool(EBAY_CLIENT_ID) != bool(EBAY_CLIENT_SECRET):
    raise SettingError("EBAY_CLIENT_ID and EBAY_CLIENT_SECRET go together: set both or neither")
EBAY_IS_MOCK = not EBAY_CLIENT_ID
EBAY_BASE_URL = env.text("EBAY_BASE_URL") or (
    f"http://127.0.0.1:{MOCK_EBAY_PORT}" if EBAY_IS_MOCK else "https://api.ebay.com"
)
# Whether the mock of this very process is asked.
MOCK_IS_EBAY = EBAY_IS_MOCK and not env.text("EBAY_BASE_URL")
EBAY_DELETION_TOKEN = _deletion_token()
EBAY_DELETION_ENDPOINT = _deletion_endpoint(PUBLIC_URL)
# The real eBay has no stream of events; the mock has.
EVENT_STREAM_URL = env.text("EVENT_STREAM_URL") or (EBAY_BASE_URL if EBAY_IS_MOCK else "")
INSTANT_SECONDS = env.number(
    "EBAY_ALERTS_INSTANT_SECONDS", 1, 86_400, default=5 if EBAY_IS_MOCK else 300
)
ALERTS_PER_USER = env.number("EBAY_ALERTS_ALERTS_PER_USER", 1, 1_000_000)
SMTP_SESSIONS = env.number("EBAY_ALERTS_SMTP_SESSIONS", 1, 50)
MAILS_PER_HOUR = env.number("EBAY_ALERTS_MAILS_PER_HOUR", 0, 360)
PREVIEWS_PER_HOUR = env.number("EBAY_ALERTS_PREVIEWS_PER_HOUR", 0, 10_000)
INSTANT_MAILS_PER_HOUR = env.number("EBAY_ALERTS_INSTANT_MAILS_PER_HOUR", 1, 360)
# However rarely an alert is due, what it shows is no older than this (6 hours for eBay's terms).
LONGEST_REFRESH_SECONDS = 30 if EBAY_IS_MOCK else 6 * 3600
# The mock has no quota to keep; eBay's is 5,000 calls a day.
SWEEP_SECONDS = 30 if EBAY_IS_MOCK else 900
CHEAPEST_SECONDS = 60 if EBAY_IS_MOCK else 1800
SWEEP_DEPTH = env.number("EBAY_ALERTS_SWEEP_DEPTH", 1, 10_000)
LOG_DAYS = env.number("EBAY_ALERTS_LOG_DAYS", 1, 3650)

# Analytics: the hour of UTC after which each day's ETL runs, and how long history is kept. A report
# looks back 30 days.
ETL_HOUR = env.number("EBAY_ALERTS_ETL_HOUR", 0, 23)
HISTORY_DAYS = env.number("EBAY_ALERTS_HISTORY_DAYS", 60, 36_500)
# Median and percentiles of a search's prices, which eBay's licence restricts.
MARKET_STATISTICS = env.switch("EBAY_ALERTS_MARKET_STATISTICS")

# Mail
INBOX_SMTP_PORT = env.number("INBOX_SMTP_PORT", 1, 65535)
INBOX_HTTP_PORT = env.number("INBOX_HTTP_PORT", 1, 65535)
INBOX_IS_MAIL_SERVER = not env.text("SMTP_URL")
SMTP_URL = env.text("SMTP_URL") or f"smtp://127.0.0.1:{INBOX_SMTP_PORT}"
MAIL_FROM = env.text("EBAY_ALERTS_MAIL_FROM")
CONFIRMATIONS_PER_HOUR = env.number("EBAY_ALERTS_CONFIRMATIONS_PER_HOUR", 0, 1_000_000)
# A link that confirms an address is good for 3 days.
UNCONFIRMED_DAYS = env.number("EBAY_ALERTS_UNCONFIRMED_DAYS", 4, 3650)
BOUNCE_TOKEN = env.text("EBAY_ALERTS_BOUNCE_TOKEN")

# Channels: webhooks and push services of users.
CHANNELS_PER_USER = env.number("EBAY_ALERTS_CHANNELS_PER_USER", 0, 1000)
CHANNEL_NETWORKS = env.networks("EBAY_ALERTS_CHANNEL_NETWORKS")
APPRISE_HOSTS = frozenset(
    filter(None, env.text("EBAY_ALERTS_APPRISE_HOSTS").lower().replace(" ", "").split(","))
)
CHANNEL_HTTP = env.switch("EBAY_ALERTS_CHANNEL_HTTP")

# Tries of a row that always fails before it is set aside.
ROW_TRIES = env.number("EBAY_ALERTS_ROW_TRIES", 1, 100)

BROKER_URL = env.text("BROKER_URL")
CACHES = {"default": _cache(BROKER_URL)}
LOG_LEVEL = env.text("EBAY_ALERTS_LOG_LEVEL")
LOG_FORMAT = env.text("EBAY_ALERTS_LOG_FORMAT")
SENTRY_DSN = env.text("SENTRY_DSN")
OTLP_ENDPOINT = _otlp_endpoint()
LOGGING_CONFIG = None
