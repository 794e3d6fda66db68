"""Asking again who it is, before somebody could take an account over from an open browser.

By password or second factor where the user has one, as allauth does; else by a code in a mail, for
which allauth would not ask.
"""

import secrets
import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import suspend_request
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.crypto import salted_hmac

from ebay_alerts.accounts.account_mails import queue_account_mail
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import signed_in_user

View = Callable[..., HttpResponseBase]
TRIES = 3
_KEPT = "asked_again"


def asks_again(view: View) -> View:
    """The page is for who showed who it is in the last minutes: signed in by a code, or asked."""
    by_allauth: View = reauthentication_required(view)

    @login_required
    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        user = signed_in_user(request.user)
        if get_adapter().get_reauthentication_methods(user):
            return by_allauth(request, *args, **named)
        if _was_shown_lately(request, user):
            return view(request, *args, **named)
        answer: HttpResponseBase = suspend_request(request, reverse("again-by-mail"))
        return answer

    return asking


def _was_shown_lately(request: HttpRequest, user: User) -> bool:
    records = get_authentication_records(request, user)
    lately = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(record["method"] == "code" and record["at"] > lately for record in records)


def send_code(request: HttpRequest, user: User, now: datetime) -> None:
    """Mail a code to the user's address; codes from before are good for nothing."""
    code: str = get_adapter().generate_login_code()
    request.session[_KEPT] = {"digest": _digest(code), "at": now.timestamp(), "tries": 0}
    queue_account_mail("again_code", user.email, {"code": code}, now)


def is_code_sent(request: HttpRequest, now: datetime) -> bool:
    """Whether a code is out that is good still."""
    kept = request.session.get(_KEPT)
    if kept is None or kept["tries"] >= TRIES:
        return False
    return bool(now.timestamp() - kept["at"] < settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


def take_code(request: HttpRequest, user: User, code: str, now: datetime) -> bool:
    """Whether it is the code that was sent; after `TRIES` wrong ones none is."""
    if not is_code_sent(request, now):
        return False
    kept = request.session[_KEPT]
    if not secrets.compare_digest(kept["digest"], _digest(code)):
        request.session[_KEPT] = kept | {"tries": kept["tries"] + 1}
        return False
    del request.session[_KEPT]
    record_authentication(request, user, method="code", reauthenticated=True)
    return True


def _digest(code: str) -> str:
    plain = "".join(code.upper().replace("-", "").split())
    return salted_hmac("ebay-alerts.asking-again", plain, algorithm="sha256").hexdigest()
