"""Pages for people and pictures."""

import struct
from typing import Any

from mock_ebay.catalogue_words import CATEGORIES
from mock_ebay.pictures import picture


def test_the_front_page_says_what_it_is_and_shows_the_newest_listings(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    page = mock.http.get("/")
    assert page.status_code == 200
    assert "imitation" in page.text
    assert f'href="/itm/{made["id"]}"' in page.text
    assert 'href="/products' in page.text
    assert 'href="/events' in page.text


def test_a_listings_page_says_that_it_is_an_imitation(mock: Any) -> None:
    made = mock.create("Quartz Owl", 12.5)
    (found,) = mock.search("quartz")["itemSummaries"]
    page = mock.http.get(found["itemWebUrl"])
    assert page.status_code == 200
    assert "imitation" in page.text
    assert "12.50 USD" in page.text
    mock.control(end=made["id"])
    assert "This listing ended" in mock.http.get(found["itemWebUrl"]).text


def test_a_missing_listing_has_a_page_too(mock: Any) -> None:
    page = mock.http.get("/itm/nothing")
    assert page.status_code == 404
    assert "no such listing" in page.text


def test_titles_are_escaped_wherever_they_stand(mock: Any) -> None:
    hostile = '<script>alert("$quartz ${title}")</script>'
    made = mock.create(hostile)
    for path in ("/", f"/itm/{made['id']}"):
        page = mock.http.get(path).text
        assert "<script>" not in page
        assert "&lt;script&gt;alert(&quot;$quartz ${title}&quot;)" in page


def test_every_listing_with_an_image_has_a_picture_that_loads(big_mock: Any) -> None:
    items = big_mock.search("(lego, wine)", limit=10)["itemSummaries"]
    for url in [item["image"]["imageUrl"] for item in items if "image" in item]:
        answer = big_mock.http.get(url)
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")


def test_pictures_are_the_same_each_time_and_differ_between_listings() -> None:
    assert picture.__wrapped__("38182", 7, 0) == picture.__wrapped__("38182", 7, 0)
    assert picture("38182", 7, 0) != picture("38182", 8, 0)


def test_every_category_has_a_picture_of_the_stated_size() -> None:
    for category in CATEGORIES:
        png = picture(category, 1, 0)
        assert struct.unpack(">II", png[16:24]) == (400, 400)


def test_a_picture_of_no_known_category_is_a_box(mock: Any) -> None:
    assert mock.http.get("/images/nothing/3-0.png").content.startswith(b"\x89PNG")
    assert mock.http.get("/images/38182/x.png").status_code == 404
