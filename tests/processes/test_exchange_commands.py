"""`ebay-alerts export` and `import`: files in and out, each bad row named."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ebay_alerts.alerts.models import Alert
from ebay_alerts.processes.commands import commands
from tests.alerts.conftest import Desk, desk

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(transaction=True)
ANN, BOB = "ann@example.com", "bob@example.com"


def run(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(commands, arguments, input=text)


def keywords_of(email: str) -> list[str]:
    return list(Alert.objects.filter(user__email=email).values_list("keywords", flat=True))


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_is_exported_is_imported_by_another_user(
    desk: Desk, tmp_path: Path, form: str
) -> None:
    ann = desk.user("ann")
    desk.user("bob")
    desk.keep(ann, "wine -cooler", max_price="12.50")
    desk.keep(ann, "", listing="https://www.ebay.de/itm/256123456789")
    out = run("export", "--user", "ANN@example.com", "--format", form)
    assert out.exit_code == 0
    file = tmp_path / f"alerts.{form}"
    file.write_text(out.stdout, encoding="utf-8")

    result = run("import", "--user", BOB, str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "2 kept, 0 passed over, 0 with a fault"
    again = run("export", "--user", BOB, "--format", form)
    assert again.stdout == out.stdout

    result = run("import", "--user", BOB, str(file))
    assert result.exit_code == 0
    assert "row 2: passed over, kept as alert" in result.stdout
    assert result.stdout.splitlines()[-1] == "0 kept, 2 passed over, 0 with a fault"


def test_bad_rows_are_named_and_good_ones_go_in(desk: Desk, tmp_path: Path) -> None:
    desk.user("ann")
    file = tmp_path / "alerts.csv"
    file.write_text("keywords,interval_minutes\nwine,15\n(wine,15\nport,often\n", encoding="utf-8")

    dry = run("import", "--user", ANN, "--dry-run", str(file))
    assert dry.exit_code == 1
    assert dry.stdout == "1 would be kept, 0 passed over, 2 with a fault\n"
    assert keywords_of(ANN) == []
    result = run("import", "--user", ANN, str(file))
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first.startswith("row 3: keywords: This parenthesis is never closed")
    assert first.endswith("(at character 0)")
    assert second.startswith("row 4: interval_minutes: ")
    assert keywords_of(ANN) == ["wine"]


def test_standard_input_is_read(desk: Desk) -> None:
    desk.user("ann")
    body = json.dumps([{"keywords": "wine", "interval_minutes": 15}])
    assert run("import", "--user", ANN, "-", text=body).exit_code == 0
    assert keywords_of(ANN) == ["wine"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("import", "--user", ANN, "-"), "no json"),
        (("import", "--user", ANN, "--format", "csv", "-"), "surprise\n1\n"),
        (("import", "--user", "nobody@example.com", "-"), "[]"),
        (("export", "--user", "nobody@example.com"), ""),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    desk: Desk, arguments: tuple[str, ...], text: str
) -> None:
    desk.user("ann")
    result = run(*arguments, text=text)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
