"""Posting what is due to channels: several at a time, each in its own order, none for long.

A slow channel holds one of a few places for some seconds and no other channel; one that fails
rests, and those that fail get half of the places at most, so that others always pass.
"""

import logging
import ssl
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import httpx
from django.conf import settings

from ebay_alerts.kit import clock
from ebay_alerts.mail.channels import guard
from ebay_alerts.mail.guarded_http import GuardedTransport
from ebay_alerts.mail.models import Channel, Posting
from ebay_alerts.mail.posting_outbox import (
    ChannelClaim,
    claim_channel,
    record_try,
    release_channel,
    take_back_expired,
)
from ebay_alerts.mail.postings import Answer, judge
from ebay_alerts.mail.push_services import push
from ebay_alerts.mail.sealing import Unsealable, unseal
from ebay_alerts.mail.states import Outcome
from ebay_alerts.mail.webhooks import SignedBody, post_signed
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.services import forget, trying

# Channels that are posted to at once, how many of them may be failing, and how many one user's.
PLACES, FOR_FAILING, FOR_USER = 8, 4, 2
# Nothing new is begun after so long; what is under way then ends well within the lease.
ALLOWED = timedelta(seconds=60)
LEASE = timedelta(minutes=5)
# So many postings are called a full batch: others may be due still.
BATCH = 50

_log = logging.getLogger(__name__)


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


def deliver_postings() -> int:
    """Post what is due; returns how many tries were made, `BATCH` or more if others may be due."""
    take_back_expired(clock.now())
    first = _claim(Counter(), 0)
    if first is None:
        return 0
    with _client() as client, ThreadPoolExecutor(PLACES, "channels") as threads:
        return _Run(client, threads).go(first)


@contextmanager
def _client() -> Iterator[httpx.Client]:
    with httpx.Client(transport=GuardedTransport(guard(), tls=_tls()), trust_env=False) as client:
        yield client


def _claim(users: Counter[int], failing: int) -> ChannelClaim | None:
    busy = [user for user, places in users.items() if places >= FOR_USER]
    return claim_channel(clock.now(), LEASE, busy_users=busy, healthy_only=failing >= FOR_FAILING)


@dataclass
class _Run:
    """Threads speak to channels; this one alone speaks to the database."""

    client: httpx.Client
    threads: ThreadPoolExecutor
    under_way: dict[Future[Answer], tuple[ChannelClaim, int]] = field(default_factory=dict)
    tries: int = 0

    def go(self, first: ChannelClaim) -> int:
        used_up_at = clock.now() + ALLOWED
        self._begin(first, 0)
        while self.under_way:
            while clock.now() < used_up_at and len(self.under_way) < PLACES and self._begin_next():
                pass
            done, _ = wait(self.under_way, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                claim, place = self.under_way.pop(future)
                goes_on = self._record(claim, claim.postings[place], future)
                has_more = place + 1 < len(claim.postings)
                if goes_on and has_more and clock.now() < used_up_at:
                    self._begin(claim, place + 1)
                else:
                    release_channel(claim, clock.now())
        return max(self.tries, BATCH) if clock.now() >= used_up_at else self.tries

    def _begin_next(self) -> bool:
        users = Counter(claim.channel.user_id for claim, _ in self.under_way.values())
        failing = sum(bool(claim.channel.failures) for claim, _ in self.under_way.values())
        claim = _claim(users, failing)
        if claim:
            self._begin(claim, 0)
        return claim is not None

    def _begin(self, claim: ChannelClaim, place: int) -> None:
        posting, now = claim.postings[place], clock.now()
        attempt = self.threads.submit(_post, self.client, claim.channel, posting, now)
        self.under_way[attempt] = (claim, place)

    def _record(self, claim: ChannelClaim, posting: Posting, future: Future[Answer]) -> bool:
        """Whether the channel's next posting may be tried.

        What is raised here is no fault of the channel's: it is counted against the posting, and
        the next one may go.
        """
        self.tries += 1
        now, may_go_on = clock.now(), True
        with trying(Kind.POSTING, posting.pk, now):
            verdict = judge(future.result(), now)
            is_recorded = record_try(claim, posting, verdict, now)
            may_go_on = is_recorded and verdict.outcome is Outcome.SENT
            if posting.attempts and may_go_on:
                forget(Kind.POSTING, [posting.pk])
        return may_go_on


def _post(client: httpx.Client, channel: Channel, posting: Posting, now: datetime) -> Answer:
    """What a thread does, without a word with the database."""
    try:
        url = unseal(channel.address)
        secrets = _secrets(channel, now) if channel.secret else ()
    except Unsealable as error:
        return Answer(None, str(error))
    if channel.kind == Channel.Kind.APPRISE:
        hosts, allows_http = settings.APPRISE_HOSTS, settings.CHANNEL_HTTP
        return push(url, posting.title, posting.body, hosts, allows_http=allows_http)
    return post_signed(client, SignedBody(url, posting.public_id, posting.body, secrets), now)


def _secrets(channel: Channel, now: datetime) -> tuple[str, ...]:
    """Those that sign now, the newest first."""
    sealed = [channel.secret]
    if channel.previous_until and now < channel.previous_until:
        sealed.append(channel.previous_secret)
    return tuple(unseal(one) for one in sealed)
