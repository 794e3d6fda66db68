"""One system and one browser for all tests here; each test has guests of its own.

The tests here touch no database themselves: while Playwright runs, Django takes its thread for an
asynchronous one.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.scenery import Member, Scenery, System, furnish, guest_of, running_system
from tests.browser.surfing import Guest, running_browser
from tests.conftest import PRODUCTS
from tools import chromium

NewGuest = Callable[..., Guest]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.MISSING)
    with running_browser(path) as running:
        yield running


@pytest.fixture(scope="package")
def system(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system")
    with running_system(folder, MOCK_EBAY_CATALOGUE=str(PRODUCTS)) as running:
        yield running


@pytest.fixture(scope="package")
def scenery(system: System) -> Scenery:
    return furnish(system)


@pytest.fixture
def new_guest(browser: Browser, system: System) -> Iterator[NewGuest]:
    """Makes browsers with a profile of their own, signed in as a member if one is given."""
    with ExitStack() as stack:

        def make(member: Member | None = None, **options: Any) -> Guest:
            return stack.enter_context(guest_of(browser, system, member, **options))

        yield make
