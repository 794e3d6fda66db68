"""Every setting that the environment may give, in one table: name, default, meaning."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

# Begins of keys in tutorials and examples, which stand in every attacker's list.
_KNOWN_KEYS = (
    "django-insecure",
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "example",
    "your-",
)
_SHORTEST_KEY, _FEWEST_CHARACTERS = 32, 12


def is_weak(key: str) -> bool:
    """Whether a key that signs things is short, monotonous, or one that is known."""
    lowered = key.lower()
    return (
        len(key) < _SHORTEST_KEY
        or len(set(key)) < _FEWEST_CHARACTERS
        or lowered.startswith(_KNOWN_KEYS)
    )


class SettingError(ValueError):
    """A setting in the environment cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Setting:
    """One environment variable. A secret may also come from the file that `NAME_FILE` names."""

    name: str
    default: str
    meaning: str
    secret: bool = False


SETTINGS = (
    Setting("EBAY_ALERTS_HOME", "var", "Folder for databases, keys and state."),
    Setting("EBAY_ALERTS_HOST", "127.0.0.1", "Address that web, mock and inbox listen on."),
    Setting("EBAY_ALERTS_PORT", "5000", "Port of the web pages and the API."),
    Setting(
        "EBAY_ALERTS_PUBLIC_URL",
        "",
        "Address that links in mails begin with; by default http://localhost and the port.",
    ),
    Setting(
        "EBAY_ALERTS_ALLOWED_HOSTS",
        "",
        "Host names the site answers to, separated by commas, besides localhost.",
    ),
    Setting("EBAY_ALERTS_MAIL_FROM", "eBay Alerts <alerts@localhost>", "Sender of every mail."),
    Setting(
        "EBAY_ALERTS_BOUNCE_TOKEN",
        "",
        "Secret with which a mail server may tell of bounces; without one it may not.",
        secret=True,
    ),
    Setting(
        "EBAY_ALERTS_CHANNELS_PER_USER",
        "10",
        "Channels (webhooks and push services) that one user may have; 0 for none.",
    ),
    Setting(
        "EBAY_ALERTS_CHANNEL_NETWORKS",
        "",
        "Networks beside the open Internet that channels may lead to, such as 192.168.1.0/24.",
    ),
    Setting(
        "EBAY_ALERTS_APPRISE_HOSTS",
        "",
        "Hosts of push services of your own that Apprise addresses may name, such as ntfy.lan.",
    ),
    Setting(
        "EBAY_ALERTS_CHANNEL_HTTP",
        "off",
        "on or off: webhooks at http:// addresses too, whose bodies anyone on the way can read.",
    ),
    Setting(
        "EBAY_ALERTS_CONFIRMATIONS_PER_HOUR",
        "200",
        "Mails an hour that ask to confirm an address, to all addresses together.",
    ),
    Setting(
        "EBAY_ALERTS_UNCONFIRMED_DAYS",
        "30",
        "Addresses that nobody has confirmed for so many days are erased.",
    ),
    Setting(
        "EBAY_ALERTS_REQUESTS_PER_MINUTE",
        "3000",
        "Calls of the API a minute with one token; more are refused. 0 for any number.",
    ),
    Setting(
        "EBAY_ALERTS_FAILED_TOKENS_PER_MINUTE",
        "30",
        "Calls a minute with a wrong token after which their address is refused; 0 for any number.",
    ),
    Setting(
        "EBAY_ALERTS_TRUSTED_PROXIES",
        "",
        "Addresses or networks of reverse proxies that are believed whom a request comes from.",
    ),
    Setting("EBAY_ALERTS_AUDIT_DAYS", "365", "The audit log is kept for so many days."),
    Setting(
        "EBAY_ALERTS_WHOLE_ADDRESSES",
        "off",
        "on or off: the audit log keeps clients' whole addresses, and not their networks alone.",
    ),
    Setting(
        "EBAY_ALERTS_ROW_TRIES",
        "5",
        "Tries of a row that always fails before it is set aside for an operator to look at.",
    ),
    Setting("EBAY_ALERTS_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting("EBAY_ALERTS_LOG_FORMAT", "text", "text, or json: an object a line, for machines."),
    Setting(
        "SENTRY_DSN",
        "",
        "Where errors are reported (Sentry, or what speaks its protocol); without one nowhere.",
        secret=True,
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "Where spans of tasks and requests are sent (OTLP over HTTP); without one nowhere.",
    ),
    Setting(
        "SECRET_KEY",
        "",
        "Signs links and sessions; made at the first start and kept in the home folder when empty.",
        secret=True,
    ),
    Setting(
        "EBAY_ALERTS_HSTS_SECONDS",
        "0",
        "Seconds for which browsers insist on HTTPS; needs an https:// public address.",
    ),
    Setting(
        "DATABASE_URL",
        "",
        "Database as a URL (postgres://… or sqlite:///…); by default SQLite in the home folder.",
        secret=True,
    ),
    Setting(
        "ANALYTICS_DATABASE_URL",
        "",
        "Database of history, another one than DATABASE_URL's; by default SQLite in the home.",
        secret=True,
    ),
    Setting("BROKER_URL", "", "Broker for Celery (redis://…) when scaled out.", secret=True),
    Setting(
        "SMTP_URL",
        "",
        "Mail server: smtp://, smtp+starttls:// or smtps://user:password@host; else the inbox.",
        secret=True,
    ),
    Setting(
        "EBAY_CLIENT_ID", "", "eBay keyset's client id; without one the mock is asked.", secret=True
    ),
    Setting("EBAY_CLIENT_SECRET", "", "eBay keyset's client secret.", secret=True),
    Setting(
        "EBAY_BASE_URL",
        "",
        "Address of eBay's API; by default the mock, or https://api.ebay.com with a client id.",
    ),
    Setting(
        "EBAY_DELETION_TOKEN",
        "",
        "Verification token of the account-deletion endpoint; without one there is none.",
        secret=True,
    ),
    Setting(
        "EBAY_DELETION_ENDPOINT",
        "",
        "Address of that endpoint exactly as entered at eBay; by default under the public one.",
    ),
    Setting(
        "EVENT_STREAM_URL",
        "",
        "Address of the stream of market events; by default the mock's, and none for eBay.",
    ),
    Setting(
        "EBAY_ALERTS_INSTANT_SECONDS",
        "",
        "Seconds between refreshes for instant alerts; by default 5 for the mock, 300 for eBay.",
    ),
    Setting(
        "EBAY_ALERTS_ALERTS_PER_USER",
        "20000",
        "Alerts that one user may keep; more are refused, over the API and in imports.",
    ),
    Setting(
        "EBAY_ALERTS_SMTP_SESSIONS",
        "8",
        "Sessions with the mail server that one process has at once for a queue, at most.",
    ),
    Setting(
        "EBAY_ALERTS_MAILS_PER_HOUR",
        "0",
        "Mails an hour that all alerts of a user send at most, 0 for any number.",
    ),
    Setting(
        "EBAY_ALERTS_PREVIEWS_PER_HOUR",
        "60",
        "Previews an hour for which a web process asks eBay on behalf of one user.",
    ),
    Setting(
        "EBAY_ALERTS_INSTANT_MAILS_PER_HOUR",
        "20",
        "Mails an hour that a user's instant alerts send at most; near it news comes together.",
    ),
    Setting(
        "EBAY_ALERTS_SWEEP_DEPTH", "1000", "Searches with up to so many results are read whole."
    ),
    Setting("EBAY_ALERTS_LOG_DAYS", "45", "Search changes older than so many days are pruned."),
    Setting(
        "EBAY_ALERTS_ETL_HOUR",
        "0",
        "Hour of UTC (0 to 23) in which each day's history is copied into the analytics database.",
    ),
    Setting(
        "EBAY_ALERTS_HISTORY_DAYS",
        "400",
        "History older than so many days is deleted; at least 60, since reports look back.",
    ),
    Setting(
        "EBAY_ALERTS_MARKET_STATISTICS",
        "on",
        "on or off: median and percentiles of a search's prices; eBay's licence restricts them.",
    ),
    Setting("MOCK_EBAY_PORT", "5001", "Port of the mock eBay."),
    Setting(
        "MOCK_EBAY_CATALOGUE", "", "Product file for the mock instead of its generated catalogue."
    ),
    Setting("MOCK_EBAY_LIVE", "30", "Market moves a minute in the mock; 0 for a still market."),
    Setting(
        "MOCK_EBAY_STATE",
        "",
        "File where the mock keeps state and events; by default in the home folder.",
    ),
    Setting("INBOX_SMTP_PORT", "1025", "SMTP port of the development inbox."),
    Setting("INBOX_HTTP_PORT", "8025", "Web port of the development inbox."),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Environment:
    """The settings as given: the variable, else for a secret its file, else the default."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if variables is None else variables

    def text(self, name: str) -> str:
        """Raises SettingError when a secret's file cannot be read."""
        setting = _BY_NAME[name]
        given = self._variables.get(name, "")
        file = self._variables.get(f"{name}_FILE", "") if setting.secret else ""
        if not given and file:
            given = _read_secret(name, file)
        return given or setting.default

    def number(
        self, name: str, lowest: int = 0, highest: int = 10**9, default: int | None = None
    ) -> int:
        """Raises SettingError for anything but a whole number in the range.

        `default` is for settings whose default depends on others.
        """
        text = self.text(name)
        if not text and default is not None:
            return default
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise SettingError(
                f"{name} is {text!r}; it must be a whole number from {lowest} to {highest}"
            )
        return int(text)

    def switch(self, name: str) -> bool:
        """Raises SettingError for anything but on and off."""
        text = self.text(name)
        if text not in ("on", "off"):
            raise SettingError(f"{name} is {text!r}; it must be on or off")
        return text == "on"

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks separated by commas. Raises SettingError for anything else."""
        parts = [part.strip() for part in self.text(name).split(",")]
        try:
            return tuple(ip_network(part) for part in parts if part)
        except ValueError as error:
            raise SettingError(
                f"{name}: {error}; write networks such as 192.168.1.0/24, with commas between"
            ) from error


def _read_secret(name: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{name}_FILE names {file}, which cannot be read: {error}") from error
