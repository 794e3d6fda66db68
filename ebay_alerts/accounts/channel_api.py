"""The API of a user's channels: ways out beside mail."""

from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from ebay_alerts.accounts.api import REFUSALS, get_user
from ebay_alerts.accounts.auditing import origin_of, record_event
from ebay_alerts.accounts.channel_schemas import (
    ChannelIn,
    ChannelList,
    ChannelOut,
    ChannelPatch,
    NewChannelOut,
    PostingList,
    PostingOut,
    PostingPart,
)
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.accounts.services import keep_channel
from ebay_alerts.kit import clock
from ebay_alerts.kit.paging import decode_cursor, encode_cursor
from ebay_alerts.kit.problem import Problem
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail import channels
from ebay_alerts.mail.models import Channel, Posting

router = Router(tags=["channels"])
_REFUSALS = {**REFUSALS, 404: Problem}
ChannelNumber = Annotated[
    int, Path(description="The `id` of a channel of yours.", example=7, ge=1, le=2**63 - 1)
]


@router.post(
    "/channels",
    response={201: NewChannelOut, 409: Problem, **REFUSALS},
    operation_id="create_channel",
)
def create(request: HttpRequest, body: ChannelIn) -> Status[dict[str, Any]]:
    """Keep a channel: digests are posted there as they are mailed. The secret is told this once."""
    url = channels.check_url(body.kind, body.url)
    channel, secret = keep_channel(get_user(request), body.kind, body.name, url, clock.now())
    return Status(201, _new_fields(channel, secret))


@router.get("/channels", response={200: ChannelList, **REFUSALS}, operation_id="list_channels")
def list_channels(request: HttpRequest) -> dict[str, Any]:
    """Your channels, oldest first."""
    found = channels.channels_of(get_user(request).pk)
    return {"items": [_fields(channel) for channel in found], "next": None}


@router.get(
    "/channels/{int:channel_id}",
    response={200: ChannelOut, **_REFUSALS},
    operation_id="get_channel",
)
def get_one(request: HttpRequest, channel_id: ChannelNumber) -> dict[str, Any]:
    return _fields(channels.get_channel(get_user(request).pk, channel_id))


@router.patch(
    "/channels/{int:channel_id}",
    response={200: ChannelOut, **_REFUSALS},
    operation_id="change_channel",
)
def change(request: HttpRequest, channel_id: ChannelNumber, body: ChannelPatch) -> dict[str, Any]:
    """Change what is given, keep the rest."""
    user_id, given = get_user(request).pk, body.dict(exclude_unset=True)
    channel = channels.get_channel(user_id, channel_id)
    url = channels.check_url(channel.kind, given["url"]) if "url" in given else None
    changed = channels.change_channel(
        user_id, channel_id, clock.now(), name=given.get("name"), url=url, is_on=given.get("on")
    )
    enqueue("mail.channels")
    return _fields(changed)


@router.delete(
    "/channels/{int:channel_id}",
    response={204: None, **_REFUSALS},
    operation_id="delete_channel",
)
def delete(request: HttpRequest, channel_id: ChannelNumber) -> Status[None]:
    """With its log; what waits for it is not sent."""
    channels.delete_channel(get_user(request).pk, channel_id)
    return Status(204, None)


@router.post(
    "/channels/{int:channel_id}/rotate-secret",
    response={200: NewChannelOut, **_REFUSALS},
    operation_id="rotate_channel_secret",
)
def rotate(request: HttpRequest, channel_id: ChannelNumber) -> dict[str, Any]:
    """Another secret for a webhook, told this once; for 24 hours the one before signs, too."""
    user, now = get_user(request), clock.now()
    with write_turn(), transaction.atomic():
        channel, secret = channels.rotate_secret(user.pk, channel_id, now)
        kind, about = AuditEvent.Kind.SECRET_ROTATED, f"channel {channel.pk}"
        record_event(kind, now, user=user, origin=origin_of(request), about=about)
    return _new_fields(channel, secret)


@router.post(
    "/channels/{int:channel_id}/test",
    response={202: PostingOut, 429: Problem, **_REFUSALS},
    operation_id="test_channel",
)
def test(request: HttpRequest, channel_id: ChannelNumber) -> Status[dict[str, Any]]:
    """Post a test; what became of it stands in the channel's postings. Ends a suspension."""
    posting = channels.queue_test(get_user(request).pk, channel_id, clock.now())
    enqueue("mail.channels")
    return Status(202, _posting_fields(posting))


@router.get(
    "/channels/{int:channel_id}/postings",
    response={200: PostingList, **_REFUSALS},
    operation_id="list_postings",
)
def list_postings(
    request: HttpRequest, channel_id: ChannelNumber, part: Query[PostingPart]
) -> dict[str, Any]:
    """What was posted to the channel in the last 30 days, newest first, with every try."""
    rows = channels.postings_of(channels.get_channel(get_user(request).pk, channel_id))
    if part.cursor:
        rows = rows.filter(pk__lt=decode_cursor(part.cursor, 1)[0])
    found = list(rows.order_by("-pk")[: part.limit + 1])
    shown = found[: part.limit]
    following = encode_cursor(shown[-1].pk) if len(found) > part.limit else None
    return {"items": [_posting_fields(posting) for posting in shown], "next": following}


def _fields(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.pk,
        "kind": channel.kind,
        "name": channel.name,
        "address": channel.hint,
        "on": channel.is_on,
        "suspended_at": channel.suspended_at,
        "failures": channel.failures,
        "words": channel.words,
        "last_success_at": channel.succeeded_at,
        "next_try_at": _rests_until(channel),
        "created_at": channel.created_at,
        "updated_at": channel.updated_at,
    }


def _rests_until(channel: Channel) -> datetime | None:
    rests = channel.failures and channel.is_on and channel.suspended_at is None
    return channel.due_at if rests else None


def _new_fields(channel: Channel, secret: str) -> dict[str, Any]:
    more = {"secret": secret or None, "previous_until": channel.previous_until}
    return _fields(channel) | more


def _posting_fields(posting: Posting) -> dict[str, Any]:
    return {
        "id": posting.public_id,
        "kind": posting.kind,
        "title": posting.title,
        "state": posting.state,
        "created_at": posting.created_at,
        "sent_at": posting.sent_at,
        "next_try_at": None if posting.is_over else posting.due_at,
        "tries": [
            {"at": one.at, "outcome": one.outcome, "code": one.code, "words": one.words}
            for one in posting.tries.all()
        ],
    }
