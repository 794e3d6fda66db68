"""The baseline of the listener's benchmark: events saved as the ORM's tutorial would."""

from django.db import transaction

from ebay_alerts.kit import clock
from ebay_alerts.market.models import (
    Listing,
    Membership,
    PricePoint,
    Search,
    SearchChange,
    SearchNews,
)
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.stream.events import read_event
from ebay_alerts.market.stream.source import EventLog


def save_row_by_row(log: EventLog, registry: SearchRegistry, after: int) -> None:
    for body in log.after(after).events:
        seen = read_event(body).observation
        with transaction.atomic():
            save(seen, registry.matches(seen))


def save(seen: Observation, wanted: list[int]) -> None:
    listing = Listing.objects.filter(marketplace=seen.marketplace, legacy_id=seen.legacy_id).first()
    if seen.offer is None:
        if listing:
            end(listing, seen)
    elif listing or wanted:
        offer(listing, seen, wanted)


def end(listing: Listing, seen: Observation) -> None:
    listing.ended_at = listing.observed_at = seen.at
    listing.event_sequence = seen.sequence
    listing.save()
    for membership in listing.memberships.all():
        append(membership.search_id, listing, SearchChange.Kind.ENDED, None)
        membership.delete()


def offer(listing: Listing | None, seen: Observation, wanted: list[int]) -> None:
    offered = seen.offer
    assert offered is not None
    was = listing.price_minor if listing else None
    listing = listing or Listing(
        marketplace=seen.marketplace, legacy_id=seen.legacy_id, first_seen_at=clock.now()
    )
    listing.reference = seen.reference
    listing.title = offered.title
    listing.url = offered.url
    listing.image_url = offered.image_url
    listing.currency = offered.figure.currency
    listing.price_minor = offered.figure.minor
    listing.condition = offered.condition
    listing.seller_percent = offered.seller_percent
    listing.country = offered.country
    listing.started_at = offered.started_at
    listing.observed_at = seen.at
    listing.event_sequence = seen.sequence
    listing.save()
    is_repriced = was != listing.price_minor
    if is_repriced:
        PricePoint.objects.create(
            listing=listing,
            at=seen.at,
            kind=PricePoint.Kind.PRICE,
            minor=listing.price_minor,
            currency=listing.currency,
        )
    members = {membership.search_id: membership for membership in listing.memberships.all()}
    for search_id in wanted:
        if search_id not in members:
            Membership.objects.create(
                search_id=search_id,
                listing=listing,
                shipping=offered.shipping,
                shipping_minor=offered.shipping_minor,
                since=seen.at,
            )
            append(search_id, listing, SearchChange.Kind.APPEARED, None)
        elif is_repriced:
            append(search_id, listing, SearchChange.Kind.REPRICED, was)
    for search_id in members.keys() - set(wanted):
        members[search_id].delete()
        append(search_id, listing, SearchChange.Kind.LEFT, None)


def append(search_id: int, listing: Listing, kind: SearchChange.Kind, was: int | None) -> None:
    search = Search.objects.select_for_update().get(pk=search_id)
    search.head += 1
    search.save()
    SearchChange.objects.create(
        search=search,
        revision=search.head,
        listing=listing,
        kind=kind,
        at=listing.observed_at,
        price_minor=listing.figure_minor,
        was_minor=was,
        currency=listing.currency,
    )
    SearchNews.objects.update_or_create(search=search, defaults={"noticed_at": clock.now()})
