"""A price report that cannot be written holds up no other."""

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import report_lag_seconds
from ebay_alerts.alerts.models import Alert
from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.services.reports import send_due
from ebay_alerts.setbacks.models import Setback
from ebay_alerts.setbacks.selectors import set_aside
from ebay_alerts.setbacks.services import retry
from tests.analytics.mornings import Mornings

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]


def test_a_report_that_cannot_be_written_holds_up_no_other(days: Mornings, ann: User) -> None:
    spoilt = days.desk.keep(ann)
    days.desk.keep(days.desk.user("bob"))
    days.desk.put("a", 20)
    days.desk.start()
    days.morning()
    days.desk.put("a", 10)
    Alert.objects.filter(pk=spoilt.pk).update(price_basis="spoil")

    [mail] = days.morning()

    assert mail.to_address == "bob@example.com"
    assert [(one.kind, one.row_id) for one in Setback.objects.all()] == [("report", ann.pk)]
    assert not Report.objects.exclude(lease_token=None).exists()
    for _ in range(5):
        days.desk.clock.step(minutes=70)
        send_due(days.desk.now)
    assert set_aside().count() == 1
    assert report_lag_seconds(days.desk.now) == 0
    Alert.objects.filter(pk=spoilt.pk).update(price_basis="item")
    retry(set_aside(), days.desk.now)
    [mail] = days.reports(days.desk.now)
    assert mail.to_address == ann.email
    assert not Setback.objects.exists()
