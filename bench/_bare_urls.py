"""A view that answers the two calls that are measured, and does no more than it must."""

import json

from django.http import HttpRequest, JsonResponse
from django.urls import path

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import find_token
from ebay_alerts.alerts.models import Alert
from ebay_alerts.kit import clock
from ebay_alerts.market.models import Fetch, Search

PLACE = {"marketplace": "EBAY_US", "deliver_to": "US", "refresh_seconds": 900}


def alerts(request: HttpRequest) -> JsonResponse:
    found = find_token(request.headers["Authorization"].removeprefix("Bearer "), clock.now())
    if found is None:
        return JsonResponse({}, status=401)
    if request.method == "POST":
        return JsonResponse(create(found.user, json.loads(request.body)), status=201)
    rows = Alert.objects.filter(user=found.user).order_by("pk").values()
    return JsonResponse({"items": list(rows[:50]), "next": None})


def create(user: User, body: dict[str, object]) -> dict[str, object]:
    """A fetch, a search and an alert, a statement each."""
    now, keywords = clock.now(), str(body["keywords"])
    fetch = Fetch.objects.create(keywords=f"bare {keywords}", due_at=now, **PLACE)
    search = Search.objects.create(fetch=fetch, query=f"bare {keywords}", created_at=now, **PLACE)
    alert = Alert.objects.create(
        user=user, search=search, name=keywords, keywords=keywords, interval_minutes=15,
        currency="USD", filters="", phase=0, created_at=now, updated_at=now,
    )  # fmt: skip
    return {"id": alert.pk, "keywords": alert.keywords, "state": alert.state}


urlpatterns = [path("api/alerts", alerts)]
