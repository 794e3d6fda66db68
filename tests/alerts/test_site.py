"""The pages on which signed-in users keep alerts: list, form, preview, one alert, and why."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import alerts_of
from tests.alerts.conftest import Desk

pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]
HOSTILE = '<img src=x onerror=alert(1)>"wine'


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    """A browser in which ann is signed in."""
    client.force_login(ann)
    return client


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def fields(keywords: str = "wine", **others: Any) -> dict[str, Any]:
    return {"keywords": keywords, "interval_minutes": "60", "action": "keep", **others}


def test_an_empty_list_shows_examples_that_fill_the_form(site: Client) -> None:
    page = text(site, "/alerts/")
    links = re.findall(r'href="(/alerts/new/\?keywords=[^"]*)"', page)
    assert len(links) == 3
    assert 'value="camera -(for parts)"' in text(site, links[0])


def test_the_list_shows_each_alert_with_its_state_and_its_mails(
    site: Client, desk: Desk, ann: User
) -> None:
    desk.keep(ann, "wine", name="Red ones")
    desk.start()
    desk.keep(ann, "port")
    page = text(site, "/alerts/")
    assert "Red ones" in page
    assert "Looks for wine" in page
    assert "Next look" in page
    assert "filling" in page


def test_the_list_takes_as_many_queries_however_many_alerts_there_are(
    site: Client, desk: Desk, ann: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        desk.keep(ann, f"wine{number}")
    desk.start()
    with django_assert_max_num_queries(14):
        site.get("/alerts/")


def test_an_alert_is_made_with_all_that_the_form_has(site: Client, ann: User) -> None:
    given = fields(
        '"red wine" -cooler',
        min_price="5",
        max_price="49.90",
        price_basis="total",
        at="08:00",
        weekdays=["mon", "fri"],
        triggers=["new", "fall"],
        conditions=["used"],
        excluded_words="for parts\nreplica",
        sellers="ann_shop, bob",
        countries="us de",
        name="Cellar",
        note="For the cellar",
    )
    answer = site.post("/alerts/new/", given)
    kept = alerts_of(ann).get()
    assert answer.headers["Location"] == f"/alerts/{kept.pk}/"
    assert (kept.name, kept.keywords, kept.note) == (
        "Cellar", '"red wine" -cooler', "For the cellar",
    )  # fmt: skip
    assert (kept.min_price_minor, kept.max_price_minor, kept.price_basis) == (500, 4990, "total")
    assert (kept.at_minute, kept.weekdays) == (480, 0b10001)
    assert kept.excluded_words.splitlines() == ["for parts", "replica"]
    assert set(kept.sellers.split()) == {"ann_shop", "bob"}
    assert set(kept.countries.split()) == {"US", "DE"}
    assert set(kept.triggers.split()) == {"new", "fall"}


def test_keeping_an_untouched_form_changes_nothing(site: Client, desk: Desk, ann: User) -> None:
    kept = desk.keep(
        ann,
        "wine",
        interval_minutes=45,
        max_price=20,
        excluded_words=["for parts", "replica"],
        countries=["US", "DE"],
        triggers=["new"],
        lowest_in_days=30,
        marketplace="EBAY_DE",
        name="Mine",
    )
    before = alerts_of(ann).values().get()
    page = text(site, f"/alerts/{kept.pk}/edit/")
    site.post(f"/alerts/{kept.pk}/edit/", posted(page) | {"action": "keep"})
    after = alerts_of(ann).values().get()
    for name in ("version", "updated_at"):
        before.pop(name), after.pop(name)
    assert after == before


def posted(page: str) -> dict[str, Any]:
    """What a browser would post of the alert's form."""
    form = page[
        page.index('<form id="alert-form"') : page.index("</form>", page.index("alert-form"))
    ]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = attribute(tag, "name"), attribute(tag, "value")
        if 'type="checkbox"' not in tag:
            found[name] = value
        elif "checked" in tag:
            found.setdefault(name, []).append(value)
    for name, body in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        [found[name]] = re.findall(r'value="([^"]*)" selected', body)
    for name, body in re.findall(r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = body.removeprefix("\n")
    return found


def attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return found[1] if found else ""


def test_wrong_keywords_are_marked_where_they_are_wrong_and_nothing_is_lost(
    site: Client, ann: User
) -> None:
    answer = site.post("/alerts/new/", fields("wine (red", max_price="12"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r"\(at character \d+\)", page)
    assert "<mark>" in page
    assert 'value="wine (red"' in page
    assert re.search(r'name="max_price" value="12"', page)
    assert not alerts_of(ann).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("min_price", "cheap"), ("max_price", "-1"), ("max_price", "NaN")),
        *(("deliver_to", "Germany"), ("marketplace", "EBAY_XX"), ("interval_minutes", "99999")),
        *(("countries", "Atlantis"), ("category", "wine"), ("at", "25:00")),
        ("address", "stranger@example.com"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    site: Client, ann: User, field: str, value: str
) -> None:
    answer = site.post("/alerts/new/", fields(**{field: value}))
    assert answer.status_code == 422
    wrong = re.findall(r'class="field field-(\w+) wrong"', answer.content.decode())
    assert wrong == [field]
    assert not alerts_of(ann).exists()


def test_an_alert_that_is_kept_already_is_refused_by_name(
    site: Client, desk: Desk, ann: User
) -> None:
    desk.keep(ann, "wine", name="The first")
    answer = site.post("/alerts/new/", fields("WINE"))
    assert answer.status_code == 422
    assert "The first" in answer.content.decode()


def test_a_pasted_address_is_read_into_the_form_and_keeps_nothing(site: Client, ann: User) -> None:
    address = "https://www.ebay.com/sch/i.html?_nkw=red+wine&_udhi=50&LH_BIN=1"
    page = site.post("/alerts/new/", fields(address, note="mine")).content.decode()
    assert 'value="red wine"' in page
    assert re.search(r'name="max_price" value="50', page)
    assert 'value="fixed_price" selected' in page
    assert ">\nmine</textarea>" in page
    assert not alerts_of(ann).exists()


def test_a_pasted_listing_is_read_as_the_one_to_watch(site: Client) -> None:
    page = site.post("/alerts/new/", fields("https://www.ebay.com/itm/110551991234"))
    assert "110551991234" in attribute(
        re.findall(r'<input[^>]*name="listing"[^>]*>', page.content.decode())[0], "value"
    )


def test_an_address_that_is_none_of_ebays_is_refused_at_the_keywords(site: Client) -> None:
    answer = site.post("/alerts/new/", fields("https://evil.example/sch?_nkw=x"))
    assert answer.status_code == 422
    assert "field-keywords wrong" in answer.content.decode()


def test_a_preview_shows_what_is_there_and_keeps_nothing(
    site: Client, desk: Desk, ann: User
) -> None:
    desk.keep(ann, "wine")
    desk.start()
    desk.put("a", 30)
    desk.put("b", 10, title="Wine <b>bold</b>")
    kept = alerts_of(ann).get()
    kept.search.fetch.asked_at = desk.now
    kept.search.fetch.save()
    for path in ("/alerts/preview/", "/alerts/new/"):
        page = site.post(path, fields(action="preview", max_price="20")).content.decode()
        assert "1 listing" in page
        assert "$10.00" in page
        assert "$30.00" not in page
        assert "Wine &lt;b&gt;bold&lt;/b&gt;" in page
    assert alerts_of(ann).count() == 1


def test_a_form_in_which_nothing_was_written_yet_is_not_scolded(site: Client) -> None:
    answer = site.post("/alerts/preview/", fields(""))
    assert "Write keywords and see" in answer.content.decode()
    assert "errorlist" not in answer.content.decode()


def test_a_preview_of_wrong_keywords_says_what_is_wrong(site: Client) -> None:
    answer = site.post("/alerts/preview/", fields("wine ("))
    assert answer.status_code == 200
    assert "at character" in answer.content.decode()


def test_pausing_in_the_list_answers_the_row_and_without_scripts_the_list(
    site: Client, desk: Desk, ann: User
) -> None:
    kept = desk.keep(ann)
    desk.start()
    act = f"/alerts/{kept.pk}/act/"
    part = site.post(act, {"action": "pause"}, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith(f'<div id="state-{kept.pk}"')
    assert "Resume" in part
    assert alerts_of(ann).get().state == Alert.State.PAUSED
    answer = site.post(act, {"action": "resume", "from": "list"})
    assert answer.headers["Location"] == "/alerts/"
    assert alerts_of(ann).get().state != Alert.State.PAUSED


def test_a_duplicate_is_paused_and_leads_to_its_form(site: Client, desk: Desk, ann: User) -> None:
    kept = desk.keep(ann)
    answer = site.post(f"/alerts/{kept.pk}/act/", {"action": "duplicate"})
    copy = alerts_of(ann).exclude(pk=kept.pk).get()
    assert answer.headers["Location"] == f"/alerts/{copy.pk}/edit/"
    assert copy.state == Alert.State.PAUSED
    refused = site.post(f"/alerts/{copy.pk}/act/", {"action": "resume"})
    assert refused.status_code == 409
    assert "You keep this alert already" in refused.content.decode()


def test_deleting_asks_first(site: Client, desk: Desk, ann: User) -> None:
    kept = desk.keep(ann)
    assert "Delete wine?" in text(site, f"/alerts/{kept.pk}/delete/")
    assert alerts_of(ann).exists()
    site.post(f"/alerts/{kept.pk}/delete/")
    assert not alerts_of(ann).exists()


def test_what_was_told_stands_newest_first_with_old_and_new_price(
    site: Client, desk: Desk, ann: User
) -> None:
    kept = desk.keep(ann)
    desk.start()
    desk.put("a", 100)
    desk.slot()
    desk.put("a", 80)
    desk.slot()
    page = text(site, f"/alerts/{kept.pk}/")
    assert page.index("$80.00") < page.index("new</span>")
    assert '<s class="was">$100.00</s>' in page
    assert "↓ down 20 %" in page
    assert f"/alerts/{kept.pk}/why/{desk.listing('a').pk}/" in page


@pytest.mark.parametrize(
    ("sort", "first"), [("cheapest", "Wine b"), ("newest", "Wine c"), ("'", "Wine b")]
)
def test_live_listings_are_sorted_as_asked(
    site: Client, desk: Desk, ann: User, sort: str, first: str
) -> None:
    kept = desk.keep(ann)
    desk.start()
    for name, price in (("a", 30), ("b", 10), ("c", 20)):
        desk.put(name, price)
    page = site.get(f"/alerts/{kept.pk}/", {"show": "now", "sort": sort}).content.decode()
    assert re.findall(r"Wine [abc]", page)[0] == first


def test_why_says_it_gate_by_gate(site: Client, desk: Desk, ann: User) -> None:
    kept = desk.keep(ann, max_price=50)
    desk.start()
    desk.put("a", 100)
    page = text(site, f"/alerts/{kept.pk}/why/{desk.listing('a').pk}/")
    assert "does not pass" in page


def attributes_in(page: str) -> set[str]:
    """The names of all attributes, as a browser reads them."""
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.update(name for name, _ in attrs)

    Reader().feed(page)
    return found


def test_strangers_titles_names_and_addresses_do_not_become_markup(
    site: Client, desk: Desk, ann: User
) -> None:
    kept = desk.keep(ann, name=HOSTILE, note=HOSTILE)
    desk.start()
    desk.put("a", 100, title=HOSTILE, url="javascript:alert(1)")
    desk.slot()
    listing = desk.listing("a").pk
    for path in (
        "/alerts/",
        *(f"/alerts/{kept.pk}/{rest}" for rest in ("", "?show=now", "edit/", "delete/")),
        f"/alerts/{kept.pk}/why/{listing}/",
    ):
        page = text(site, path)
        assert "<img src=x" not in page
        assert "javascript:" not in page
        assert not [name for name in attributes_in(page) if name.startswith("on")]


def test_alerts_of_others_are_not_there(site: Client, desk: Desk, ann: User, bob: User) -> None:
    theirs = desk.keep(bob, "port", name="Bobs own")
    mine = desk.keep(ann, "wine")
    desk.start()
    desk.put("p", 10, title="Port p")
    listing = desk.listing("p").pk
    for rest in ("", "edit/", "delete/", f"why/{listing}/"):
        assert site.get(f"/alerts/{theirs.pk}/{rest}").status_code == 404
    for rest in ("act/", "edit/", "delete/"):
        given = fields(action="pause") if rest == "act/" else fields()
        assert site.post(f"/alerts/{theirs.pk}/{rest}", given).status_code == 404
    assert site.get(f"/alerts/{mine.pk}/why/{listing}/").status_code == 404
    assert "Bobs own" not in text(site, "/alerts/")
    theirs.refresh_from_db()
    assert (theirs.state, theirs.keywords) == (Alert.State.ACTIVE, "port")


def test_no_form_is_taken_without_the_sites_token(desk: Desk, ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    kept = desk.keep(ann)
    for path in ("/alerts/new/", "/alerts/preview/", f"/alerts/{kept.pk}/act/"):
        assert strict.post(path, fields("port", action="pause")).status_code == 403
    assert strict.post(f"/alerts/{kept.pk}/delete/").status_code == 403
    assert alerts_of(ann).get().state != Alert.State.PAUSED


def test_a_look_changes_nothing(site: Client, desk: Desk, ann: User) -> None:
    kept = desk.keep(ann)
    assert site.get(f"/alerts/{kept.pk}/act/?action=pause").status_code == 405
    assert site.get("/alerts/preview/").status_code == 405


def test_pages_run_no_script_of_their_own(site: Client, desk: Desk, ann: User) -> None:
    kept = desk.keep(ann)
    for path in ("/alerts/", "/alerts/new/", f"/alerts/{kept.pk}/"):
        page = text(site, path)
        for script in page.split("<script")[1:]:
            assert 'src="/static/' in script.split(">", 1)[0]
        assert "hx-on" not in page
        assert "http://" not in "".join(re.findall(r"<(?:script|link)[^>]*>", page))


def test_as_many_alerts_as_one_may_have_are_said_at_the_form(
    site: Client, ann: User, desk: Desk, settings: Any
) -> None:
    settings.ALERTS_PER_USER = 1
    desk.keep(ann, "port")
    answer = site.post("/alerts/new/", fields())
    assert answer.status_code == 422
    assert "You may keep 1 alerts" in answer.content.decode()


def test_where_it_is_delivered_is_chosen_by_name_and_kept(
    site: Client, desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, "wine", deliver_to="DE")
    page = site.get(f"/alerts/{alert.pk}/edit/").content.decode()
    assert '<option value="DE" selected>Germany</option>' in page
    assert '<option value="EBAY_GB">ebay.co.uk</option>' in page
