"""All parts of one running mock eBay, opened together and closed together."""

from dataclasses import dataclass

from starlette.requests import Request

from mock_ebay.broadcaster import Broadcaster
from mock_ebay.catalogue import Catalogue
from mock_ebay.catalogue_file import read_catalogue
from mock_ebay.clock import now_ms
from mock_ebay.control import Control
from mock_ebay.listings import Listing
from mock_ebay.live import LiveMarket
from mock_ebay.market import Market
from mock_ebay.notification_keys import NotificationKeys
from mock_ebay.oauth import Tokens
from mock_ebay.search import Searches
from mock_ebay.settings import MockSettings
from mock_ebay.store import Store


@dataclass(frozen=True, slots=True)
class Mock:
    settings: MockSettings
    market: Market
    searches: Searches
    control: Control
    tokens: Tokens
    live: LiveMarket
    keys: NotificationKeys
    broadcaster: Broadcaster

    def close(self) -> None:
        self.market.store.close()


def open_mock(settings: MockSettings) -> Mock:
    """Open the state or start afresh. Raises CatalogueError or UnusableStateError."""
    store = Store(settings.state, settings.event_log)
    try:
        market = Market(store)
        market.load(_standing_market(store, settings))
    except BaseException:
        store.close()
        raise
    broadcaster = Broadcaster(store)
    market.subscribe(broadcaster.hear)
    return Mock(
        settings=settings,
        market=market,
        searches=Searches(market),
        control=Control(settings.daily_quota),
        tokens=Tokens(),
        live=LiveMarket(market, settings.seed, is_generated=settings.catalogue is None),
        keys=NotificationKeys(store),
        broadcaster=broadcaster,
    )


def _standing_market(store: Store, settings: MockSettings) -> list[Listing]:
    if not store.is_fresh:
        return list(store.listings())
    if settings.catalogue is not None:
        listings = read_catalogue(settings.catalogue, now_ms())
    else:
        listings = list(Catalogue(settings.seed, now_ms()).listings(settings.size))
    store.lay_down(listings, len(listings))
    return listings


def mock_of(request: Request) -> Mock:
    mock: Mock = request.app.state.mock
    return mock
