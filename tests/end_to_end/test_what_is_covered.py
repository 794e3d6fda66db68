"""What an alert sees of eBay and says about it: kinds of offers, cost, currency, how often."""

from email.message import EmailMessage

import pytest

from ebay_alerts.market.models import Fetch
from tests.end_to_end.conftest import Person, System
from tests.end_to_end.test_main_job import text_of, titles

pytestmark = pytest.mark.backend


@pytest.fixture
def zithers(system: System) -> None:
    system.mock.create("Zither at a fixed price", 50, shipping=5)
    system.mock.create("Zither at auction", 20, buying_options=["AUCTION"], bid=20, shipping=0)
    system.mock.create("Zither with calculated shipping", 30, shipping="calculated")


def words_about(title: str, mail: EmailMessage) -> str:
    return text_of(mail).split(f"* {title}\n")[1].split("\n")[0].strip()


@pytest.mark.usefixtures("zithers")
def test_auctions_and_fixed_prices_are_told_with_shipping_as_far_as_it_is_known(
    system: System, owner: Person
) -> None:
    alert = owner.keep("zither")
    (welcome,) = system.run(seconds=1)
    assert titles(welcome) == [
        "Zither at auction",
        "Zither with calculated shipping",
        "Zither at a fixed price",
    ]
    assert words_about("Zither at auction", welcome) == "$20.00 bid, free shipping"
    assert "$55.00 with shipping ($50.00 + $5.00)" in words_about(
        "Zither at a fixed price", welcome
    )
    calculated = words_about("Zither with calculated shipping", welcome)
    assert calculated.startswith("$30.00 plus shipping, which depends on your address")
    assert "free" not in calculated
    items = owner.send("GET", f"/alerts/{alert['id']}/listings").json()["items"]
    assert [(item["shipping_kind"], item["total"]) for item in items] == [
        ("free", "20.00"),
        ("calculated", "30.00"),
        ("fixed", "55.00"),
    ]


def test_money_is_in_the_currency_that_the_marketplace_gives(system: System, owner: Person) -> None:
    alert = owner.keep("wine", marketplace="EBAY_GB")
    assert alert["currency"] == "GBP"
    (welcome,) = system.run(seconds=1)
    items = owner.send("GET", f"/alerts/{alert['id']}/listings").json()["items"]
    assert items
    assert {item["currency"] for item in items} == {"GBP"}
    assert "£" in text_of(welcome)


def test_every_mail_says_when_ebay_was_asked_and_what_is_covered(
    system: System, owner: Person
) -> None:
    owner.keep("wine")
    owner.keep("wine", mail_when="always", min_price=1, name="Standing")
    assert owner.send("PATCH", "/account", {"one_mail": False}).status_code == 200
    welcomes = system.run(seconds=1)
    system.mock.create("Wine of the season", 12)
    digest, standing = sorted(
        system.run(minutes=16), key=lambda mail: "Standing" in mail["Subject"]
    )
    for mail in (*welcomes, digest, standing):
        for part in ("plain", "html"):
            body = mail.get_body((part,))
            assert body is not None
            assert (
                "eBay was asked just now; this alert sees everything that eBay finds."
                in " ".join(body.get_content().split())
            )


def test_an_alert_that_is_asked_more_rarely_than_it_wants_says_so_everywhere(
    system: System, owner: Person
) -> None:
    alert = owner.keep("wine")
    system.run(seconds=1)
    assert "quota" not in owner.alert(alert["id"])["coverage"]["words"]
    Fetch.objects.update(planned_seconds=4 * 86_400)
    told = "asked about every 4 days, since eBay's quota of calls allows no more"

    coverage = owner.alert(alert["id"])["coverage"]
    assert coverage["words"] == f"everything that eBay finds; {told}"
    assert coverage["wanted_every_seconds"] < coverage["refreshed_every_seconds"] == 4 * 86_400
    page = owner.client.get(alert["page"].removeprefix("http://localhost:5000"))
    assert f"It is {told.replace(chr(39), '&#x27;')}." in page.content.decode()


def test_an_alert_that_waits_for_its_filling_says_how_many_are_before_it(
    system: System, owner: Person
) -> None:
    system.mock.control(quota_remaining=0)
    alerts = [owner.keep(word) for word in ("wine", "camera", "lamp")]
    assert alerts[0]["coverage"]["words"] == "not yet looked"
    last = owner.send("GET", "/alerts").json()["items"][-1]
    assert last["coverage"]["filled_before"] == 2
    assert "about 2 searches are filled before it" in last["coverage"]["words"]
