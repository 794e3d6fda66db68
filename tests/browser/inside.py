"""What only the inside of the system can do, beside the running one: python -m tests.browser.inside

Gives the prices of every listing a past of thirty days, has history figured and a user's price
report sent, and prints the paths that mails would lead this user to, as one JSON object.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import django

DAYS = 30


def main(email: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "ebay_alerts.config.settings"
    django.setup()
    from ebay_alerts.accounts.models import User
    from ebay_alerts.accounts.operators import make_operator
    from ebay_alerts.kit import clock

    now = clock.now()
    user = User.objects.get(email=email)
    make_operator(user, now)
    give_a_past(now)
    links = {**links_of(user, now), "report": report_of(user, now)}
    sys.stdout.write(json.dumps({name: urlsplit(link).path for name, link in links.items()}))


def give_a_past(now: datetime) -> None:
    """All that the log says is moved back, and what lay between is made up."""
    from django.db.models import F

    from ebay_alerts.analytics.services.etl import run_etl
    from ebay_alerts.market.models import Listing, PricePoint, SearchChange

    back = timedelta(days=DAYS)
    SearchChange.objects.update(at=F("at") - back)
    PricePoint.objects.update(at=F("at") - back)
    points = PricePoint.objects.in_bulk(
        PricePoint.objects.filter(kind="price").values_list("pk", flat=True)
    )
    last = {point.listing_id: point for point in points.values()}
    chance = random.Random(5)
    made: list[PricePoint] = []
    for listing in Listing.objects.order_by("pk"):
        if listing.pk in last:
            made += wandering(last[listing.pk], now, chance)
    made.sort(key=lambda point: point.at)
    PricePoint.objects.bulk_create(made)
    run_etl(now)


def wandering(last: "PricePoint", now: datetime, chance: random.Random) -> "Iterator[PricePoint]":  # type: ignore[name-defined]  # noqa: F821
    """Prices of some days that come down to the present one, the last of them yesterday."""
    days = sorted(chance.sample(range(2, DAYS), 4), reverse=True)
    steps = [*days, *([1] if chance.random() < 0.4 else [])]
    for place, day in enumerate(steps):
        is_last = place == len(steps) - 1
        factor = 1 if is_last else chance.uniform(0.92, 1.18)
        at = now - timedelta(days=day)
        minor = round(last.minor * factor / 100) * 100 - 1 if not is_last else last.minor
        point = type(last)(
            listing_id=last.listing_id, at=at, kind="price", minor=minor, currency=last.currency
        )
        if last.own_minor is not None:
            own = last.own_minor if is_last else round(last.own_minor * factor)
            point.own_minor, point.own_currency = own, last.own_currency
        yield point


def report_of(user: "User", now: datetime) -> str:  # type: ignore[name-defined]  # noqa: F821
    """The page of today's report, which is sent."""
    from ebay_alerts.accounts.schedule import local_date
    from ebay_alerts.analytics.links import report_page
    from ebay_alerts.analytics.services.reports import send_now

    send_now(user, now)
    return report_page(user.pk, local_date(now, user.time_zone))


def links_of(user: "User", now: datetime) -> dict[str, str]:  # type: ignore[name-defined]  # noqa: F821
    """Paths that mails to the user lead to; and an address of no user's, still to be confirmed."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str
    from django.urls import reverse

    from ebay_alerts.accounts import addresses
    from ebay_alerts.accounts.confirming import confirmation_link, other_link
    from ebay_alerts.accounts.models import User
    from ebay_alerts.accounts.schedule import local_date
    from ebay_alerts.accounts.services import request_confirmation
    from ebay_alerts.alerts import links
    from ebay_alerts.alerts.models import Alert, Digest
    from ebay_alerts.mail.channels import change_channel, create_channel
    from ebay_alerts.market.models import Membership

    alerts = list(Alert.objects.filter(user=user).order_by("pk"))
    listing = Membership.objects.filter(search_id=alerts[0].search_id).first()
    assert listing is not None, "the first alert finds something"
    request_confirmation("guest@example.com", now)
    guest = User.objects.get(email="guest@example.com")
    other = addresses.add_address(user, "office@example.com", now)
    url = ("https://hooks.example/alerts", "hooks.example")
    channel, _ = create_channel(user.pk, "webhook", "Home", url, now)
    change_channel(user.pk, channel.pk, now, is_on=False)  # nothing is asked for elsewhere
    key = default_token_generator.make_token(user)
    return {
        "alert_page": links.alert_page(alerts[0].pk),
        "several": links.pause_several_link([alert.pk for alert in alerts]),
        "watch": links.watch_page(user.pk, listing.listing_id, alerts[0].search.deliver_to),
        "everything": links.everything_page(user.pk),
        "confirm": confirmation_link(guest, now),
        "confirm_other": other_link(other, now),
        "reset": reverse(
            "account_reset_password_from_key",
            kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
        ),
        "listing": f"/{listing.listing_id}",
        "digest": f"/{Digest.objects.filter(alert=alerts[0]).latest('pk').pk}",
        "channel": f"/{channel.pk}",
        "report_on": f"/{local_date(now, user.time_zone)}",
    }


if __name__ == "__main__":
    main(sys.argv[1])
