"""A digest's rows in the database: its outbox message, itself, and the lines that it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ebay_alerts.alerts.fold import Line
from ebay_alerts.alerts.gates import ShippingTerms
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.models import Line as LineRow
from ebay_alerts.alerts.services.digest_postings import Telling, queue_digest_postings
from ebay_alerts.mail.services import Draft, queue_messages
from ebay_alerts.market.models import Search
from ebay_alerts.market.services.bulk import Row, insert_rows


@dataclass
class Built:
    """One digest on its way into the database; several may have one draft, and so one message."""

    alert: Alert
    search: Search
    kind: Digest.Kind
    draft: Draft
    lines: list[Line]
    shown: set[int]
    # By listing, other alerts of the user that it passes too.
    others: Mapping[int, Sequence[int]] = field(default_factory=dict)


def write_digests(
    built: Sequence[Built],
    memberships: Mapping[tuple[int, int], ShippingTerms],
    now: datetime,
) -> None:
    """Outbox messages, digests, lines and postings of a batch, in the caller's transaction."""
    drafts = {one.draft.key: one.draft for one in built}
    ids = queue_messages(list(drafts.values()), now)
    digests = Digest.objects.bulk_create(
        [
            Digest(
                alert=one.alert,
                search=one.search,
                message_id=ids[one.draft.key],
                kind=one.kind,
                version=one.alert.version,
                from_revision=one.alert.cursor or 0,
                from_at=one.alert.cursor_at,
                to_revision=one.search.head,
                slot=one.alert.slot,
                created_at=now,
            )
            for one in built
        ]
    )
    lines = [
        _line_row(line, one, digest.pk, memberships.get((one.search.pk, line.listing_id)), now)
        for one, digest in zip(built, digests, strict=True)
        for line in one.lines
    ]
    insert_rows(LineRow, _LINE, lines)
    tellings = [
        Telling(one.alert, digest.pk, one.lines)
        for one, digest in zip(built, digests, strict=True)
        if one.kind != Digest.Kind.WELCOME
    ]
    queue_digest_postings(tellings, memberships, now)


_LINE = (
    *("user_id", "listing_id", "alert_id", "digest_id", "kind", "price_minor", "currency"),
    *("shipping_minor", "was_minor", "revision", "is_shown", "also_matched_by", "at"),
)


def _line_row(
    line: Line, one: Built, digest_id: int, membership: ShippingTerms | None, now: datetime
) -> Row:
    """The values of `_LINE`."""
    return (
        one.alert.user_id,
        line.listing_id,
        one.alert.pk,
        digest_id,
        line.kind.value,
        line.figure.minor,
        line.figure.currency,
        membership.shipping_minor if membership else None,
        line.was.minor if line.was else None,
        line.revision,
        line.listing_id in one.shown,
        one.others.get(line.listing_id),
        now,
    )
