"""Which of a user's alerts that are due together go into one mail, and those mails as drafts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.fold import Line
from ebay_alerts.alerts.joined_letters import compose_joined
from ebay_alerts.alerts.letters import Entry, Letter, Other, Part, compose_digest
from ebay_alerts.alerts.links import alert_page
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.services.destinations import Destinations, key_of
from ebay_alerts.alerts.services.digest_rows import Built
from ebay_alerts.alerts.services.matching import Matches, others_of
from ebay_alerts.mail.services import Draft, as_wished

# A mail that waits longer is folded anew rather than sent with old news.
FRESH_FOR = timedelta(minutes=15)
# Alerts in one mail: each has room for two listings, and all fit into its List-Unsubscribe.
MOST_JOINED = 20


@dataclass(frozen=True)
class Telling:
    """What one alert tells in this turn."""

    part: Part
    kind: Digest.Kind
    lines: list[Line]


@dataclass
class Mails:
    """The mails of one user in this turn, by where they go, in the order of telling."""

    user: User
    destinations: Destinations
    mails: list[list[Telling]] = field(default_factory=list)

    def has_room_for(self, alert: Alert) -> bool:
        """Whether a mail goes anyway that this alert may join."""
        return self._find_open(alert) is not None

    def add(self, telling: Telling) -> None:
        joined = self._find_open(telling.part.alert)
        if joined is None:
            self.mails.append([telling])
        else:
            joined.append(telling)

    def _find_open(self, alert: Alert) -> list[Telling] | None:
        if not self.user.one_mail:
            return None
        address_of = self.destinations.address_of
        for mail in reversed(self.mails):
            if address_of(mail[0].part.alert) == address_of(alert):
                return mail if len(mail) < MOST_JOINED else None
        return None


def pairs_of(mails: Mails) -> set[tuple[int, int]]:
    """(user, listing) of all that these mails tell."""
    return {(mails.user.pk, entry.listing.pk) for entry in entries_of(mails)}


def entries_of(mails: Mails) -> Iterator[Entry]:
    """All that these mails tell or list."""
    for telling in chain.from_iterable(mails.mails):
        yield from telling.part.entries
        yield from telling.part.standing


def built_of(
    mails: Mails, waiting_since: Mapping[int, datetime], matches: Matches, now: datetime
) -> list[Built]:
    """A digest for each alert; those of one mail have its draft in common.

    A mail that replaces one that waits keeps its place in the queue.
    """
    built = []
    for tellings in mails.mails:
        letter = _letter([_with_others(telling.part, matches) for telling in tellings], now)
        due = [waiting_since.get(telling.part.alert.pk) for telling in tellings]
        due_at = min(filter(None, due), default=None)
        address = mails.destinations.address_of(tellings[0].part.alert)
        draft = draft_of("digest", mails.user, address, letter, now, due_at)
        built += [
            Built(
                one.part.alert,
                one.part.search,
                one.kind,
                draft,
                one.lines,
                letter.shown,
                _others(one, matches),
            )
            for one in tellings
        ]
    return built


def _others(telling: Telling, matches: Matches) -> dict[int, list[int]]:
    alert, ids = telling.part.alert, (line.listing_id for line in telling.lines)
    found = {pk: [other.pk for other in others_of(alert, pk, matches)] for pk in ids}
    return {pk: others for pk, others in found.items() if others}


def _with_others(part: Part, matches: Matches) -> Part:
    """Each listing with the other alerts that it passes."""

    def named(entry: Entry) -> Entry:
        others = others_of(part.alert, entry.listing.pk, matches)
        pages = tuple(Other(other.name, alert_page(other.pk)) for other in others)
        return replace(entry, others=pages) if pages else entry

    if not matches:
        return part
    return replace(
        part, entries=list(map(named, part.entries)), standing=list(map(named, part.standing))
    )


def _letter(parts: Sequence[Part], now: datetime) -> Letter:
    return compose_digest(parts[0], now) if len(parts) == 1 else compose_joined(parts, now)


def fresh_until(user: User, now: datetime) -> datetime:
    """Until when a mail may wait: what no server took before the user's quiet hours begin is taken
    back, and comes after them."""
    until, quiet = now + FRESH_FOR, user.quiet_hours
    return min(until, quiet.begin_after(now) - timedelta(seconds=1)) if quiet else until


def draft_of(
    kind: str,
    user: User,
    address: str,
    letter: Letter,
    now: datetime,
    due_at: datetime | None = None,
) -> Draft:
    """The letter on its way to an address of the user's, as the user wishes mails to be."""
    draft = Draft(
        key=key_of(kind, user.pk),
        queue="alerts",
        to_address=address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        headers=letter.headers,
        fresh_until=fresh_until(user, now),
        due_at=due_at,
    )
    return as_wished(draft, text_only=user.text_only)
