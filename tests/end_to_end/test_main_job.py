"""From a keyword to the mail in the inbox, over real HTTP and SMTP."""

import re
from email.message import EmailMessage

import pytest

from tests.end_to_end.conftest import Person, System


def text_of(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def titles(mail: EmailMessage) -> list[str]:
    """The listings of a mail's text part, in its order."""
    return re.findall(r"^\* (.*)$", text_of(mail), re.MULTILINE)


@pytest.mark.backend
def test_a_keyword_leads_to_a_welcome_then_exactly_the_changes_then_silence(
    system: System, owner: Person
) -> None:
    alert = owner.keep("wine", 15)
    assert alert["state"] == "filling"

    (welcome,) = system.run(seconds=5)
    wines = [p for p in system.mock.products("wine") if "wine" in p["product_name"].lower().split()]
    by_price = sorted(wines, key=lambda product: product["price"])
    assert welcome["To"] == "owner@example.com"
    assert titles(welcome) == [p["product_name"] for p in by_price]
    assert owner.alert(alert["id"])["state"] == "active"

    dearest, cheapest = by_price[-1], by_price[0]
    system.mock.create("Wine - Grand Cru from the End of the World", 77)
    system.mock.change(dearest["id"], price=dearest["price"] - 10)
    system.mock.delete(cheapest["id"])
    (digest,) = system.run(minutes=16)
    assert sorted(titles(digest)) == sorted(
        [
            "Wine - Grand Cru from the End of the World",
            dearest["product_name"],
            cheapest["product_name"],
        ]
    )
    assert "1 new, 1 price change, 1 ended for wine" in digest["Subject"]

    assert system.run(minutes=16) == []
    assert system.run(minutes=60) == []
