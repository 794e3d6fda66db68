"""Titles that were known before their words were kept get them."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from ebay_alerts.market.models import Listing
from tests.alerts.conftest import Desk, desk

__all__ = ["desk"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_titles_of_an_earlier_version_get_their_words(desk: Desk) -> None:
    desk.keep(desk.user())
    for name in "abc":
        desk.put(name, 10, title=f"Wine {name}, FÜR parts")
    Listing.objects.update(words="")
    module = importlib.import_module("ebay_alerts.market.migrations.0011_words_of_known_titles")
    module.fill(apps, SimpleNamespace(connection=connection))
    words = Listing.objects.order_by("legacy_id").values_list("words", flat=True)
    assert list(words) == [f" wine {name} fur parts " for name in "abc"]
