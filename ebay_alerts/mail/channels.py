"""Keeping a user's channels: what they lead to, their secrets, and what is posted to try them."""

import base64
import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.errors import BadChannel, TooManyChannels, TooManyTests, UnknownChannel
from ebay_alerts.mail.guarded_http import BadUrl, checked_url
from ebay_alerts.mail.guarding import Guard
from ebay_alerts.mail.models import Channel, Posting
from ebay_alerts.mail.push_services import checked_address
from ebay_alerts.mail.sealing import seal
from ebay_alerts.mail.states import State
from ebay_alerts.mail.wording import one_line

LONGEST_NAME = 100
# So long the secret before signs beside the new one.
BOTH_SECRETS_FOR = timedelta(hours=24)
TESTS_AN_HOUR = 10
TEST = "test"
# The documents' version: it changes when a field goes or means something else, not with new ones.
VERSION = 1


def guard() -> Guard:
    """Where channels may lead to, by the operator's settings."""
    return Guard(settings.CHANNEL_NETWORKS, settings.CHANNEL_HTTP)


def channels_of(user_id: int) -> QuerySet[Channel]:
    return Channel.objects.filter(user_id=user_id).order_by("pk")


def get_channel(user_id: int, channel_id: int) -> Channel:
    """Raises UnknownChannel."""
    found = channels_of(user_id).filter(pk=channel_id).first()
    if found is None:
        raise UnknownChannel(f"You have no channel {channel_id}.")
    return found


def open_channels(user_ids: Iterable[int]) -> list[Channel]:
    """The channels of these users that take postings: on, and not suspended."""
    of_users = Channel.objects.filter(user_id__in=set(user_ids), is_on=True, suspended_at=None)
    return list(of_users.order_by("pk"))


def postings_of(channel: Channel) -> QuerySet[Posting]:
    return Posting.objects.filter(channel=channel).prefetch_related("tries")


def check_url(kind: str, url: str) -> tuple[str, str]:
    """The URL as it is called, and as much of it as may be shown. Asks the name servers, so no
    transaction is open. Raises BadChannel, whose text repeats none of its secrets."""
    try:
        if kind == Channel.Kind.APPRISE:
            return checked_address(url, settings.APPRISE_HOSTS, allows_http=settings.CHANNEL_HTTP)
        checked = checked_url(url, guard())
    except BadUrl as error:
        raise BadChannel("url", str(error)) from error
    return checked, _shown(checked)


def create_channel(
    user_id: int, kind: str, name: str, url: tuple[str, str], now: datetime
) -> tuple[Channel, str]:
    """Keep a channel whose URL was checked; the second is its secret, told this once.

    Belongs into the caller's transaction, under the user's lock. Raises TooManyChannels.
    """
    if channels_of(user_id).count() >= settings.CHANNELS_PER_USER:
        raise TooManyChannels(f"You may have {settings.CHANNELS_PER_USER} channels; delete one.")
    secret = _new_secret() if kind == Channel.Kind.WEBHOOK else ""
    address, hint = url
    channel = Channel.objects.create(
        user_id=user_id,
        kind=kind,
        name=_name(name) or hint[:LONGEST_NAME],
        address=seal(address),
        hint=hint,
        secret=seal(secret) if secret else "",
        due_at=now,
        created_at=now,
        updated_at=now,
    )
    return channel, secret


def change_channel(
    user_id: int,
    channel_id: int,
    now: datetime,
    *,
    name: str | None = None,
    url: tuple[str, str] | None = None,
    is_on: bool | None = None,
) -> Channel:
    """Change what is given. Another URL, or switching it on, ends a suspension and its rest;
    switched off, what waits for it is withdrawn. Raises UnknownChannel."""
    with write_turn(), transaction.atomic():
        channel = _locked(user_id, channel_id)
        if name is not None:
            channel.name = _name(name) or channel.name
        if url:
            channel.address, channel.hint = seal(url[0]), url[1]
        if url or is_on:
            channel.failures, channel.failing_since, channel.words = 0, None, ""
            channel.suspended_at, channel.due_at = None, now
        if is_on is not None:
            channel.is_on = is_on
        channel.updated_at = now
        channel.save()
        if is_on is False:
            _withdraw_waiting(channel)
    return channel


