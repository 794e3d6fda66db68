"""The price report, from prices that move in the market to the mail in the inbox."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.test import Client

from ebay_alerts.accounts.models import User
from tests.end_to_end.conftest import Person, System

pytestmark = pytest.mark.backend


def morning(system: System) -> list[EmailMessage]:
    """The next night, with its run of the ETL, then 07:00 UTC: the price reports that came."""
    now = system.clock.now()
    night = now.replace(hour=0, minute=20) + timedelta(days=1)
    mails = system.run(seconds=(night - now).total_seconds())
    seven = night.replace(hour=7, minute=1)
    mails += system.run(seconds=(seven - system.clock.now()).total_seconds())
    return [mail for mail in mails if "/r/" in str(mail["List-Unsubscribe"])]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def told(mail: EmailMessage) -> list[str]:
    """Each listing with what is said of its price, in the order of the report."""
    rows = text_of(mail).split("Your alerts")[0].split("\n* ")[1:]
    return [" ".join(row.split("\n")[:2]) for row in rows]


def test_the_report_says_exactly_what_moved(system: System, owner: Person) -> None:
    prices = {"A": 100.0, "B": 200.0, "C": 50.0, "D": 80.0, "E": 60.0}
    ids = {
        name: system.mock.create(f"Zephyr chronograph {name}", price)
        for name, price in prices.items()
    }
    owner.keep("zephyr chronograph", interval_minutes=1440)
    system.run(seconds=5)
    assert [morning(system), morning(system)] == [[], []]
    for name, price in {"A": 80.0, "B": 210.0, "C": 60.0, "D": 70.0}.items():
        system.mock.change(ids[name], price=price)
    system.run(minutes=30)
    system.mock.change(ids["C"], price=50.0)
    system.mock.delete(ids["D"])
    system.run(minutes=30)
    [report] = morning(system)
    assert report["To"] == "owner@example.com"
    assert report["Subject"] == "1 price fell, 1 rose: Zephyr chronograph A down 20 %"
    assert told(report) == [
        "Zephyr chronograph A   $80.00, was $100.00: down 20 %, $20.00 less",
        "Zephyr chronograph B   $210.00, was $200.00: up 5 %, $10.00 more",
    ]
    [picture] = [part for part in report.walk() if part.get_content_type() == "image/png"]
    html = report.get_body(("html",))
    assert html
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html.get_content()
    system.mock.change(ids["A"], price=70.0)
    system.run(minutes=30)
    [report] = morning(system)
    assert told(report) == ["Zephyr chronograph A   $70.00, was $80.00: down 12 %, $10.00 less"]
    assert morning(system) == []


def test_one_click_ends_the_reports(system: System, owner: Person) -> None:
    pk = system.mock.create("Zephyr chronograph A", 100.0)
    owner.keep("zephyr chronograph", interval_minutes=1440)
    system.run(seconds=5)
    morning(system)
    system.mock.change(pk, price=80.0)
    system.run(minutes=30)
    [report] = morning(system)
    link = str(report["List-Unsubscribe"]).strip("<>")
    assert report["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    mailer = Client(enforce_csrf_checks=True)
    answer = mailer.post(
        link.removeprefix("http://localhost:5000"), {"List-Unsubscribe": "One-Click"}
    )
    assert answer.status_code == 200
    system.mock.change(pk, price=60.0)
    system.run(minutes=30)
    assert morning(system) == []
    assert User.objects.get(pk=owner.user.pk).report_frequency == "off"
