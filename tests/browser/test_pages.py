"""Every page of the table in a browser: it loads nothing from elsewhere, complains of nothing, fits
a phone, and can be used by who sees little or none of it."""

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.conftest import NewGuest
from tests.browser.looking import look_over
from tests.browser.page_table import IN_STORIES, NO_PAGES, PAGES, SeenPage
from tests.browser.scenery import Scenery
from tests.browser.tour import IN_TOUR, PICTURES, TOUR, file_name, render_tour

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("seen", PAGES, ids=lambda seen: seen.name)
def test_a_page_fits_every_window_and_can_be_used_by_everybody(
    new_guest: NewGuest, scenery: Scenery, seen: SeenPage
) -> None:
    guest = new_guest(scenery.ann if seen.is_signed_in else None)
    assert guest.open(scenery.address(seen.address)).status == seen.status
    seen.steps(guest)
    assert look_over(guest) == {}


def url_names(patterns: Any) -> set[str]:
    """Of the site's pages; the API has names of its own, in a namespace."""
    names: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if not pattern.namespace:
                names |= url_names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            names.add(pattern.name)
    return names


def test_the_table_has_every_page_of_the_site_and_no_other() -> None:
    in_table = {name for seen in PAGES for name in seen.url_names}
    of_site = url_names(get_resolver().url_patterns)
    assert sorted(of_site - in_table - NO_PAGES - IN_STORIES) == [], "give it a row"
    assert sorted((in_table | NO_PAGES | IN_STORIES) - of_site) == [], "it is gone"
    assert not in_table & (NO_PAGES | IN_STORIES)


def test_every_page_has_a_name_of_its_own() -> None:
    assert len({seen.name for seen in PAGES}) == len(PAGES)


def test_the_tour_shows_what_the_table_says() -> None:
    assert TOUR.read_text(encoding="utf-8") == render_tour(), "make screenshots"
    shown = [seen for seen in PAGES if seen.says]
    wanted = {file_name(seen, *way) for seen in shown for way in IN_TOUR}
    assert {path.name for path in PICTURES.iterdir()} == wanted
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 2_000_000
