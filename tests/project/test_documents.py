"""The documents say what is there: settings, commands, addresses, fields, versions."""

import re
import tomllib
from typing import Any

import click
import pytest

import ebay_alerts
from ebay_alerts.accounts.audit_schemas import AuditEventOut
from ebay_alerts.accounts.channel_schemas import (
    ChannelIn,
    ChannelOut,
    ChannelPatch,
    NewChannelOut,
    PostingOut,
)
from ebay_alerts.accounts.schemas import AccountOut, AccountPatch
from ebay_alerts.accounts.token_schemas import NewTokenOut, TokenIn
from ebay_alerts.alerts.feed_schemas import FeedOut
from ebay_alerts.alerts.schemas.alerts import (
    AlertIn,
    AlertPatch,
    AlertRow,
)
from ebay_alerts.alerts.schemas.history import (
    AlertChangeOut,
)
from ebay_alerts.alerts.schemas.imports import (
    ImportAsked,
    ImportOut,
    RowDuplicate,
    RowFault,
)
from ebay_alerts.alerts.schemas.listings import (
    ListingOut,
    PricePointOut,
)
from ebay_alerts.analytics.schemas import TrendDayOut
from ebay_alerts.config.environment import SETTINGS
from ebay_alerts.processes.commands import commands
from ebay_alerts.web.api import api
from ebay_alerts.web.metrics import GAUGES
from ebay_alerts.web.schemas import AccountDeletionIn, KeptAccount
from inbox.__main__ import main as inbox_command
from mock_ebay.__main__ import main as mock_command
from tests.project.documents import DOCS, PAGES, ROOT, code_in, read, table


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    settings = read("configuration.md").split("## The mail server")[0]
    documented = {row[0]: (row[1], row[2] == "yes") for row in table(settings, "name")}
    assert documented == {one.name: (one.default, one.secret) for one in SETTINGS}


def test_every_setting_is_documented_with_a_meaning() -> None:
    assert [row[0] for row in table(read("configuration.md"), "name") if len(row[-1]) < 10] == []


def test_the_documents_name_no_setting_that_does_not_exist() -> None:
    known = {one.name for one in SETTINGS} | {f"{one.name}_FILE" for one in SETTINGS if one.secret}
    known |= {str(one.envvar) for one in (*mock_command.params, *inbox_command.params)}
    setting = re.compile(r"\b(?:EBAY|MOCK_EBAY|INBOX|SMTP|DATABASE|BROKER)_[A-Z_]*[A-Z]\b")
    marketplace = re.compile(r"EBAY_[A-Z]{2}")
    named = {name for page in PAGES for name in setting.findall(code_in(page))}
    assert {name for name in named if not marketplace.fullmatch(name)} <= known


def command_names() -> list[str]:
    return commands.list_commands(click.Context(commands))


def test_every_command_is_documented_and_no_other() -> None:
    documented = [row[0] for row in table(read("configuration.md"), "command")]
    assert sorted(documented) == sorted(f"ebay-alerts {name}" for name in command_names())


@pytest.mark.parametrize("name", command_names())
def test_every_option_of_a_command_is_documented(name: str) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    words = {row[0]: row[1] for row in table(read("configuration.md"), "command")}
    options = [option for option in command.params if isinstance(option, click.Option)]
    flags = [flag for option in options for flag in (*option.opts, *option.secondary_opts)]
    assert [flag for flag in flags if f"`{flag}" not in words[f"ebay-alerts {name}"]] == []


def test_the_documents_name_no_command_that_does_not_exist() -> None:
    code = "\n".join(code_in(page) for page in PAGES)
    assert set(re.findall(r"\bebay-alerts ([a-z]+(?:-[a-z]+)*)\b", code)) == {*command_names()}


def test_the_documents_name_no_make_entry_that_does_not_exist() -> None:
    entries = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = "\n".join(code_in(page) for page in PAGES)
    assert set(re.findall(r"\bmake ([a-z-]+)\b", code)) <= entries


@pytest.mark.parametrize(
    ("command", "heading"),
    [(mock_command, "option of the mock"), (inbox_command, "option of the inbox")],
    ids=["mock", "inbox"],
)
def test_every_option_of_mock_and_inbox_is_documented(command: click.Command, heading: str) -> None:
    documented = {row[0]: (row[1], row[2]) for row in table(read("configuration.md"), heading)}
    assert documented == {one.opts[0]: shown_option(one) for one in command.params}


def shown_option(option: click.Parameter) -> tuple[str, str]:
    """Its variable and its default, as the table shows them."""
    default = option.to_info_dict()["default"]
    shown = "off" if default is False else "" if default is None else str(default)
    return str(option.envvar or ""), shown


def operations() -> set[str]:
    paths: dict[str, dict[str, Any]] = api.get_openapi_schema()["paths"]
    return {
        f"{method.upper()} {re.sub(r'{[a-z_]*id}', '{id}', path)}"
        for path, methods in paths.items()
        for method in methods
    }


def test_every_operation_of_the_api_is_documented_and_no_other() -> None:
    documented = re.findall(r"`((?:GET|POST|PATCH|PUT|DELETE) /api/[^`]*)`", read("api.md"))
    assert set(documented) == operations()


def test_every_address_of_the_site_is_documented() -> None:
    text = read("api.md")
    addresses = ("/", "/healthz", "/readyz", "/metrics", str(api.docs_url), str(api.openapi_url))
    assert [one for one in addresses if f"`GET {one}`" not in text] == []


@pytest.mark.parametrize(
    "schema",
    [
        *(AccountOut, AccountPatch, AlertIn, AlertPatch, AlertRow, AlertChangeOut),
        *(AccountDeletionIn, KeptAccount, TokenIn, NewTokenOut, AuditEventOut),
        *(ChannelIn, ChannelPatch, ChannelOut, NewChannelOut, PostingOut, FeedOut),
        *(ImportAsked, ImportOut, RowFault, RowDuplicate),
        *(ListingOut, PricePointOut, TrendDayOut),
    ],
)
def test_every_field_is_documented(schema: Any) -> None:
    text = read("api.md")
    assert [name for name in schema.model_fields if f"`{name}`" not in text] == []


def test_every_metric_is_documented_and_no_other() -> None:
    documented = [row[0] for row in table(read("api.md"), "metric")]
    assert documented == [f"ebay_alerts_{watched.name}" for watched in GAUGES]


def test_there_is_one_version_and_the_changelog_names_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == ebay_alerts.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(ebay_alerts.__version__)}\]", changelog, re.MULTILINE)
    assert "## [Unreleased]" in changelog


def test_the_readme_says_whose_the_project_is_not() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "not eBay's, and not endorsed by eBay" in text


def test_the_picture_in_the_readme_is_a_small_png() -> None:
    picture = DOCS / "images" / "digest.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 250_000
