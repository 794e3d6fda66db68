"""All that is kept of a user, as one JSON document that is sent while it is read."""

import json
from collections.abc import Iterator
from typing import Any

from ninja.responses import NinjaJSONEncoder

from ebay_alerts.accounts.audit_api import event_fields
from ebay_alerts.accounts.auditing import events_of
from ebay_alerts.accounts.browser_sessions import signed_in
from ebay_alerts.accounts.models import (
    Address,
    AddressChange,
    ApiToken,
    BrowserSession,
    ConfirmationRequest,
    User,
)
from ebay_alerts.accounts.schedule import minute_words
from ebay_alerts.accounts.second_factors import factors_of
from ebay_alerts.accounts.selectors import addresses_of
from ebay_alerts.alerts.lists import Table, json_list, portions_of
from ebay_alerts.alerts.models import Alert, AlertChange, Feed, Line, ListingSnooze
from ebay_alerts.alerts.services.destinations import messages_of
from ebay_alerts.alerts.services.history import wish_of
from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.selectors import reports_of
from ebay_alerts.kit.money import amount_of
from ebay_alerts.mail.channels import channels_of
from ebay_alerts.mail.models import Channel, Message, Posting, Suppression
from ebay_alerts.web.schemas import (
    KeptAddress,
    KeptAddressChange,
    KeptAlert,
    KeptAlertChange,
    KeptChannel,
    KeptEvent,
    KeptFactor,
    KeptFeed,
    KeptLine,
    KeptMessage,
    KeptPosting,
    KeptReport,
    KeptRequest,
    KeptSession,
    KeptSnooze,
    KeptSuppression,
    KeptToken,
)


def document_of(user: User) -> Iterator[str]:
    """The text of the document, in the shape of `KeptAccount`."""
    account = json.dumps(_account(user), cls=NinjaJSONEncoder, ensure_ascii=False)
    yield f'{{"account": {account}'
    for table in _tables(user):
        yield ",\n"
        yield from json_list(table.name, portions_of(table))
    yield "}\n"


def _account(user: User) -> dict[str, Any]:
    names = (
        *("email", "time_zone", "report_frequency", "report_hour", "report_due_at"),
        *("reported_on", "one_mail", "text_only", "confirmed_at", "created_at"),
    )
    quiet = {name: _time(getattr(user, name)) for name in ("quiet_from", "quiet_until")}
    return {name: getattr(user, name) for name in names} | quiet


def _time(minute: int | None) -> str | None:
    return None if minute is None else minute_words(minute)


def _tables(user: User) -> Iterator[Table[Any]]:
    alerts = Alert.objects.filter(user=user).select_related("search", "address")
    lines = Line.objects.filter(user=user).select_related("listing")
    changes = AlertChange.objects.filter(user_id=user.pk)
    by_id = ("pk",)
    yield Table("tokens", KeptToken, ApiToken.objects.filter(user=user), by_id, _token)
    events = events_of(user)
    yield Table("audit", KeptEvent, events, by_id, event_fields)
    yield Table("alerts", KeptAlert, alerts, by_id, _alert)
    yield Table("alert_changes", KeptAlertChange, changes, by_id, _change)
    yield Table("lines", KeptLine, lines, by_id, _line)
    snoozes = ListingSnooze.objects.filter(user=user).select_related("listing")
    yield Table("listing_snoozes", KeptSnooze, snoozes, by_id, _snooze)
    yield Table("messages", KeptMessage, messages_of(user), by_id, _message)
    others = addresses_of(user)
    yield Table("addresses", KeptAddress, others, by_id, _address)
    changes_of_address = AddressChange.objects.filter(user=user)
    yield Table("address_changes", KeptAddressChange, changes_of_address, by_id, _address_change)
    sessions = BrowserSession.objects.filter(user=user)
    yield Table("sessions", KeptSession, sessions, by_id, _session)
    yield Table("second_factors", KeptFactor, factors_of(user), by_id, _factor)
    addresses = [user.email.lower(), *(one.address.lower() for one in others)]
    suppressions = Suppression.objects.filter(address__in=addresses)
    yield Table("suppressions", KeptSuppression, suppressions, by_id, _suppression)
    requests = ConfirmationRequest.objects.filter(address__in=addresses)
    yield Table("confirmation_requests", KeptRequest, requests, by_id, _request)
    channels = channels_of(user.pk)
    yield Table("channels", KeptChannel, channels, by_id, _channel)
    postings = Posting.objects.filter(channel__in=channels)
    yield Table("postings", KeptPosting, postings, by_id, _posting)
    yield Table("feeds", KeptFeed, Feed.objects.filter(user=user), by_id, _feed)
    yield Table("reports", KeptReport, reports_of(user.pk), by_id, _report)


