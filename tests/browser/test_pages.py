"""Every page of the table in a browser: it loads nothing from elsewhere, complains of nothing, fits
a phone, and can be used by who sees little or none of it."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.conftest import NewGuest
from tests.browser.page_table import NO_PAGES, PAGES, SeenPage
from tests.browser.scenery import Scenery
from tests.browser.surfing import PHONE, Guest
from tests.browser.tour import IN_TOUR, PICTURES, TOUR, file_name, render_tour

pytestmark = pytest.mark.browser
_RUN_AXE = "([context, options]) => axe.run(context, options)"


@pytest.mark.parametrize("seen", PAGES, ids=lambda seen: seen.name)
def test_a_page_fits_every_window_and_can_be_used_by_everybody(
    new_guest: NewGuest, scenery: Scenery, seen: SeenPage
) -> None:
    guest = new_guest(scenery.ann if seen.is_signed_in else None)
    assert guest.open(scenery.address(seen.address)).status == seen.status
    seen.steps(guest)
    guest.page.evaluate(AXE_SCRIPT)
    found = {"desktop": barriers(guest)}
    guest.page.emulate_media(color_scheme="dark")
    found["desktop, dark"] = barriers(guest, rules=["color-contrast"])
    guest.page.set_viewport_size(PHONE)
    found["phone, dark"] = barriers(guest, rules=["color-contrast"])
    guest.page.emulate_media(color_scheme="light")
    found["phone"] = barriers(guest)
    found["sideways on a phone"] = guest.scrolls_sideways()
    assert {where: what for where, what in found.items() if what} == {}


def barriers(guest: Guest, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds wrong, however little, with the elements that it means."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    exclude = {"exclude": [["#swagger-ui"]]}  # whose colours are not ours
    if rules:
        options["runOnly"] = rules
    found = guest.page.evaluate(_RUN_AXE, [exclude, options])["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


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
    assert in_table | NO_PAGES == url_names(get_resolver().url_patterns)
    assert not in_table & NO_PAGES


def test_every_page_has_a_name_of_its_own() -> None:
    assert len({seen.name for seen in PAGES}) == len(PAGES)


def test_the_tour_shows_what_the_table_says() -> None:
    assert TOUR.read_text(encoding="utf-8") == render_tour(), "make screenshots"
    shown = [seen for seen in PAGES if seen.says]
    wanted = {file_name(seen, *way) for seen in shown for way in IN_TOUR}
    assert {path.name for path in PICTURES.iterdir()} == wanted
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 2_000_000
