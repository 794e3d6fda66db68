"""Reads a product file in place of the generated catalogue: `{"products": [...]}` or a list."""

from pathlib import Path
from typing import Any

from mock_ebay.catalogue import DAY, legacy_id
from mock_ebay.listings import Listing
from mock_ebay.product_form import ProductError, new_listing, parse_json


class CatalogueError(Exception):
    """A product file cannot be used; the message is one line that names file and product."""


def read_catalogue(path: Path, now: int) -> list[Listing]:
    """Its products as listings, spread over the last thirty days in the file's order, ids kept."""
    products = _products(path)
    listings: dict[str, Listing] = {}
    for number, body in enumerate(products):
        age = 30 * DAY * (len(products) - number) // len(products)
        try:
            listing = new_listing(body, number, legacy_id(number), now - age)
        except ProductError as error:
            raise CatalogueError(f"{path}: product {_name(number, body)}: {error}") from None
        if listing.id in listings:
            raise CatalogueError(f"{path}: product {_name(number, body)}: id is there twice")
        listings[listing.id] = listing
    return list(listings.values())


def _products(path: Path) -> list[Any]:
    try:
        content = parse_json(path.read_bytes())
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise CatalogueError(f"{path}: not JSON: {error}") from None
    products = content.get("products") if isinstance(content, dict) else content
    if not isinstance(products, list):
        raise CatalogueError(f'{path}: must be a list of products or {{"products": [...]}}')
    return products


def _name(number: int, body: Any) -> str:
    """How to find a product in the file: its place, counted from 1, and its id if it has one."""
    id_ = body.get("id") if isinstance(body, dict) else None
    return f"{number + 1} ({id_!r})" if id_ is not None else str(number + 1)
