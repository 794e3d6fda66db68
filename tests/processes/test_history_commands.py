"""`ebay-alerts etl` as it is called."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from ebay_alerts.analytics.models import EtlRun, PricePoint
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.history import etl
from tests.market.scenery import offer, record, search_for, seen

pytestmark = pytest.mark.django_db(transaction=True)


def run(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(etl, options)
    return result.exit_code, result.output


def test_it_says_what_it_copied_and_then_that_nothing_was_new() -> None:
    record([seen(0, offer("Wine"))], search_for("wine"))
    code, words = run()
    assert code == 0
    assert words.startswith("1 arrivals and departures, 1 price points, 1 searches figured; ")
    assert run()[1].startswith("nothing was new; ")
    assert PricePoint.objects.count() == 1


def test_a_rebuild_reads_everything_again() -> None:
    record([seen(0, offer("Wine"))], search_for("wine"))
    run()
    assert "1 price points" in run("--rebuild")[1]
    assert "1 price points" in run("--since", "2026-05-01")[1]
    assert run("--since", "2026-05-02")[1].startswith("nothing was new; ")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--since", "yesterday"), "'yesterday' does not match the format '%Y-%m-%d'"),
        (("--since", "2026-01-01", "--rebuild"), "exclude each other"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    options: tuple[str, ...], reason: str
) -> None:
    code, words = run(*options)
    assert (code, reason in words) == (2, True), words


def test_a_run_beside_another_is_refused() -> None:
    now = clock.now()
    EtlRun.objects.create(started_at=now, lease_until=now + timedelta(minutes=5))
    code, words = run()
    assert code == 2
    assert "is still running" in words
