"""What channels are posted of digests: queued with their rows, recalled when they are taken back.

Digests are what channels get; welcome mails and price reports go by mail alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ebay_alerts.alerts.channel_bodies import (
    DIGEST,
    Stated,
    digest_document,
    digest_text,
    statement_of,
)
from ebay_alerts.alerts.fold import Line
from ebay_alerts.alerts.gates import ShippingTerms
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.mail.channels import open_channels
from ebay_alerts.mail.models import Channel
from ebay_alerts.mail.posting_outbox import (
    PostingDraft,
    queue_postings,
    recall_postings,
    statements_had,
    withdraw_series,
)
from ebay_alerts.market.models import Listing


@dataclass(frozen=True)
class Telling:
    """A digest and what it tells."""

    alert: Alert
    digest_id: int
    lines: Sequence[Line]


def queue_digest_postings(
    tellings: Sequence[Telling],
    memberships: Mapping[tuple[int, int], ShippingTerms],
    now: datetime,
) -> None:
    """A posting for each digest with lines and each channel of its user that is open, in the
    caller's transaction.

    Where a digest takes the place of one that a channel had already, the channel is told only what
    that one did not say.
    """
    told = [one for one in tellings if one.lines]
    channels = open_channels(one.alert.user_id for one in told) if told else []
    if not channels:
        return
    had = statements_had(
        {_series(one.alert) for one in told}, {channel.pk for channel in channels}, now
    )
    listings = Listing.objects.in_bulk({line.listing_id for one in told for line in one.lines})
    drafts = []
    for one in told:
        stated = _stated(one, listings, memberships)
        for channel in channels:
            if channel.user_id == one.alert.user_id:
                before = had.get((channel.pk, _series(one.alert)), {})
                drafts += _draft(one, channel, _unsaid(stated, before), now)
    queue_postings(drafts, now)
    if drafts:
        transaction.on_commit(lambda: enqueue("mail.channels"))


def recall_digest_postings(digests: Sequence[Digest]) -> None:
    """In the transaction that takes these digests back."""
    recall_postings({_origin(digest.pk) for digest in digests})


def withdraw_postings_of(alert: Alert) -> None:
    """What waits for channels, in the transaction that deletes the alert."""
    withdraw_series(alert.user_id, _series(alert))


def _stated(
    one: Telling,
    listings: Mapping[int, Listing],
    memberships: Mapping[tuple[int, int], ShippingTerms],
) -> list[Stated]:
    return [
        Stated(
            line,
            listings[line.listing_id],
            memberships.get((one.alert.search_id, line.listing_id)),
        )
        for line in one.lines
    ]


def _unsaid(stated: Sequence[Stated], before: Mapping[str, str]) -> list[Stated]:
    return [one for one in stated if before.get(str(one.line.listing_id)) != statement_of(one.line)]


def _draft(
    one: Telling, channel: Channel, stated: Sequence[Stated], now: datetime
) -> list[PostingDraft]:
    """None where nothing is left to say."""
    if not stated:
        return []
    title, text = digest_text(one.alert, stated)
    is_webhook = channel.kind == Channel.Kind.WEBHOOK
    return [
        PostingDraft(
            channel_id=channel.pk,
            kind=DIGEST,
            origin=_origin(one.digest_id),
            series=_series(one.alert),
            title=title,
            body=digest_document(one.alert, stated, now) if is_webhook else text,
            statements={str(each.line.listing_id): statement_of(each.line) for each in stated},
        )
    ]


def _origin(digest_id: int) -> str:
    return f"digest:{digest_id}"


def _series(alert: Alert) -> str:
    return f"alert:{alert.pk}"
