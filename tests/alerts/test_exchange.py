"""Alerts out as a file and in again: by JSON and CSV, with a dry run, and row by row."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from ebay_alerts.alerts.errors import InvalidAlert
from ebay_alerts.alerts.exchange import LARGEST_FILE, MOST_ROWS
from ebay_alerts.alerts.models import Alert, AlertChange
from ebay_alerts.alerts.services import importing, keeping
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.mail.models import Message
from ebay_alerts.market.marketplaces import MARKETPLACES
from ebay_alerts.market.models import Fetch, Search, SearchRegistration, Urgency
from tests.alerts.conftest import Desk
from tests.alerts.test_api_refusals import refusal
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
TYPES = {"json": "application/json", "csv": "text/csv"}


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


@pytest.fixture
def other(desk: Desk) -> Person:
    return person("bob@example.com", desk.clock)


def take(api: Person, form: str = "json") -> bytes:
    headers = {"authorization": f"Bearer {api.token}"}
    answer: Any = api.client.get(f"/api/alerts/export?format={form}", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="alerts.{form}"'
    return b"".join(answer.streaming_content)


def post(api: Person, body: bytes | str, form: str = "json", query: str = "") -> Any:
    headers = {"authorization": f"Bearer {api.token}"}
    path = f"/api/alerts/import{query}"
    return api.client.generic("POST", path, body, content_type=TYPES[form], headers=headers)


def bring(api: Person, body: bytes | str, form: str = "json", query: str = "") -> dict[str, Any]:
    answer = post(api, body, form, query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def rows(*items: dict[str, Any]) -> str:
    return json.dumps(
        {"items": [{"keywords": "wine", "interval_minutes": 15} | one for one in items]}
    )


def faults(outcome: dict[str, Any]) -> list[tuple[int, str]]:
    return [(fault["row"], fault["field"]) for fault in outcome["errors"]]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORD = st.from_regex(r"[a-z]{3,8}", fullmatch=True)
WISHES = st.fixed_dictionaries(
    {
        "keywords": st.builds("{}{} -{}".format, st.sampled_from(["", "-old ", " "]), WORD, WORD),
        "interval_minutes": st.integers(0, 43_200),
    },
    optional={
        "name": TEXT | st.from_regex(r"'*[=+@\t-].{0,9}", fullmatch=True),
        "note": TEXT | st.text("ab \n\r\t='", max_size=12),
        "marketplace": st.sampled_from(sorted(MARKETPLACES)),
        "category": st.sampled_from(["", "0815", "11450"]),
        "min_price": st.decimals(0, 99, places=2),
        "max_price": st.decimals(100, 10**6, places=2),
        "min_change_percent": st.integers(0, 99),
        "deliver_to": st.sampled_from(["DE", "US", "JP"]),
        "min_change_amount": st.decimals(0, 99, places=2),
        "price_basis": st.sampled_from(["item", "total"]),
        "buying": st.sampled_from(["any", "fixed_price", "auction"]),
        "countries": st.lists(st.sampled_from(["US", "CA", "GB"]), max_size=3),
        "excluded_countries": st.lists(st.sampled_from(["CN", "FR"]), max_size=2),
        "free_shipping": st.booleans(),
        "triggers": st.lists(st.sampled_from(["new", "fall", "ended"]), max_size=3),
        "lowest_in_days": st.integers(0, 365),
        "rearm_hours": st.integers(0, 720),
        "ending_minutes": st.integers(0, 1440),
        "conditions": st.lists(st.sampled_from(["new", "for_parts"]), max_size=2),
        "sellers": st.lists(st.sampled_from(["Bob", "=cmd", "-eve", "a.b*c"]), max_size=3),
        "excluded_sellers": st.lists(st.sampled_from(["mallory"]), max_size=1),
        "excluded_words": st.lists(
            st.sampled_from(["empty", "for parts", "-old", "=1+1 b", 'say "cheese" now', "日本"]),
            max_size=4,
        ),
    },
)


@given(st.lists(st.tuples(WISHES, st.booleans()), max_size=5), st.sampled_from(["json", "csv"]))
@examples(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_was_exported_and_imported_is_exported_the_same(
    desk: Desk, alerts: list[tuple[dict[str, Any], bool]], form: str
) -> None:
    Alert.objects.all().delete()
    ann, bob = (person(f"{name}@example.com", desk.clock) for name in ("ann", "bob"))
    for wished, is_paused in alerts:
        alert = desk_keep(desk, ann, wished)
        if alert and is_paused:
            keeping.pause_alert(ann.user, alert.pk, desk.now)
    file = take(ann, form)
    outcome = bring(bob, file, form)
    assert (outcome["errors"], outcome["duplicates"]) == ([], [])
    assert outcome["imported"] == outcome["rows"] == ann.user.alerts.count()
    assert take(bob, form) == file
    assert shown(bob) == shown(ann)


def desk_keep(desk: Desk, api: Person, wished: dict[str, Any]) -> Alert | None:
    try:
        return keeping.create_alert(api.user, read_wish(wished), desk.now)
    except (keeping.DuplicateAlert, InvalidAlert):
        return None


def shown(api: Person) -> list[dict[str, Any]]:
    own = {"id", "page", "coverage", "created_at", "updated_at"}
    items = api.send("GET", "/alerts?limit=500").json()["items"]
    return [{name: value for name, value in item.items() if name not in own} for item in items]


def test_a_spreadsheet_sees_no_formula(api: Person) -> None:
    api.keep("-old wine", name="=1+1")
    [row] = csv.DictReader(io.StringIO(take(api, "csv").decode(), newline=""))
    assert (row["keywords"], row["name"]) == ("'-old wine", "'=1+1")


def test_what_an_import_keeps_is_like_any_other_alert(api: Person, desk: Desk) -> None:
    bring(api, rows({"keywords": "Wine  -cooler", "max_price": 12.5, "name": "Cellar"}))
    kept = Alert.objects.get()
    made = desk_keep(desk, api, {"keywords": "port", "interval_minutes": 15})
    assert made is not None
    imported = api.alert(kept.pk)
    same = api.alert(made.pk) | {
        "id": kept.pk,
        "keywords": "Wine -cooler",
        "name": "Cellar",
        "max_price": "12.50",
        "page": imported["page"],
    }
    assert imported | {"coverage": None} == same | {"coverage": None}
    change, other = AlertChange.objects.order_by("pk")
    assert (change.kind, change.before, change.at) == ("created", None, desk.now)
    assert set(change.after) == set(other.after)
    assert Search.objects.filter(refresh_seconds=None).count() == 0
    assert SearchRegistration.objects.count() == 2


def test_imported_alerts_are_filled_behind_and_begin_in_silence(api: Person, desk: Desk) -> None:
    bring(api, rows({}, {"keywords": "port", "paused": True}))
    assert Fetch.objects.get(keywords="wine").urgency == Urgency.IMPORT
    assert Search.objects.get(query="port").refresh_seconds is None
    desk.put("a", 10)
    desk.start()
    assert not Message.objects.exists()
    desk.put("b", 20)
    assert [mail.subject for mail in desk.slot()] != []
    states = Alert.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["active", "paused"]


def test_a_welcome_for_each_comes_if_asked_for(api: Person, desk: Desk) -> None:
    bring(api, rows({}, {"keywords": "port"}), query="?welcome=true")
    desk.start()
    assert Message.objects.count() == 2


def test_a_dry_run_says_the_same_and_writes_nothing(api: Person) -> None:
    api.keep("port")
    body = rows({}, {"keywords": "port"}, {"keywords": ""}, {"keywords": " WINE"}, {"x": 1})
    before = (Alert.objects.count(), Search.objects.count(), Fetch.objects.count())
    dry = bring(api, body, query="?dry_run=true")
    assert (Alert.objects.count(), Search.objects.count(), Fetch.objects.count()) == before
    assert bring(api, body) | {"dry_run": True} == dry
    assert (dry["rows"], dry["imported"]) == (5, 1)


def test_each_bad_row_is_named_with_field_and_reason_and_the_good_ones_go_in(
    api: Person,
) -> None:
    body = rows(
        {"keywords": "good one"},
        {"keywords": "wine (red"},
        {"interval_minutes": "15"},
        {"min_price": 5, "max_price": 4},
        {"marketplace": "EBAY_XX"},
        {"currency": "EUR"},
        {"surprise": 1},
        {"paused": "perhaps"},
        {"name": "n" * 101},
        {"mail_when": "always", "interval_minutes": 0},
        {"keywords": "wine \x00"},
        {"max_price": float("nan")},
        {"keywords": "good two"},
    )
    body = body[:-2] + ', 5, null, ["wine"], {}]}'
    outcome = bring(api, body)
    assert faults(outcome) == [
        (2, "keywords"),
        (3, "interval_minutes"),
        (4, "max_price"),
        (5, "marketplace"),
        (6, "currency"),
        (7, "surprise"),
        (8, "paused"),
        (9, "name"),
        (10, "mail_when"),
        (11, "keywords"),
        (12, "max_price"),
        (14, "row"),
        (15, "row"),
        (16, "row"),
        (17, "interval_minutes"),
    ]
    assert outcome["errors"][0]["position"] == 5
    assert all(len(fault["reason"]) > 10 for fault in outcome["errors"])
    assert (outcome["rows"], outcome["imported"]) == (17, 2)
    assert [alert.keywords for alert in Alert.objects.order_by("pk")] == ["good one", "good two"]


def test_what_is_kept_and_what_comes_twice_is_named_and_passed_over(api: Person) -> None:
    first = api.keep("wine", name="Cellar", max_price=50)
    body = rows(
        {"max_price": "50.00", "interval_minutes": 60},
        {"keywords": "port", "name": "P"},
        {"keywords": " PORT"},
        {"max_price": 49},
    )
    outcome = bring(api, body)
    assert outcome["duplicates"] == [
        {"row": 1, "name": "Cellar", "id": first["id"], "first_row": None},
        {"row": 3, "name": "PORT", "id": None, "first_row": 2},
    ]
    assert outcome["imported"] == 2
    assert api.alert(first["id"])["interval_minutes"] == 15
    again = bring(api, body)
    assert (again["imported"], len(again["duplicates"])) == (0, 4)


def test_what_another_user_keeps_is_no_duplicate(api: Person, other: Person) -> None:
    other.keep("wine")
    assert bring(api, rows({}))["imported"] == 1
    assert Search.objects.count() == 1


CSV_HEADER = "interval_minutes,keywords,max_price,paused,name\n"


def test_csv_rows_are_numbered_as_spreadsheets_number_them(api: Person) -> None:
    body = (
        CSV_HEADER
        + "15,wine,,,\n"
        + "\n"
        + "often,beer,,,\n"
        + ",,,,\n"
        + '15,"rum\nold",,TRUE,\n'
        + '15,ab"c",12.50,,"x"y\n'
        + "15,port,cheap,,\n"
        + "15,gin,,,,too,many\n"
        + "15,sake\n"
        + "15,\"'-old mead\",9.5,false,'=1\n"
        + '15,"open,,,\n15,after,,,\n'
    )
    outcome = bring(api, body, "csv")
    assert faults(outcome) == [
        (4, "interval_minutes"),
        (7, "row"),
        (8, "max_price"),
        (9, "row"),
        (12, "row"),
    ]
    assert outcome["errors"][0]["reason"].startswith("Write a whole number")
    kept = Alert.objects.order_by("pk").values_list("keywords", "name", "state")
    assert list(kept) == [
        ("wine", "wine", "filling"),
        ("rum old", "rum old", "paused"),
        ("sake", "sake", "filling"),
        ("-old mead", "=1", "filling"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_save_is_read(api: Person, delimiter: str) -> None:
    text = CSV_HEADER + "15,wine,12.50,FALSE,Céllar\n"
    body = b"\xef\xbb\xbf" + text.replace(",", delimiter).replace("\n", "\r\n").encode()
    assert bring(api, body, "csv")["imported"] == 1
    assert Alert.objects.get().name == "Céllar"


@pytest.mark.parametrize(
    ("body", "form", "status"),
    [
        ("", "json", 400),
        ("wine", "json", 400),
        (b"\xff\xfe\xfd", "json", 400),
        ("[" * 100_000, "json", 400),
        ("{}", "json", 422),
        ("5", "json", 422),
        ('{"items": {"keywords": "wine"}}', "json", 422),
        (b"keywords,interval_minutes\n\xff,15\n", "csv", 422),
        ("keywords\nwine\n", "csv", 422),
        ("keywords,interval_minutes,keywords\nwine,15,port\n", "csv", 422),
        ("keywords,interval_minutes,surprise\nwine,15,1\n", "csv", 422),
        ('"keywords,interval_minutes\nwine,15\n', "csv", 422),
        ("[" + "{}," * MOST_ROWS + "{}]", "json", 422),
        (" " * (LARGEST_FILE + 1), "json", 413),
        (" " * (LARGEST_FILE + 1), "csv", 413),
    ],
)
def test_what_is_no_file_of_alerts_is_refused_whole(
    api: Person, body: bytes | str, form: str, status: int
) -> None:
    refusal(post(api, body, form), status, "body")
    assert not Alert.objects.exists()


def test_a_list_alone_and_an_empty_file_are_fine(api: Person) -> None:
    assert bring(api, '[{"keywords": "wine", "interval_minutes": 0}]')["imported"] == 1
    for body, form in (("[]", "json"), ('{"items": []}', "json"), (CSV_HEADER, "csv")):
        assert bring(api, body, form)["rows"] == 0


def test_the_format_in_the_address_goes_before_the_header(api: Person) -> None:
    assert bring(api, CSV_HEADER + "15,wine\n", "json", "?format=csv")["imported"] == 1


def test_an_import_that_died_is_finished_by_the_same_file(
    api: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_TURN", 2)
    body = rows(*({"keywords": f"wine{number}"} for number in range(7)))
    write, turns = importing.plan_searches, iter(range(3))

    def die(*given: Any) -> None:
        write(*given)
        if next(turns) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(importing, "plan_searches", die)
        with pytest.raises(KeyboardInterrupt):
            post(api, body)
    assert Alert.objects.count() == AlertChange.objects.count() == 4
    wanted = Search.objects.filter(refresh_seconds__isnull=False)
    assert set(wanted) == {alert.search for alert in Alert.objects.all()}
    outcome = bring(api, body)
    assert (outcome["imported"], len(outcome["duplicates"])) == (3, 4)


@pytest.mark.parametrize("query", ["?dry_run=true", ""])
def test_rows_beyond_what_a_user_may_keep_are_named(
    api: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_TURN", 2)
    settings.ALERTS_PER_USER = 4
    api.keep("port")
    names = ("port", "a1", "(", "a2", "a3", "a4", "a5")
    outcome = bring(api, rows(*({"keywords": name} for name in names)), query=query)
    assert (outcome["imported"], len(outcome["duplicates"])) == (3, 1)
    assert faults(outcome) == [(3, "keywords"), (6, "row"), (7, "row")]
    assert api.send("POST", "/alerts", {"keywords": "b", "interval_minutes": 1}).status_code == (
        201 if query else 409
    )


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_thousands_of_alerts_with_faults_go_in_by_a_few_statements(api: Person, count: int) -> None:
    good = {"interval_minutes": 60, "max_price": 90}
    items: list[dict[str, Any]] = [{"keywords": f"wine {n}", **good} for n in range(count)]
    bad = range(7, count, 10)
    for number in bad:
        items[number] = items[number] | [{"keywords": "(x"}, {"min_price": -1}][number % 20 > 9]
    with CaptureQueriesContext(connection) as queries:
        outcome = bring(api, json.dumps({"items": items}))
    kept = count * 9 // 10
    assert [fault["row"] for fault in outcome["errors"]] == [number + 1 for number in bad]
    assert outcome["imported"] == Alert.objects.count() == AlertChange.objects.count() == kept
    assert Search.objects.filter(refresh_seconds__isnull=False).count() == kept
    a_turn = len(queries) / (kept / importing.ROWS_A_TURN)
    assert a_turn < 40, "not a statement for each alert"
