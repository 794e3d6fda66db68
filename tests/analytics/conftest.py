"""A market whose days pass."""

import pytest

from ebay_alerts.accounts.models import User
from tests.alerts.conftest import Desk, desk
from tests.analytics.mornings import Mornings

__all__ = ["desk"]


@pytest.fixture
def days(desk: Desk) -> Mornings:
    """From a noon on."""
    mornings = Mornings(desk)
    mornings.at(12)
    return mornings


@pytest.fixture
def ann(days: Mornings) -> User:
    return days.desk.user("ann")