def _token(token: ApiToken) -> dict[str, Any]:
    names = ("hint", "name", "created_at", "expires_at", "last_used_at")
    return {name: getattr(token, name) for name in names} | {"scopes": token.scope_list}


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.pk,
        "wish": wish_of(alert),
        "created_at": alert.created_at,
        "updated_at": alert.updated_at,
        "last_mail_at": alert.mailed_at,
    }


def _change(change: AlertChange) -> dict[str, Any]:
    return {
        "alert_id": change.alert_id,
        "at": change.at,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "at": line.at,
        "kind": line.kind,
        "alert_id": line.alert_id,
        "listing_id": line.listing_id,
        "title": line.listing.title,
        "price": amount_of(line.price_minor, line.currency),
        "was": amount_of(line.was_minor, line.currency),
        "shipping": amount_of(line.shipping_minor, line.currency),
        "currency": line.currency,
        "also_matched_by": line.also_matched_by or [],
    }


def _snooze(snooze: ListingSnooze) -> dict[str, Any]:
    return {
        "listing_id": snooze.listing_id,
        "title": snooze.listing.title,
        "until": snooze.until,
        "created_at": snooze.created_at,
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "to": message.to_address,
        "subject": message.subject,
        "text": message.text,
        "state": message.state,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
    }


def _address(address: Address) -> dict[str, Any]:
    names = ("address", "confirmed_at", "created_at")
    return {name: getattr(address, name) for name in names}


def _address_change(change: AddressChange) -> dict[str, Any]:
    names = ("before", "after", "asked_at", "changed_at")
    return {name: getattr(change, name) for name in names}


def _session(session: BrowserSession) -> dict[str, Any]:
    found = signed_in(session, None)
    return {name: getattr(found, name) for name in ("browser", "origin", "since", "seen_at")}


def _factor(factor: Any) -> dict[str, Any]:
    names = ("created_at", "last_used_at")
    return {name: getattr(factor, name) for name in names} | {"kind": factor.type}


def _suppression(suppression: Suppression) -> dict[str, Any]:
    names = ("address", "reason", "words", "failures", "since", "until", "lifted_at")
    return {name: getattr(suppression, name) for name in names}


def _channel(channel: Channel) -> dict[str, Any]:
    names = ("id", "kind", "name", "is_on", "suspended_at", "words", "created_at", "updated_at")
    return {name: getattr(channel, name) for name in names} | {"address": channel.hint}


def _posting(posting: Posting) -> dict[str, Any]:
    names = ("channel_id", "kind", "title", "body", "state", "created_at", "sent_at")
    return {name: getattr(posting, name) for name in names}


def _feed(feed: Feed) -> dict[str, Any]:
    return {"alert_id": feed.alert_id, "created_at": feed.created_at}


def _request(request: ConfirmationRequest) -> dict[str, Any]:
    return {"address": request.address, "at": request.at}


def _report(report: Report) -> dict[str, Any]:
    return {
        "report_date": report.report_date,
        "made_at": report.made_at,
        "falls": report.falls,
        "rises": report.rises,
        "moves": report.moves,
        "alerts": report.alerts,
    }
