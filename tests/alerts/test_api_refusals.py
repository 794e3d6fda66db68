"""What the API refuses, and how it says so: a problem document with field, reason and status."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from tests.alerts.conftest import Desk
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


@pytest.fixture
def stranger(desk: Desk) -> Person:
    return person("bob@example.com", desk.clock)


def refusal(answer: HttpResponse, status: int, field: str | None = None) -> dict[str, Any]:
    """The problem document, checked for what each of them must hold."""
    problem: dict[str, Any] = json.loads(answer.content)
    assert answer.status_code == status, problem
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"]
    assert len(problem["detail"]) > 10
    if field is not None:
        assert problem["field"] == field
    return problem


@pytest.mark.parametrize(
    ("keywords", "position"),
    [
        ("", 0),
        ("   ", 0),
        ("-cooler", 0),
        ("!!!", 0),
        ('wine "red', 5),
        ("wine (red, white", 5),
        ("wine red)", 8),
        ("wine (a (b))", 8),
        ("wine, red", 4),
        ("wi*ne", 2),
        ("wine ()", 5),
        ("w" * 301, 300),
        ("w" * 120, 0),
        ("wine\x00", 4),
    ],
)
def test_keywords_that_cannot_be_read_are_refused_with_the_position(
    api: Person, keywords: str, position: int
) -> None:
    answer = api.send("POST", "/alerts", {"keywords": keywords, "interval_minutes": 5})
    assert refusal(answer, 422, "keywords")["position"] == position


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("keywords", None),
        ("keywords", 5),
        ("keywords", ["wine"]),
        ("keywords", "w" * 2001),
        ("keywords", "wine \ud800"),
        ("interval_minutes", -1),
        ("interval_minutes", 43_201),
        ("interval_minutes", 10**30),
        ("interval_minutes", 1.5),
        ("interval_minutes", 15.0),
        ("interval_minutes", "15"),
        ("interval_minutes", True),
        ("interval_minutes", None),
        ("interval_minutes", {}),
        ("marketplace", "EBAY_MARS"),
        ("marketplace", 7),
        ("deliver_to", "USA"),
        ("deliver_to", "1A"),
        ("deliver_to", "ÄÖ"),
        ("category", "toys"),
        ("category", "1" * 21),
        ("category", "１２"),
        ("category", "-5"),
        ("category", 11450),
        ("name", "n" * 101),
        ("name", 7),
        ("min_price", -1),
        ("min_price", "-0.01"),
        ("min_price", "NaN"),
        ("min_price", "Infinity"),
        ("min_price", float("nan")),
        ("min_price", float("inf")),
        ("min_price", "cheap"),
        ("max_price", 10**12),
        ("max_price", "1e999999999"),
        ("max_price", []),
        ("max_price", True),
        ("min_change_percent", 100),
        ("min_change_percent", -1),
        ("min_change_percent", 2.5),
        ("min_change_percent", True),
        ("min_change_percent", "5"),
        ("mail_when", "sometimes"),
        ("surprise", 1),
        ("state", "active"),
        ("\ud800", 1),
    ],
)
def test_a_bad_field_is_named(api: Person, field: str, value: Any) -> None:
    body = {"keywords": "wine", "interval_minutes": 15} | {field: value}
    named = field if field != "\ud800" else None
    refusal(api.send("POST", "/alerts", body), 422, named)
    assert not Alert.objects.exists()

    alert = api.keep("port")
    body = {field: value}
    if value is not None or field in ("keywords", "interval_minutes"):
        refusal(api.send("PATCH", f"/alerts/{alert['id']}", body), 422, named)
    assert api.alert(alert["id"])["keywords"] == "port"


def test_limits_that_cross_are_refused(api: Person) -> None:
    body = {"keywords": "wine", "interval_minutes": 5, "min_price": 20, "max_price": 10}
    refusal(api.send("POST", "/alerts", body), 422, "max_price")
    alert = api.keep("wine", min_price=20)
    refusal(api.send("PATCH", f"/alerts/{alert['id']}", {"max_price": 19}), 422, "max_price")


def test_an_instant_alert_cannot_mail_its_list_always(api: Person) -> None:
    body = {"keywords": "wine", "interval_minutes": 0, "mail_when": "always"}
    refusal(api.send("POST", "/alerts", body), 422, "mail_when")


@pytest.mark.parametrize("field", ["keywords", "interval_minutes"])
def test_a_missing_field_is_named(api: Person, field: str) -> None:
    body = {"keywords": "wine", "interval_minutes": 15}
    del body[field]
    problem = refusal(api.send("POST", "/alerts", body), 422, field)
    assert "errors" not in problem or problem["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"wine",
        b'{"keywords": "wine"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"interval_minutes": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_refused(api: Person, body: bytes) -> None:
    answer = api.client.generic(
        "POST",
        "/api/alerts",
        data=body,
        content_type="application/json",
        headers={"authorization": f"Bearer {api.token}"},
    )
    refusal(answer, 400, "body")


@pytest.mark.parametrize("body", ["", "[]", '"wine"', "5", "null", "true"])
def test_no_body_and_json_that_is_no_object_are_refused(api: Person, body: str) -> None:
    answer = api.client.generic(
        "POST",
        "/api/alerts",
        data=body,
        content_type="application/json",
        headers={"authorization": f"Bearer {api.token}"},
    )
    refusal(answer, 422)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer eba_wrong", "Basic YTpi", "Bearer é\x01"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/alerts"),
        ("POST", "/api/alerts"),
        ("PATCH", "/api/alerts/1"),
        ("DELETE", "/api/alerts/1"),
        ("GET", "/api/alerts/1/history"),
        ("GET", "/api/alerts/1/listings"),
        ("GET", "/api/listings/1/prices"),
        ("GET", "/api/alerts/1/trend"),
    ],
)
def test_without_a_good_token_nothing_is_answered(
    db: None, client: Client, header: str | None, method: str, path: str
) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = client.generic(method, path, headers=headers)
    refusal(answer, 401, "Authorization")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_token_of_an_inactive_user_is_refused(api: Person) -> None:
    User.objects.update(is_active=False)
    refusal(api.send("GET", "/alerts"), 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/alerts/{id}"),
        ("PATCH", "/alerts/{id}"),
        ("DELETE", "/alerts/{id}"),
        ("GET", "/alerts/{id}/history"),
        ("GET", "/alerts/{id}/listings"),
    ],
)
def test_another_users_alert_is_not_there(
    api: Person, stranger: Person, method: str, path: str
) -> None:
    alert = api.keep("wine")
    for alert_id in (alert["id"], alert["id"] + 1, 10**30):
        body = {"interval_minutes": 1} if method == "PATCH" else None
        refusal(stranger.send(method, path.format(id=alert_id), body), 404)
    assert api.alert(alert["id"]) == alert
    assert stranger.send("GET", "/alerts").json()["items"] == []


def test_a_second_alert_like_the_first_is_refused_and_the_first_named(api: Person) -> None:
    first = api.keep("wine -cooler", name="Cellar")
    body = {"keywords": "-cooler WINE", "interval_minutes": 60}
    problem = refusal(api.send("POST", "/alerts", body), 409, "keywords")
    assert problem["first"] == first["id"]
    assert "Cellar" in problem["detail"]

    second = api.keep("port")
    answer = api.send("PATCH", f"/alerts/{second['id']}", {"keywords": "wine -cooler"})
    assert refusal(answer, 409)["first"] == first["id"]


@pytest.mark.parametrize("path", ["/", "/nothing", "/alerts/", "/alerts/one", "/listings/1"])
def test_an_unknown_address_is_answered_with_a_problem_too(api: Person, path: str) -> None:
    refusal(api.send("GET", path), 404)


def test_a_wrong_method_is_answered_with_those_that_are_right(api: Person) -> None:
    answer = api.send("PUT", "/alerts/1", {})
    refusal(answer, 405)
    assert set(answer["Allow"].split(", ")) == {"GET", "PATCH", "DELETE"}
    refusal(api.send("DELETE", "/alerts"), 405)


@pytest.mark.parametrize("limit", ["0", "-1", "501", "ten", "1.5", "", "1e3", "9" * 400])
def test_a_limit_out_of_range_is_refused(api: Person, limit: str) -> None:
    alert = api.keep("wine")
    mine = f"/alerts/{alert['id']}"
    for path in ("/alerts", f"{mine}/history", f"{mine}/listings", "/listings/1/prices"):
        refusal(api.send("GET", f"{path}?limit={limit}"), 422, "limit")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "MQ",
        "MXwy",
        "MXwyfDM",
        "é",
        "%FF%FE",
        "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
        "A" * 5000,
    ],
)
def test_a_cursor_that_is_not_ours_is_refused_or_ends_the_list(
    api: Person, desk: Desk, cursor: str
) -> None:
    alert = api.keep("wine")
    desk.put("a", 10)
    mine, listing = f"/alerts/{alert['id']}", f"/listings/{desk.listing('a').pk}"
    for path in ("/alerts", f"{mine}/history", f"{mine}/listings", f"{listing}/prices"):
        answer = api.send("GET", f"{path}?cursor={cursor}")
        if answer.status_code != 200:
            refusal(answer, 422, "cursor")


@pytest.mark.parametrize(
    "keywords",
    [
        "wine\x00",
        "wine \x1b[31m",
        " ".join(f"{chr(97 + n % 26)}-{chr(97 + n // 26)}" for n in range(70)),
        "ﷺ " * 20 + "wine",
        "wine ﷺa ﷺb ﷺc ﷺd ﷺe ﷺf ﷺg ﷺh ﷺi ﷺj ﷺk ﷺl ﷺm ﷺn ﷺo ﷺp ﷺq ﷺr ﷺs ﷺt ﷺu ﷺv ﷺw ﷺx",
        "wine " + " ".join(f"-{'x' * 9}{n}" for n in range(20)),
        "İstanbul ǅ ß ﬀ 東京 🍷 wine",
    ],
)
def test_strange_keywords_are_kept_or_refused_and_break_nothing(api: Person, keywords: str) -> None:
    answer = api.send("POST", "/alerts", {"keywords": keywords, "interval_minutes": 5})
    if answer.status_code != 201:
        refusal(answer, 422, "keywords")


@pytest.mark.parametrize("name", ["a\x00b", "  a \r\n b ", "\u202egnp.exe", "<b>", "🍷" * 100])
def test_strange_names_are_made_plain(api: Person, name: str) -> None:
    kept = api.keep("wine", name=name)["name"]
    assert kept.isprintable()
    assert kept == " ".join(kept.split())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("conditions", ["shiny"]),
        ("conditions", [""]),
        ("sellers", ["two words"]),
        ("sellers", [""]),
        ("sellers", ["x" * 65]),
        ("sellers", [f"bob{number}" for number in range(51)]),
        ("excluded_sellers", ["a\u0000b"]),
        ("excluded_words", ["!?"]),
        ("excluded_words", ["x" * 81]),
        ("excluded_words", [f"word{number}" for number in range(31)]),
        ("lowest_in_days", 366),
        ("rearm_hours", -1),
        ("ending_minutes", 1441),
        ("ending_minutes", True),
    ],
)
def test_a_gate_that_makes_no_sense_is_refused_by_its_name(
    api: Person, field: str, value: Any
) -> None:
    body = {"keywords": "wine", "interval_minutes": 15, field: value}
    answer = api.send("POST", "/alerts", body)
    assert answer.status_code == 422, answer.content
    assert answer.json()["field"] == field
    assert not Alert.objects.exists()
