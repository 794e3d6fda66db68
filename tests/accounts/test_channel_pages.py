"""The page of channels: kept, tried for real, stopped and resumed, and nobody else's."""

import re
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from django.test import Client
from pytest_django import Settings
from standardwebhooks import Webhook

from ebay_alerts.accounts.channel_notices import TOLD_WITHIN, tell_suspended
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Channel, Message
from ebay_alerts.mail.posting_delivery import deliver_postings
from tests.conftest import SteppedClock
from tests.mail.receiver import Receiver, receiving

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(databases=["default", "analytics"]),
]


@pytest.fixture
def ann() -> User:
    return ensure_user("ann@example.com", clock.now())


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.CHANNEL_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.CHANNEL_HTTP = True
    with receiving() as one:
        yield one


def add(site: Client, url: str, name: str = "Home") -> str:
    fields = {"kind": "webhook", "url": url, "name": name}
    return site.post("/settings/channels/", fields).content.decode()


def test_a_webhook_is_added_and_its_secret_is_shown_once(site: Client, receiver: Receiver) -> None:
    made = re.findall(r"<code>(whsec_[^<]+)</code>", add(site, f"{receiver.url}?token=hush"))
    assert len(made) == 1
    kept = Channel.objects.get()
    for path in ("/settings/channels/", f"/settings/channels/{kept.pk}/"):
        page = site.get(path).content.decode()
        assert "Home" in page
        assert "whsec_" not in page
        assert "hush" not in page


def test_the_test_button_posts_for_real_and_the_page_says_what_came(
    site: Client, receiver: Receiver
) -> None:
    secret = re.findall(r"<code>(whsec_[^<]+)</code>", add(site, receiver.url))[0]
    kept = Channel.objects.get()
    page = f"/settings/channels/{kept.pk}/"
    assert site.post(f"{page}test/").headers["Location"] == page
    waiting = site.get(page).content.decode()
    assert "waits" in waiting
    assert f'hx-get="{page}postings/"' in waiting
    receiver.answer(503)
    deliver_postings()
    assert "It was not taken: 503 Service Unavailable" in site.get(page).content.decode()
    assert len(receiver.came) == 1
    assert Webhook(secret).verify(receiver.came[0].body, receiver.came[0].headers)
    part = site.get(f"{page}postings/").content.decode()
    assert "503" in part
    assert "<html" not in part


def test_what_cannot_be_an_address_is_said_at_its_field_and_nothing_is_lost(site: Client) -> None:
    answer = site.post(
        "/settings/channels/", {"kind": "webhook", "url": "ftp://x.example", "name": "Mine"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field-url wrong" in page
    assert "It has to begin with https:// and a host." in page
    assert 'value="ftp://x.example"' in page
    assert 'value="Mine"' in page


def test_a_channel_is_paused_resumed_renamed_and_deleted(site: Client, receiver: Receiver) -> None:
    add(site, receiver.url)
    kept = Channel.objects.get()
    change = f"/settings/channels/{kept.pk}/change/"
    site.post(change, {"on": "no"})
    assert "Paused" in site.get("/settings/channels/").content.decode()
    site.post(change, {"on": "yes", "name": "House"})
    kept.refresh_from_db()
    assert (kept.is_on, kept.name) == (True, "House")
    answer = site.post(f"/settings/channels/{kept.pk}/secret/").content.decode()
    assert "whsec_" in answer
    site.post(f"/settings/channels/{kept.pk}/delete/")
    assert not Channel.objects.exists()


def test_channels_of_others_are_not_there(site: Client, receiver: Receiver) -> None:
    add(site, receiver.url)
    kept = Channel.objects.get()
    stranger = Client()
    stranger.force_login(ensure_user("bob@example.com", clock.now()))
    page = f"/settings/channels/{kept.pk}/"
    for path in (page, f"{page}postings/"):
        assert stranger.get(path).status_code == 404
    for act in ("test", "change", "secret", "delete"):
        assert stranger.post(f"{page}{act}/", {"on": "no"}).status_code == 404
    kept.refresh_from_db()
    assert kept.is_on
    assert stranger.get(f"/settings/channels/{10**30}/").status_code == 404


def test_changes_want_a_post_of_the_sites_own(ann: User, site: Client, receiver: Receiver) -> None:
    add(site, receiver.url)
    kept = Channel.objects.get()
    assert site.get(f"/settings/channels/{kept.pk}/delete/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    assert strict.post(f"/settings/channels/{kept.pk}/delete/").status_code == 403
    assert Channel.objects.exists()


def suspend(channel: Channel) -> None:
    now = clock.now()
    Channel.objects.filter(pk=channel.pk).update(suspended_at=now, words="503 <b>gone</b>")


def test_a_suspension_is_mailed_once_and_the_page_resumes(
    site: Client, receiver: Receiver, stepped_clock: SteppedClock
) -> None:
    add(site, receiver.url)
    kept = Channel.objects.get()
    assert tell_suspended(clock.now()) == 0
    suspend(kept)
    assert tell_suspended(clock.now()) == 1
    assert tell_suspended(clock.now()) == 0
    mail = Message.objects.get(to_address="ann@example.com")
    assert "503 <b>gone</b>" in mail.text
    assert "<b>gone" not in mail.html
    assert f"/settings/channels/{kept.pk}/" in mail.text
    assert "Stopped" in site.get(f"/settings/channels/{kept.pk}/").content.decode()
    site.post(f"/settings/channels/{kept.pk}/change/", {"on": "yes"})
    kept.refresh_from_db()
    assert kept.suspended_at is None
    stepped_clock.step(seconds=5)
    suspend(kept)
    assert tell_suspended(clock.now()) == 1
    stepped_clock.step(days=TOLD_WITHIN.days + 1)
    Message.objects.all().delete()
    assert tell_suspended(clock.now()) == 0


def test_a_test_mail_is_sent_from_the_page_and_not_too_often(site: Client) -> None:
    site.post("/settings/test-mail/")
    page = site.post("/settings/test-mail/", follow=True).content.decode()
    assert Message.objects.filter(key__startswith="test:").count() == 1
    assert "It waits to be sent." in page
    assert "wait a little" in page
