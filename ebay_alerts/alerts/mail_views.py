"""The pages of the mails that an alert sent: all of them, one, and what one shows.

A mail's HTML holds strangers' titles and pictures. It is shown in a frame of no origin that runs no
script, sends no form and loads nothing but pictures, whatever stands in it.
"""

from datetime import datetime, tzinfo
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.moments import past
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.parts import found_alert, frame
from ebay_alerts.alerts.portions import portion
from ebay_alerts.alerts.selectors import find_digest, mails_of
from ebay_alerts.kit import clock
from ebay_alerts.kit.paging import BadCursor
from ebay_alerts.mail.wording import state_words

MAILS = 30
_KINDS = {
    Digest.Kind.WELCOME: "welcome",
    Digest.Kind.CHANGES: "news",
    Digest.Kind.LIST: "all that match",
    Digest.Kind.HELD: "held back until then",
    Digest.Kind.ENDING: "ends soon",
}
# A link opens a window of its own, outside the frame.
_BASE = b'<base target="_blank">'
_SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox"


@login_required
@require_safe
def mails(request: HttpRequest, alert_id: int) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    kept = found_alert(user, alert_id)
    digests = mails_of(kept).annotate(line_count=Count("lines"))
    try:
        rows, following = portion(digests, ("-pk",), request.GET.get("cursor"), MAILS)
    except BadCursor as error:
        raise Http404(str(error)) from error
    zone = zone_of(user.time_zone)
    shown = [_row(digest, zone, now) | {"lines": digest.line_count} for digest in rows]
    page = {"mails": shown, "following": following, **frame(request, kept, "mails", now)}
    return render(request, "alerts/mails.html", page)


@login_required
@require_safe
def mail(request: HttpRequest, alert_id: int, digest_id: int) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    kept, digest = _found(user, alert_id, digest_id)
    zone, message = zone_of(user.time_zone), digest.message
    tries = [
        {"at": past(one.at, zone, now), "outcome": one.outcome, "words": one.words}
        for one in message.tries.order_by("-pk")[:10]
    ]
    page = {"mail": _row(digest, zone, now), "text": message.text, "tries": tries}
    return render(request, "alerts/mail_page.html", page | frame(request, kept, "mails", now))


@login_required
@require_safe
@xframe_options_sameorigin
def body(request: HttpRequest, alert_id: int, digest_id: int) -> HttpResponse:
    """The mail's HTML as it went out, for the frame on its page."""
    _, digest = _found(signed_in_user(request.user), alert_id, digest_id)
    html = digest.message.html.encode().replace(b"<head>", b"<head>" + _BASE, 1)
    mock = f" {settings.EBAY_BASE_URL} http://localhost:*" if settings.EBAY_IS_MOCK else ""
    policy = (
        f"default-src 'none'; img-src 'self' data: https:{mock}; style-src 'unsafe-inline';"
        f" base-uri 'none'; form-action 'none'; frame-ancestors 'self'; {_SANDBOX}"
    )
    return HttpResponse(html, headers={"Content-Security-Policy": policy})


def _found(user: User, alert_id: int, digest_id: int) -> tuple[Alert, Digest]:
    kept = found_alert(user, alert_id)
    digest = find_digest(kept, digest_id)
    if digest is None:
        raise Http404("This alert sent no such mail.")
    return kept, digest


def _row(digest: Digest, zone: tzinfo, now: datetime) -> dict[str, Any]:
    message = digest.message
    return {
        "id": digest.pk,
        "subject": message.subject,
        "to": message.to_address,
        "kind": _KINDS[Digest.Kind(digest.kind)],
        "state": state_words(message.state),
        "reply": "" if message.sent_at else message.reply,
        "at": past(message.sent_at or digest.created_at, zone, now),
    }