def rotate_secret(user_id: int, channel_id: int, now: datetime) -> tuple[Channel, str]:
    """A new secret, told this once; for `BOTH_SECRETS_FOR` the one before signs, too.

    Raises UnknownChannel, and BadChannel for a channel that has none.
    """
    secret = _new_secret()
    with write_turn(), transaction.atomic():
        channel = _locked(user_id, channel_id)
        if channel.kind != Channel.Kind.WEBHOOK:
            raise BadChannel("id", "only webhooks have a secret")
        channel.previous_secret, channel.previous_until = channel.secret, now + BOTH_SECRETS_FOR
        channel.secret, channel.updated_at = seal(secret), now
        channel.save()
    return channel, secret


def delete_channel(user_id: int, channel_id: int) -> None:
    """With all that was posted to it. Raises UnknownChannel."""
    with write_turn(), transaction.atomic():
        _locked(user_id, channel_id).delete()


def erase_channels(user_id: int) -> None:
    """Delete all channels of a user who is being erased, with what was posted to them."""
    while True:
        with write_turn(), transaction.atomic():
            some = list(Channel.objects.filter(user_id=user_id).values_list("pk", flat=True)[:1])
            if not some:
                return
            Channel.objects.filter(pk__in=some).delete()


def queue_test(user_id: int, channel_id: int, now: datetime) -> Posting:
    """Post something to a channel to try it, also to a suspended one, whose suspension ends.

    Raises UnknownChannel, BadChannel for one that is off, and TooManyTests.
    """
    with write_turn(), transaction.atomic():
        channel = _locked(user_id, channel_id)
        if not channel.is_on:
            raise BadChannel("id", "switch the channel on first")
        recent = Posting.objects.filter(kind=TEST, created_at__gt=now - timedelta(hours=1))
        if recent.filter(channel__user_id=user_id).count() >= TESTS_AN_HOUR:
            raise TooManyTests(f"{TESTS_AN_HOUR} tests an hour; wait a little.")
        channel.suspended_at, channel.due_at = None, now
        channel.save(update_fields=["suspended_at", "due_at"])
        return Posting.objects.create(
            channel=channel,
            public_id=new_public_id(),
            kind=TEST,
            title="A test",
            body=_test_body(channel, now),
            due_at=now,
            created_at=now,
        )


def render_document(kind: str, fields: dict[str, Any], now: datetime) -> str:
    """The body of a webhook's posting, in the shape that Standard Webhooks recommends."""
    document = {"type": kind, "version": VERSION, "timestamp": now, "data": fields}
    return json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False)


def new_public_id() -> str:
    """Random, with the prefix that Standard Webhooks recommends."""
    return f"msg_{secrets.token_hex(16)}"


def _test_body(channel: Channel, now: datetime) -> str:
    words = "This is a test; nothing has happened."
    is_webhook = channel.kind == Channel.Kind.WEBHOOK
    return render_document(TEST, {"words": words}, now) if is_webhook else words


def _locked(user_id: int, channel_id: int) -> Channel:
    list(channels_of(user_id).filter(pk=channel_id).select_for_update().values_list("pk"))
    return get_channel(user_id, channel_id)


def _withdraw_waiting(channel: Channel) -> None:
    waiting = Posting.objects.filter(channel=channel, state=State.QUEUED, maybe_taken=False)
    waiting.update(state=State.WITHDRAWN)


def _name(name: str) -> str:
    return one_line(name).strip()[:LONGEST_NAME]


def _shown(url: str) -> str:
    """Scheme and host: a path or a query may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/…"[:300]


def _new_secret() -> str:
    """Standard Webhooks: 24 to 64 random bytes in base64 behind `whsec_`."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
