"""The page on which alerts are imported from a file, after a look at what would be done."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.errors import UnreadableFile
from ebay_alerts.alerts.exchange import Reading, read_file, table_of
from ebay_alerts.alerts.lists import Format, answer_file
from ebay_alerts.alerts.services.importing import import_alerts
from ebay_alerts.kit import clock

# The page carries the file along until it is imported; the API takes larger ones.
LARGEST = 2**20
SHOWN = 100
_SALT, _SECONDS = "import", 3600


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """A file is looked at first, and nothing is kept; the page then shown imports it."""
    user = signed_in_user(request.user)
    if request.method != "POST":
        return render(request, "alerts/import.html")
    is_sure = "kept" in request.POST
    try:
        body, is_csv = _kept(request) if is_sure else _uploaded(request)
        reading = read_file(body, is_csv=is_csv)
    except UnreadableFile as error:
        return render(request, "alerts/import.html", {"refusal": str(error)}, status=422)
    shown = _carry_out(request, user, reading, is_sure=is_sure)
    if not is_sure:
        return render(request, "alerts/import.html", shown | {"kept": _keep(user, body, is_csv)})
    count = shown["imported"]
    messages.success(request, f"{count:,} alert{'' if count == 1 else 's'} imported.")
    return redirect("alerts")


@login_required
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All alerts as a file: `?format=csv` or `json`."""
    user = signed_in_user(request.user)
    is_json = request.GET.get("format") == "json"
    asked = Format(format="json" if is_json else "csv")
    return answer_file(request, table_of(user), asked)


def _carry_out(
    request: HttpRequest, user: User, reading: Reading, *, is_sure: bool
) -> dict[str, Any]:
    welcomes = request.POST.get("welcome") == "yes"
    outcome = import_alerts(user, reading.rows, clock.now(), welcomes=welcomes, is_dry=not is_sure)
    faults = sorted([*reading.faults, *outcome.faults])
    return {
        "is_read": True,
        "imported": outcome.imported,
        "faults": faults[:SHOWN],
        "more_faults": max(len(faults) - SHOWN, 0),
        "duplicates": outcome.duplicates[:SHOWN],
        "more_duplicates": max(len(outcome.duplicates) - SHOWN, 0),
        "welcomes": welcomes,
    }


def _uploaded(request: HttpRequest) -> tuple[bytes, bool]:
    """The file and whether it is CSV. Raises UnreadableFile."""
    file = request.FILES.get("file")
    if file is None:
        raise UnreadableFile("Choose a file first.")
    if (file.size or 0) > LARGEST:
        raise UnreadableFile(
            f"A file may have {LARGEST // 2**20} MiB here; part it into several, or use the API."
        )
    body = file.read()
    return body, body.lstrip()[:1] not in (b"{", b"[")


def _keep(user: User, body: bytes, is_csv: bool) -> str:
    """The file as the page carries it: signed for the user, so that it is what was looked at."""
    given = [user.pk, body.decode("latin-1"), is_csv]  # each byte a character
    return signing.dumps(given, salt=_SALT, compress=True)


def _kept(request: HttpRequest) -> tuple[bytes, bool]:
    """Raises UnreadableFile for one that is too old, Http404 for one of another user."""
    try:
        user_id, text, is_csv = signing.loads(request.POST["kept"], salt=_SALT, max_age=_SECONDS)
    except signing.SignatureExpired as error:
        raise UnreadableFile("That was an hour ago; choose the file again.") from error
    except signing.BadSignature as error:
        raise UnreadableFile("Choose the file again.") from error
    if user_id != request.user.pk:
        raise Http404("This file is not yours.")
    return str(text).encode("latin-1"), bool(is_csv)
