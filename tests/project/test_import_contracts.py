"""Tests of the contract that a module is entered by its entrances only."""

import grimp
import pytest

from tools.import_contracts import find_trespasses

ENTRANCES = {"services", "models"}


@pytest.fixture
def graph() -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    modules = ["shop", "shop.market", "shop.market.services", "shop.market.ebay"]
    for module in [*modules, "shop.market.ebay.client", "shop.alerts", "shop.marketing"]:
        graph.add_module(module)
    return graph


def test_an_entrance_is_open_to_all(graph: grimp.ImportGraph) -> None:
    graph.add_import(importer="shop.alerts", imported="shop.market.services")
    assert list(find_trespasses(graph, "shop.market", ENTRANCES)) == []


def test_what_lies_behind_is_open_to_the_module_alone(graph: grimp.ImportGraph) -> None:
    graph.add_import(importer="shop.market.services", imported="shop.market.ebay.client")
    graph.add_import(importer="shop.alerts", imported="shop.market.ebay.client")
    assert list(find_trespasses(graph, "shop.market", ENTRANCES)) == [
        ("shop.alerts", "shop.market.ebay.client")
    ]


def test_a_module_with_a_longer_name_is_an_outsider(graph: grimp.ImportGraph) -> None:
    graph.add_import(importer="shop.marketing", imported="shop.market.ebay")
    assert list(find_trespasses(graph, "shop.market", ENTRANCES)) == [
        ("shop.marketing", "shop.market.ebay")
    ]


def test_a_module_still_to_come_has_no_trespassers(graph: grimp.ImportGraph) -> None:
    assert list(find_trespasses(graph, "shop.analytics", ENTRANCES)) == []
