"""The pages of a user's ways out: mail, tried by a test mail, and channels, kept and tried."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ebay_alerts.accounts.auditing import origin_of, record_event
from ebay_alerts.accounts.channel_rows import channel_row, posting_row, test_mail_row
from ebay_alerts.accounts.errors import TooManyTestMails
from ebay_alerts.accounts.forms import ChannelForm
from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.accounts.services import keep_channel
from ebay_alerts.accounts.test_mails import find_test_mail, queue_test_mail
from ebay_alerts.kit import clock
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail import channels
from ebay_alerts.mail.errors import BadChannel, TooManyChannels, TooManyTests, UnknownChannel
from ebay_alerts.mail.models import Channel
from ebay_alerts.mail.selectors import find_suppression

POSTINGS = 20


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def channel_list(request: HttpRequest) -> HttpResponse:
    """A POST keeps another channel; its secret is shown in the answer, this once."""
    user = signed_in_user(request.user)
    if request.method != "POST":
        return _list(request, user, ChannelForm(initial={"kind": Channel.Kind.WEBHOOK}))
    form = ChannelForm(request.POST)
    kept = _keep(user, form) if form.is_valid() else None
    if kept is None:
        return _list(request, user, form, status=422)
    channel, secret = kept
    return _one(request, user, channel, secret=secret, is_new=True)


def _keep(user: User, form: ChannelForm) -> tuple[Channel, str] | None:
    """None where the form has an error instead."""
    given, now = form.cleaned_data, clock.now()
    try:
        url = channels.check_url(given["kind"], given["url"])
        return keep_channel(user, given["kind"], given["name"], url, now)
    except BadChannel as error:
        form.add_error("url", _sentence(error.reason))
    except TooManyChannels as error:
        form.add_error(None, str(error))
    return None


def _list(
    request: HttpRequest, user: User, form: ChannelForm, *, status: int = 200
) -> HttpResponse:
    zone, now = zone_of(user.time_zone), clock.now()
    shown = {
        "rows": [channel_row(one, zone, now) for one in channels.channels_of(user.pk)],
        "form": form,
        "suppression": find_suppression(user.email, now),
        "test_mail": test_mail_row(find_test_mail(user, now), zone, now),
    }
    return render(request, "accounts/channels.html", shown, status=status)


@login_required
@never_cache
@require_safe
def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    user = signed_in_user(request.user)
    return _one(request, user, _get(user, channel_id))


@login_required
@never_cache
@require_safe
def channel_postings(request: HttpRequest, channel_id: int) -> HttpResponse:
    """The part of a channel's page that says what became of what was posted."""
    user = signed_in_user(request.user)
    shown = _shown(user, _get(user, channel_id))
    return render(request, "accounts/channel_postings.html", shown)


def _one(
    request: HttpRequest, user: User, kept: Channel, *, secret: str = "", is_new: bool = False
) -> HttpResponse:
    shown = _shown(user, kept) | {"secret": secret, "is_new": is_new}
    return render(request, "accounts/channel.html", shown)


def _shown(user: User, kept: Channel) -> dict[str, Any]:
    zone, now = zone_of(user.time_zone), clock.now()
    found = channels.postings_of(kept).order_by("-pk")[:POSTINGS]
    return {
        "row": channel_row(kept, zone, now),
        "postings": [posting_row(one, zone, now) for one in found],
    }


def _get(user: User, channel_id: int) -> Channel:
    """Another user's channel is as little there as none."""
    try:
        return channels.get_channel(user.pk, channel_id)
    except UnknownChannel as error:
        raise Http404(str(error)) from error


@login_required
@require_POST
def try_channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Posts a test; the page that follows says what the receiver answered."""
    user = signed_in_user(request.user)
    try:
        channels.queue_test(user.pk, _get(user, channel_id).pk, clock.now())
    except (BadChannel, TooManyTests) as error:
        messages.warning(request, _refusal(error))
    else:
        enqueue("mail.channels")
    return redirect("channel", channel_id)


@login_required
@require_POST
def change_channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Another name, or `on` with "yes" or "no"; switched on, a suspended one is tried again."""
    user = signed_in_user(request.user)
    given, is_on = request.POST.get("name"), {"yes": True, "no": False}
    channels.change_channel(
        user.pk,
        _get(user, channel_id).pk,
        clock.now(),
        name=given,
        is_on=is_on.get(request.POST.get("on", "")),
    )
    enqueue("mail.channels")
    return redirect("channel", channel_id)


@login_required
@never_cache
@require_POST
def rotate_secret(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Another secret, shown in the answer, this once."""
    user, now = signed_in_user(request.user), clock.now()
    _get(user, channel_id)
    try:
        with write_turn(), transaction.atomic():
            kept, secret = channels.rotate_secret(user.pk, channel_id, now)
            kind, about = AuditEvent.Kind.SECRET_ROTATED, f"channel {kept.pk}"
            record_event(kind, now, user=user, origin=origin_of(request), about=about)
    except BadChannel as error:
        messages.warning(request, _refusal(error))
        return redirect("channel", channel_id)
    return _one(request, user, kept, secret=secret)


@login_required
@require_POST
def delete_channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    user = signed_in_user(request.user)
    kept = _get(user, channel_id)
    channels.delete_channel(user.pk, kept.pk)
    messages.success(request, f"{kept.name} is deleted.")
    return redirect("channels")


@login_required
@require_POST
def send_test_mail(request: HttpRequest) -> HttpResponse:
    try:
        queue_test_mail(signed_in_user(request.user), clock.now())
    except TooManyTestMails as error:
        messages.warning(request, str(error))
    return redirect("channels")


def _refusal(error: BadChannel | TooManyTests) -> str:
    return _sentence(error.reason) if isinstance(error, BadChannel) else str(error)


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."
