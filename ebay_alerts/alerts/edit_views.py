"""The page on which an alert is made or changed, with a preview of what it would find."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import confirmed_addresses, signed_in_user
from ebay_alerts.alerts import representing
from ebay_alerts.alerts.alert_form import GROUPS, AlertForm, initial_of
from ebay_alerts.alerts.errors import (
    DuplicateAlert,
    InvalidAlert,
    NoPreview,
    TooManyAlerts,
    TooManyPreviews,
)
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.parts import found_alert
from ebay_alerts.alerts.reading import read_address
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.previews import preview
from ebay_alerts.alerts.shown import preview_row
from ebay_alerts.alerts.wishes import Wish
from ebay_alerts.kit import clock


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A first look may name keywords (`?keywords=`), which an example does."""
    user = signed_in_user(request.user)
    start = {"keywords": request.GET.get("keywords", "")[:300], "interval_minutes": 60}

    def keep(wish: Wish) -> Alert:
        return keeping.create_alert(user, wish, clock.now())

    return _answer(request, user, start, keep, {"title": "New alert"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, alert_id: int) -> HttpResponse:
    user = signed_in_user(request.user)
    kept = found_alert(user, alert_id)

    def keep(wish: Wish) -> Alert:
        return keeping.change_alert(user, kept.pk, wish, clock.now())

    start = initial_of(representing.wish_fields(kept))
    return _answer(request, user, start, keep, {"title": "Change the alert", "alert": kept})


def _answer(
    request: HttpRequest,
    user: User,
    start: dict[str, Any],
    keep: Callable[[Wish], Alert],
    page: dict[str, Any],
) -> HttpResponse:
    """The form, or where it leads to."""
    others = list(confirmed_addresses(user).values())
    if request.method != "POST":
        return _form(request, AlertForm(initial=start, others=others), page)
    form = AlertForm(request.POST, others=others)
    if form.has_pasted_address():
        return _read(request, form, page, others)
    if request.POST.get("action") == "preview":
        return _form(request, form, page | {"preview": _preview(user, form)})
    if form.is_valid():
        try:
            return redirect("alert", keep(form.wish).pk)
        except (DuplicateAlert, TooManyAlerts) as error:
            form.add_error(None, str(error))
        except InvalidAlert as error:
            form.refuse(error)
    return _form(request, form, page, status=422)


def _form(
    request: HttpRequest, form: AlertForm, page: dict[str, Any], status: int = 200
) -> HttpResponse:
    shown = {"form": form, "groups": form.groups(GROUPS), **page}
    return render(request, "alerts/edit.html", shown, status=status)


def _read(
    request: HttpRequest, form: AlertForm, page: dict[str, Any], others: list[Any]
) -> HttpResponse:
    """What a pasted address asks for, put into the form; nothing is kept yet."""
    try:
        found = read_address(form.data["keywords"].strip())
    except InvalidAlert as error:
        form.is_valid()
        form.refuse_keywords(error.reason)
        return _form(request, form, page, status=422)
    filled = form.typed() | {"keywords": ""} | initial_of(found["fields"])
    shown = page | {"read": found}
    return _form(request, AlertForm(initial=filled, others=others), shown)


@login_required
@require_POST
def preview_part(request: HttpRequest) -> HttpResponse:
    """The part of the page that shows the preview, as one types."""
    user = signed_in_user(request.user)
    form = AlertForm(request.POST, others=list(confirmed_addresses(user).values()))
    return render(request, "alerts/preview.html", {"preview": _preview(user, form)})


def _preview(user: User, form: AlertForm) -> dict[str, Any]:
    """What a template shows of it: a preview, or in words why there is none."""
    if not (form.data.get("keywords", "").strip() or form.data.get("listing", "").strip()):
        return {}  # nothing was written yet
    if form.has_pasted_address():
        return {"is_address": True}
    if not form.is_valid():
        return {"faults": form.faults()}
    if form.wish.terms.query is None:
        return {"words": "One listing is looked at as soon as the alert is kept."}
    try:
        return preview_row(preview(user, form.wish, clock.now()), form.wish, clock.now())
    except InvalidAlert as error:
        return {"words": error.reason}
    except (NoPreview, TooManyPreviews) as error:
        return {"words": str(error)}
