"""Push services by Apprise: few are let in, and they are told in words that call nobody."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from ebay_alerts.kit import clock
from ebay_alerts.mail import channels
from ebay_alerts.mail.errors import BadChannel
from ebay_alerts.mail.guarded_http import BadUrl
from ebay_alerts.mail.models import Channel
from ebay_alerts.mail.posting_delivery import deliver_postings
from ebay_alerts.mail.posting_outbox import PostingDraft, queue_postings
from ebay_alerts.mail.push_services import checked_address, push
from tests.mail.conftest import MovableClock
from tests.mail.receiver import Receiver, receiving

TOKEN = "AbCdEf.GhIjKlM"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        one.answer(200)
        yield one


def gotify(receiver: Receiver) -> str:
    return receiver.url.replace("http://", "gotify://").replace("/in", f"/{TOKEN}")


@pytest.mark.parametrize(
    "address",
    [
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "tgram://123456789:abcdefg_hijklmnop/12315544/?silent=yes",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "ntfy://my-topic?priority=high",
        f"pover://{'u' * 30}@{'a' * 30}",
        "gotifys://gotify.example/AbCdEf.GhIjKlM",
        "ntfys://ntfy.example/topic",
    ],
)
def test_services_at_fixed_and_named_hosts_are_let_in(address: str) -> None:
    hosts = {"gotify.example", "ntfy.example"}
    checked, shown = checked_address(address, hosts, allows_http=False)
    assert checked == address
    assert shown == f"{address.split(':')[0]}://…"


@pytest.mark.parametrize(
    "address",
    [
        *("mailto://ann:hush@example.com", "json://127.0.0.1/hush", "xml://127.0.0.1/hush"),
        *("syslog://hush", "dbus://hush", "windows://hush", "macosx://hush", "file:///etc/hush"),
        *(
            "apprise://127.0.0.1/hush",
            "form://127.0.0.1/hush",
            "https://discord.com/api/webhooks/1/hush",
        ),
        *("gotify://127.0.0.1/hush", "gotifys://127.0.0.1/AbCdEf.GhIjKlM", "ntfys://10.0.0.1/hush"),
        *("gotify://gotify.example/AbCdEf.GhIjKlM", "mmosts://127.0.0.1/hush"),
        *("discord://4174216298/hush?attach=/etc/passwd", "slack://a/b/hush?template=/etc/passwd"),
        *("ntfy://topic?attach=http://127.0.0.1/hush", "ntfys://ntfy.example/hush?verify=no"),
        *("discord://4174216298/hush?rto=99999", "ntfy://topic?+X-Hush=1", "ntfy://topic?retry=9"),
        *("tgram://123456789:abcdefg_hijklmnop/1/2/3/4/5/6/7", "discord://", "discord://hush"),
        *("", "hush", "ntfy://to\npic-hush", "ntfy://" + "hush" * 200, "ntfy://[hush"),
    ],
)
def test_an_address_that_is_not_let_in_is_refused_without_a_word_of_it(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(BadUrl) as refusal:
        checked_address(address, {"gotify.example", "ntfy.example"}, allows_http=False)
    assert "hush" not in str(refusal.value)
    assert "hush" not in caplog.text


def test_the_body_goes_to_the_service_and_calls_nobody_in_the_room(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = gotify(receiver)
    title, body = (
        "1 new for wine",
        "new: @everyone <!channel> Wine, $8.00\nhttps://www.ebay.com/itm/1",
    )
    assert push(address, title, body, {"127.0.0.1"}, allows_http=True).code == 200
    (came,) = receiver.came
    told = json.loads(came.body)
    assert came.path == "/message"
    assert told["title"] == title
    assert "@everyone" not in told["message"]
    assert "<!channel>" not in told["message"]
    assert "https://www.ebay.com/itm/1" in told["message"]
    assert TOKEN not in caplog.text


def test_a_redirect_and_a_refusal_are_no_success(receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.answer((302, {"location": elsewhere.url}), 401)
        for _ in range(2):
            answer = push(gotify(receiver), "t", "b", {"127.0.0.1"}, allows_http=True)
            assert answer.code is None
            assert "did not take it" in answer.words
        assert elsewhere.came == []


def test_what_few_need_is_not_imported_at_the_start() -> None:
    code = (
        "import sys, django; django.setup();"
        "import ebay_alerts.processes.tasks, ebay_alerts.config.urls;"
        "print(*{'apprise', 'icalendar', 'requests', 'cryptography.fernet'} & set(sys.modules))"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "ebay_alerts.config.settings"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


@pytest.mark.backend
@pytest.mark.django_db
def test_a_posting_goes_out_by_apprise_and_the_host_is_checked_each_time(
    receiver: Receiver, settings: Settings
) -> None:
    settings.APPRISE_HOSTS, settings.CHANNEL_HTTP = {"127.0.0.1"}, True
    time = MovableClock()
    time._now = datetime.now(UTC)
    previous = clock.use(time)
    try:
        url = channels.check_url("apprise", gotify(receiver))
        channel, secret = channels.create_channel(1, "apprise", "", url, time.now())
        assert secret == ""
        assert channel.hint == "gotify://…"
        draft = PostingDraft(channel.pk, "digest", "", "", "1 new for wine", "new: Wine, $8.00")
        queue_postings([draft], time.now())
        assert deliver_postings() == 1
        assert channel.postings.get().state == "sent"
        settings.APPRISE_HOSTS = set()
        queue_postings([draft], time.now())
        assert deliver_postings() == 1
        assert "not named its host" in Channel.objects.get().words
        assert len(receiver.came) == 1
        with pytest.raises(BadChannel):
            channels.check_url("apprise", gotify(receiver))
    finally:
        clock.use(previous)
